import { castGrpcError, Range, type IDuplexStream, type IWatchRequest, type IWatchResponse } from "etcd3";
import type { KeyedValue, Watch, WatchHandlers } from "../ports/store";
import { messageOf, within } from "../wait";
import type { EtcdClient } from "./etcd-member";
import { keyedValue } from "./etcd-values";

/** Watches a prefix on one member, by a stream of its own. Rejects when the member does not confirm it in time. */
export async function watchPrefix(
  etcd: EtcdClient,
  prefix: string,
  afterRevision: string,
  handlers: WatchHandlers,
  timeoutMs: number,
): Promise<Watch> {
  const opening = etcd.watches.watch();
  const stream = await within(timeoutMs, "etcd", opening, () => void opening.then((late) => late.cancel()));
  const watch = new EtcdWatch(stream, handlers);
  const { start, end } = Range.prefix(prefix);
  const after = String(BigInt(afterRevision) + 1n);
  stream.write({ create_request: { key: start, range_end: end, start_revision: after } });
  await within(timeoutMs, "etcd", watch.confirmed, () => watch.close());
  return watch;
}

class EtcdWatch implements Watch {
  readonly confirmed: Promise<void>;
  private state: "opening" | "open" | "over" = "opening";
  private confirm!: () => void;
  private refuse!: (error: Error) => void;

  constructor(
    private readonly stream: IDuplexStream<IWatchRequest, IWatchResponse>,
    private readonly handlers: WatchHandlers,
  ) {
    this.confirmed = new Promise((resolve, reject) => {
      this.confirm = resolve;
      this.refuse = reject;
    });
    stream.on("data", (reply) => this.receive(reply));
    stream.on("error", (error) => this.end(castGrpcError(error)));
    stream.on("end", () => this.end(new Error("etcd ended the watch")));
  }

  close(): void {
    this.state = "over";
    this.stream.cancel();
  }

  private receive(reply: IWatchResponse): void {
    if (this.state === "over") return;
    if (reply.canceled) return this.cancelled(reply);
    if (reply.created) {
      this.state = "open";
      this.confirm();
    }
    if (reply.events.length === 0) return;
    const changed = new Map<string, KeyedValue>();
    const deleted = new Set<string>();
    for (const { type, kv } of reply.events) {
      const entry = keyedValue(kv);
      changed.delete(entry.key);
      deleted.delete(entry.key);
      if (type === "Delete") deleted.add(entry.key);
      else changed.set(entry.key, entry);
    }
    this.handlers.onChange([...changed.values()], [...deleted], reply.header.revision);
  }

  private cancelled({ compact_revision: compacted, cancel_reason: reason }: IWatchResponse): void {
    const isCompacted = compacted !== "0";
    this.end(
      new Error(isCompacted ? `compacted up to revision ${compacted}` : reason || "etcd cancelled it"),
    );
  }

  /** Before the watch was confirmed, who asked for it is told; later its handler is. */
  private end(error: Error): void {
    const { state } = this;
    this.close();
    if (state === "opening") this.refuse(error);
    if (state === "open") this.handlers.onLost(messageOf(error));
  }
}
