import { outsideEndpoints, type OutsideEndpoint } from "../../spec/outside";
import { probeTarget } from "../backups/probe";
import { mayDiffer, missingWords } from "../backups/shared";
import type { BackupTarget } from "../backups/target";
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
    const target = ports.backups.target(spec, secrets, { patienceMs: 0 });
    await probeTarget(target, identity.name, signal);
    return mayDiffer(spec) ? await strangers(ctx, target) : undefined;
  } catch (error) {
    signal.throwIfAborted();
    return `the backups' target refuses ${identity.name}: ${messageOf(error)}`;
  }
}

async function strangers(
  { spec, specDigest, identity, signal }: StepContext,
  target: BackupTarget,
): Promise<string | undefined> {
  const others = spec.peers.map(({ name }) => name).filter((name) => name !== identity.name);
  const o = { peer: identity.name, others, word: specDigest };
  const missing = await missingWords(target, o, signal);
  if (missing.length === 0) return undefined;
  return `${identity.name} does not find in ${target.name} what ${missing.join(", ")} has written: mount one and the same share on every peer`;
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
