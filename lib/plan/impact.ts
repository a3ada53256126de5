import { etcdPeers } from "../spec/etcd";
import { minioOf } from "../spec/pool";
import { peersWith } from "../spec/roles";
import type { ClusterSpec, Component } from "../spec/spec";
import { familyOf } from "../spec/version";
import { UNNOTICED, type Effect, type Impact } from "./step";

/** What clients notice while the containers of a service are made anew, as a restart of that service goes. */
export function restartImpact(spec: ClusterSpec, service: string): Impact {
  const role = familyOf(spec.version).roles.find(({ name }) => name === service)?.role;
  const rule = RULES[role ?? (service as Component)];
  return rule(spec, role === undefined ? runners(spec, service) : peersWith(spec, role).length);
}

function runners(spec: ClusterSpec, service: string): number {
  return service === "etcd" ? etcdPeers(spec).length : spec.peers.length;
}

/** `count`: how many of it there are. */
type Rule = (spec: ClusterSpec, count: number) => Impact;

const both = (effect: Effect, detail: string): Impact => ({ reads: effect, writes: effect, detail });

/** Seconds are those of the lab's VMs with Milvus 2.3.5 (docs/changing-a-cluster.md). */
const RULES: Readonly<Record<Component, Rule>> = {
  etcd: (_, count) =>
    count >= 3
      ? UNNOTICED
      : both("stop", `${count === 1 ? "its one member" : "the quorum of two members"} is away for seconds`),
  minio: (spec) =>
    minioOf(spec) === undefined
      ? UNNOTICED
      : {
          reads: "stall",
          writes: spec.queue.kind === "woodpecker" ? "stop" : "stall",
          detail:
            "the object store is away for 10 to 20 s: what is in memory is searched, with pauses of seconds; loads and flushes wait",
        },
  pulsar: () => ({
    reads: "stall",
    writes: "stop",
    detail: "no write is accepted until the broker is back, some 20 to 90 s",
  }),
  coord: (_, count) =>
    count > 1
      ? both("stall", "up to 15 s when a standby takes over; collections are made, loaded and dropped later")
      : both("stop", "there is no standby"),
  proxy: (_, count) =>
    count > 1
      ? both("stall", "clients of that peer's proxy connect again, to another one")
      : both("stop", "there is no other proxy"),
  query: (_, count) =>
    count > 1
      ? { reads: "stall", writes: "none", detail: "segments move to the other query nodes first" }
      : { reads: "stop", writes: "none", detail: "there is no other query node" },
  data: (_, count) =>
    count > 1
      ? { reads: "none", writes: "stall", detail: "channels move to the other data nodes" }
      : { reads: "none", writes: "stall", detail: "what is written waits in the log" },
  index: () => ({ ...UNNOTICED, detail: "indexes are built later" }),
  streaming: (_, count) =>
    count > 1
      ? both("stall", "channels move to the other streaming nodes")
      : both("stop", "there is no other streaming node"),
  standalone: () => both("stop", "it is the one process of Milvus"),
  nginx: (_, count) =>
    both(count > 1 ? "stall" : "stop", "clients of that peer's load balancer connect again after a second"),
};
