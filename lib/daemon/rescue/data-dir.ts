import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Engine } from "../ports/engine";

const ETCDUTL = "/usr/local/bin/etcdutl";
const IN_CONTAINER = "/etcd";
const SNAPSHOTS = "/snapshots";
/** etcd keeps all of its data in this directory of its data directory, and leaves others alone. */
const MEMBER = "member";
const NEW = "rescue.new";
const LOOK = "rescue.look";
const READ_MS = 120_000;
const RESTORE_MS = 600_000;
/** What all peers' revisions go on from: far beyond any that was given out after the source was taken. */
const BUMP = 1_000_000_000;

const status = z.object({ revision: z.number() });

export interface NewMember {
  readonly name: string;
  /** Directory of snapshots on this host, and the one to restore. */
  readonly snapshots: string;
  readonly file: string;
  readonly token: string;
  /** `name=https://host:port,…` of all members. */
  readonly initialCluster: string;
  /** `https://host:port` of this one. */
  readonly peerUrl: string;
}

/** Data of a member of etcd that does not run, on this host. */
export class EtcdDataDir {
  constructor(
    private readonly path: string,
    private readonly image: string,
    private readonly engine: Engine,
  ) {}

  isThere(): Promise<boolean> {
    return isThere(this.db);
  }

  /**
   * Last revision in the data; undefined where there is none. Throws when it cannot be read. An etcd that was started without a
   * majority answers nobody and keeps its database locked, so of one that may run a copy is read.
   */
  async revision({ mayRun = false } = {}): Promise<number | undefined> {
    if (!(await this.isThere())) return undefined;
    if (!mayRun) return this.revisionOf(`${MEMBER}/snap/db`);
    const copy = join(this.path, LOOK);
    try {
      await copyFile(this.db, copy);
      return await this.revisionOf(LOOK);
    } finally {
      await rm(copy, { force: true });
    }
  }

  /** The data as a snapshot: the database with its SHA-256 behind it, as etcd itself ends one. */
  async *asSnapshot(): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(this.db)) {
      hash.update(chunk as Buffer);
      yield chunk as Buffer;
    }
    yield hash.digest();
  }

  /** Makes a new member's data from a snapshot, beside the old, which stays as it is. Done again, it begins anew. */
  async prepare(o: NewMember): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await rm(join(this.path, NEW), { recursive: true, force: true });
    const restore = [
      ...["snapshot", "restore", `${SNAPSHOTS}/${o.file}`, "--data-dir", `${IN_CONTAINER}/${NEW}`],
      ...["--name", o.name, "--initial-cluster", o.initialCluster, "--initial-cluster-token", o.token],
      ...["--initial-advertise-peer-urls", o.peerUrl],
      ...["--bump-revision", String(BUMP), "--mark-compacted"],
    ];
    await this.etcdutl(restore, {
      binds: [`${this.path}:${IN_CONTAINER}`, `${o.snapshots}:${SNAPSHOTS}:ro`],
      deadlineMs: RESTORE_MS,
    });
  }

  /** Puts the old data aside and the new in its place. */
  async swap(aside: string): Promise<void> {
    const [member, prepared] = [join(this.path, MEMBER), join(this.path, NEW, MEMBER)];
    if (!(await isThere(prepared))) throw new Error(`there is no new data in ${join(this.path, NEW)}`);
    if (await isThere(member)) await rename(member, join(this.path, aside));
    await rename(prepared, member);
    await this.forgetPrepared();
  }

  async forgetPrepared(): Promise<void> {
    await rm(join(this.path, NEW), { recursive: true, force: true });
  }

  private async revisionOf(file: string): Promise<number> {
    const said = await this.etcdutl(["snapshot", "status", `${IN_CONTAINER}/${file}`, "-w", "json"], {
      binds: [`${this.path}:${IN_CONTAINER}:ro`],
      deadlineMs: READ_MS,
    });
    return status.parse(JSON.parse(said)).revision;
  }

  private get db(): string {
    return join(this.path, MEMBER, "snap", "db");
  }

  private async etcdutl(args: string[], o: { binds: string[]; deadlineMs: number }): Promise<string> {
    const { exitCode, stdout, stderr } = await this.engine.run({
      ...{ image: this.image, command: [ETCDUTL, ...args], binds: o.binds, deadlineMs: o.deadlineMs },
    });
    if (exitCode === 0) return stdout;
    const why = (stderr || stdout).trim().split("\n").at(-1);
    throw new Error(`etcdutl ${args[0]} ${args[1]} failed in ${this.path} (exit code ${exitCode}): ${why}`);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}
