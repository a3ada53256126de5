import {
  allOf,
  attemptName,
  createCommand,
  ruleOf,
  SAYS,
  type LogLine,
  type Strategy,
} from "../../../spec/milvus-backup";
import { MILVUS_BACKUP_YAML } from "../../../render/milvus-backup";
import type { PhysicalManifest } from "../manifest";
import { MilvusCalls } from "../portable/calls";
import { choose, listCollections } from "../portable/names";
import type { PhysicalContext } from "./context";
import { collectionsIn, databasesIn, fetchMeta, understood } from "./meta";
import { unnameable } from "./nameable";
import { runMilvusBackup } from "./run";
import { missingFiles } from "./verify";
import { knowsRights } from "./versions";

export interface PhysicalOptions {
  /** Name and folder of the backup. */
  readonly name: string;
  /** Counts the runs: each has a folder of its own, for one that a dead leader began may still be at work. */
  readonly attempt: number;
  readonly databases?: readonly string[];
  /** As of the portable engine. */
  readonly collections?: readonly string[];
  readonly strategy?: Strategy;
}

/** Has milvus-backup copy Milvus' files into the backup's folder; returns what the manifest says of it. */
export async function backupPhysically(ctx: PhysicalContext, o: PhysicalOptions): Promise<PhysicalManifest> {
  const { filter, version } = await chosen(ctx, o);
  await ctx.fetchImage();
  await ctx.stopLeftovers();
  const folder = attemptName(o.attempt);
  const partial = o.databases !== undefined || o.collections !== undefined;
  const rights = !partial && knowsRights(version);
  if (!partial && !rights) ctx.log(`users and roles are not in it: milvus-backup reads none of ${version}`);
  const strategy = o.strategy === undefined ? {} : { strategy: o.strategy };
  const from = new Date().toISOString();
  await runMilvusBackup(ctx, {
    what: "create",
    command: createCommand({ config: MILVUS_BACKUP_YAML, name: folder, filter, rights, ...strategy }),
    folder: o.name,
    onLog: following(ctx),
  });
  const to = new Date().toISOString();
  const { content, object } = await fetchMeta(ctx, o.name, folder);
  const meta = understood(`${o.name}/${object.path}`, content);
  const { findings } = await missingFiles(ctx, o.name, folder, meta);
  const [first] = findings;
  if (first) throw new Error(`milvus-backup has ended well, and ${first.path}: ${first.problem}`);
  return {
    ...{ engine: "milvus-backup", server: meta.milvus_version || version, image: ctx.image, ...strategy },
    ...{ folder, meta: object, read: { from, to }, rights },
    databases: databasesIn(meta),
    collections: collectionsIn(meta),
  };
}

/** Throws for what is asked for and not there, or cannot be named to the tool; nothing was done then. */
async function chosen(
  ctx: PhysicalContext,
  o: PhysicalOptions,
): Promise<{ filter: string[]; version: string }> {
  const client = await ctx.milvus.open();
  try {
    const calls = new MilvusCalls(client, ctx.signal);
    const there = await listCollections(calls);
    const wanted = choose(there, o);
    const whole = o.collections ? [] : (o.databases ?? []);
    const some = o.collections ? wanted : [];
    const [problem] = unnameable([...some, ...whole.map((database) => ({ database, name: "_" }))]);
    if (problem !== undefined) throw new Error(problem);
    return { filter: [...some.map(ruleOf), ...whole.map(allOf)], version: await calls.version() };
  } finally {
    await client.closeConnection().catch(() => undefined);
  }
}

/** Tells how far it is: a part for each collection that is copied. */
function following(ctx: PhysicalContext): (line: LogLine) => void {
  const copied = new Set<string>();
  let count = 0;
  return ({ message, fields }) => {
    if (message === SAYS.begins) count = Number(fields.count) || 0;
    if (message !== SAYS.copied || fields.ns === undefined) return;
    copied.add(fields.ns);
    ctx.log(`${fields.ns.replace(".", "/")}: its files are copied`);
    ctx.progress(
      count > 0 ? Math.min(1, copied.size / count) : 0,
      `${copied.size} of ${count} collections are copied`,
    );
  };
}
