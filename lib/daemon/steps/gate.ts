import type { FormStepKind } from "../../plan/form";
import { containerName } from "../../render";
import { until } from "../wait";
import type { StepContext, StepExecutor } from "./step";

export interface Gate {
  readonly kind: FormStepKind;
  /** What is waited for, as the start of a sentence. */
  readonly what: string;
  readonly deadlineMs: number;
  /** Services of this peer that the wait depends on: their containers' troubles are told with it. */
  readonly services: (ctx: StepContext) => readonly string[];
  /** What is not there yet; undefined when all is. */
  readonly missing: (ctx: StepContext) => Promise<string | undefined>;
}

/** A step that waits for a state: it is done when nothing is missing. */
export function gate({ kind, what, deadlineMs, services, missing }: Gate): StepExecutor {
  const look = async (ctx: StepContext): Promise<string | undefined> => {
    const found = await missing(ctx);
    return found === undefined ? undefined : [found, ...(await troubles(ctx, services(ctx)))].join("; ");
  };
  return {
    kind,
    isDone: async (ctx) => (await missing(ctx)) === undefined,
    run: (ctx) => until(() => look(ctx), { what, deadlineMs, signal: ctx.signal, onDetail: ctx.detail }),
  };
}

/** A container that does not stay up will not become healthy by waiting. */
async function troubles(ctx: StepContext, services: readonly string[]): Promise<string[]> {
  const containers = await ctx.ports.containers.list();
  return containers
    .filter((c) => services.includes(c.service) && (c.health === "stopped" || c.health === "unhealthy"))
    .map(
      (c) =>
        `${c.service} on ${ctx.identity.name} is "${c.status}": see docker logs ${containerName(c.service)} there`,
    );
}

/** "2 of 3 members answer; peer-3 (198.18.0.13:2379): connection refused", or undefined when all do. */
export function tally(noun: string, problems: readonly (string | undefined)[]): string | undefined {
  const bad = problems.filter((p) => p !== undefined);
  if (bad.length === 0) return undefined;
  return `${problems.length - bad.length} of ${problems.length} ${noun}; ${bad.join("; ")}`;
}
