import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { measured, NotThere, type BackupTarget, type Digest } from "./target";

/** A folder of this machine as a backup's target. */
export class FolderTarget implements BackupTarget {
  readonly name: string;

  constructor(readonly dir: string) {
    this.name = dir;
  }

  async put(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Digest> {
    const file = join(this.dir, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(`${file}.part`, "w", 0o600);
    const passing = measured(content);
    try {
      for await (const chunk of passing.content) {
        signal.throwIfAborted();
        await handle.writeFile(chunk);
      }
    } finally {
      await handle.close();
    }
    await rename(`${file}.part`, file);
    return passing.digest();
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
