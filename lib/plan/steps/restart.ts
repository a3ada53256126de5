import { peerServices } from "../../render";
import { familyOf } from "../../spec/version";
import { restartImpact } from "../impact";
import { begunElsewhere, lostPulsarHost, movesPulsar } from "../moved";
import { movedPorts } from "../ports";
import type { ChangeStep } from "../step";
import { touched, type Touched } from "../touched";
import type { Transition } from "../transition";
import { peersText } from "../names-text";

/** MinIO's nodes start only together with others that have the same arguments, environment and binary (minio-erasure.md). */
const TOGETHER = new Set(["minio"]);

/** A step a service: what it builds on first, Milvus' roles in the order of their line, the load balancer last. */
export function restartSteps(t: Transition): ChangeStep[] {
  if (movedPorts(t).length > 0) return [];
  return order(t).flatMap((service) => {
    const found = service === "pulsar" && movesPulsar(t) ? sinceBegun(t) : touchedIn(t.touched, service);
    if (found.length === 0) return [];
    if (TOGETHER.has(service)) found.push(...begunWith(t, service));
    const peers = t.to.peers
      .map(({ name }) => name)
      .filter((name) => found.some(({ peer }) => peer === name));
    const why = [...new Set(found.flatMap((touched) => touched.why))];
    return [restart(t, service, peers, why)];
  });
}

/** What a Pulsar that has just begun elsewhere is not yet, where more changes with it; one that moves is as wanted at once. */
function sinceBegun(t: Transition): Touched[] {
  return lostPulsarHost(t) ? touchedIn(touched(begunElsewhere(t), t.to), "pulsar") : [];
}

function touchedIn(all: readonly Touched[], service: string): Touched[] {
  return all.filter((touched) => touched.service === service);
}

/** Those of new peers begin together with the others. */
function begunWith({ to, peers: { joined } }: Transition, service: string): Touched[] {
  const having = joined.filter((peer) => peerServices(to, peer)[service] !== undefined);
  return having.map(({ name }) => ({ peer: name, service, why: [] }));
}

function order({ to, backFrom }: Transition): string[] {
  const { roles, rollOrder, standalone } = familyOf(to.version);
  const processes = rollOrder.map((role) => roles.find((r) => r.role === role)!.name);
  const milvus = to.mode === "standalone" ? [standalone.name] : processes;
  return ["etcd", "minio", "pulsar", ...(backFrom === undefined ? milvus : milvus.reverse()), "nginx"];
}

function restart(
  t: Transition,
  service: string,
  peers: readonly string[],
  why: readonly string[],
): ChangeStep {
  const together = TOGETHER.has(service);
  const manner =
    peers.length === 1 ? "" : together ? ", all at once" : `, one at a time${ORDERS[service] ?? ""}`;
  return {
    name: `restart ${service}`,
    kind: together ? "restartTogether" : "restart",
    title: `restart ${service} on ${peersText(peers, t.to)}${manner} (${summaryOf(why)})`,
    why,
    peers,
    service,
    impact: restartImpact(t.to, service),
  };
}

/** Which peer is next where that depends on who is active then. */
const ORDERS: Readonly<Record<string, string>> = {
  coord: ", standbys first",
  etcd: ", its leader last",
};

/** The first difference, and how many more there are. */
function summaryOf([first, ...others]: readonly string[]): string {
  return others.length === 0 ? first! : `${first!}, and ${others.length} more`;
}
