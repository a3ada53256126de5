import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { messageOf } from "../wait";

/** `<UTC time>-<id of the job>.db`: sorts by age. */
export const SNAPSHOT_NAME = /^\d{8}T\d{6}Z-[A-Za-z0-9_-]{1,80}\.db$/;

export interface SnapshotFile {
  readonly name: string;
  readonly bytes: number;
  /** When it was last written to, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** SHA-256 (hex) and size of a file. */
export interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

const PART = ".part";
/** A write that has not moved for so long has died with its daemon. */
const DEAD_MS = 3_600_000;

/** `<data root>/backups/etcd`: snapshots of etcd that this peer holds. They carry Milvus' users, so only root may read them. */
export class SnapshotDir {
  readonly path: string;

  constructor(dataRoot: string) {
    this.path = join(dataRoot, "backups", "etcd");
  }

  /** Oldest first; none where nothing was ever backed up. */
  async list(): Promise<SnapshotFile[]> {
    return this.files((name) => SNAPSHOT_NAME.test(name));
  }

  /** What writes that died have left. */
  async leftovers(): Promise<SnapshotFile[]> {
    const parts = await this.files((name) => name.endsWith(PART));
    return parts.filter(({ modifiedMs }) => Date.now() - modifiedMs > DEAD_MS);
  }

  /** The one that a job has made. */
  async ofJob(jobId: string): Promise<SnapshotFile | undefined> {
    return (await this.list()).find(({ name }) => name.endsWith(`-${jobId}.db`));
  }

  /** Content of a snapshot, if it is here. */
  async open(name: string): Promise<{ stream: Readable; bytes: number } | undefined> {
    if (!SNAPSHOT_NAME.test(name)) throw new Error(`"${name}" is no name of a snapshot`);
    const found = await stat(join(this.path, name)).catch(ifThere);
    return found && { stream: createReadStream(join(this.path, name)), bytes: found.size };
  }

  /** Digest of a snapshot, read from the disk; undefined where there is none. */
  async digest(name: string): Promise<Digest | undefined> {
    const found = await this.open(name);
    if (!found) return undefined;
    const hash = createHash("sha256");
    for await (const chunk of found.stream) hash.update(chunk as Buffer);
    return { sha256: hash.digest("hex"), bytes: found.bytes };
  }

  /**
   * Writes what comes under this name, which appears only when all of it is on the disk and `accept` finds nothing wrong with it.
   * Nothing is left of what failed.
   */
  async write(
    name: string,
    content: AsyncIterable<Buffer>,
    accept: (digest: Digest) => void = () => undefined,
  ): Promise<Digest> {
    const part = join(this.path, `${name}.${randomBytes(4).toString("hex")}${PART}`);
    try {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      await chmod(this.path, 0o700);
      const digest = await writeAll(part, content);
      accept(digest);
      await rename(part, join(this.path, name));
      return digest;
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      throw new Error(`cannot write ${join(this.path, name)}: ${whyNot(error, this.path)}`, { cause: error });
    }
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.path, name), { force: true });
  }

  private async files(fits: (name: string) => boolean): Promise<SnapshotFile[]> {
    const names = (await readdir(this.path).catch(ifThere))?.filter(fits).sort() ?? [];
    const found = await Promise.all(names.map((name) => stat(join(this.path, name)).catch(ifThere)));
    return names.flatMap((name, i) => {
      const file = found[i];
      return file ? [{ name, bytes: file.size, modifiedMs: file.mtimeMs }] : [];
    });
  }
}

/** Snapshots beyond the newest `keep`, never the protected one. Pure. */
export function beyond(files: readonly SnapshotFile[], keep: number, protect?: string): SnapshotFile[] {
  const newestFirst = [...files].sort((a, b) => (a.name < b.name ? 1 : -1));
  return newestFirst.slice(keep).filter(({ name }) => name !== protect);
}

/** Name of a snapshot that is taken now. */
export function snapshotName(jobId: string, at: Date): string {
  return `${at.toISOString().replace(/[-:]|\.\d+/g, "")}-${jobId}.db`;
}

async function writeAll(path: string, content: AsyncIterable<Buffer>): Promise<Digest> {
  const file = await open(path, "wx", 0o600);
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    await file.chmod(0o600);
    for await (const chunk of content) {
      await file.writeFile(chunk);
      hash.update(chunk);
      bytes += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest("hex"), bytes };
}

function whyNot(error: unknown, path: string): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return `the disk is full (${code}): free some space there, or keep fewer snapshots in ${path}`;
  }
  return messageOf(error);
}

function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
