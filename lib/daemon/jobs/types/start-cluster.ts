import { z } from "zod";
import { startLayers, type Layer } from "../../../plan/layers";
import type { PeerSpec } from "../../../spec/spec";
import { ServiceGate } from "../converge/gate";
import { keys } from "../../keys";
import { RECREATE_MS, recreate, reportComponents } from "../../tasks/converge";
import type { JobContext, JobStep, JobType } from "../type";
import { problemOf } from "./attempt";
import { refuseUnfinished } from "./unfinished";

/** A peer that answers does so at once. */
const PEER_MS = 30_000;
/** Some TiB of vectors are loaded into memory again. */
const LOAD_MS = 4 * 3_600_000;

const params = z.strictObject({});
type Params = z.infer<typeof params>;
type Context = JobContext<Params>;

/** Starts whatever of the cluster does not run: all peers at once, for none could come up alone. */
export const startCluster: JobType<Params> = {
  name: "start-cluster",
  title: "Start what does not run, on all peers at once, and test that it serves",
  params,
  lock: "topology",
  steps: (_, spec) => [look, release, ...startLayers(spec).map(start), test],
};

const look: JobStep<Params> = {
  name: "look",
  title: "See which peers are there",
  isDone: async ({ result }) => result.away !== undefined,
  run: async (ctx) => {
    await refuseUnfinished(ctx, "started");
    const { peers } = ctx.spec;
    const problems = await Promise.all(peers.map((peer) => absence(ctx, peer)));
    for (const problem of problems.filter((p) => p !== undefined))
      ctx.log(`${problem}; when it is back, start once more for what belongs there`, "warn");
    await ctx.setResult({ away: peers.flatMap(({ name }, i) => (problems[i] === undefined ? [] : [name])) });
  },
};

/** First, so that from now on the watchdogs keep up what is started, whatever becomes of this job. */
const release: JobStep<Params> = {
  name: "release",
  title: "Record that the cluster is to run",
  isDone: async (ctx) => (await ctx.records.read()).stopped === undefined,
  run: async (ctx) => {
    const { stopped } = await ctx.records.read();
    const key = keys(ctx.identity.clusterId).stopped;
    await ctx.records.commit([{ key, value: undefined, expected: stopped?.modRevision }]);
  },
};

const start = ({ name, services }: Layer): JobStep<Params> => ({
  name: `start ${name}`,
  title: `Start ${services.join(", ")} on every peer`,
  isDone: async () => false,
  run: async (ctx) => {
    ctx.safePoint();
    await Promise.all(present(ctx).map((peer) => started(ctx, peer, services)));
  },
});

const test: JobStep<Params> = {
  name: "test",
  title: "See that reads and writes work through every load balancer, and that all is loaded",
  isDone: async () => false,
  run: async (ctx) => {
    const { spec } = ctx;
    const gate = new ServiceGate(
      { ...ctx, params: { from: { ...spec, peers: present(ctx) }, to: spec } },
      LOAD_MS,
    );
    await gate.pass("after the start");
    await gate.close();
  },
};

async function absence(ctx: Context, { name }: PeerSpec): Promise<string | undefined> {
  const o = { deadlineMs: PEER_MS, signal: ctx.signal };
  return problemOf(ctx, () => ctx.tasks.run(name, reportComponents, {}, o));
}

/** What is healthy is left alone, even where it is not as the spec wants it: that is a change. */
async function started(ctx: Context, { name }: PeerSpec, services: readonly string[]): Promise<void> {
  const { spec, signal } = ctx;
  const { components } = await ctx.tasks.run(name, reportComponents, {}, { deadlineMs: PEER_MS, signal });
  const due = components.flatMap((c) =>
    services.includes(c.name) && c.health !== "healthy" ? [c.name] : [],
  );
  if (due.length === 0) return;
  await ctx.tasks.run(name, recreate, { spec, services: due }, { deadlineMs: RECREATE_MS, signal });
  ctx.log(`${name}: ${due.join(", ")} are healthy`);
}

function present({ spec, result }: Context): PeerSpec[] {
  const away = result.away as readonly string[];
  return spec.peers.filter(({ name }) => !away.includes(name));
}
