import { createHash } from "node:crypto";

/** A host key as a server presents it. */
export interface HostKey {
  /** E.g. "ssh-ed25519". */
  readonly type: string;
  /** OpenSSH line without comment: "ssh-ed25519 AAAA…". */
  readonly line: string;
  /** "SHA256:…" as ssh-keygen -l prints it. */
  readonly fingerprint: string;
}

/** What a presented key is compared with. */
export interface HostKeyPin {
  /** Known when a whole key is pinned; the server is then asked for a key of this type. */
  readonly type?: string;
  readonly fingerprint: string;
}

/** Reads the key blob of RFC 4253, which starts with the length and name of its type. */
export function hostKeyOf(blob: Buffer): HostKey {
  const type = blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { type, line: `${type} ${blob.toString("base64")}`, fingerprint: `SHA256:${digest}` };
}

/** Reads `ssh-ed25519 AAAA… [comment]`, a known_hosts line, or `SHA256:…`. Throws an Error that says what was expected. */
export function parsePin(text: string): HostKeyPin {
  const words = text.trim().split(/\s+/);
  if (words.length === 1 && /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(words[0] ?? "")) {
    return { fingerprint: (words[0] ?? "").replace(/=$/, "") };
  }
  const at = words.findIndex((word) => /^(ssh|ecdsa)-[a-z0-9-]+$/.test(word));
  const blob = Buffer.from(words[at + 1] ?? "", "base64");
  if (at < 0 || blob.length < 16 || blob.readUInt32BE(0) !== words[at]?.length) {
    throw new Error(
      `host key ${JSON.stringify(text.trim().slice(0, 40))} is neither an OpenSSH public key (ssh-ed25519 AAAA…) nor a fingerprint (SHA256:…)`,
    );
  }
  const key = hostKeyOf(blob);
  return { type: key.type, fingerprint: key.fingerprint };
}

/** Signature algorithms to offer, those of the pinned type first: a server with several keys then presents the pinned one. */
export function hostKeyAlgorithms(pin: HostKeyPin | undefined, all: readonly string[]): string[] {
  const ofType = (algorithm: string) =>
    pin?.type === "ssh-rsa" ? /rsa/.test(algorithm) : algorithm === pin?.type;
  return [...all.filter(ofType), ...all.filter((a) => !ofType(a))];
}
