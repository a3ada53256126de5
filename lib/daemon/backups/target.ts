import { createHash } from "node:crypto";

/** SHA-256 (hex) and size of an object. */
export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Content as it passes, and what has passed. */
export function measured(content: AsyncIterable<Uint8Array>): {
  readonly content: AsyncGenerator<Uint8Array>;
  readonly digest: () => Digest;
} {
  const hash = createHash("sha256");
  let bytes = 0;
  const passing = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  return { content: passing(), digest: () => ({ bytes, sha256: hash.digest("hex") }) };
}

/** The same of content that is of no further use. */
export async function digestOf(content: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** A text as an object's content. */
export async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** Where backups lie. Paths are relative, with "/" between their parts. */
export interface BackupTarget {
  /** Where it is, for a person; holds no secret. */
  readonly name: string;
  /** Writes an object whole or not at all. */
  put(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Digest>;
  /** Throws NotThere. Memory is bounded whatever the size. */
  get(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  list(prefix: string, signal: AbortSignal): AsyncIterable<{ readonly path: string; readonly bytes: number }>;
  remove(path: string, signal: AbortSignal): Promise<void>;
}

/** There is no object of this name. */
export class NotThere extends Error {
  constructor(path: string, target: string) {
    super(`${target} has no ${path}`);
    this.name = "NotThere";
  }
}
