import type { PeerStatus, StatusReply } from "../../api/wire";
import { etcdQuorum } from "../../spec/etcd";
import type { ClusterSpec } from "../../spec/spec";

/**
 * `down` when clients cannot be served: etcd has no quorum, or no proxy is up; `degraded` when anything else is not as
 * the spec wants it. `stopped`: all of that because somebody wants it so.
 */
export function clusterHealth(
  spec: ClusterSpec | undefined,
  peers: readonly PeerStatus[],
  stopped = false,
): StatusReply["health"] {
  if (!spec || !peers.some((p) => p.state === "member")) return "unformed";
  if (stopped) return "stopped";
  const serving = healthy(peers, "proxy") + healthy(peers, "standalone");
  if (healthy(peers, "etcd") < etcdQuorum(spec) || serving === 0) return "down";
  return peers.every(isWhole) ? "ok" : "degraded";
}

function healthy(peers: readonly PeerStatus[], component: string): number {
  return peers.filter((p) => p.components.some((c) => c.name === component && c.health === "healthy")).length;
}

function isWhole(peer: PeerStatus): boolean {
  return (
    peer.reachable &&
    peer.state === "member" &&
    peer.error === undefined &&
    peer.components.length > 0 &&
    peer.components.every((c) => c.health === "healthy" && !lacksDrives(c.detail))
  );
}

/** "3/4 drives" */
function lacksDrives(detail: string | undefined): boolean {
  const drives = /^(\d+)\/(\d+) drives$/.exec(detail ?? "");
  return drives !== null && drives[1] !== drives[2];
}
