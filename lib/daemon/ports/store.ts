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
  /** Writes `key` if it has not changed and the fence still holds, in one transaction; returns whether it did. */
  putFenced(key: string, value: string, fence: WriteFence): Promise<boolean>;
  /** Health of one member as it sees itself, by its client URL. */
  memberStatus(clientUrl: string): Promise<MemberStatus>;
  close(): void;
}

export interface Stored {
  readonly value: string;
  readonly createRevision: string;
  readonly modRevision: string;
}

/** Conditions of a leader's write. */
export interface WriteFence {
  /** Revision of the key's last change that the writer has seen, "0" for none. */
  readonly expected: string;
  /** Key that the leader holds, and its create revision: a successor's is higher. */
  readonly leader: string;
  readonly term: string;
}

export interface MemberStatus {
  readonly isLeader: boolean;
  readonly hasLeader: boolean;
  /** Names of the members that have started, as this member knows them. */
  readonly members: readonly string[];
}
