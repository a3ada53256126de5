import { stopLayers } from "../../../plan/layers";
import { awayPulsarHost, begunElsewhere, lostPulsarHost } from "../../../plan/moved";
import { peerServices } from "../../../render";
import { pulsarHost } from "../../../spec/queue";
import { rolesIn } from "../../../spec/roles";
import type { ClusterSpec, PeerSpec } from "../../../spec/spec";
import { GIVEN_UP, keys, MILVUS_CHECKPOINTS, MILVUS_SESSIONS } from "../../keys";
import { atBeginning } from "../../milvus-positions";
import type { PulsarHolding } from "../../pulsar-data";
import { livingAt } from "../../status/sessions";
import { RECREATE_MS, recreate, writeFiles } from "../../tasks/converge";
import { stopServices } from "../../tasks/membership";
import { adoptPulsarData, reportPulsarData } from "../../tasks/pulsar-data";
import { until } from "../../wait";
import { problemOf } from "../types/attempt";
import { beginChange } from "./claim";
import { steadyPeers, type ChangeContext, type ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";
import { passed } from "./restart";

/** A host that lives says so at once. */
const ALIVE_MS = 10_000;
/** Longer than the session of a process that has just died. */
const SILENT_MS = 60_000;
/** Longer than the longest grace period of a role. */
const STOP_MS = 180_000;
/** Fewer than etcd takes in one transaction (128). */
const AT_ONCE = 64;

/**
 * Milvus' roles stop before its positions are set back, for a data coordinator that runs would write its own over them. Done again
 * after a takeover it only has them read from the beginning once more: what is older than a checkpoint's time is passed over.
 */
export const beginPulsar: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    const target = pulsarHost(ctx.params.to)!;
    if (!hasBegun(ctx, target)) await refuseAlive(ctx);
    await refuseOtherData(ctx, target);
    await refuseOtherPositions(ctx);
    await beginChange(ctx);
    await ctx.setResult({ pulsarBegins: target });
    ctx.safePoint();
    await takeRight(ctx);
    await stopMilvus(ctx);
    // It may have come back meanwhile.
    await silent(ctx, lostPulsarHost(ctx.params)!.address);
    await setBack(ctx);
    await startPulsar(ctx, target);
    await startMilvus(ctx);
    await passed(ctx, new ServiceGate(ctx), `with an empty Pulsar on ${target}`);
  },
};

/** What lives is not given up: all that it holds can be had by a move. */
async function refuseAlive(ctx: ChangeContext): Promise<void> {
  const { from } = ctx.params;
  const { name, address } = lostPulsarHost(ctx.params)!;
  const o = { spec: from, deadlineMs: ALIVE_MS, signal: ctx.signal };
  let found: PulsarHolding | undefined;
  await problemOf(ctx, async () => (found = await ctx.tasks.run(name, reportPulsarData, {}, o)));
  if (found?.inPlace)
    throw new Error(
      `${name} (${address}) is not lost: it answers, and holds what Pulsar held. Leave lostHost out and its VM in, so that Pulsar ` +
        "moves with all that; nothing was changed",
    );
  await silent(ctx, address);
}

/** A data coordinator that lives there, with or without its daemon, would write its own positions over those that are set back. */
async function silent(ctx: ChangeContext, address: string): Promise<void> {
  const living = async (): Promise<string | undefined> => {
    const names = livingAt(await ctx.ports.store.list(MILVUS_SESSIONS), address);
    return names.length === 0 ? undefined : `${names.join(", ")} of Milvus live there: switch that VM off`;
  };
  const what = `the lost VM at ${address} to be silent`;
  await until(living, { what, deadlineMs: SILENT_MS, everyMs: 1_000, signal: ctx.signal });
}

/** Whether an earlier try, or a leader before, has come as far. */
function hasBegun({ params: { unfinished }, result }: ChangeContext, target: string): boolean {
  return result["pulsarBegins"] === target || (unfinished !== undefined && pulsarHost(unfinished) === target);
}

/** Whatever is there was not put there by this change, and may be somebody's. What a move has brought whole is no loss, and is taken. */
async function refuseOtherData(ctx: ChangeContext, target: string): Promise<void> {
  const wasComing = hasBegun(ctx, target);
  const { inPlace, arrived } = await ctx.tasks.run(target, reportPulsarData, {}, { signal: ctx.signal });
  if (inPlace && !wasComing)
    throw new Error(`${target} holds data of Pulsar: move it away, and try again; nothing was changed`);
  if (inPlace || !arrived || !wasComing) return;
  await ctx.tasks.run(target, adoptPulsarData, {}, { signal: ctx.signal });
  ctx.log(`${target}: the copy that had come from the lost host is whole: it is used`);
}

