import type { ClusterSpec } from "../../spec/spec";

/** What the data on disk depends on: each entry says what it was and what it would be. */
export function layoutChanges(before: ClusterSpec, after: ClusterSpec): string[] {
  const aspects: Record<string, (spec: ClusterSpec) => string> = {
    // etcd's members know each other by these.
    peers: ({ peers, ports }) => peers.map((p) => `${p.name}=${p.address}:${ports.etcdPeer}`).join(", "),
    // MinIO's pool: changed arguments are another deployment.
    storage: ({ storage }) => `${storage.peers.join(", ")} x ${storage.drivesPerPeer} drives`,
    bucket: ({ storage }) => storage.bucket,
    // Pulsar's ledgers do not move.
    "queue host": ({ queue }) => queue.host,
  };
  return Object.entries(aspects).flatMap(([name, of]) =>
    of(before) === of(after) ? [] : [`${name} was ${of(before)}, now ${of(after)}`],
  );
}
