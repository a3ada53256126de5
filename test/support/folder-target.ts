import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { NotThere, type BackupTarget, type Digest } from "../../lib/daemon/backups/target";

/** A folder of this machine as a backup's target. */
export class FolderTarget implements BackupTarget {
  readonly name = "a folder";

  constructor(readonly dir: string) {}

  async put(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Digest> {
    const file = join(this.dir, path);
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(`${file}.part`, "w");
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      for await (const chunk of content) {
        signal.throwIfAborted();
        await handle.writeFile(chunk);
        hash.update(chunk);
        bytes += chunk.length;
      }
    } finally {
      await handle.close();
    }
    await rename(`${file}.part`, file);
    return { bytes, sha256: hash.digest("hex") };
  }

  async *get(path: string): AsyncGenerator<Uint8Array> {
    const file = join(this.dir, path);
    if (!(await stat(file).catch(() => undefined))) throw new NotThere(path, this.name);
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  }

  async *list(prefix: string): AsyncGenerator<{ path: string; bytes: number }> {
    const all = await readdir(this.dir, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of all.filter((e) => e.isFile())) {
      const path = relative(this.dir, join(entry.parentPath, entry.name));
      if (path.startsWith(prefix)) yield { path, bytes: (await stat(join(this.dir, path))).size };
    }
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.dir, path), { force: true });
  }
}
