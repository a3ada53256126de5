import { createHash } from "node:crypto";

/** One file of a directory: path relative to it, with forward slashes, and content. */
export interface HashedFile {
  readonly path: string;
  readonly content: Buffer;
}

/**
 * The `h1:` hash that Terraform's lock file holds for a provider's directory.
 * Source: golang.org/x/mod/sumdb/dirhash, Hash1: SHA-256 over sorted lines "sha256hex  path\n".
 */
export function dirhash(files: readonly HashedFile[]): string {
  const lines = [...files]
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
    .map((f) => `${createHash("sha256").update(f.content).digest("hex")}  ${f.path}\n`);
  return `h1:${createHash("sha256").update(lines.join("")).digest("base64")}`;
}
