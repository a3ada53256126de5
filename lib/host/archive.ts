import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGzip } from "node:zlib";

/** A `docker save` archive on this machine, .tar or .tar.gz. */
export interface Archive {
  readonly path: string;
  /** SHA-256 (hex) of the file. */
  readonly digest: string;
  readonly compressed: boolean;
}

const known = new Map<string, Promise<Archive>>();

/** Reads the file once for all VMs: until it changes, the digest is remembered. Rejects with the file system's error. */
export async function openArchive(path: string): Promise<Archive> {
  const { mtimeMs, size } = await stat(path);
  const key = `${path}\n${mtimeMs}\n${size}`;
  const archive = known.get(key) ?? examine(path);
  known.set(key, archive);
  return archive;
}

/** The bytes to send: compressed, lightly, unless the file is already. */
export function archiveStream({ path, compressed }: Archive): Readable {
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
  if (compressed) return file;
  // level 1: a network faster than this is rare, a processor that waits for level 6 is not
  return pipeline(file, createGzip({ level: 1 }), () => undefined);
}

async function examine(path: string): Promise<Archive> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return { path, digest: hash.digest("hex"), compressed: await isGzip(path) };
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.equals(Buffer.from([0x1f, 0x8b]));
  } finally {
    await file.close();
  }
}
