import { bytesText } from "../../../plan/bytes-text";
import { planChange } from "../../../plan/change";
import { touchedByDrift } from "../../../plan/drift";
import { lostPulsarHost, lostWord, pulsarSources } from "../../../plan/moved";
import { rolesIn } from "../../../spec/roles";
import { reportComponents } from "../../tasks/converge";
import { reportFullDisks } from "../../tasks/room";
import { problemOf } from "../types/attempt";
import { refuseStale } from "./claim";
import { steadyPeers, type ChangeContext, type ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";
import { refuseCramped } from "./quota";
import { refuseCrowded } from "./replicas";
import { handOutSecrets } from "./secrets";

const PEER_MS = 30_000;
/** etcd and MinIO stop where nothing is left, and a change makes snapshots, logs and new containers. */
const ROOM_BYTES = 512 << 20;

/** Nothing may be amiss but what this change is there to mend. */
export const check: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    await refuseUnwhole(ctx);
    await refuseCramped(ctx);
    await handOutSecrets(ctx);
    await refuseUnserved(ctx);
  },
};

/** Throws unless the cluster is as the change takes it to be, and whole. */
export async function refuseSick(ctx: ChangeContext): Promise<void> {
  await refuseUnwhole(ctx);
  await refuseUnserved(ctx);
}

async function refuseUnwhole(ctx: ChangeContext): Promise<void> {
  await refuseStale(ctx);
  const excused = excusedServices(ctx);
  const steady = steadyPeers(ctx.params);
  const problems = (await Promise.all(steady.map(({ name }) => troublesOf(ctx, name, excused)))).flat();
  if (problems.length > 0) {
    throw new Error(`the cluster is not whole: ${problems.join("; ")}. Mend that first; nothing was changed`);
  }
}

/** What an earlier change has broken, or somebody by hand, may be why nothing is served. */
async function refuseUnserved(ctx: ChangeContext): Promise<void> {
  if (isMending(ctx) || lostPulsarHost(ctx.params) !== undefined) return;
  await new ServiceGate(ctx).pass("before the change");
  await refuseCrowded(ctx);
}

async function troublesOf(ctx: ChangeContext, peer: string, excused: Excused): Promise<string[]> {
  let sick: string[] = [];
  const problem = await problemOf(ctx, async () => {
    const o = { deadlineMs: PEER_MS, signal: ctx.signal };
    const { from: spec } = ctx.params;
    const [{ components }, { full }] = await Promise.all([
      ctx.tasks.run(peer, reportComponents, {}, o),
      ctx.tasks.run(peer, reportFullDisks, { spec, bytes: ROOM_BYTES }, o),
    ]);
    sick = [
      ...components
        .filter(({ name, health }) => health !== "healthy" && !excused(peer, name))
        .map(({ name, health, detail }) => `${name} on ${peer} is ${health}${detail ? ` (${detail})` : ""}`),
      ...full.map(
        ({ path, freeBytes }) => `the disk of ${path} on ${peer} is full (${bytesText(freeBytes)} left)`,
      ),
    ];
  });
  if (problem === undefined) return sick;
  const isSource = pulsarSources(ctx.params).includes(peer);
  return [isSource ? `${problem} (if its VM is lost for good: ${lostWord(peer)})` : problem];
}

function isMending({ params: { unfinished, drift = [] } }: ChangeContext): boolean {
  return unfinished !== undefined || drift.length > 0;
}

type Excused = (peer: string, service: string) => boolean;

/** An earlier change, or somebody by hand, may have left them in a state that this one leads out of. */
function excusedServices({ params: { from, to, unfinished, drift = [] } }: ChangeContext): Excused {
  const drifted = touchedByDrift(to, drift);
  const steps = unfinished === undefined ? [] : planChange(from, to, unfinished).steps;
  // Without Pulsar no role of Milvus is well for long.
  const moves = steps.some(({ kind }) => kind === "movePulsar") || lostPulsarHost({ from, to }) !== undefined;
  const withoutPulsar = moves ? rolesIn(to).map((r) => r.name) : [];
  return (peer, name) =>
    withoutPulsar.includes(name) ||
    steps.some(({ service }) => service === name) ||
    drifted.some((touched) => touched.peer === peer && touched.service === name);
}
