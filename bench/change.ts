/**
 * A rolling upgrade (2.3.4 to 2.3.5, by `terraform apply`) and then a setting of query nodes, under load, against the limit that Milvus
 * itself sets: the same roles of the same cluster restarted by hand, one at a time, in the best order (standby coordinators first), each
 * awaited until it answers and three seconds more. Clients insert and search through every load balancer, calls of 3 s at most, no
 * retries of their own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { MilvusVersion, type MilvusClusterProps } from "../constructs";
import { FAMILY_V2_3 } from "../lib/spec/families/v2_3";
import { DEFAULT_PORTS } from "../lib/spec/defaults";
import type { RoleName } from "../lib/spec/spec";
import { Deployment } from "../test/support/deployment";
import { onPeer, rootPassword, statusOf } from "../test/support/peers";
import { Probe } from "../test/support/probe";
import { PymilvusClients } from "../test/support/pymilvus-clients";
import { dataCentre, type DataCentre } from "../tools/data-centre";
import { report } from "./report";

/** `upgrade`, `setting` or both. */
const WHAT = process.argv.length > 2 ? process.argv.slice(2) : ["upgrade", "setting"];
const PEERS = [1, 2, 3];
const PAUSE_MS = 3_000;

interface Gaps {
  readonly reads: number;
  readonly writes: number;
  readonly seconds: number;
}

async function underLoad(
  { lab }: DataCentre,
  deployment: Deployment,
  collection: string,
  work: () => Promise<void>,
): Promise<Gaps> {
  const endpoints = lab.vms.map((vm) => `${vm.address}:${DEFAULT_PORTS.lb}`);
  const password = await rootPassword(deployment);
  const clients = await Probe.start({ endpoints, username: "root", password, collection, replicas: 2 });
  const patient = await PymilvusClients.start({
    endpoints,
    password,
    collection: `${collection}_py`,
    replicas: 2,
  });
  await clients.settled(50, 120_000);
  const from = performance.now();
  await work();
  const seconds = (performance.now() - from) / 1000;
  await clients.settled(50, 120_000);
  for (const [kind, { calls, failed, longestMs }] of Object.entries(await patient.stop()))
    console.log(
      `${collection}: pymilvus, with its own retries: ${failed.length} of ${calls} ${kind}s failed, the longest took ${longestMs} ms`,
      [...new Set(failed)].slice(0, 5).join("\n"),
    );
  const gaps = { reads: clients.longestGapMs("read"), writes: clients.longestGapMs("write"), seconds };
  console.log(
    `${collection}: ${clients.failures().length} calls failed, of ${clients.acknowledgedIds} writes acknowledged`,
  );
  const lost = await clients.stop();
  if (lost.length > 0) throw new Error(`${collection}: ${lost.length} acknowledged rows are lost`);
  return gaps;
}

async function byHand(centre: DataCentre, roles: readonly RoleName[] = FAMILY_V2_3.rollOrder): Promise<void> {
  for (const role of roles) {
    const { name, metricsIndex } = FAMILY_V2_3.roles.find((r) => r.role === role)!;
    const port = DEFAULT_PORTS.milvusMetricsBase + metricsIndex;
    for (const peer of role === "coord" ? await standbysFirst(centre) : PEERS) {
      await onPeer(centre.lab, peer, `docker restart milvus-${name}`);
      await onPeer(
        centre.lab,
        peer,
        `until curl -fsS -m 3 http://127.0.0.1:${port}/healthz; do sleep 0.2; done`,
      );
      await sleep(PAUSE_MS);
    }
  }
}

async function standbysFirst({ lab }: DataCentre): Promise<number[]> {
  const { peers } = await statusOf(lab, lab.vm(1));
  const active = (n: number): number =>
    Number(peers[n - 1]!.components.find((c) => c.name === "coord")?.detail?.startsWith("active") ?? false);
  return [...PEERS].sort((a, b) => active(a) - active(b));
}

function compare(change: string, ours: Gaps, hand: Gaps): void {
  for (const kind of ["reads", "writes"] as const)
    report(`${change}: longest gap of ${kind}`, ours[kind], "the same restarts by hand", hand[kind]);
  report(`${change}: as a whole`, ours.seconds * 1000, "the same restarts by hand", hand.seconds * 1000);
}

async function main(): Promise<void> {
  const centre = await dataCentre({ name: "bench-change" });
  try {
    const deployment = Deployment.create("bench-change", centre);
    const applied = async (version: string, config?: MilvusClusterProps["config"]): Promise<void> => {
      await deployment.synth({ cluster: { version: MilvusVersion.of(version), config } });
      const { code, output } = await deployment.apply();
      if (code !== 0) throw new Error(output);
    };
    if (WHAT.includes("upgrade")) {
      await applied("v2.3.4");
      const hand = await underLoad(centre, deployment, "by_hand", () => byHand(centre));
      const ours = await underLoad(centre, deployment, "upgrade", () => applied("v2.3.5"));
      compare("upgrade", ours, hand);
    }
    if (WHAT.includes("setting")) {
      await applied("v2.3.5");
      const hand = await underLoad(centre, deployment, "by_hand_query", () => byHand(centre, ["query"]));
      const setting = { "queryNode.stats.publishInterval": 2000 };
      const ours = await underLoad(centre, deployment, "setting", () => applied("v2.3.5", setting));
      compare("a setting of query nodes", ours, hand);
    }
  } finally {
    await centre.lab.down();
  }
}

void main();
