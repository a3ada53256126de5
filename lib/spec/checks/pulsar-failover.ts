import { etcdPeers, etcdQuorum, hasEtcd } from "../etcd";
import type { ClusterSpec, Problem, PulsarSingletonQueue } from "../spec";
import { didYouMean } from "../suggest";
import { checkWhole, error, warning } from "./problem";

const PATH = "queue.pulsarSingleton.failover";
/** Longer than Milvus' sessions and the host's right to run Pulsar, which both end by themselves. */
const MIN_SECONDS = 60;
/** A day: whoever waits longer decides by hand. */
const MAX_SECONDS = 86_400;

/** What a Pulsar that begins elsewhere by itself needs, and what it costs. */
export function checkFailover({ host, failover }: PulsarSingletonQueue, spec: ClusterSpec): Problem[] {
  if (failover === undefined) return [];
  const problems = [
    ...otherHost(host, failover.host, spec),
    ...checkWhole(`${PATH}.afterSeconds`, failover.afterSeconds, MIN_SECONDS, MAX_SECONDS),
    ...survivors(host, spec),
    ...(spec.dataDirs.pulsar === undefined
      ? []
      : [error(PATH, "dataDirs.pulsar is made ready on the host alone; remove one of them")]),
  ];
  return problems.length > 0 ? problems : [cost(host, failover)];
}

function otherHost(host: string, next: string, { peers }: ClusterSpec): Problem[] {
  const names = peers.map(({ name }) => name);
  const at = `${PATH}.host`;
  if (next === host) return [error(at, `"${host}" is the host that would be gone; name another peer`)];
  return names.includes(next)
    ? []
    : [error(at, `"${next}" is not a peer of this cluster${didYouMean(next, names)}`)];
}

/** Without a majority nobody could decide. */
function survivors(host: string, spec: ClusterSpec): Problem[] {
  const members = etcdPeers(spec).length;
  const left = members - Number(hasEtcd(spec, { name: host }));
  if (left >= etcdQuorum(spec)) return [];
  const message = `without ${host}, ${left} of ${members} members of etcd are left, which is no majority; have three peers or more`;
  return [error(PATH, message)];
}

function cost(
  host: string,
  { host: next, afterSeconds }: NonNullable<PulsarSingletonQueue["failover"]>,
): Problem {
  return warning(
    PATH,
    `once ${host} has been gone for ${afterSeconds} s, Pulsar begins empty on ${next}: what was acknowledged and not yet flushed to the ` +
      "object store is lost, without anybody being asked",
  );
}
