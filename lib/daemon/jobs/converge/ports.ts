import { startLayers, stopLayers } from "../../../plan/layers";
import { newPorts } from "../../../plan/ports";
import { peerServices } from "../../../render";
import type { PeerSpec } from "../../../spec/spec";
import { RECREATE_MS, recreate, reportMade, writeFiles } from "../../tasks/converge";
import { stopServices } from "../../tasks/membership";
import { reportTakenPorts } from "../../tasks/ports";
import { beginChange } from "./claim";
import { steadyPeers, type ChangeContext, type ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";
import { passed } from "./restart";

const PEER_MS = 30_000;
/** Longer than the longest grace period that is rendered. */
const STOP_MS = 180_000;

/** What knows a port that moves stops on all peers, in the order of a stop, before nginx opens the new ones and all of it starts. */
export const movePorts: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { services = [] }) => {
    if (ctx.result["portsMove"] === undefined) await refuseTaken(ctx);
    await beginChange(ctx);
    // A leader after this one finds those of our own that listen there by then.
    await ctx.setResult({ portsMove: true });
    ctx.safePoint();
    const due = await dueOn(ctx, services);
    await stopAll(ctx, due);
    await onEach(ctx, ({ name }) =>
      ctx.tasks.run(name, writeFiles, { spec: ctx.params.to, reload: true }, on(ctx)),
    );
    await startAll(ctx, due);
    await passed(ctx, new ServiceGate(ctx), "with the new ports");
  },
};

/** Of an earlier try some may be made already. */
type Due = ReadonlyMap<string, readonly string[]>;

/** Whoever listens there would keep what is stopped from starting again. */
async function refuseTaken(ctx: ChangeContext): Promise<void> {
  const found = await Promise.all(
    steadyPeers(ctx.params).map(async ({ name }) => {
      const ports = newPorts(ctx.params, name);
      const { taken } = await ctx.tasks.run(name, reportTakenPorts, { ports }, on(ctx, PEER_MS));
      return taken.map((port) => `port ${port} of ${name}`);
    }),
  );
  const taken = found.flat();
  if (taken.length === 0) return;
  throw new Error(`somebody listens on ${taken.join(", ")} already: choose other ports; nothing was changed`);
}

async function dueOn(ctx: ChangeContext, services: readonly string[]): Promise<Due> {
  const { to: spec } = ctx.params;
  const all = steadyPeers(ctx.params).map(async (peer): Promise<[string, string[]]> => {
    const own = Object.keys(peerServices(spec, peer)).filter((service) => services.includes(service));
    const { made } = await ctx.tasks.run(peer.name, reportMade, { spec, services: own }, on(ctx, PEER_MS));
    return [peer.name, own.filter((service) => !made.includes(service))];
  });
  return new Map(await Promise.all(all));
}

async function stopAll(ctx: ChangeContext, due: Due): Promise<void> {
  for (const { name, services } of stopLayers(ctx.params.to)) {
    ctx.detail(`stopping ${name}`);
    await onEach(ctx, async (peer) => {
      const own = due.get(peer.name)!.filter((service) => services.includes(service));
      await Promise.all(
        own.map((s) => ctx.tasks.run(peer.name, stopServices, { services: [s] }, on(ctx, STOP_MS))),
      );
    });
  }
}

async function startAll(ctx: ChangeContext, due: Due): Promise<void> {
  const { to: spec } = ctx.params;
  for (const { name, services } of startLayers(spec)) {
    ctx.detail(`starting ${name}`);
    await onEach(ctx, async (peer) => {
      const own = due.get(peer.name)!.filter((service) => services.includes(service));
      if (own.length > 0)
        await ctx.tasks.run(peer.name, recreate, { spec, services: own }, on(ctx, RECREATE_MS));
    });
  }
  ctx.log("all that knows the ports runs with the new ones");
}

async function onEach(ctx: ChangeContext, work: (peer: PeerSpec) => Promise<unknown>): Promise<void> {
  await Promise.all(steadyPeers(ctx.params).map(work));
}

function on({ signal, params: { to: spec } }: ChangeContext, deadlineMs?: number): object {
  return { spec, signal, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
}
