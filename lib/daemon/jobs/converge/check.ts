import { planChange } from "../../../plan/change";
import { reportComponents } from "../../tasks/converge";
import { problemOf } from "../types/attempt";
import { refuseStale } from "./claim";
import { steadyPeers, type ChangeContext, type ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";

const PEER_MS = 30_000;

/** Nothing may be amiss but what this change is there to mend. */
export const check: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    await refuseStale(ctx);
    const excused = excusedServices(ctx);
    const steady = steadyPeers(ctx.params);
    const problems = (await Promise.all(steady.map(({ name }) => troublesOf(ctx, name, excused)))).flat();
    if (problems.length > 0) {
      throw new Error(
        `the cluster is not whole: ${problems.join("; ")}. Mend that first; nothing was changed`,
      );
    }
    // What an earlier change has broken may be why nothing is served.
    if (ctx.params.unfinished === undefined) await new ServiceGate(ctx).pass("before the change");
  },
};

async function troublesOf(ctx: ChangeContext, peer: string, excused: ReadonlySet<string>): Promise<string[]> {
  let sick: string[] = [];
  const problem = await problemOf(ctx, async () => {
    const o = { deadlineMs: PEER_MS, signal: ctx.signal };
    const { components } = await ctx.tasks.run(peer, reportComponents, {}, o);
    sick = components
      .filter(({ name, health }) => health !== "healthy" && !excused.has(name))
      .map(({ name, health, detail }) => `${name} on ${peer} is ${health}${detail ? ` (${detail})` : ""}`);
  });
  return problem === undefined ? sick : [problem];
}

/** An earlier change may have left them in a state that this one leads out of. */
function excusedServices({ params: { from, to, unfinished } }: ChangeContext): Set<string> {
  if (unfinished === undefined) return new Set();
  return new Set(planChange(from, to, unfinished).steps.flatMap(({ service }) => service ?? []));
}
