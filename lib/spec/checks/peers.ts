import { MAX_ETCD_MEMBERS } from "../etcd";
import type { PeerSpec, Problem } from "../spec";
import { checkAddress, checkName, isLoopback } from "../validators";
import { error, errorIf, warning } from "./problem";

export function checkPeers(peers: readonly PeerSpec[]): Problem[] {
  if (peers.length === 0)
    return [error("peers", "a cluster needs at least one peer; three survive the loss of one")];
  return [
    ...peers.flatMap((peer, i) => [
      ...errorIf(`peers[${i}].name`, checkName(peer.name)),
      ...errorIf(`peers[${i}].address`, checkAddress(peer.address)),
    ]),
    ...duplicates(peers, "name"),
    ...duplicates(peers, "address"),
    ...quorum(peers.length),
    ...loopback(peers),
  ];
}

function duplicates(peers: readonly PeerSpec[], field: "name" | "address"): Problem[] {
  return peers.flatMap((peer, i) => {
    const first = peers.findIndex((p) => p[field].toLowerCase() === peer[field].toLowerCase());
    if (first === i) return [];
    return [
      error(
        `peers[${i}].${field}`,
        `"${peer[field]}" is also the ${field} of peers[${first}]; each peer needs its own`,
      ),
    ];
  });
}

function quorum(count: number): Problem[] {
  if (count === 1) {
    return [
      warning("peers", "a single peer survives no loss; three are the least that survive the loss of one"),
    ];
  }
  if (count % 2 === 0 && count <= MAX_ETCD_MEMBERS) {
    const lost = count / 2 - 1;
    return [
      warning(
        "peers",
        `${count} peers survive the loss of ${lost}, as ${count - 1} would: etcd needs a majority; use ${count - 1} or ${count + 1}`,
      ),
    ];
  }
  return [];
}

function loopback(peers: readonly PeerSpec[]): Problem[] {
  return peers.flatMap((peer, i) =>
    isLoopback(peer.address)
      ? [
          warning(
            `peers[${i}].address`,
            `"${peer.address}" is a loopback address; no other host reaches the peer there`,
          ),
        ]
      : [],
  );
}
