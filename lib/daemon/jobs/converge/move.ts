import { pulsarHost } from "../../../spec/queue";
import type { ClusterSpec } from "../../../spec/spec";
import { pulsarSources } from "../../../plan/moved";
import type { PulsarHolding } from "../../pulsar-data";
import { RECREATE_MS, recreate, writeFiles } from "../../tasks/converge";
import { stopServices } from "../../tasks/membership";
import {
  adoptPulsarData,
  fetchPulsarData,
  releasePulsarData,
  reportPulsarData,
} from "../../tasks/pulsar-data";
import { problemOf } from "../types/attempt";
import { beginChange } from "./claim";
import type { ChangeContext, ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";
import { passed } from "./restart";

/** The grace period of Pulsar, and what Docker takes. */
const STOP_MS = 180_000;
/** Some ten GB over a slow line. */
const COPY_MS = 3_600_000;

type Holdings = ReadonlyMap<string, PulsarHolding>;

/** One peer has Pulsar's data in place at any moment, and Pulsar starts there alone. */
export const movePulsar: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    const target = pulsarHost(ctx.params.to)!;
    const sources = pulsarSources(ctx.params);
    const found = await holdings(ctx, [...sources, target]);
    refuseMounted(found);
    refuseNoRoom(found, target);
    await beginChange(ctx);
    ctx.safePoint();
    for (const name of sources) await stopPulsar(ctx, name);
    await moveData(ctx, sources, target);
    await start(ctx, target);
    await passed(ctx, new ServiceGate(ctx), `with Pulsar on ${target}`);
  },
};

/** Before anything stops, as below. */
function refuseMounted(found: Holdings): void {
  const mounted = [...found].filter(([, { isMount }]) => isMount).map(([name]) => name);
  if (mounted.length === 0) return;
  throw new Error(
    `a disk of its own is mounted where Pulsar's data is on ${mounted.join(" and ")}: such data cannot be moved; nothing was changed`,
  );
}

function refuseNoRoom(found: Holdings, target: string): void {
  const holder = holderIn(found);
  if (holder === undefined || holder === target) return;
  const [needs, has] = [found.get(holder)!.bytes, found.get(target)!.freeBytes];
  if (needs > has) throw new Error(`Pulsar holds ${needs} bytes on ${holder}, and ${target} has ${has} left`);
}

async function moveData(ctx: ChangeContext, sources: readonly string[], target: string): Promise<void> {
  const all = [...sources, target];
  // Where a leader has died between giving up and putting in place, nobody has it there.
  const arrived = [...(await holdings(ctx, all))].find(([, { arrived }]) => arrived)?.[0];
  const orphaned = holderIn(await holdings(ctx, all)) === undefined;
  if (orphaned && arrived !== undefined) await ctx.tasks.run(arrived, adoptPulsarData, {}, on(ctx));
  const found = await holdings(ctx, all);
  const holder = holderIn(found);
  if (holder === undefined) throw new Error(`none of ${all.join(", ")} has Pulsar's data`);
  if (holder === target) return ctx.log(`${target} has Pulsar's data already`);
  await copy(ctx, holder, target, found.get(holder)!.bytes);
  await ctx.tasks.run(holder, releasePulsarData, {}, on(ctx));
  await ctx.tasks.run(target, adoptPulsarData, {}, on(ctx));
  ctx.log(`${target}: all that Pulsar held on ${holder} (${found.get(holder)!.bytes} bytes) is there`);
}

/** A copy that fails has Pulsar start again where it was: writes need not wait for a person. */
async function copy(ctx: ChangeContext, holder: string, target: string, bytes: number): Promise<void> {
  ctx.detail(`copying ${bytes} bytes from ${holder} to ${target}`);
  try {
    await ctx.tasks.run(target, fetchPulsarData, { from: holder, bytes }, on(ctx, COPY_MS));
  } catch (error) {
    const { from, unfinished } = ctx.params;
    const spec = [from, unfinished].find((s) => s && pulsarHost(s) === holder)!;
    const problem = await problemOf(ctx, () => recreatePulsar(ctx, spec, holder));
    ctx.log(
      `Pulsar ${problem ? `does not start again on ${holder}: ${problem}` : `runs on ${holder} again`}`,
      "warn",
    );
    throw error;
  }
}

/** Nginx of its host lets go of the broker's port first, and those of all others lead to it last. */
async function start(ctx: ChangeContext, target: string): Promise<void> {
  const { to: spec } = ctx.params;
  const write = (name: string): Promise<unknown> =>
    ctx.tasks.run(name, writeFiles, { spec, reload: true }, on(ctx));
  await write(target);
  await recreatePulsar(ctx, spec, target);
  await Promise.all(
    spec.peers
      .map(({ name }) => name)
      .filter((name) => name !== target)
      .map(write),
  );
  ctx.log(`Pulsar runs on ${target}, and every peer is led to it`);
}

function recreatePulsar(ctx: ChangeContext, spec: ClusterSpec, name: string): Promise<unknown> {
  return ctx.tasks.run(name, recreate, { spec, services: ["pulsar"] }, on(ctx, RECREATE_MS));
}

async function stopPulsar(ctx: ChangeContext, name: string): Promise<void> {
  ctx.detail(`stopping Pulsar on ${name}`);
  await ctx.tasks.run(name, stopServices, { services: ["pulsar"] }, on(ctx, STOP_MS));
}

async function holdings(ctx: ChangeContext, peers: readonly string[]): Promise<Holdings> {
  const found = peers.map(async (name): Promise<[string, PulsarHolding]> => {
    return [name, await ctx.tasks.run(name, reportPulsarData, {}, on(ctx))];
  });
  return new Map(await Promise.all(found));
}

/** Throws where two peers have it: no move leaves them so, and which of them is right is for a person to say. */
function holderIn(found: Holdings): string | undefined {
  const holders = [...found].filter(([, { inPlace }]) => inPlace).map(([name]) => name);
  if (holders.length > 1)
    throw new Error(
      `${holders.join(" and ")} both hold data of Pulsar: move away what is not wanted, and try again`,
    );
  return holders[0];
}

function on({ signal }: ChangeContext, deadlineMs?: number): { deadlineMs?: number; signal: AbortSignal } {
  return { ...(deadlineMs === undefined ? {} : { deadlineMs }), signal };
}
