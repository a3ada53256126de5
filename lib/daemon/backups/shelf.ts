import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { BACKUP_NAME } from "../../spec/backups";
import { BadRequest, Conflict, NotFound } from "../errors";
import { messageOf } from "../wait";
import {
  MANIFEST,
  anyDataSchema,
  collectionSchema,
  objectsOf,
  isPortable,
  manifestSchema,
  type AnyData,
  type CollectionEntry,
  type Manifest,
} from "./manifest";
import { NotThere, once, type BackupTarget, type Digest } from "./target";

/** Why a backup of milvus-backup is in one place for good. */
export const STAYS =
  "the engine milvus-backup has made it, whose files have no checksums to carry them by: it can be restored from where it was written";

/** What is known of a backup before its manifest is: a later run of the job goes on from there. */
const JOB = "job.json";
const DATA = "data.json";
const DONE = "done";

/** Stands for a job where a backup is brought here. */
const IMPORT = "import";

const claim = z.strictObject({
  job: z.string(),
  createdAt: z.iso.datetime(),
  /** Id of the cluster that it is of: others may have the same target. */
  cluster: z.string().optional(),
});
export type Claim = z.infer<typeof claim>;

/** What there is of a name. */
export interface OnShelf {
  readonly name: string;
  /** Of all its objects. */
  readonly bytes: number;
  /** Undefined: it was not finished, or its deletion was not. */
  readonly manifest?: Manifest;
  /** Why its manifest cannot be read. */
  readonly problem?: string;
}

/** The backups of a target: each has a folder of its own name, and is one from the moment on that its manifest is there. */
export class Shelf {
  constructor(
    private readonly target: BackupTarget,
    private readonly signal: AbortSignal,
  ) {}

  /** Newest first; those that were not finished last. */
  async list(): Promise<OnShelf[]> {
    const sizes = new Map<string, number>();
    for await (const { path, bytes } of this.target.list("", this.signal)) {
      const name = path.split("/")[0]!;
      // What others have put there is nothing of ours.
      if (!BACKUP_NAME.test(name)) continue;
      sizes.set(name, (sizes.get(name) ?? 0) + bytes);
    }
    const found: OnShelf[] = [];
    for (const [name, bytes] of sizes) {
      const read = this.find(name).then((manifest) => ({ manifest }));
      found.push({ name, bytes, ...(await read.catch((error: unknown) => ({ problem: messageOf(error) }))) });
    }
    this.signal.throwIfAborted();
    const age = ({ manifest }: OnShelf): string => manifest?.createdAt ?? "";
    return found.sort((a, b) => (age(a) < age(b) ? 1 : -1));
  }

  /** Throws NotFound when there is no such backup, or when it was not finished. */
  async manifest(name: string): Promise<Manifest> {
    const found = await this.find(name);
    if (!found) throw new NotFound(`there is no finished backup "${name}" in ${this.target.name}`);
    return found;
  }

  async find(name: string): Promise<Manifest | undefined> {
    return this.read(`${name}/${MANIFEST}`, manifestSchema);
  }

  /** From here on it is one. */
  async seal(manifest: Manifest): Promise<void> {
    await this.write(`${manifest.name}/${MANIFEST}`, manifest);
    await this.removeAll(`${manifest.name}/${DONE}/`);
    await this.target.remove(`${manifest.name}/${DATA}`, this.signal);
  }

  /** Takes a name; returns the claim that this job has made of it before, if it has. Throws Conflict when another has it. */
  async claim(name: string, by: Claim): Promise<Claim> {
    const [before, there] = await Promise.all([this.claimOf(name), this.find(name)]);
    const other = [before, there].find((found) => found && found.job !== by.job);
    if (other) {
      const what = there ? "a backup" : "an unfinished backup";
      throw new Conflict(
        `there is ${what} "${name}" of ${other.createdAt}: take another name, or delete it first`,
      );
    }
    if (!before) await this.write(`${name}/${JOB}`, by);
    return before ?? by;
  }

  /** Who is making, or has begun to make, a backup of this name. */
  claimOf(name: string): Promise<Claim | undefined> {
    return this.read(`${name}/${JOB}`, claim);
  }

