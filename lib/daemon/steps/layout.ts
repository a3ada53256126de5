import { pulsarHost } from "../../spec/queue";
import type { ClusterSpec } from "../../spec/spec";

/** What the data on disk depends on: each entry says what it was and what it would be. */
export function layoutChanges(before: ClusterSpec, after: ClusterSpec): string[] {
  const aspects: Record<string, (spec: ClusterSpec) => string> = {
    // etcd's members know each other by these.
    peers: ({ peers, ports }) => peers.map((p) => `${p.name}=${p.address}:${ports.etcdPeer}`).join(", "),
    // MinIO's pools: changed arguments are another deployment.
    storage: ({ storage }) =>
      storage.kind === "s3"
        ? `${storage.host}/${storage.rootPath}`
        : storage.pools
            .map((pool) => `${pool.peers.join(", ")} x ${pool.drivesPerPeer} drives`)
            .join(" and "),
    bucket: ({ storage }) => storage.bucket,
    queue: ({ queue }) => queue.kind,
    // Pulsar's ledgers do not move.
    "queue host": (spec) => pulsarHost(spec) ?? "nowhere",
  };
  return Object.entries(aspects).flatMap(([name, of]) =>
    of(before) === of(after) ? [] : [`${name} was ${of(before)}, now ${of(after)}`],
  );
}
