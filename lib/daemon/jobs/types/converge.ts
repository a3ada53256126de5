import { z } from "zod";
import { backupOf, planChange, type ChangeStep } from "../../../plan/change";
import { clusterSpec as spec } from "../../api/schemas";
import { drift } from "../../api/replies";
import { CHANGE_EXECUTORS, type ChangeParams } from "../converge";
import { BadJob } from "../errors";
import type { JobStep, JobType } from "../type";

const params = z.strictObject({
  from: spec.describe("The spec in force, as the change was planned against it"),
  to: spec.describe("The spec that is wanted"),
  unfinished: spec
    .optional()
    .describe(
      "Where a change was to lead that has not ended, as GET /spec tells: what it has done is taken along",
    ),
  drift: z
    .array(drift)
    .max(1_000)
    .optional()
    .describe("What is otherwise than `from` has it, as GET /drift tells: it is mended along the way"),
}) satisfies z.ZodType<ChangeParams>;

/** Brings a formed cluster to another spec. The steps are those of the plan; what was not planned is not done. */
export const converge: JobType<ChangeParams> = {
  name: "converge",
  title: "Bring the cluster to another spec, step by step, without downtime where its layout allows",
  params,
  lock: "topology",
  // Two that load and release collections would spoil each other's reads.
  alsoLocks: ({ from, to, unfinished }) => {
    const step = backupOf(from, to, unfinished);
    return step ? ["etcd-snapshots", ...(step.data ? (["backups"] as const) : [])] : [];
  },
  steps: ({ from, to, unfinished, drift }) => {
    const { steps, refusals } = planChange(from, to, unfinished, drift);
    if (refusals.length > 0)
      throw new BadJob(refusals.map((r) => `/params/to: ${r.path}: ${r.message}`).join("; "));
    return steps.map(jobStep);
  },
};

function jobStep(step: ChangeStep): JobStep<ChangeParams> {
  const { isDone, run } = CHANGE_EXECUTORS[step.kind];
  return {
    name: step.name,
    title: step.title,
    isDone: (ctx) => isDone(ctx, step),
    run: (ctx) => run(ctx, step),
  };
}
