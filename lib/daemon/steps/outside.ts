import { outsideEndpoints, type OutsideEndpoint } from "../../spec/outside";
import { probeTarget } from "../backups/probe";
import { connectTcp } from "../peers";
import { messageOf } from "../wait";
import { gate, tally } from "./gate";
import type { StepContext } from "./step";

const CONNECT_MS = 5_000;

/**
 * Services outside the cluster, looked for before anything is started: a firewall that is closed to one peer is better told of now
 * than found in Milvus' log.
 */
export const outside = gate({
  kind: "outside",
  what: "services outside the cluster",
  deadlineMs: 60_000,
  services: () => [],
  missing: async (ctx) => {
    const endpoints = outsideEndpoints(ctx.spec);
    const problems = await Promise.all(endpoints.map((endpoint) => problemOf(ctx, endpoint)));
    return tally("services answer", problems) ?? (await targetProblem(ctx));
  },
});

/** One that refuses is better told of now than by the first backup that fails. */
async function targetProblem(ctx: StepContext): Promise<string | undefined> {
  const { spec, secrets, ports, identity, signal } = ctx;
  if (!spec.backups?.target) return undefined;
  try {
    await probeTarget(ports.backups.target(spec, secrets, { patienceMs: 0 }), identity.name, signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return `the backups' target refuses ${identity.name}: ${messageOf(error)}`;
  }
}

async function problemOf(
  { identity }: StepContext,
  { name, host, port }: OutsideEndpoint,
): Promise<string | undefined> {
  try {
    (await connectTcp(host, port, CONNECT_MS)).destroy();
    return undefined;
  } catch (error) {
    return `${name} does not answer ${identity.name}: ${messageOf(error)}`;
  }
}
