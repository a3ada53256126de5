import type { ChangeStep } from "../../../plan/change";
import type { ClusterSpec } from "../../../spec/spec";
import type { JobContext } from "../type";

/** What a change is: all of it was in the plan that somebody has seen. */
export interface ChangeParams {
  /** The spec that was in force when the change was planned. */
  readonly from: ClusterSpec;
  readonly to: ClusterSpec;
  /** What an earlier change that had not ended was to lead to. */
  readonly unfinished?: ClusterSpec;
}

export type ChangeContext = JobContext<ChangeParams>;

/** How one kind of step is carried out. Called again after a failure, or a change of the leader, at any point. */
export interface ChangeExecutor {
  isDone(ctx: ChangeContext, step: ChangeStep): Promise<boolean>;
  run(ctx: ChangeContext, step: ChangeStep): Promise<void>;
}
