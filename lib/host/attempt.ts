import type { AnyAuthMethod, Client, ConnectConfig } from "ssh2";
import type { Duplex } from "node:stream";
import type { Credential } from "./credentials";
import { HostError, messageOf } from "./errors";
import { hostKeyAlgorithms, hostKeyOf, type HostKey, type HostKeyPin } from "./host-key";
import { DEFAULT_SSH_PORT, type LoginOptions } from "./options";

/** A server that let us in. */
export interface Session {
  readonly client: Client;
  readonly hostKey: HostKey;
}

export interface Attempt {
  readonly login: LoginOptions;
  /** How errors name the server. */
  readonly target: string;
  readonly credentials: readonly Credential[];
  readonly pin: HostKeyPin | undefined;
  /** Time for TCP, key exchange and authentication together. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** A channel through a jump host, in place of a TCP connection of our own. */
  readonly sock?: Duplex;
}

/** A dead peer is noticed after 3 unanswered keep-alives: 30 s. */
const KEEPALIVE_MS = 10_000;
const KEEPALIVE_COUNT = 3;

/** Strongest first; what every OpenSSH since 7.2 has. ssh2's own default lists ssh-ed25519 only where Node supports it. */
const HOST_KEY_ALGORITHMS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

/**
 * Tries once. Rejects with a HostError that is final ("authentication", "host-key", "aborted"), or with the plain error
 * of a server that cannot be talked to yet.
 */
export async function attempt(a: Attempt): Promise<Session> {
  const { Client } = (await import("ssh2")).default;
  const client = new Client();
  let presented: HostKey | undefined;
  let denied: HostKey | undefined;
  const verify = (blob: Buffer): boolean => {
    presented = hostKeyOf(blob);
    const accepted = a.pin === undefined || a.pin.fingerprint === presented.fingerprint;
    if (!accepted) denied = presented;
    return accepted;
  };
  try {
    await ready(client, connectConfig(a, verify), a.signal);
  } catch (error) {
    client.destroy();
    throw finalError(a, denied, error) ?? error;
  }
  if (presented === undefined) throw new Error("the server presented no host key");
  return { client, hostKey: presented };
}

function connectConfig(a: Attempt, hostVerifier: (blob: Buffer) => boolean): ConnectConfig {
  const serverHostKey = hostKeyAlgorithms(a.pin, HOST_KEY_ALGORITHMS);
  return {
    host: a.login.host,
    port: a.login.port ?? DEFAULT_SSH_PORT,
    username: a.login.user,
    sock: a.sock as ConnectConfig["sock"],
    readyTimeout: a.timeoutMs,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVE_COUNT,
    algorithms: { serverHostKey: serverHostKey as never },
    authHandler: a.credentials.map((c) => c.method) as AnyAuthMethod[],
    hostVerifier,
  };
}

function ready(client: Client, config: ConnectConfig, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error("stopped"));
    signal?.addEventListener("abort", onAbort, { once: true });
    const settle = (act: () => void): void => {
      signal?.removeEventListener("abort", onAbort);
      act();
    };
    client.once("ready", () => settle(resolve));
    client.once("close", () => settle(() => reject(new Error("the server closed the connection"))));
    client.on("error", (error: Error & { level?: string }) => {
      // ssh2 goes on with the next way to log in after an agent's refusal
      if (error.level !== "agent") settle(() => reject(error));
    });
    if (signal?.aborted) return onAbort();
    client.connect(config);
  });
}

function finalError(a: Attempt, denied: HostKey | undefined, error: unknown): HostError | undefined {
  const { level } = error as { level?: string };
  if (a.signal?.aborted) return abortedError(a.target, error);
  if (denied !== undefined && a.pin !== undefined) return hostKeyError(a.target, denied, a.pin);
  if (level === "client-authentication" || /authentication failures/i.test(messageOf(error))) {
    return authenticationError(a, error);
  }
  if (/no matching/i.test(messageOf(error))) return algorithmError(a.target, error);
  return undefined;
}

export function abortedError(target: string, cause?: unknown): HostError {
  const explanation = {
    what: "stopped",
    why: "the operation was cancelled",
    fix: "Run it again to continue",
  };
  return new HostError("aborted", target, explanation, { cause });
}

function hostKeyError(target: string, denied: HostKey, pin: HostKeyPin): HostError {
  return new HostError("host-key", target, {
    what: "refused to log in because the host key is not the pinned one",
    why: `the host presented ${denied.type} ${denied.fingerprint}, pinned is ${pin.type ?? ""} ${pin.fingerprint}`.replace(
      / {2,}/g,
      " ",
    ),
    fix:
      "If the machine was reinstalled on purpose, pin its new key " +
      "(on the machine: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); if not, someone may be in between",
  });
}

function authenticationError(a: Attempt, cause: unknown): HostError {
  return new HostError(
    "authentication",
    a.target,
    {
      what: "cannot log in",
      why: `the host refused user ${JSON.stringify(a.login.user)}; tried ${a.credentials.map((c) => c.label).join(", ")}`,
      fix: `Check the user name, and that the key is in ~${a.login.user}/.ssh/authorized_keys on the host`,
    },
    { cause },
  );
}

function algorithmError(target: string, cause: unknown): HostError {
  return new HostError(
    "unreachable",
    target,
    {
      what: "cannot agree with the SSH server on how to encrypt",
      why: messageOf(cause),
      fix: "Update the SSH server: OpenSSH 7.2 or later is needed",
    },
    { cause },
  );
}
