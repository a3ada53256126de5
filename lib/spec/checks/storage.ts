import { erasureLayout, type ErasureLayout } from "../erasure";
import { poolShape } from "../pool";
import type { ClusterSpec, Problem, StorageSpec } from "../spec";
import { didYouMean } from "../suggest";
import { checkBucket } from "../validators";
import { checkWhole, error, errorIf, warning } from "./problem";

/** Drives that MinIO's set size allows on one host: more than any host has. */
const MAX_DRIVES = 64;

export function checkStorage(spec: ClusterSpec): Problem[] {
  const { storage } = spec;
  const shape = [
    ...checkPoolPeers(spec),
    ...checkWhole("storage.drivesPerPeer", storage.drivesPerPeer, 1, MAX_DRIVES),
    ...(storage.parity === undefined ? [] : checkWhole("storage.parity", storage.parity, 0, 8)),
  ];
  const layout = shape.length > 0 ? [] : checkLayout(spec);
  return [...shape, ...layout, ...errorIf("storage.bucket", checkBucket(storage.bucket))];
}

function checkPoolPeers({ peers, storage }: ClusterSpec): Problem[] {
  const names = peers.map((p) => p.name);
  const pool = storage.peers;
  const size: Problem[] = [];
  // A cluster of one peer has a pool of one; checkPeers warns of what that means.
  const alone = peers.length === 1 && pool.length === 1;
  if (pool.length < 2 && !alone) {
    size.push(
      error(
        "storage.peers",
        `a wide pool spreads over at least 2 peers and this one has ${pool.length}; add peers`,
      ),
    );
  }
  if (pool.length > peers.length) {
    size.push(
      error("storage.peers", `a pool of ${pool.length} peers is larger than the cluster of ${peers.length}`),
    );
  }
  return [...size, ...pool.flatMap((name, i) => checkMember(name, i, pool, names))];
}

function checkMember(name: string, i: number, pool: readonly string[], names: readonly string[]): Problem[] {
  const path = `storage.peers[${i}]`;
  if (!names.includes(name))
    return [error(path, `"${name}" is not a peer of this cluster${didYouMean(name, names)}`)];
  if (pool.indexOf(name) !== i) return [error(path, `"${name}" is in the pool already; name each peer once`)];
  return [];
}

function checkLayout(spec: ClusterSpec): Problem[] {
  const layout = erasureLayout(poolShape(spec));
  if (typeof layout !== "string") return tolerance(spec.storage, layout);
  return [error(layout.startsWith("parity") ? "storage.parity" : "storage.drivesPerPeer", layout)];
}

function tolerance(storage: StorageSpec, layout: ErasureLayout): Problem[] {
  if (layout.hostsLostForWrites > 0 || storage.peers.length === 1) return [];
  const what = layout.hostsLostForReads > 0 ? "reads go on but writes stop" : "reads and writes stop";
  const better = storage.peers.length < 3 ? "use 3 peers or more" : betterParity(storage, layout);
  return [
    warning("storage", `${what} when any one of the pool's ${storage.peers.length} peers is lost; ${better}`),
  ];
}

/** Smallest parity with which the same drives survive the loss of a host. */
function betterParity(storage: StorageSpec, layout: ErasureLayout): string {
  const perHost = Math.ceil(layout.setSize / storage.peers.length);
  const most = Math.floor((layout.setSize - 1) / 2);
  return perHost <= most ? `set storage.parity to ${perHost}` : "use more peers";
}
