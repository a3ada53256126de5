import { etcdPeers } from "../spec/etcd";
import { minioOf } from "../spec/pool";
import { pulsarHost } from "../spec/queue";
import { lostPulsarHost, lostWord } from "./moved";
import type { ClusterSpec, Problem } from "../spec/spec";
import { poolFacts } from "../spec/storage-facts";
import { refusal } from "./refusal";
import { count, resilience } from "./summary";
import { isSamePeer } from "./turnover";

/** Other VMs begin with empty disks: no more of them at once than may be lost, and none whose data nobody else has. */
export function replacedRefusals(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const names = to.peers.flatMap(({ name, address, instance }) =>
    from.peers.some((peer) => peer.name === name && !isSamePeer(peer, { name, address, instance }))
      ? [name]
      : [],
  );
  return [...fromEtcd(from, names), ...fromPools(from, names), ...fromPulsar(from, to, names)];
}

function fromEtcd(from: ClusterSpec, names: readonly string[]): Problem[] {
  const members = etcdPeers(from).filter(({ name }) => names.includes(name));
  const { etcdLost } = resilience(from);
  return members.length > etcdLost ? [tooMany(names, "etcd", etcdLost)] : [];
}

function fromPools(from: ClusterSpec, names: readonly string[]): Problem[] {
  const storage = minioOf(from);
  if (!storage) return [];
  return poolFacts(from, storage).flatMap(({ pool, hostsLostForReads: most }) => {
    const hit = pool.peers.filter((name) => names.includes(name)).length;
    return hit > most ? [tooMany(names, `the pool of ${pool.peers.join(", ")}`, most)] : [];
  });
}

function tooMany(names: readonly string[], what: string, most: number): Problem {
  const reason = `${what} survives the loss of ${count(most, "peer")}, and a new VM begins with empty disks`;
  return refusal("peers", `cannot exchange the VMs of ${names.join(", ")} in one change`, reason);
}

function fromPulsar(from: ClusterSpec, to: ClusterSpec, names: readonly string[]): Problem[] {
  const host = pulsarHost(from);
  if (host === undefined || !names.includes(host) || lostPulsarHost({ from, to }) !== undefined) return [];
  const i = to.peers.findIndex(({ name }) => name === host);
  const reason =
    `what Pulsar holds is on it alone; if it is lost for good with its disk, name another host in the same change, ` +
    `and say ${lostWord(host)}`;
  return [refusal(`peers[${i}].address`, `cannot exchange the VM of ${host}`, reason)];
}
