import { z } from "zod";
import { stopLayers, type Layer } from "../../../plan/layers";
import { peerServices } from "../../../render";
import type { PeerSpec } from "../../../spec/spec";
import { keys } from "../../keys";
import type { StopRecord } from "../../store/records";
import { stopServices } from "../../tasks/membership";
import type { JobContext, JobStep, JobType } from "../type";
import { problemOf } from "./attempt";
import { refuseUnfinished } from "./unfinished";

/** Longer than the longest grace period that is rendered. */
const STOP_MS = 120_000;

const params = z.strictObject({});
type Params = z.infer<typeof params>;
type Context = JobContext<Params>;

/** Stops everything but etcd and the daemons, with all data kept; from then on every peer knows that this is meant so. */
export const stopCluster: JobType<Params> = {
  name: "stop-cluster",
  title: "Stop Milvus, its queue and its storage on every peer, with all data kept",
  params,
  lock: "topology",
  steps: (_, spec) => [announce, ...stopLayers(spec).map(stop), rest],
};

const announce: JobStep<Params> = {
  name: "announce",
  title: "Record that the cluster is to be stopped",
  isDone: async (ctx) => (await recorded(ctx)) !== undefined,
  run: async (ctx) => {
    await refuseUnfinished(ctx, "stopped");
    await record(ctx, false);
  },
};

const stop = ({ name, services }: Layer): JobStep<Params> => ({
  name: `stop ${name}`,
  title: `Stop ${services.join(", ")} on every peer`,
  isDone: async (ctx) => (await recorded(ctx))?.done === true,
  run: async (ctx) => {
    ctx.safePoint();
    await Promise.all(ctx.spec.peers.map((peer) => stopped(ctx, peer, services)));
  },
});

const rest: JobStep<Params> = {
  name: "rest",
  title: "Record that the cluster is stopped",
  isDone: async (ctx) => (await recorded(ctx))?.done === true,
  run: (ctx) => record(ctx, true),
};

/** At once, for there is nobody left to hand over to. A peer that is away stops them when it returns. */
async function stopped(ctx: Context, peer: PeerSpec, services: readonly string[]): Promise<void> {
  const own = Object.keys(peerServices(ctx.spec, peer)).filter((service) => services.includes(service));
  const o = { deadlineMs: STOP_MS, signal: ctx.signal };
  const problem = await problemOf(ctx, () =>
    Promise.all(own.map((service) => ctx.tasks.run(peer.name, stopServices, { services: [service] }, o))),
  );
  if (problem !== undefined) ctx.log(`${problem}; what still runs there is stopped when it is back`, "warn");
}

async function recorded({ records }: Context): Promise<StopRecord | undefined> {
  return (await records.read()).stopped?.value;
}

async function record(ctx: Context, done: boolean): Promise<void> {
  const { stopped } = await ctx.records.read();
  const value: StopRecord = { job: ctx.jobId, done };
  const key = keys(ctx.identity.clusterId).stopped;
  await ctx.records.commit([{ key, value, expected: stopped?.modRevision ?? "0" }]);
}
