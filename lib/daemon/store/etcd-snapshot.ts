import type { Readable } from "node:stream";
import { castGrpcError, type ISnapshotResponse } from "etcd3";
import { within } from "../wait";
import type { EtcdClient } from "./etcd-member";

/** gRPC's stream of answers is a Readable that can be cancelled; etcd3's types say less. */
type Answers = Readable & { cancel(): void };

/** Opens a stream of the member's database; what is returned throws when the stream ends before all of it came. */
export async function openSnapshot(
  etcd: EtcdClient,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<AsyncIterable<Buffer>> {
  signal.throwIfAborted();
  const stream = (await etcd.maintenance.snapshot()) as unknown as Answers;
  const cancel = (): void => stream.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const parts = stream[Symbol.asyncIterator]() as AsyncIterator<ISnapshotResponse>;
  const first = await within(timeoutMs, "etcd", parts.next(), cancel);
  return blobs(first, parts, () => signal.removeEventListener("abort", cancel));
}

async function* blobs(
  first: IteratorResult<ISnapshotResponse>,
  rest: AsyncIterator<ISnapshotResponse>,
  onEnd: () => void,
): AsyncGenerator<Buffer> {
  let remaining = "unknown";
  try {
    for (let part = first; !part.done; part = await rest.next()) {
      remaining = part.value.remaining_bytes;
      yield part.value.blob;
    }
  } catch (error) {
    throw castGrpcError(error as Error);
  } finally {
    onEnd();
    await rest.return?.();
  }
  if (remaining !== "0") throw new Error(`etcd ended its snapshot early (${remaining} bytes to go)`);
}
