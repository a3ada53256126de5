import type { ComponentHealth, JobState } from "../../api/wire";
import type { WatchdogFacts } from "../watchdog/facts";

/** What one scrape tells, gathered at once. A member that is undefined is not known right now, and then no series is made of it. */
export interface Facts {
  readonly version: string;
  readonly node: string;
  readonly leads: boolean;
  /** Term of whoever leads. */
  readonly term?: number;
  /** Somebody has stopped the cluster; undefined outside of any. */
  readonly stopped?: boolean;
  /** Members of the cluster and whether their daemons answer. */
  readonly peers: readonly { readonly name: string; readonly reachable: boolean }[];
  /** Of this peer. */
  readonly components: readonly { readonly name: string; readonly health: ComponentHealth }[];
  readonly watchdog?: Pick<WatchdogFacts, "restarts" | "stopped">;
  readonly jobs: readonly JobFact[];
  readonly etcd?: {
    /** Seconds that a read with quorum took; undefined when it failed. */
    readonly readSeconds?: number;
    /** Database of this peer's member, in bytes. */
    readonly dbSizeBytes?: number;
    readonly alarms?: number;
  };
  readonly minio: readonly {
    readonly peer: string;
    readonly drives: number;
    readonly drivesOnline: number;
  }[];
  /** Ends of validity, in seconds since 1970. */
  readonly certificates: readonly { readonly name: "ca" | "peer" | "milvus"; readonly notAfter: number }[];
  readonly process: {
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    readonly heapUsedBytes: number;
    readonly openFds?: number;
    readonly startSeconds: number;
  };
}

/** What the metrics need of a job. Times are ISO 8601. */
export interface JobFact {
  readonly type: string;
  readonly state: JobState;
  readonly startedAt?: string;
  readonly endedAt?: string;
}
