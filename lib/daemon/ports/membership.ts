/** Who belongs to etcd, and who may ask it. */
export interface EtcdMembership {
  members(): Promise<EtcdMemberInfo[]>;
  /** Adds one that gets everything and counts for nothing yet. Idempotent by its URL. */
  addLearner(peerUrl: string): Promise<void>;
  /** Gives a learner its vote; throws while it has not caught up. */
  promote(id: string): Promise<void>;
  /** Its process ends, and its data can never be used again. Who leads etcd hands over before. */
  remove(id: string): Promise<void>;
  /** Lets the peer of that name do everything. Idempotent. */
  admit(name: string): Promise<void>;
  /** Lets it do nothing any more. Idempotent. */
  expel(name: string): Promise<void>;
}

export interface EtcdMemberInfo {
  readonly id: string;
  /** Empty until its process has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly isLearner: boolean;
}
