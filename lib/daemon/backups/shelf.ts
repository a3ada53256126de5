import { z } from "zod";
import { NotFound } from "../errors";
import { messageOf } from "../wait";
import {
  collectionSchema,
  dataSchema,
  manifestSchema,
  type CollectionEntry,
  type DataManifest,
  type Manifest,
} from "./manifest";
import { NotThere, type BackupTarget, type Digest } from "./target";

/** Also a folder of the target: no sign in it means anything to a shell, an object store or a path. */
export const BACKUP_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const MANIFEST = "manifest.json";
/** What is known of a backup before its manifest is: a later run of the job goes on from there. */
const JOB = "job.json";
const DATA = "data.json";
const DONE = "done";

const claim = z.strictObject({ job: z.string(), createdAt: z.iso.datetime() });
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

  /** Whose unfinished backup it is. */
  claimOf(name: string): Promise<Claim | undefined> {
    return this.read(`${name}/${JOB}`, claim);
  }

  claim(name: string, by: Claim): Promise<Digest> {
    return this.write(`${name}/${JOB}`, by);
  }

  async done(name: string): Promise<CollectionEntry[]> {
    const found: CollectionEntry[] = [];
    for await (const { path } of this.target.list(`${name}/${DONE}/`, this.signal)) {
      const entry = await this.read(path, collectionSchema);
      if (entry) found.push(entry);
    }
    return found;
  }

  async setDone(name: string, entry: CollectionEntry): Promise<void> {
    await this.write(`${name}/${DONE}/${entry.database}/${entry.name}.json`, entry);
  }

  data(name: string): Promise<DataManifest | undefined> {
    return this.read(`${name}/${DATA}`, dataSchema);
  }

  async setData(name: string, data: DataManifest): Promise<void> {
    await this.write(`${name}/${DATA}`, data);
  }

  /** Its manifest goes first: what is left after an interruption is no backup any more. Returns how many objects there were. */
  async remove(name: string): Promise<number> {
    await this.target.remove(`${name}/${MANIFEST}`, this.signal);
    return this.removeAll(`${name}/`);
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
    const content = (async function* () {
      yield Buffer.from(JSON.stringify(value));
    })();
    return this.target.put(path, content, this.signal);
  }

  private async read<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of this.target.get(path, this.signal)) chunks.push(chunk);
    } catch (error) {
      if (error instanceof NotThere) return undefined;
      throw error;
    }
    return parsed(`${this.target.name}: ${path}`, Buffer.concat(chunks).toString(), schema);
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
