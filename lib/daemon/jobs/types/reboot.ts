import { z } from "zod";
import { stopLayers } from "../../../plan/layers";
import { peerServices } from "../../../render";
import { peerOf } from "../../../spec/host";
import { pulsarHost } from "../../../spec/queue";
import type { ClusterSpec } from "../../../spec/spec";
import { refuseSick } from "../converge/check";
import type { ChangeContext } from "../converge/context";
import { ServiceGate } from "../converge/gate";
import { rebuilt } from "../converge/heal";
import { BadJob } from "../errors";
import { NotLeader } from "../../store/records";
import { rebootVm, reportBoot } from "../../tasks/boot";
import { reportComponents } from "../../tasks/converge";
import { MOVE_MS } from "../../tasks/hand-over";
import { STOPPED_MS, stopServices } from "../../tasks/membership";
import { until } from "../../wait";
import type { JobContext, JobStep, JobType } from "../type";
import { refuseUnfinished } from "./unfinished";

/** All grace periods of a peer, one after the other. */
const DRAIN_MS = 300_000 + MOVE_MS;
/** From the boot of a VM until all that runs there is healthy. */
const HEALTHY_MS = 900_000;

const params = z.strictObject({
  peers: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("Names of the peers whose VMs are rebooted, one after the other; by default all"),
});
type Params = z.infer<typeof params>;
type Context = JobContext<Params>;

/** Takes one peer after the other out of service, until somebody has rebooted its VM and the cluster is whole again. */
export const reboot: JobType<Params> = {
  name: "reboot",
  title: "Make one peer after the other ready for a reboot of its VM, and wait until it is back and whole",
  params,
  lock: "topology",
  steps: ({ peers }, spec) =>
    chosen(peers, spec).flatMap((name) => [drain(name), wait(name, spec), rejoin(name)]),
};

function chosen(names: Params["peers"], { peers }: ClusterSpec): string[] {
  const all = peers.map(({ name }) => name);
  const unknown = names?.filter((name) => !all.includes(name)) ?? [];
  if (unknown.length > 0)
    throw new BadJob(
      `/params/peers: the cluster has no ${unknown.join(", ")}; its peers are ${all.join(", ")}`,
    );
  return names ? [...new Set(names)] : all;
}

const drain = (name: string): JobStep<Params> => ({
  name: `drain ${name}`,
  title: `See that the cluster is whole, and stop what runs on ${name}`,
  isDone: (ctx) => isRebooted(ctx, name),
  run: async (ctx) => {
    ctx.safePoint();
    const begun = boots(ctx)[name] !== undefined;
    if (!begun) await refuseUnfinished(ctx, "rebooted");
    if (!begun) await refuseSick(unchanged(ctx));
    await leaveItToOthers(ctx, name);
    if (!begun) await noteBoot(ctx, name);
    const own = Object.keys(peerServices(ctx.spec, peerOf(ctx.spec, name)));
    const services = stopLayers(ctx.spec).flatMap((layer) => layer.services.filter((s) => own.includes(s)));
    const o = { deadlineMs: DRAIN_MS, signal: ctx.signal };
    const params = { services, handOver: true, keep: true };
    const { handover } = await ctx.tasks.run(name, stopServices, params, o);
    if (handover !== undefined) ctx.log(`${name}: querynode: ${handover}`);
  },
});

const wait = (name: string, spec: ClusterSpec): JobStep<Params> => ({
  name: `reboot ${name}`,
  title: `Wait until the VM of ${name} has been rebooted${pulsarHost(spec) === name ? "; writes wait for its Pulsar meanwhile" : ""}`,
  isDone: (ctx) => isRebooted(ctx, name),
  run: async (ctx) => {
    await leaveItToOthers(ctx, name);
    let request: string | undefined;
    const missing = async (): Promise<string | undefined> => {
      ctx.safePoint();
      if (await isRebooted(ctx, name)) return undefined;
      return (request ??= await asked(ctx, name));
    };
    const what = `the reboot of ${name}`;
    const o = { deadlineMs: STOPPED_MS, everyMs: 2_000, signal: ctx.signal, onDetail: ctx.detail };
    await until(missing, { what, ...o });
    ctx.log(`the VM of ${name} has been rebooted`);
  },
});

const rejoin = (name: string): JobStep<Params> => ({
  name: `rejoin ${name}`,
  title: `Wait until all of ${name} is healthy, its drives are whole, and reads and writes work`,
  isDone: async () => false,
  run: async (ctx) => {
    const sick = async (): Promise<string | undefined> => {
      ctx.safePoint();
      const { components } = await ctx.tasks.run(name, reportComponents, {}, { signal: ctx.signal });
      const found = components.filter(({ health }) => health !== "healthy");
      return found.length === 0 ? undefined : found.map((c) => `${c.name} is ${c.health}`).join(", ");
    };
    const o = { deadlineMs: HEALTHY_MS, everyMs: 1_000, signal: ctx.signal, onDetail: ctx.detail };
    await until(sick, { what: `the components of ${name}`, ...o });
    await rebuilt(unchanged(ctx), [name]);
    const gate = new ServiceGate(unchanged(ctx));
    await gate.pass(`after the reboot of ${name}`);
    await gate.close();
  },
});

/** Its successor watches the reboot. A cluster of one peer goes on when that one is back. */
async function leaveItToOthers(ctx: Context, name: string): Promise<void> {
  if (ctx.identity.name !== name || ctx.spec.peers.length === 1) return;
  ctx.log(`${name} leads: another peer goes on`);
  await ctx.handOver();
  throw new NotLeader(`${name} has handed over to whoever leads next`);
}

/** The peer itself where it may, else whoever reads this; returns what is waited for. */
async function asked(ctx: Context, name: string): Promise<string> {
  const { mayReboot } = await ctx.tasks.run(name, reportBoot, {}, { signal: ctx.signal });
  if (mayReboot) await ctx.tasks.run(name, rebootVm, {}, { signal: ctx.signal });
  ctx.log(mayReboot ? `${name} has its VM rebooted` : `reboot the VM of ${name} now`);
  return mayReboot ? "it is under way" : "reboot it now";
}

async function noteBoot(ctx: Context, name: string): Promise<void> {
  const { boot } = await ctx.tasks.run(name, reportBoot, {}, { signal: ctx.signal });
  await ctx.setResult({ boots: { ...boots(ctx), [name]: boot } });
}

async function isRebooted(ctx: Context, name: string): Promise<boolean> {
  const before = boots(ctx)[name];
  if (before === undefined) return false;
  return (await ctx.tasks.run(name, reportBoot, {}, { signal: ctx.signal })).boot !== before;
}

/** Boots that the VMs lived in before. */
function boots({ result }: Context): Readonly<Record<string, string>> {
  return (result.boots as Record<string, string> | undefined) ?? {};
}

/** What is seen to is what a change sees to that changes nothing. */
function unchanged(ctx: Context): ChangeContext {
  return { ...ctx, params: { from: ctx.spec, to: ctx.spec } };
}