  /** Takes a name for a backup that is brought here, or goes on with it. */
  claimForImport(name: string): Promise<Claim> {
    return this.claim(name, { job: IMPORT, createdAt: new Date().toISOString() });
  }

  /** One file of a backup that is brought here. Its manifest comes last, and is refused while a file is missing or other than it says. */
  async bring(name: string, path: string, content: AsyncIterable<Uint8Array>): Promise<Digest> {
    const own = await this.claimOf(name);
    if (own?.job !== IMPORT || (await this.find(name))) {
      throw new Conflict(`"${name}" is not being brought here: POST /backups/${name}/import comes first`);
    }
    if (path !== MANIFEST) return this.target.put(`${name}/${path}`, content, this.signal);
    const manifest = parsed(path, (await buffer(content)).toString(), manifestSchema);
    if (manifest.name !== name) throw new BadRequest(`${path}: it is of "${manifest.name}"`);
    if (!isPortable(manifest)) throw new BadRequest(`${path}: ${STAYS}`);
    await this.refuseMissing(manifest);
    return this.write(`${name}/${MANIFEST}`, manifest);
  }

  private async refuseMissing(manifest: Manifest): Promise<void> {
    const sizes = new Map<string, number>();
    for await (const { path, bytes } of this.target.list(`${manifest.name}/`, this.signal))
      sizes.set(path, bytes);
    // Encrypted, it takes more.
    const bad = objectsOf(manifest).find((o) => (sizes.get(`${manifest.name}/${o.path}`) ?? -1) < o.bytes);
    if (bad) throw new Conflict(`${bad.path} is missing, or not whole: send it before the manifest`);
  }

  async done(name: string): Promise<CollectionEntry[]> {
    const found: CollectionEntry[] = [];
    for await (const { path } of this.target.list(`${name}/${DONE}/`, this.signal)) {
      // Of a directory: what a crash has left of one.
      if (!path.endsWith(".json")) continue;
      const entry = await this.read(path, collectionSchema);
      if (entry) found.push(entry);
    }
    return found;
  }

  async setDone(name: string, entry: CollectionEntry): Promise<void> {
    await this.write(`${name}/${DONE}/${entry.database}/${entry.name}.json`, entry);
  }

  data(name: string): Promise<AnyData | undefined> {
    return this.read(`${name}/${DATA}`, anyDataSchema);
  }

  async setData(name: string, data: AnyData): Promise<void> {
    await this.write(`${name}/${DATA}`, data);
  }

  /** Its manifest goes first: what is left after an interruption is no backup any more. Returns how many objects there were. */
  async remove(name: string): Promise<number> {
    await this.target.remove(`${name}/${MANIFEST}`, this.signal);
    return this.removeAll(`${name}/`);
  }

  /** What lies in folders of these names, in that of a backup. */
  async removeFolders(name: string, isOne: (folder: string) => boolean): Promise<void> {
    for await (const { path } of this.target.list(`${name}/`, this.signal)) {
      const [, folder = "", file] = path.split("/");
      if (file !== undefined && isOne(folder)) await this.target.remove(path, this.signal);
    }
  }

  private async removeAll(prefix: string): Promise<number> {
    let count = 0;
    for await (const { path } of this.target.list(prefix, this.signal)) {
      await this.target.remove(path, this.signal);
      count += 1;
    }
    return count;
  }

  private write(path: string, value: unknown): Promise<Digest> {
    return this.target.put(path, once(JSON.stringify(value)), this.signal);
  }

  private async read<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    let content: Buffer;
    try {
      content = await buffer(this.target.get(path, this.signal));
    } catch (error) {
      if (error instanceof NotThere) return undefined;
      throw error;
    }
    return parsed(`${this.target.name}: ${path}`, content.toString(), schema);
  }
}

function parsed<T>(what: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${what} is damaged: it is no JSON`);
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [first] = error.issues;
  throw new Error(`${what} is damaged, or of another release: ${first!.path.join(".")}: ${first!.message}`);
}
