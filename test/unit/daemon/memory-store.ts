import { createHash } from "node:crypto";
import type {
  AccessRules,
  BinaryValue,
  Change,
  KeyedValue,
  LeaderFence,
  MemberStatus,
  Range,
  Store,
  Stored,
  Watch,
  WatchHandlers,
  WriteFence,
} from "../../../lib/daemon/ports/store";

/** etcd in memory: keys with create revisions, watches, and leases that end when the test says so. */
export class MemoryStore implements Store {
  revision = 0;
  readonly kv = new Map<string, Stored & { lease?: string }>();
  readonly leases = new Set<string>();
  /** Set to make every call fail with this message; watches stay silent, until `loseWatches`. */
  down: string | undefined;
  /** Set to make every write fail with this error, as at the quota. */
  full: Error | undefined;
  members = ["peer-1", "peer-2", "peer-3"];
  /** Address of the member that leads. */
  leaderAddress = "198.18.0.11";
  dbSizeBytes = 20_480;
  /** By client URL: why that member does not answer. */
  readonly refusing = new Map<string, string>();
  private readonly watches = new Set<MemoryWatch>();

  async get(key: string): Promise<Stored | undefined> {
    this.answer();
    return this.kv.get(key);
  }
  async list(prefix: string): Promise<Record<string, string>> {
    this.answer();
    return Object.fromEntries(this.below(prefix).map(({ key, value }) => [key, value]));
  }
  async range(prefix: string): Promise<Range> {
    this.answer();
    return { revision: String(this.revision), entries: this.below(prefix) };
  }
  /** What is no text is kept as latin1. */
  async bytes(prefix: string): Promise<BinaryValue[]> {
    this.answer();
    return this.below(prefix).map((kv) => ({ ...kv, value: Buffer.from(kv.value, "latin1") }));
  }
  rules: AccessRules | undefined;
  async limitAccess(rules: AccessRules): Promise<void> {
    this.accept();
    this.rules = rules;
  }
  async accessIsLimited(): Promise<boolean> {
    this.answer();
    return this.rules !== undefined;
  }
  async grantLease(): Promise<string> {
    this.accept();
    const lease = `lease-${++this.revision}`;
    this.leases.add(lease);
    return lease;
  }
  async keepAlive(lease: string): Promise<boolean> {
    this.answer();
    return this.leases.has(lease);
  }
  async revokeLease(lease: string): Promise<void> {
    this.answer();
    this.expire(lease);
  }
  async acquire(key: string, value: string, lease: string): Promise<string | undefined> {
    this.accept();
    return this.kv.has(key) ? undefined : this.put(key, value, lease);
  }
  async putFenced(key: string, value: string, { expected, ...fence }: WriteFence): Promise<boolean> {
    return (await this.commit([{ key, value, expected }], fence)) !== undefined;
  }
  async commit(changes: readonly Change[], fence?: LeaderFence): Promise<string | undefined> {
    this.accept();
    if (fence && this.kv.get(fence.leader)?.createRevision !== fence.term) return undefined;
    const modRevision = (key: string) => this.kv.get(key)?.modRevision ?? "0";
    if (changes.some((c) => c.expected !== undefined && c.expected !== modRevision(c.key))) return undefined;
    this.apply(changes);
    return String(this.revision);
  }
  async watch(prefix: string, afterRevision: string, handlers: WatchHandlers): Promise<Watch> {
    this.answer();
    const watch = { prefix, handlers };
    this.watches.add(watch);
    const missed = this.below(prefix).filter((e) => Number(e.modRevision) > Number(afterRevision));
    if (missed.length > 0) handlers.onChange(missed, [], String(this.revision));
    return { close: () => void this.watches.delete(watch) };
  }
  async snapshot(): Promise<AsyncIterable<Buffer>> {
    this.answer();
    const content = Buffer.from(JSON.stringify([...this.kv]));
    const hash = createHash("sha256").update(content).digest();
    return (async function* () {
      yield content;
      yield hash;
    })();
  }
  async memberStatus(url: string): Promise<MemberStatus> {
    this.answer();
    const why = this.refusing.get(url);
    if (why !== undefined) throw new Error(why);
    return {
      isLeader: url.includes(this.leaderAddress),
      hasLeader: true,
      dbSizeBytes: this.dbSizeBytes,
      alarms: this.full ? ["NOSPACE"] : [],
      members: this.members,
    };
  }
  close(): void {
    this.leases.clear();
    this.watches.clear();
  }

  /** Returns the key's create revision. */
  put(key: string, value: string, lease?: string): string {
    this.apply([{ key, value }], lease);
    return this.kv.get(key)!.createRevision;
  }
  /** The lease ends, and its keys with it. */
  expire(lease: string): void {
    this.leases.delete(lease);
    const keys = [...this.kv].filter(([, stored]) => stored.lease === lease).map(([key]) => key);
    if (keys.length > 0) this.apply(keys.map((key) => ({ key, value: undefined })));
  }
  /** Every watch ends, as when the member that serves them goes. */
  loseWatches(reason: string): void {
    const lost = [...this.watches];
    this.watches.clear();
    for (const { handlers } of lost) handlers.onLost(reason);
  }
  get watchCount(): number {
    return this.watches.size;
  }

  private apply(changes: readonly Change[], lease?: string): void {
    const modRevision = String(++this.revision);
    for (const { key, value: given } of changes) {
      const value = Buffer.isBuffer(given) ? given.toString("latin1") : given;
      const createRevision = this.kv.get(key)?.createRevision ?? modRevision;
      if (value === undefined) this.kv.delete(key);
      else this.kv.set(key, { value, createRevision, modRevision, lease });
    }
    this.tell(changes, modRevision);
  }
  private tell(changes: readonly Change[], revision: string): void {
    for (const { prefix, handlers } of [...this.watches]) {
      const mine = changes.filter((c) => c.key.startsWith(prefix));
      const changed = this.below(prefix).filter((e) => mine.some((c) => c.key === e.key));
      const deleted = mine.filter((c) => c.value === undefined).map((c) => c.key);
      if (mine.length > 0) handlers.onChange(changed, deleted, revision);
    }
  }
  private below(prefix: string): KeyedValue[] {
    return [...this.kv]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, { value, createRevision, modRevision }]) => ({ key, value, createRevision, modRevision }));
  }
  private accept(): void {
    this.answer();
    if (this.full) throw this.full;
  }
  private answer(): void {
    if (this.down !== undefined) throw new Error(this.down);
  }
}

interface MemoryWatch {
  readonly prefix: string;
  readonly handlers: WatchHandlers;
}
