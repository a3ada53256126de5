import { lstat, mkdir, open, readdir, rename, rm, statfs } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, pack } from "tar-fs";
import { NotFound } from "./errors";

/** What a peer has of what the cluster's one Pulsar holds. */
export interface PulsarHolding {
  /** Where Pulsar reads and writes it. */
  readonly inPlace: boolean;
  /** A whole copy has come, and waits until the peer that it came from has given up its own. */
  readonly arrived: boolean;
  /** Of what is in place. */
  readonly bytes: number;
  /** Left on its disk. */
  readonly freeBytes: number;
  /** The directory is where a disk of its own is mounted: nothing can take its place by a rename. */
  readonly isMount: boolean;
}

const PART = ".part";
const ASIDE = /^pulsar\.(arrived|moved|[0-9a-f]{8}\.part)$/;

/** Copies of what Pulsar held that are below a data root, from none of which it starts. */
export async function pulsarAside(dataRoot: string): Promise<string[]> {
  return (await namesIn(dataRoot)).filter((name) => ASIDE.test(name)).map((name) => join(dataRoot, name));
}

/**
 * What Pulsar holds, while it does not run. Each move of it is one rename, so that at any moment one peer alone has it in place, and
 * whoever goes on after a crash sees which: an old copy is never started again.
 */
export class PulsarData {
  readonly path: string;

  constructor(dataRoot: string) {
    this.path = join(dataRoot, "pulsar");
  }

  async look(): Promise<PulsarHolding> {
    const { bavail, bsize } = await statfs(dirname(this.path));
    return {
      inPlace: await this.isInPlace(),
      arrived: (await namesIn(this.arrivedPath)).length > 0,
      bytes: await sizeOf(this.path),
      freeBytes: bavail * bsize,
      isMount: await isMount(this.path),
    };
  }

  /** All of it as a tar archive; throws NotFound where nothing is in place. */
  async read(): Promise<Readable> {
    if (!(await this.isInPlace())) throw new NotFound(`this peer holds nothing of Pulsar in ${this.path}`);
    return pack(this.path) as Readable;
  }

  /** Keeps a copy aside, which appears only when all of it is on the disk. `bytes`: of its files. */
  async receive(archive: Readable, bytes: number, signal: AbortSignal): Promise<void> {
    const part = `${this.path}.${randomBytes(4).toString("hex")}${PART}`;
    try {
      await this.removeParts();
      await mkdir(part, { mode: 0o700 });
      await pipeline(archive, extract(part), { signal });
      const came = await sizeOf(part, (path) => flush(path));
      if (came !== bytes) throw new Error(`${came} of ${bytes} bytes of Pulsar's data came`);
      await rm(this.arrivedPath, { recursive: true, force: true });
      await rename(part, this.arrivedPath);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }

  /** Gives up what is in place: it stays beside it, where nothing starts from it. */
  async release(): Promise<void> {
    if (!(await this.isInPlace())) return;
    await rm(this.movedPath, { recursive: true, force: true });
    await rename(this.path, this.movedPath);
  }

  /** Puts the copy that has come in place. What was given up here before is older, and goes. */
  async adopt(): Promise<void> {
    if ((await namesIn(this.arrivedPath)).length === 0) return;
    if (await this.isInPlace())
      throw new Error(`${this.path} holds other data: look at it, and move it away`);
    // In the place of an empty directory, too.
    await rename(this.arrivedPath, this.path);
    await rm(this.movedPath, { recursive: true, force: true });
  }

  /** What a daemon that was killed has left; one that still comes fails for it. */
  private async removeParts(): Promise<void> {
    const parts = (await pulsarAside(dirname(this.path))).filter((path) => path.endsWith(PART));
    await Promise.all(parts.map((path) => rm(path, { recursive: true, force: true })));
  }

  private async isInPlace(): Promise<boolean> {
    return (await namesIn(this.path)).length > 0;
  }

  private get arrivedPath(): string {
    return `${this.path}.arrived`;
  }

  private get movedPath(): string {
    return `${this.path}.moved`;
  }
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

async function isMount(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all([path, dirname(path)].map((p) => lstat(p).catch(() => undefined)));
  return own !== undefined && own.dev !== parent?.dev;
}

/** Bytes of all files below a directory, each shown to `visit`. */
async function sizeOf(
  path: string,
  visit: (path: string) => Promise<void> = async () => undefined,
): Promise<number> {
  let bytes = 0;
  for (const name of await namesIn(path)) {
    const child = join(path, name);
    const found = await lstat(child);
    if (found.isDirectory()) bytes += await sizeOf(child, visit);
    if (!found.isFile()) continue;
    bytes += found.size;
    await visit(child);
  }
  return bytes;
}

async function flush(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
