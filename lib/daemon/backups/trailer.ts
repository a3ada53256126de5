import { createHash } from "node:crypto";
import type { Readable } from "node:stream";

const HASH_BYTES = 32;

/**
 * etcd ends a snapshot with the SHA-256 of all that comes before it, which `etcdutl snapshot status` does not look at and
 * `restore` insists on. Whether it is right.
 */
export async function hasTrueTrailer(content: Readable): Promise<boolean> {
  const hash = createHash("sha256");
  let tail = Buffer.alloc(0);
  for await (const chunk of content) {
    const all = Buffer.concat([tail, chunk as Buffer]);
    const body = Math.max(0, all.length - HASH_BYTES);
    hash.update(all.subarray(0, body));
    tail = Buffer.from(all.subarray(body));
  }
  return tail.length === HASH_BYTES && hash.digest().equals(tail);
}
