import { z } from "zod";
import { keys } from "../../keys";
import { cleanUp, type CleanUpReport } from "../../tasks/clean-up";
import { expiredJobs, sweepJobs } from "../retention";
import type { JobContext, JobStep, JobType } from "../type";
import { problemOf } from "./attempt";
import { DEFAULT_KEEP } from "./backup-etcd";

/** Deleting some hundred gigabytes takes an engine minutes. */
const PEER_MS = 600_000;

const params = z.strictObject({
  dryRun: z.boolean().default(true).describe("Only tell what would be removed"),
  images: z
    .boolean()
    .default(true)
    .describe(
      "Images without a name, and other versions of those that the cluster runs; never one that is in use",
    ),
  logsOlderThanDays: z
    .number()
    .int()
    .min(0)
    .max(3650)
    .default(7)
    .describe("Age of rotated log files of Milvus"),
  keepSnapshots: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(DEFAULT_KEEP)
    .describe("Snapshots of etcd that each peer keeps"),
  jobsOlderThanDays: z
    .number()
    .int()
    .min(0)
    .max(3650)
    .optional()
    .describe("Age of jobs that have ended; by default what the cluster's spec keeps"),
});
type Params = z.infer<typeof params>;
type Context = JobContext<Params>;

/** Reports of the peers by name; `error` where one could not be asked. */
type PeerReports = Record<string, CleanUpReport | { readonly error: string }>;

/** Removes what nobody needs, or says what that would be: a dry run unless told otherwise. */
export const maintenance: JobType<Params> = {
  name: "maintenance",
  title:
    "Remove unused images, old logs, snapshots and jobs; only tells what it would remove unless dryRun is false",
  params,
  lock: "maintenance",
  steps: () => [onPeers, jobs],
};

const onPeers: JobStep<Params> = {
  name: "peers",
  title: "Clean up every peer",
  isDone: async () => false,
  run: async (ctx) => {
    const { keepSnapshots, logsOlderThanDays, dryRun, images } = ctx.params;
    const { peers } = ctx.spec;
    for (const [i, { name }] of peers.entries()) {
      // What an earlier leader has had removed would not be found again.
      if (isReport(reports(ctx)[name])) continue;
      ctx.safePoint();
      ctx.detail(`${name} is ${dryRun ? "looked at" : "cleaned up"}`);
      const request = { dryRun, images, logsOlderThanDays, keepSnapshots };
      const report = await clean(ctx, name, request);
      tell(ctx, name, report);
      await ctx.setResult({ dryRun, peers: { ...reports(ctx), [name]: report } });
      ctx.progress((i + 1) / peers.length);
    }
    await ctx.setResult({
      bytes: Object.values(reports(ctx)).reduce((sum, r) => sum + (isReport(r) ? r.bytes : 0), 0),
    });
  },
};

const jobs: JobStep<Params> = {
  name: "jobs",
  title: "Delete jobs that ended long ago, with their logs",
  isDone: async ({ result }) => typeof result.jobs === "number",
  run: async (ctx) => {
    const days = ctx.params.jobsOlderThanDays ?? ctx.spec.control.jobRetentionDays;
    const nowMs = Date.now();
    const found = await ctx.records.read();
    const store = { records: ctx.records, keys: keys(ctx.identity.clusterId) };
    const goOn = (): boolean => !ctx.signal.aborted;
    const count = ctx.params.dryRun
      ? expiredJobs(found, days, nowMs).length
      : await sweepJobs(store, found, { days, nowMs, goOn });
    ctx.signal.throwIfAborted();
    ctx.log(`${verb(ctx)} ${count} job(s) that ended more than ${days} days ago`);
    await ctx.setResult({ jobs: count });
  },
};

async function clean(
  ctx: Context,
  peer: string,
  request: z.infer<(typeof cleanUp)["params"]>,
): Promise<PeerReports[string]> {
  let report: CleanUpReport | undefined;
  const o = { deadlineMs: PEER_MS, signal: ctx.signal };
  const error = await problemOf(ctx, async () => (report = await ctx.tasks.run(peer, cleanUp, request, o)));
  return report ?? { error: error! };
}

function tell(ctx: Context, peer: string, report: PeerReports[string]): void {
  if (!isReport(report)) return ctx.log(`left out: ${report.error}`, "warn");
  const { items, count, bytes, kept } = report;
  ctx.log(`${peer}: ${verb(ctx)} ${count} thing(s), ${bytes} bytes`);
  for (const item of items) ctx.log(`${peer}: ${verb(ctx)} ${item.kind} ${item.name} (${item.bytes} bytes)`);
  for (const name of kept) ctx.log(`${peer}: kept, as something needs it: ${name}`);
}

function verb({ params: { dryRun } }: Context): string {
  return dryRun ? "would remove" : "removed";
}

function reports({ result }: Context): PeerReports {
  return (result.peers as PeerReports | undefined) ?? {};
}

function isReport(report: PeerReports[string] | undefined): report is CleanUpReport {
  return report !== undefined && "bytes" in report;
}
