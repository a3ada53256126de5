/**
 * Every key that the daemons keep in etcd, below `/milvus-onprem/<cluster id>/`. Milvus' own keys live under its rootPath, see
 * MILVUS_SESSIONS. All values are JSON but those of `leader` and
 * `pulsar`, which are bare names of peers.
 */
export function keys(clusterId: string): ClusterKeys {
  const prefix = `/milvus-onprem/${clusterId}/`;
  return {
    prefix,
    leader: `${prefix}leader`,
    spec: `${prefix}spec`,
    change: `${prefix}change`,
    stopped: `${prefix}stopped`,
    pulsar: `${prefix}pulsar`,
    token: `${prefix}token`,
    peer: (name) => `${prefix}peers/${name}`,
    peers: `${prefix}peers/`,
    job: (id) => `${prefix}jobs/${id}`,
    jobs: `${prefix}jobs/`,
    // Beside the watched prefixes: a chatty job must not fill every follower's cache.
    jobLog: (id) => `/milvus-onprem-logs/${clusterId}/${id}/`,
    jobLogLine: (id, seq) => `/milvus-onprem-logs/${clusterId}/${id}/${String(seq).padStart(8, "0")}`,
    idempotency: (key) => `${prefix}idempotency/${key}`,
  };
}

export interface ClusterKeys {
  /** What every daemon watches. */
  readonly prefix: string;
  /** Held by the leader under its lease; create revision = term. */
  readonly leader: string;
  /** CommittedSpec. */
  readonly spec: string;
  /** UnfinishedChange; absent while the cluster is as its spec says. */
  readonly change: string;
  /** StopRecord; absent while the cluster is meant to run. */
  readonly stopped: string;
  /**
   * Held under its lease by the host of a Pulsar that may begin elsewhere by itself: only while it holds it may it run Pulsar. While a
   * change gives that host up it is GIVEN_UP, without a lease.
   */
  readonly pulsar: string;
  /** TokenRecord; absent until the first rotation: then the identity file of each peer has it. */
  readonly token: string;
  /** PeerRecord. */
  readonly peer: (name: string) => string;
  readonly peers: string;
  /** Job. */
  readonly job: (id: string) => string;
  readonly jobs: string;
  /** Prefix of a job's log. */
  readonly jobLog: (id: string) => string;
  /** JobLogLine. The number has eight digits, so that keys sort as the lines do. */
  readonly jobLogLine: (id: string, seq: number) => string;
  /** `{ "job": id }`: the job that a client's idempotency key has made. */
  readonly idempotency: (key: string) => string;
}

/** No peer's name. */
export const GIVEN_UP = "(given up)";

/** Sessions of Milvus' components: etcd.rootPath (default by-dev) + /meta/session/<role>. Source: milvus-images.md. */
export const MILVUS_SESSIONS = "by-dev/meta/session/";

/** How far each channel of Milvus is in the object store, and where in the queue it is read from. Binary. */
export const MILVUS_CHECKPOINTS = "by-dev/meta/datacoord-meta/channel-cp/";
