import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { Decrypter, Encrypter } from "age-encryption" with { "resolution-mode": "import" };
import { ageIdentities } from "../../spec/age";
import { messageOf } from "../wait";
import { measured, type BackupTarget, type Digest } from "./target";

/** With what every file of age begins (age-encryption.org/v1). */
const MAGIC = Buffer.from("age-encryption.org/v1\n");

export interface EncryptionOptions {
  /** Whether what is written is encrypted. What was written before is read as it was written. */
  readonly encrypts: boolean;
  /** age identities, one a line: the first one's recipient is encrypted for, each of them decrypts. */
  readonly identity?: string;
}

/**
 * Contents are encrypted by age before they leave the peer, and decrypted here; names and sizes can be seen where they lie. What tells a
 * file from what was written there is the manifest's SHA-256, which is of what is within.
 */
export class EncryptedTarget implements BackupTarget {
  readonly name: string;

  constructor(
    private readonly inner: BackupTarget,
    private readonly o: EncryptionOptions,
  ) {
    this.name = inner.name;
  }

  async put(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Digest> {
    if (!this.o.encrypts) return this.inner.put(path, content, signal);
    const passing = measured(content);
    const encrypter = await encrypterFor(this.o.identity);
    await this.inner.put(path, chunksOf(await encrypter.encrypt(webStream(passing.content))), signal);
    return passing.digest();
  }

  async *get(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { head, all } = await begin(this.inner.get(path, signal));
    if (!head.subarray(0, MAGIC.length).equals(MAGIC)) return yield* all;
    const what = `${this.name}: ${path}`;
    const plain = await this.opened(what, all);
    try {
      yield* chunksOf(plain);
    } catch (error) {
      signal.throwIfAborted();
      throw new Error(`${what} is damaged, or could not be read whole: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  list(prefix: string, signal: AbortSignal): ReturnType<BackupTarget["list"]> {
    return this.inner.list(prefix, signal);
  }

  remove(path: string, signal: AbortSignal): Promise<void> {
    return this.inner.remove(path, signal);
  }

  private async opened(what: string, all: AsyncIterable<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
    const { identity } = this.o;
    if (identity === undefined)
      throw new Error(`${what} is encrypted, and the cluster has no backups.encryption to read it by`);
    const decrypter = await decrypterOf(identity);
    try {
      return await decrypter.decrypt(webStream(all));
    } catch (error) {
      throw new Error(
        `${what} is encrypted, and not for the age identity of backups.encryption: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}

async function encrypterFor(identity = ""): Promise<Encrypter> {
  const { Encrypter, identityToRecipient } = await import("age-encryption");
  const [first] = ageIdentities(identity);
  if (first === undefined) throw new Error("backups.encryption has no age identity to encrypt for");
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(first));
  return encrypter;
}

async function decrypterOf(identity: string): Promise<Decrypter> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  for (const one of ageIdentities(identity)) decrypter.addIdentity(one);
  return decrypter;
}

/** As much as tells what it is, and all of it. */
async function begin(
  content: AsyncIterable<Uint8Array>,
): Promise<{ head: Buffer; all: AsyncIterable<Uint8Array> }> {
  const chunks = content[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < MAGIC.length) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = (async function* () {
    try {
      yield head;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  })();
  return { head, all };
}

function webStream(content: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(content, { objectMode: false }));
}

function chunksOf(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  return Readable.fromWeb(stream);
}
