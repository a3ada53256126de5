/** What the daemon needs of etcd. The term of a leader is the create revision of its key: it only grows. */
export interface Store {
  get(key: string): Promise<Stored | undefined>;
  /** All values below a prefix, by key. */
  list(prefix: string): Promise<Record<string, string>>;
  grantLease(ttlSeconds: number): Promise<string>;
  /** Returns false when etcd no longer knows the lease. */
  keepAlive(lease: string): Promise<boolean>;
  revokeLease(lease: string): Promise<void>;
  /** Creates the key under the lease if nobody holds it; returns its create revision, or undefined if somebody does. */
  acquire(key: string, value: string, lease: string): Promise<string | undefined>;
  /** Creates `key` unless it is there, in one transaction that also checks that `leaderKey` still has this term. */
  createFenced(key: string, value: string, leaderKey: string, term: string): Promise<FencedWrite>;
  /** Health of one member as it sees itself, by its client URL. */
  memberStatus(clientUrl: string): Promise<MemberStatus>;
  close(): void;
}

export interface Stored {
  readonly value: string;
  readonly createRevision: string;
}

/** `deposed`: another leader has been elected since; nothing was written. */
export type FencedWrite = "written" | "exists" | "deposed";

export interface MemberStatus {
  readonly isLeader: boolean;
  readonly hasLeader: boolean;
  /** Names of the members that have started, as this member knows them. */
  readonly members: readonly string[];
  readonly version: string;
}
