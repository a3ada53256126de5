import type { FormStepKind } from "../../plan/form";
import { until } from "../wait";
import type { StepContext, StepExecutor } from "./step";

/** A step that waits for a state: it is done when nothing is missing. */
export function gate(
  kind: FormStepKind,
  what: string,
  deadlineMs: number,
  missing: (ctx: StepContext) => Promise<string | undefined>,
): StepExecutor {
  return {
    kind,
    isDone: async (ctx) => (await missing(ctx)) === undefined,
    run: (ctx) => until(() => missing(ctx), { what, deadlineMs, signal: ctx.signal, onDetail: ctx.detail }),
  };
}

/** "2 of 3 members answer; peer-3 (198.18.0.13:2379): connection refused", or undefined when all do. */
export function tally(noun: string, problems: readonly (string | undefined)[]): string | undefined {
  const bad = problems.filter((p) => p !== undefined);
  if (bad.length === 0) return undefined;
  return `${problems.length - bad.length} of ${problems.length} ${noun}; ${bad.join("; ")}`;
}
