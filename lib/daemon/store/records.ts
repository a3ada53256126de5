import type { Job, JobLogLine } from "../../api/wire";
import type { ClusterSpec } from "../../spec/spec";
import type { CommittedSpec } from "../steps/commit";

/** A value with the revision that a change of it must name. */
export interface Versioned<T> {
  readonly value: T;
  readonly modRevision: string;
}

/** What a daemon tells the others of itself; written by that daemon alone. */
export interface PeerRecord {
  readonly name: string;
  readonly address: string;
  readonly daemonVersion: string;
  readonly startedAt: string;
}

/** The bearer token in force: every daemon goes by it as soon as it sees it. */
export interface TokenRecord {
  readonly generation: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

/** Where a change leads that has begun to touch the cluster, and has not ended: some of it may be in effect. */
export interface UnfinishedChange {
  /** Id of the job that is at it, or was last. */
  readonly job: string;
  readonly digest: string;
  readonly spec: ClusterSpec;
}

/** The cluster is meant to be stopped: only etcd and the daemons run. */
export interface StopRecord {
  /** Id of the job that is at it, or was last. */
  readonly job: string;
  /** Until then that job alone says what stops when; from then on whatever runs is out of place. */
  readonly done: boolean;
}

/** Everything that the daemons have agreed on, at one revision. Immutable. */
export interface Snapshot {
  readonly revision: string;
  readonly leader?: { readonly peer: string; readonly term: string };
  readonly spec?: Versioned<CommittedSpec>;
  readonly change?: Versioned<UnfinishedChange>;
  readonly stopped?: Versioned<StopRecord>;
  /** Who may run Pulsar, where that is asked; see ClusterKeys. */
  readonly pulsar?: Versioned<string>;
  readonly token?: Versioned<TokenRecord>;
  readonly peers: ReadonlyMap<string, Versioned<PeerRecord>>;
  /** By id. A record that cannot be read is left out, and told once in the log. */
  readonly jobs: ReadonlyMap<string, Versioned<Job>>;
}

/** One key to change, as a value of its own type; see lib/daemon/keys.ts. */
export interface RecordChange {
  readonly key: string;
  /** Undefined deletes it; bytes and text are written as they are. */
  readonly value: object | string | Buffer | undefined;
  /** `modRevision` that the writer has seen, "0" for none. @default - whatever it is */
  readonly expected?: string;
}

/** The typed store: reads from a watch-fed cache, or with quorum; writes by compare-and-set. */
export interface Records {
  /** From the cache; undefined until it was filled for the first time. */
  readonly cached: Snapshot | undefined;
  /**
   * How long etcd has not answered (milliseconds), and how that shows; undefined while all is well. Names no address, so that
   * anybody may read it.
   */
  readonly trouble: { readonly reason: string; readonly sinceMs: number } | undefined;
  /** With quorum. */
  read(): Promise<Snapshot>;
  /** Called after each change of the cache; returns how to stop. */
  onChange(listener: (snapshot: Snapshot) => void): () => void;
  /**
   * As leader: one transaction that also compares the leader key's create revision. Returns the new revision.
   * Throws NotLeader when this peer does not lead (any more), Changed when an expectation did not hold.
   */
  commit(changes: readonly RecordChange[]): Promise<string>;
  /** A peer's own record, without the leader. */
  announce(record: PeerRecord): Promise<void>;
  /** Lines of a job's log behind a sequence number, in order. */
  jobLog(id: string, after: number): Promise<JobLogLine[]>;
  /** Calls back for each new line of a job's log, from behind a sequence number on; returns how to stop. */
  followJobLog(id: string, after: number, onLine: (line: JobLogLine) => void): Promise<() => void>;
}

/** This peer does not lead: ask the leader. */
export class NotLeader extends Error {}

/** etcd cannot be read or written with a quorum right now; the message begins with "no quorum". */
export class NoQuorum extends Error {
  readonly statusCode = 503;
}

/** Somebody else has changed it meanwhile: read again, and decide again. */
export class Changed extends Error {}
