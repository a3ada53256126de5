import { addAbortSignal, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { S3Error, type Client } from "minio";
import { Serial } from "../serial";
import { DeadlineError, messageOf, within } from "../wait";
import { StallWatch } from "./stall-watch";
import { measured, NotThere, type BackupTarget, type Digest } from "./target";

/** One request, and the wait for the next bytes of an answer. */
const CALL_MS = 60_000;
const PATIENCE_MS = 180_000;
const PAUSE_MS = 1_000;
/** What is no larger, as a backup's own files are, goes in one request. */
const WHOLE_BYTES = 16 * 1024 * 1024;
/** What is larger goes in parts of this size, one at a time: each is in memory some three times. */
export const PART_BYTES = 8 * 1024 * 1024;

export interface BucketOptions {
  /** Made with `partSize: PART_BYTES`. */
  readonly client: Client;
  readonly bucket: string;
  /** Of the bucket, without a slash at its end. */
  readonly folder: string;
  /** For a person; holds no secret. */
  readonly name: string;
  /** A store that is away for shorter, or busy, is waited for. @default 180000 */
  readonly patienceMs?: number;
}

/** A folder of a bucket. */
export class BucketTarget implements BackupTarget {
  readonly name: string;
  /** An upload has its object in memory three times: as it came, for the request, and encrypted for the way. */
  private readonly uploads = new Serial();

  constructor(private readonly o: BucketOptions) {
    this.name = o.name;
  }

  async put(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Digest> {
    const { client, bucket } = this.o;
    const passing = measured(content);
    const { head, bytes, rest } = await begin(passing.content);
    const what = `write ${path}`;
    if (rest === undefined) {
      const put = () => client.putObject(bucket, this.key(path), Readable.from(head), bytes);
      await this.uploads.run(() => this.patiently(what, signal, put));
    } else {
      await this.inParts(path, rest, signal);
    }
    return passing.digest();
  }

  /** The client waits for ever for the rest of a stream that has failed, and for a store that takes no more of it. */
  private async inParts(
    path: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, bucket } = this.o;
    const watch = new StallWatch(CALL_MS);
    const either = AbortSignal.any([signal, watch.signal]);
    const stream = addAbortSignal(either, Readable.from(watch.over(content), { objectMode: false }));
    const failed = new Promise<never>((_, reject) => stream.once("error", reject));
    try {
      await Promise.race([client.putObject(bucket, this.key(path), stream), failed]);
    } catch (error) {
      signal.throwIfAborted();
      throw this.explained(`write ${path}`, watch.signal.aborted ? watch.signal.reason : error);
    } finally {
      watch.end();
      stream.destroy();
    }
  }

  async *get(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { client, bucket } = this.o;
    const what = `read ${path}`;
    const open = () => client.getObject(bucket, this.key(path));
    const stream = await this.patiently(what, signal, open).catch((error: unknown) => {
      throw isUnknown(error) ? new NotThere(path, this.name) : error;
    });
    addAbortSignal(signal, stream);
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    try {
      for (;;) {
        const next = await within(CALL_MS, `${this.name}: ${what}`, chunks.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      stream.destroy();
    }
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<{ path: string; bytes: number }> {
    const { client, bucket, folder } = this.o;
    let after = "";
    for (;;) {
      const page = await this.patiently(`list ${prefix || "everything"}`, signal, () =>
        client.listObjectsV2Query(bucket, `${folder}/${prefix}`, after, "", 1000, ""),
      );
      for (const { name, size } of page.objects) {
        if (name !== undefined) yield { path: name.slice(folder.length + 1), bytes: size };
      }
      if (!page.isTruncated) return;
      after = page.nextContinuationToken;
    }
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    const { client, bucket } = this.o;
    await this.patiently(`remove ${path}`, signal, () => client.removeObject(bucket, this.key(path)));
  }

  private key(path: string): string {
    return `${this.o.folder}/${path}`;
  }

  /** A store that says no means it; one that does not answer, or is busy, is asked again. */
  private async patiently<T>(what: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const end = performance.now() + (this.o.patienceMs ?? PATIENCE_MS);
    for (;;) {
      signal.throwIfAborted();
      try {
        return await within(CALL_MS, what, call());
      } catch (error) {
        if ((error instanceof S3Error && !isBusy(error)) || performance.now() > end)
          throw this.explained(what, error);
        await sleep(PAUSE_MS, undefined, { signal });
      }
    }
  }

  private explained(what: string, error: unknown): Error {
    const message = error instanceof DeadlineError ? error.message : `${what}: ${textOf(error)}`;
    return new Error(`${this.name}: ${message}`, { cause: error });
  }
}

/** Content that goes in one request; `rest` is all of it again where it is larger than that. */
async function begin(
  content: AsyncGenerator<Uint8Array>,
): Promise<{ head: readonly Uint8Array[]; bytes: number; rest?: AsyncIterable<Uint8Array> }> {
  const head: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const next = await content.next();
    if (next.done) return { head, bytes };
    head.push(next.value);
    bytes += next.value.length;
    if (bytes > WHOLE_BYTES) break;
  }
  const rest = (async function* () {
    // What is taken is let go of: the upload goes on for long.
    for (let chunk = head.shift(); chunk; chunk = head.shift()) yield chunk;
    yield* content;
  })();
  return { head, bytes, rest };
}

/** MinIO's words for a pool without its quorum, and everybody's for "later". */
const BUSY = [
  "SlowDown",
  "ServiceUnavailable",
  "InternalError",
  "XMinioServerNotInitialized",
  "RequestTimeout",
];

function isBusy({ code }: S3Error): boolean {
  return code !== undefined && BUSY.includes(code);
}

function isUnknown(error: unknown): boolean {
  const { cause } = error as Error;
  return cause instanceof S3Error && cause.code === "NoSuchKey";
}

function textOf(error: unknown): string {
  const code = error instanceof S3Error ? error.code : undefined;
  return [code, messageOf(error)].filter((part) => part !== undefined && part !== "").join(": ");
}