/** Those of a line that keeps them otherwise are better met before Milvus is stopped. */
async function refuseOtherPositions(ctx: ChangeContext): Promise<void> {
  for (const { value } of await ctx.ports.store.bytes(MILVUS_CHECKPOINTS)) atBeginning(value);
}

/** From now on a host that comes back runs no Pulsar, whichever spec it knows, until it hears of the new one. */
async function takeRight(ctx: ChangeContext): Promise<void> {
  const away = awayPulsarHost(ctx.params);
  if (away === undefined) return;
  const key = keys(ctx.identity.clusterId).pulsar;
  const held = async (): Promise<string | undefined> => {
    const { pulsar } = await ctx.records.read();
    if (pulsar?.value === GIVEN_UP) return undefined;
    if (pulsar) return `${pulsar.value} has it`;
    await ctx.records.commit([{ key, value: GIVEN_UP, expected: "0" }]);
    return undefined;
  };
  const what = `the right of ${away.name} to run Pulsar to end`;
  await until(held, { what, deadlineMs: SILENT_MS, everyMs: 1_000, signal: ctx.signal });
}

async function stopMilvus(ctx: ChangeContext): Promise<void> {
  const roles = rolesIn(ctx.params.from).map(({ name }) => name);
  const layers = stopLayers(ctx.params.from).filter(({ services }) => roles.includes(services[0]!));
  for (const { name, services } of layers) {
    ctx.detail(`stopping ${name}`);
    await onEach(ctx, async (peer) => {
      const own = Object.keys(peerServices(ctx.params.from, peer)).filter((s) => services.includes(s));
      const o = { deadlineMs: STOP_MS, signal: ctx.signal };
      const stops = own.map((s) => ctx.tasks.run(peer.name, stopServices, { services: [s] }, o));
      await Promise.all(stops);
    });
  }
  ctx.log("Milvus' roles are stopped");
}

/** Each checkpoint on the condition that nobody has written it meanwhile. */
async function setBack(ctx: ChangeContext): Promise<void> {
  const found = await ctx.ports.store.bytes(MILVUS_CHECKPOINTS);
  for (let i = 0; i < found.length; i += AT_ONCE) {
    const some = found.slice(i, i + AT_ONCE);
    const changes = some.map(({ key, value, modRevision }) => {
      return { key, value: atBeginning(value), expected: modRevision };
    });
    await ctx.records.commit(changes);
  }
  ctx.log(`${found.length} checkpoints of Milvus lead to the beginning of their channels`);
}

/** Nginx of its host lets go of the broker's port first, and those of all others lead to it last. */
async function startPulsar(ctx: ChangeContext, target: string): Promise<void> {
  const spec = begunElsewhere(ctx.params);
  const write = (name: string): Promise<unknown> =>
    ctx.tasks.run(name, writeFiles, { spec, reload: true }, { spec, signal: ctx.signal });
  ctx.detail(`starting Pulsar on ${target}`);
  await write(target);
  await make(ctx, spec, target, ["pulsar"]);
  await onEach(ctx, async ({ name }) => void (name === target || (await write(name))));
  ctx.log(`Pulsar runs on ${target}, and every peer is led to it`);
}

/** All at once, as a cluster that was stopped: they wait for each other. */
async function startMilvus(ctx: ChangeContext): Promise<void> {
  const spec = begunElsewhere(ctx.params);
  const roles = rolesIn(spec).map(({ name }) => name);
  ctx.detail("starting Milvus' roles");
  await onEach(ctx, async (peer) => {
    const own = Object.keys(peerServices(spec, peer)).filter((service) => roles.includes(service));
    if (own.length > 0) await make(ctx, spec, peer.name, own);
  });
  ctx.log("Milvus' roles run again, and load what was loaded");
}

function make(ctx: ChangeContext, spec: ClusterSpec, peer: string, services: string[]): Promise<unknown> {
  const o = { spec, deadlineMs: RECREATE_MS, signal: ctx.signal };
  return ctx.tasks.run(peer, recreate, { spec, services }, o);
}

async function onEach(ctx: ChangeContext, work: (peer: PeerSpec) => Promise<void>): Promise<void> {
  await Promise.all(steadyPeers(ctx.params).map(work));
}
