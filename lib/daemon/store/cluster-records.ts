import type { JobLogLine } from "../../api/wire";
import type { ClusterKeys } from "../keys";
import type { Log } from "../log";
import type { Change, KeyedValue, Range, Store } from "../ports/store";
import { messageOf, within } from "../wait";
import { Feed } from "./feed";
import { StoreFull } from "./full";
import { JobLogs } from "./job-logs";
import { Parser } from "./parse";
import { Pulse } from "./pulse";
import {
  Changed,
  NoQuorum,
  NotLeader,
  type PeerRecord,
  type RecordChange,
  type Records,
  type Snapshot,
} from "./records";
import { snapshotOf } from "./snapshot";

export interface ClusterRecordsOptions {
  readonly store: Store;
  readonly keys: ClusterKeys;
  /** Term of this peer while it leads, else undefined. */
  readonly term: () => string | undefined;
  readonly log: Log;
  /** Milliseconds on a clock that never jumps. @default performance.now */
  readonly clock?: () => number;
  /** How often etcd is asked whether it is there. @default 2000 */
  readonly pulseMs?: number;
}

/** A caller of the API is told within 5 s. */
const QUORUM_MS = 4_800;
/** A writer sees its own write in the cache; a watch that lags behind must not hold it up. */
const CATCH_UP_MS = 1_000;

/** What the daemons have agreed on, kept up to date by one watch; see docs/store.md for the keys. */
export class ClusterRecords implements Records {
  private readonly entries = new Map<string, KeyedValue>();
  private readonly listeners = new Set<(snapshot: Snapshot) => void>();
  private readonly parser: Parser;
  private readonly feed: Feed;
  private readonly pulse: Pulse;
  private readonly logs: JobLogs;
  private snapshot: Snapshot | undefined;

  constructor(private readonly o: ClusterRecordsOptions) {
    const { store, keys, log, clock, pulseMs } = o;
    const warn = (sentence: string): void => log.warn(sentence);
    this.parser = new Parser(warn);
    this.logs = new JobLogs(store, keys, warn);
    this.pulse = new Pulse({ probe: () => store.get(keys.leader), clock, everyMs: pulseMs, onChange: warn });
    this.feed = new Feed({
      store,
      prefix: keys.prefix,
      onRange: (range) => this.fill(range),
      onChange: (changed, deleted, revision) => this.apply(changed, deleted, revision),
    });
  }

  start(): void {
    this.feed.start();
    this.pulse.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.feed.stop(), this.pulse.stop(), this.logs.stop()]);
  }

  get cached(): Snapshot | undefined {
    return this.snapshot;
  }

  get trouble(): { readonly reason: string; readonly sinceMs: number } | undefined {
    return this.pulse.trouble;
  }

  async read(): Promise<Snapshot> {
    const { revision, entries } = await this.quorum(this.o.store.range(this.o.keys.prefix));
    return snapshotOf(this.o.keys, byKey(entries), revision, this.parser);
  }

  onChange(listener: (snapshot: Snapshot) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async commit(changes: readonly RecordChange[]): Promise<string> {
    const term = this.o.term();
    if (term === undefined) throw new NotLeader("this peer does not lead");
    const { leader } = this.o.keys;
    const revision = await this.written(this.o.store.commit(changes.map(asText), { leader, term }));
    if (revision === undefined) throw await this.refusal(term, changes);
    if (changes.some((c) => c.value !== undefined && c.key.startsWith(this.o.keys.prefix))) {
      await this.caughtUp(revision);
    }
    return revision;
  }

  async announce(record: PeerRecord): Promise<void> {
    const key = this.o.keys.peer(record.name);
    await this.written(this.o.store.commit([asText({ key, value: record })]));
  }

  jobLog(id: string, after: number): Promise<JobLogLine[]> {
    return this.quorum(this.logs.read(id, after));
  }

  async followJobLog(id: string, after: number, onLine: (line: JobLogLine) => void): Promise<() => void> {
    return this.logs.follow(id, after, onLine);
  }

  private fill({ entries, revision }: Range): void {
    this.entries.clear();
    for (const entry of entries) this.entries.set(entry.key, entry);
    this.publish(revision);
  }

  private apply(changed: readonly KeyedValue[], deleted: readonly string[], revision: string): void {
    for (const key of deleted) this.entries.delete(key);
    for (const entry of changed) this.entries.set(entry.key, entry);
    this.publish(revision);
  }

  private publish(revision: string): void {
    this.parser.keepOnly((key) => this.entries.has(key));
    const snapshot = snapshotOf(this.o.keys, this.entries, revision, this.parser);
    this.snapshot = snapshot;
    for (const listener of [...this.listeners]) this.tell(listener, snapshot);
  }

  /** What one listener cannot do is not the others' trouble, nor the watch's. */
  private tell(listener: (snapshot: Snapshot) => void, snapshot: Snapshot): void {
    try {
      listener(snapshot);
    } catch (error) {
      this.o.log.error(`a change at revision ${snapshot.revision} was not taken in: ${messageOf(error)}`);
    }
  }

  private async refusal(term: string, changes: readonly RecordChange[]): Promise<Error> {
    const holder = await this.quorum(this.o.store.get(this.o.keys.leader));
    if (holder?.createRevision !== term) {
      const now = holder ? `${holder.value} leads in term ${holder.createRevision}` : "nobody leads now";
      return new NotLeader(`term ${term} has ended: ${now}; nothing was written`);
    }
    const keys = changes.map((c) => c.key).join(", ");
    return new Changed(`somebody has changed ${keys} meanwhile; nothing was written`);
  }

  private async caughtUp(revision: string): Promise<void> {
    const isThere = (): boolean => Number(this.snapshot?.revision ?? 0) >= Number(revision);
    if (isThere()) return;
    let stop = (): void => undefined;
    const there = new Promise<void>((resolve) => {
      stop = this.onChange(() => isThere() && resolve());
    });
    await within(CATCH_UP_MS, "cache", there).catch(() => undefined);
    stop();
  }

  private written<T>(work: Promise<T>): Promise<T> {
    return this.quorum(work, "; it may have been written all the same");
  }

  private async quorum<T>(work: Promise<T>, note = ""): Promise<T> {
    try {
      return await within(QUORUM_MS, "etcd", work);
    } catch (error) {
      if (error instanceof StoreFull) throw error;
      throw new NoQuorum(`no quorum: ${messageOf(error)}${note}`, { cause: error });
    }
  }
}

function byKey(entries: readonly KeyedValue[]): Map<string, KeyedValue> {
  return new Map(entries.map((entry) => [entry.key, entry]));
}

function asText({ key, value, expected }: RecordChange): Change {
  const isRecord = typeof value === "object" && !Buffer.isBuffer(value);
  return { key, value: isRecord ? JSON.stringify(value) : value, expected };
}
