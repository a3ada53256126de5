import { z } from "zod";
import type { SmokeResult } from "../../../api/wire";
import { smoke as test } from "../../smoke";
import type { JobStep, JobType } from "../type";

const params = z.strictObject({});
type Params = z.infer<typeof params>;

/** Fails when a check fails; the result tells of every check either way. */
export const smoke: JobType<Params> = {
  name: "smoke",
  title: "Put vectors into a collection, find them through every peer's load balancer, and drop it",
  params,
  lock: "smoke",
  steps: () => [run],
};

const run: JobStep<Params> = {
  name: "test",
  title: "Test the cluster with a collection of its own",
  isDone: async ({ result }) => (result as Partial<SmokeResult>).ok === true,
  run: async (ctx) => {
    const { spec, identity, ports, secrets, jobId, signal } = ctx;
    const result = await test({
      ...{ spec, milvus: ports.milvus, password: secrets.cluster.milvusRootPassword, signal },
      ...{ self: identity.name, runId: jobId },
      onCheck: ({ name, ok, ms, detail }) => {
        ctx.log(
          `${name}: ${ok ? "ok" : "failed"} (${ms} ms)${detail ? `: ${detail}` : ""}`,
          ok ? "info" : "error",
        );
        ctx.detail(name);
      },
    });
    signal.throwIfAborted();
    await ctx.setResult({ ...result });
    if (!result.ok) throw new Error(failures(result));
  },
};

function failures({ checks }: SmokeResult): string {
  const failed = checks.filter(({ ok }) => !ok);
  return `${failed.length} of ${checks.length} checks failed: ${failed.map((c) => `${c.name}: ${c.detail}`).join("; ")}`;
}
