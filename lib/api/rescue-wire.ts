/** What goes over the wire when etcd itself is to be rescued: nothing of it is kept in etcd. */

/** A peer that did not answer, and why. */
export interface SilentPeer {
  peer: string;
  error: string;
}

/** Database of one member of etcd. */
export interface EtcdDatabase {
  peer: string;
  isLeader: boolean;
  /** On disk. */
  bytes: number;
  /** Of these, what a defragmentation would leave. */
  bytesInUse: number;
}

/** GET /rescue/nospace. */
export interface NospaceReport {
  cluster: string;
  /** Members by whom the alarm NOSPACE was raised; a member that is gone goes by its id. */
  raisedBy: string[];
  databases: EtcdDatabase[];
  /** Members that do not answer. */
  silent: SilentPeer[];
}

/** POST /rescue/nospace. */
export interface NospaceRequest {
  /** Name of the cluster: says that it is meant. */
  cluster: string;
  /** Do it although there is no alarm. */
  force?: boolean;
}

export interface NospaceResult {
  /** Revision before which the history is gone. */
  compactedTo: string;
  databases: { peer: string; bytesBefore: number; bytesAfter: number }[];
  /** Members that did not answer and are as they were. */
  silent: SilentPeer[];
  disarmed: string[];
  /** What is still to be done. */
  advice?: string;
}

/** What one peer has that a new etcd could be made of. */
export interface PeerEvidence {
  peer: string;
  /** `serving`: its etcd is part of a majority. `alone`: it runs and finds none. `down`: it does not answer. */
  etcd: "serving" | "alone" | "down";
  /** Id of the cluster of members that its etcd belongs to; absent while it is down. */
  clusterId?: string;
  /** Last revision in its data; absent where it has none, or none that can be read. */
  revision?: number;
  /** Why its data cannot be read. */
  problem?: string;
  /** The newest snapshot on its disk that is whole. */
  snapshot?: EtcdSnapshotFile;
}

export interface EtcdSnapshotFile {
  file: string;
  sha256: string;
  bytes: number;
  revision: number;
}

/** What the new etcd would be made of: the data of a peer, or a snapshot that it holds. */
export interface RescueSource {
  kind: "member" | "snapshot";
  peer: string;
  revision: number;
  /** Of a snapshot. */
  file?: string;
}

/** What is asked of a re-formation, besides the confirmation. */
export interface ReformOptions {
  /** Name of a peer or of a snapshot. @default - the source with the highest revision */
  from?: string;
  /** Peers that do not answer, and stay out. */
  without?: string[];
  /** Take peers in that are not part of the majority. */
  rejoin?: boolean;
}

/** GET /rescue/etcd-quorum. */
export interface ReformPlan {
  cluster: string;
  peers: PeerEvidence[];
  silent: SilentPeer[];
  source?: RescueSource;
  /** What may be lost, and what else to know before. */
  warnings: string[];
  /** Why it is not done, if it is not. */
  refusal?: string;
}

/** POST /rescue/etcd-quorum. */
export interface ReformRequest extends ReformOptions {
  /** Name of the cluster: says that it is meant. */
  cluster: string;
}

export interface ReformResult {
  source: RescueSource;
  /** Members of the new etcd. */
  members: string[];
  /** Peers that stayed out. */
  without: string[];
  /** Copy that all members were made of, in each one's directory of snapshots. */
  file: string;
  /** Name of the directory, beside `member` in the peers' etcd directory, that holds what was there before. */
  putAside: string;
}
