import type { FormStep } from "../../plan/form";
import { messageOf, until } from "../wait";
import { Refusal, type StepContext, type StepExecutor } from "./step";

/** How long the leader tries, and the other peers wait for it. */
const LEADER_DEADLINE_MS = 180_000;

/** Carries out one step, unless it is done already. */
export async function runStep(step: FormStep, executor: StepExecutor, ctx: StepContext): Promise<void> {
  if (step.once) return runOnce(step, executor, ctx);
  if (await isDone(executor, ctx)) return;
  await executor.run(ctx);
}

/**
 * A step that the leader alone carries out. Everybody waits for its outcome, not for the leader's word: so it does not
 * matter when leadership changes hands in the middle.
 */
async function runOnce(step: FormStep, executor: StepExecutor, ctx: StepContext): Promise<void> {
  const failure: { refusal?: Refusal } = {};
  const look = async (): Promise<string | undefined> => {
    if (await isDone(executor, ctx)) return undefined;
    if (ctx.ports.term() === undefined) return "the leader has not done it yet";
    await executor.run(ctx);
    return undefined;
  };
  await until(
    () =>
      look().catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        failure.refusal = error;
        return undefined;
      }),
    {
      what: step.title,
      deadlineMs: LEADER_DEADLINE_MS,
      everyMs: 500,
      signal: ctx.signal,
      onDetail: ctx.detail,
    },
  );
  if (failure.refusal) throw failure.refusal;
}

/** What cannot be found out now counts as not done; the step itself will say why. */
async function isDone(executor: StepExecutor, ctx: StepContext): Promise<boolean> {
  try {
    return await executor.isDone(ctx);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    ctx.detail(messageOf(error));
    return false;
  }
}
