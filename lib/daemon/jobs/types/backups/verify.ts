import { createHash } from "node:crypto";
import { z } from "zod";
import { isPhysical, isPortable, type BackedUpObject, type Manifest } from "../../../backups/manifest";
import { verifyPhysical, type Verified } from "../../../backups/physical";
import { verifyData, type EngineContext, type Finding } from "../../../backups/portable";
import { NotThere } from "../../../backups/target";
import type { JobStep, JobType } from "../../type";
import { backupName, engineOf, shelfOf } from "./context";

/** Told in a job's result; all of them are in its log. */
const TOLD = 20;

const params = z.strictObject({ name: backupName });
type Params = z.infer<typeof params>;

/** Fails when something of a backup is not what was written. */
export const verifyBackup: JobType<Params> = {
  name: "verify-backup",
  title: "Read a whole backup: whether each file is what was written, and each row can be read",
  params,
  lock: "backups",
  steps: () => [verify],
};

const verify: JobStep<Params> = {
  name: "verify",
  title: "Read every file of the backup",
  isDone: async () => false,
  run: async (ctx) => {
    const { name } = ctx.params;
    const manifest = await shelfOf(ctx).manifest(name);
    const engine = engineOf(ctx);
    const { files, findings } = await verified(engine, manifest);
    for (const object of [manifest.etcd, manifest.spec]) {
      const problem = object && (await problemIn(engine, name, object));
      if (problem !== undefined) findings.push({ path: object!.path, problem });
    }
    for (const { path, problem } of findings) ctx.log(`${path}: ${problem}`, "error");
    const rows = manifest.data.collections.map((c) => c.rows).reduce((sum, n) => sum + n, 0);
    await ctx.setResult({ name, files, rows, findings: findings.slice(0, TOLD) });
    if (findings.length > 0) throw new Error(`"${name}" is damaged: ${textOf(findings)}`);
    ctx.log(
      isPhysical(manifest)
        ? `"${name}" has all of its ${files} file(s), with their sizes; what is in them was not looked at`
        : `"${name}" is whole: ${rows} rows in ${files} file(s)`,
    );
  },
};

async function verified(engine: EngineContext, manifest: Manifest): Promise<Verified> {
  if (isPhysical(manifest)) return verifyPhysical(engine, manifest);
  if (!isPortable(manifest))
    throw new Error(`"${manifest.name}" was made by an engine that is not known here`);
  const files = manifest.data.collections.reduce((sum, c) => sum + c.files.length, 0);
  return { files, findings: await verifyData(engine, manifest, manifest.name) };
}

async function problemIn(
  { target, signal }: EngineContext,
  name: string,
  { path, bytes, sha256 }: BackedUpObject,
): Promise<string | undefined> {
  const hash = createHash("sha256");
  let read = 0;
  try {
    for await (const chunk of target.get(`${name}/${path}`, signal)) {
      hash.update(chunk);
      read += chunk.length;
    }
  } catch (error) {
    if (error instanceof NotThere) return "it is gone";
    throw error;
  }
  if (read !== bytes) return `it has ${read} bytes, and ${bytes} were written`;
  return hash.digest("hex") === sha256 ? undefined : "its content is not what was written";
}

function textOf(findings: readonly Finding[]): string {
  const [{ path, problem }] = findings as [Finding];
  const more = findings.length > 1 ? `, and ${findings.length - 1} more` : "";
  return `${path}: ${problem}${more}`;
}
