import { z } from "zod";
import { verifySnapshot } from "../../backups/etcdutl";
import { snapshotName, SnapshotDir } from "../../backups/snapshot-dir";
import { retainEtcdSnapshots } from "../../tasks/retain-etcd-snapshots";
import { fetchEtcdSnapshot } from "../../tasks/fetch-etcd-snapshot";
import type { JobContext, JobStep, JobType } from "../type";
import { problemOf } from "./attempt";

/** Snapshots that a peer keeps when nothing else is said: a week of daily ones. */
export const DEFAULT_KEEP = 7;
/** The database has at most 4 GiB: a slow network needs some minutes for it. */
const FETCH_MS = 900_000;

const params = z.strictObject({
  keep: z.number().int().min(1).max(1000).default(DEFAULT_KEEP).describe("Snapshots that each peer keeps"),
  peers: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe("Peers that hold it; by default all that can be reached, and at least two where there are two"),
});
type Params = z.infer<typeof params>;
type Context = JobContext<Params>;

/** What the job's result says of the snapshot. */
interface Snapshot {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A copy of etcd, checked by etcd's own tool and held by several peers. A successor that does not hold it goes on all the same. */
export const backupEtcd: JobType<Params> = {
  name: "backup-etcd",
  title: "Back up etcd: the metadata of Milvus, and what the daemons have agreed on",
  params,
  lock: "etcd-snapshots",
  steps: () => [snapshot, verify, distribute, retain],
};

const snapshot: JobStep<Params> = {
  name: "snapshot",
  title: "Write a snapshot of etcd to the leader's disk",
  isDone: async (ctx) => {
    const known = recorded(ctx);
    return known !== undefined && (await dirOf(ctx).digest(known.file))?.sha256 === known.sha256;
  },
  run: async (ctx) => {
    const count = ctx.spec.peers.length;
    if ((ctx.params.peers ?? 0) > count) {
      throw new Error(
        `"peers" is ${ctx.params.peers}, but the cluster has ${count}: ask for ${count} at most`,
      );
    }
    if (!(await takeOver(ctx))) await take(ctx);
  },
};

const verify: JobStep<Params> = {
  name: "verify",
  title: "Have etcdutl check the snapshot",
  isDone: async (ctx) => (await snapshot.isDone(ctx)) && typeof ctx.result.revision === "number",
  run: async (ctx) => {
    const { file } = await ensure(ctx);
    const { ports, spec, signal } = ctx;
    const found = await verifySnapshot({
      engine: ports.engine,
      image: spec.images.etcd,
      dir: dirOf(ctx),
      file,
      signal,
    });
    ctx.log(`etcdutl: ${file} is whole: revision ${found.revision}, ${found.keys} keys`);
    await ctx.setResult({ revision: found.revision });
  },
};

const distribute: JobStep<Params> = {
  name: "distribute",
  title: "Have other peers take it over",
  // Asking costs what doing costs: peers that hold it say so at once.
  isDone: async () => false,
  run: async (ctx) => {
    if (!(await verify.isDone(ctx))) await verify.run(ctx);
    const held = await ensure(ctx);
    const self = ctx.identity.name;
    const { count, least } = wanted(ctx);
    const holders = [self];
    const problems: string[] = [];
    for (const { name } of ctx.spec.peers.filter((p) => p.name !== self)) {
      if (holders.length >= count) break;
      ctx.safePoint();
      ctx.detail(`${name} takes ${held.file} over`);
      const problem = await give(ctx, name, held);
      if (problem === undefined) holders.push(name);
      else problems.push(problem);
      ctx.progress(holders.length / count);
    }
    for (const problem of problems) ctx.log(`not held there: ${problem}`, "warn");
    await ctx.setResult({ peers: holders });
    if (holders.length < least) throw new Error(tooFew(holders, least, problems));
  },
};

const retain: JobStep<Params> = {
  name: "retain",
  title: "Delete the oldest snapshots",
  isDone: async () => false,
  run: async (ctx) => {
    const { file } = await ensure(ctx);
    const { keep } = ctx.params;
    for (const peer of (ctx.result.peers as string[] | undefined) ?? [ctx.identity.name]) {
      const problem = await problemOf(ctx, async () => {
        const { signal } = ctx;
        const { deleted } = await ctx.tasks.run(
          peer,
          retainEtcdSnapshots,
          { keep, protect: file },
          { signal },
        );
        for (const name of deleted) ctx.log(`${peer}: deleted ${name}`);
      });
      if (problem !== undefined) ctx.log(`nothing deleted: ${problem}`, "warn");
    }
  },
};

/** The snapshot on this peer's disk, brought there where it is missing: the leader may be another than the one that took it. */
async function ensure(ctx: Context): Promise<Snapshot> {
  if (!(await snapshot.isDone(ctx))) await snapshot.run(ctx);
  return recorded(ctx)!;
}

async function take(ctx: Context): Promise<void> {
  const file = snapshotName(ctx.jobId, new Date());
  ctx.detail("etcd sends its database");
  const content = counted(await ctx.ports.store.snapshot(ctx.signal), (bytes) =>
    ctx.detail(`${Math.round(bytes / 2 ** 20)} MiB of etcd's database are here`),
  );
  const digest = await dirOf(ctx).write(file, content);
  ctx.log(`${file}: ${digest.bytes} bytes, SHA-256 ${digest.sha256}`);
  await record(ctx, { file, ...digest });
}

/** What an earlier run of this job has made: on this peer's disk, or on that of a peer that answers. */
async function takeOver(ctx: Context): Promise<boolean> {
  const known = recorded(ctx);
  if (!known) return adoptOwn(ctx);
  const { name: self } = ctx.identity;
  for (const from of ctx.spec.peers.map((p) => p.name).filter((name) => name !== self)) {
    const problem = await give(ctx, self, known, from);
    if (problem === undefined) {
      ctx.log(`${known.file} is taken over from ${from}`);
      return true;
    }
  }
  ctx.log(`${known.file} can be had from no peer: a new snapshot is taken`, "warn");
  return false;
}

/** This daemon ended after it had written the file, and before it could say so. */
async function adoptOwn(ctx: Context): Promise<boolean> {
  const own = await dirOf(ctx).ofJob(ctx.jobId);
  const digest = own && (await dirOf(ctx).digest(own.name));
  if (digest) await record(ctx, { file: own.name, ...digest });
  return digest !== undefined;
}

function record(ctx: Context, { file, sha256, bytes }: Snapshot): Promise<void> {
  // Another file is another revision, which is yet to be looked at.
  return ctx.setResult({ file, sha256, bytes, revision: null, peers: [ctx.identity.name] });
}

/** Has a peer take the snapshot over from a holder; says why it could not. */
function give(
  ctx: Context,
  peer: string,
  { file, sha256, bytes }: Snapshot,
  from = ctx.identity.name,
): Promise<string | undefined> {
  const o = { deadlineMs: FETCH_MS, signal: ctx.signal };
  const request = { from, file, sha256, bytes };
  return problemOf(ctx, () => ctx.tasks.run(peer, fetchEtcdSnapshot, request, o));
}

function wanted({ params: { peers }, spec }: Context): { count: number; least: number } {
  return { count: peers ?? spec.peers.length, least: peers ?? Math.min(2, spec.peers.length) };
}

function tooFew(holders: readonly string[], least: number, problems: readonly string[]): string {
  return (
    `${holders.join(", ")} alone ${holders.length === 1 ? "holds" : "hold"} the snapshot, which ${least} peers should: ` +
    `${problems.join("; ")}. Bring these peers back, or ask for fewer by "peers"`
  );
}

function recorded({ result }: Context): Snapshot | undefined {
  const { file, sha256, bytes } = result as Partial<Snapshot>;
  return file === undefined || sha256 === undefined || bytes === undefined
    ? undefined
    : { file, sha256, bytes };
}

function dirOf({ identity }: Context): SnapshotDir {
  return new SnapshotDir(identity.dataRoot);
}

async function* counted(
  content: AsyncIterable<Buffer>,
  tell: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of content) {
    tell((bytes += chunk.length));
    yield chunk;
  }
}
