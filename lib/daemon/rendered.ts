import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, readdir, rm, rmdir, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderPeer, type EtcdMember } from "../render";
import { dataPathsOutside } from "../spec/disks";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec } from "../spec/spec";
import { readIfThere, writeAtomic } from "./files";
import { pulsarAside } from "./pulsar-data";
import type { FileDifference, RenderedFiles } from "./steps/step";

/** Directories below the data root that components write to; what else is there is not ours to delete. */
export const DATA_DIRS = ["etcd", "minio", "pulsar", "milvus"] as const;

/** The rendered files of one peer below `renderDir`, its data below `dataRoot`. */
export class RenderedOnDisk implements RenderedFiles {
  constructor(
    private readonly peer: string,
    private readonly renderDir: string,
    private readonly dataRoot: string,
  ) {}

  async upToDate(spec: ClusterSpec, secrets: ClusterSecrets): Promise<boolean> {
    return (await this.differences(spec, secrets)).length === 0;
  }

  async differences(spec: ClusterSpec, secrets: ClusterSecrets): Promise<FileDifference[]> {
    const files = renderPeer(spec, this.peer, secrets);
    const stray = (await this.names()).filter((name) => !files.some((file) => file.name === name));
    const looked = await Promise.all([
      ...files.map(async ({ name, content, mode }) => {
        return { name, expected: inWords(content, mode), found: await this.foundInWords(name) };
      }),
      ...stray.map(async (name) => ({ name, expected: NOTHING, found: await this.foundInWords(name) })),
    ]);
    return looked.filter(({ expected, found }) => expected !== found);
  }

  async write(spec: ClusterSpec, secrets: ClusterSecrets, joins?: readonly EtcdMember[]): Promise<void> {
    await mkdir(this.renderDir, { recursive: true, mode: 0o755 });
    const files = renderPeer(spec, this.peer, secrets, joins);
    const stale = (await this.names()).filter((name) => !files.some((f) => f.name === name));
    await Promise.all(stale.map((name) => rm(join(this.renderDir, name), { recursive: true, force: true })));
    for (const { name, content, mode, live } of files) {
      // A file that is mounted alone keeps its old content in a running container when it is replaced needlessly.
      if (await this.isOnDisk(name, content, mode)) continue;
      const path = join(this.renderDir, name);
      if (live && (await exists(path))) await writeFile(path, content);
      else await writeAtomic(path, content, mode);
    }
  }

  async isDirectory(path: string): Promise<boolean> {
    return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  }

  async freeBytes(path: string): Promise<number | undefined> {
    const found = await statfs(path).catch(() => undefined);
    return found && found.bavail * found.bsize;
  }

  async makeDataDir(path: string, mode: number, uid: number, gid: number): Promise<void> {
    await mkdir(path, { recursive: true });
    if ((await readdir(path)).length > 0) return;
    await chmod(path, mode);
    await chown(path, uid, gid);
  }

  async removeRendered(): Promise<void> {
    await rm(this.renderDir, { recursive: true, force: true });
  }

  async removeDataDirs(spec: ClusterSpec | undefined): Promise<void> {
    const below = DATA_DIRS.map((name) => join(this.dataRoot, name));
    const elsewhere = spec ? dataPathsOutside(spec, this.peer) : [];
    // Those were made when the VM was prepared, and are not made again.
    const inside = await Promise.all(elsewhere.map(entriesOf));
    const paths = [...below, ...(await pulsarAside(this.dataRoot)), ...inside.flat()];
    await Promise.all(paths.map(removeTree));
  }

  private async foundInWords(name: string): Promise<string> {
    const path = join(this.renderDir, name);
    const content = await readIfThere(path).catch(() => undefined);
    if (content !== undefined) return inWords(content, (await stat(path)).mode & 0o777);
    return (await exists(path)) ? "no file" : NOTHING;
  }

  private async isOnDisk(name: string, content: string, mode: number): Promise<boolean> {
    const path = join(this.renderDir, name);
    const found = await readIfThere(path).catch(() => undefined);
    return found === content && ((await stat(path)).mode & 0o777) === mode;
  }

  private async names(): Promise<string[]> {
    return readdir(this.renderDir).catch(() => []);
  }
}

const NOTHING = "nothing";
/** Hexadecimal digits that tell two contents from each other. */
const DIGEST = 16;

function inWords(content: string, mode: number): string {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, DIGEST);
  return `sha256:${digest}, mode ${mode.toString(8)}`;
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

async function entriesOf(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).map((name) => join(directory, name));
}

/** Removes a directory with all it holds; drives that are mounted in it are emptied and stay. */
async function removeTree(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isDirectory()) return rm(path, { force: true });
  await Promise.all((await readdir(path)).map((name) => removeTree(join(path, name))));
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EBUSY" && error.code !== "ENOTEMPTY") throw error;
  });
}
