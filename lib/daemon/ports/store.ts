/** What the daemon needs of etcd. The term of a leader is the create revision of its key: it only grows. */
export interface Store {
  get(key: string): Promise<Stored | undefined>;
  /** All values below a prefix, by key. */
  list(prefix: string): Promise<Record<string, string>>;
  /** The same of values that are no text. */
  bytes(prefix: string): Promise<readonly BinaryValue[]>;
  grantLease(ttlSeconds: number): Promise<string>;
  /** Returns false when etcd no longer knows the lease. */
  keepAlive(lease: string): Promise<boolean>;
  revokeLease(lease: string): Promise<void>;
  /** Creates the key under the lease if nobody holds it; returns its create revision, or undefined if somebody does. */
  acquire(key: string, value: string, lease: string): Promise<string | undefined>;
  /** Writes `key` if it has not changed and the fence still holds, in one transaction; returns whether it did. */
  putFenced(key: string, value: string, fence: WriteFence): Promise<boolean>;
  /** Everything below a prefix at one revision, with quorum. */
  range(prefix: string): Promise<Range>;
  /**
   * Changes several keys at once: all of them if every expectation and the fence hold, else none.
   * Returns the new revision, or undefined when something did not hold.
   */
  commit(changes: readonly Change[], fence?: LeaderFence): Promise<string | undefined>;
  /**
   * Tells of every change below a prefix after a revision, in order, until closed or lost. A watch that is lost (member gone,
   * revision compacted) says so once; whoever needs it reads the range again and watches anew.
   */
  watch(prefix: string, afterRevision: string, o: WatchHandlers): Promise<Watch>;
  /** Lets `owners` do everything and `user` nothing but what is below its prefixes; all others nothing. Idempotent. */
  limitAccess(rules: AccessRules): Promise<void>;
  accessIsLimited(): Promise<boolean>;
  /** A consistent copy of the whole database, as etcdutl reads it. */
  snapshot(signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  /** Health of one member as it sees itself, by its client URL. */
  memberStatus(clientUrl: string): Promise<MemberStatus>;
  close(): void;
}

export interface Stored {
  readonly value: string;
  readonly createRevision: string;
  readonly modRevision: string;
}

/** Key that the leader holds, and its create revision: a successor's is higher. */
export interface LeaderFence {
  readonly leader: string;
  readonly term: string;
}

/** Conditions of a leader's write. */
export interface WriteFence extends LeaderFence {
  /** Revision of the key's last change that the writer has seen, "0" for none. */
  readonly expected: string;
}

export interface Change {
  readonly key: string;
  /** Undefined deletes the key. */
  readonly value: string | Buffer | undefined;
  /** Revision of the key's last change that the writer has seen, "0" for none. @default - whatever it is */
  readonly expected?: string;
}

export interface KeyedValue extends Stored {
  readonly key: string;
}

export interface BinaryValue extends Pick<KeyedValue, "key" | "modRevision"> {
  readonly value: Buffer;
}

export interface Range {
  readonly revision: string;
  readonly entries: readonly KeyedValue[];
}

export interface WatchHandlers {
  /** Entries that were written, and keys that were deleted, up to a revision. */
  onChange(changed: readonly KeyedValue[], deleted: readonly string[], revision: string): void;
  onLost(reason: string): void;
}

export interface Watch {
  close(): void;
}

export interface MemberStatus {
  readonly isLeader: boolean;
  readonly hasLeader: boolean;
  /** Size of its database on disk, in bytes. */
  readonly dbSizeBytes: number;
  /** E.g. "NOSPACE": the database is at its quota and refuses writes. */
  readonly alarms: readonly string[];
  /** Names of the members that have started, as this member knows them. */
  readonly members: readonly string[];
}

/** Users are known by the common names of their certificates. */
export interface AccessRules {
  readonly owners: readonly string[];
  readonly user: string;
  readonly prefixes: readonly string[];
  /** Single keys that `user` may read besides. */
  readonly reads: readonly string[];
}
