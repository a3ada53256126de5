import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { messageOf, within } from "../wait";
import { measured, NotThere, type BackupTarget, type Digest } from "./target";

/** One call: a share whose server is away keeps it for longer. */
const CALL_MS = 60_000;
/** End of the name of a file that is being written; what a crash has left of one goes when its backup is deleted. */
const PART = ".part";

/** A folder of this machine as a backup's target. */
export class FolderTarget implements BackupTarget {
  readonly name: string;

  constructor(readonly dir: string) {
    this.name = dir;
  }

  async put(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Digest> {
    const file = join(this.dir, path);
    const what = `write ${path}`;
    await this.timely(what, mkdir(dirname(file), { recursive: true, mode: 0o700 }));
    // A name of its own: a leader that has been deposed may still write the same file.
    const part = `${file}.${randomUUID().slice(0, 8)}${PART}`;
    const passing = measured(content);
    try {
      await this.write(part, what, passing.content, signal);
      await this.timely(what, rename(part, file));
    } catch (error) {
      await this.timely(what, rm(part, { force: true })).catch(() => undefined);
      throw error;
    }
    await this.timely(what, synced(dirname(file)));
    return passing.digest();
  }

  async *get(path: string): AsyncGenerator<Uint8Array> {
    const file = join(this.dir, path);
    const what = `read ${path}`;
    if (!(await this.timely(what, stat(file).catch(unlessMissing)))) throw new NotThere(path, this.name);
    const chunks = createReadStream(file)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    try {
      for (;;) {
        const next = await this.timely(what, chunks.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }

  async *list(prefix: string): AsyncGenerator<{ path: string; bytes: number }> {
    const from = join(this.dir, dirname(`${prefix}.`));
    const what = `list ${prefix || "everything"}`;
    const entries = readdir(from, { recursive: true, withFileTypes: true }).catch(unlessMissing);
    const all = await this.timely(what, entries);
    for (const entry of (all ?? []).filter((e) => e.isFile())) {
      const path = relative(this.dir, join(entry.parentPath, entry.name));
      if (!path.startsWith(prefix)) continue;
      const found = await this.timely(what, stat(join(this.dir, path)).catch(unlessMissing));
      if (found) yield { path, bytes: found.size };
    }
  }

  async remove(path: string): Promise<void> {
    await this.timely(`remove ${path}`, rm(join(this.dir, path), { force: true }));
  }

  private async write(
    file: string,
    what: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const handle = await this.timely(what, open(file, "wx", 0o600));
    try {
      for await (const chunk of content) {
        signal.throwIfAborted();
        await this.timely(what, handle.writeFile(chunk));
      }
      // Without it a rename may outlive a power cut that its content does not.
      await this.timely(what, handle.sync());
    } finally {
      await this.timely(what, handle.close());
    }
  }

  private async timely<T>(what: string, work: Promise<T>): Promise<T> {
    try {
      return await within(CALL_MS, what, work);
    } catch (error) {
      throw Object.assign(new Error(`${this.name}: ${what}: ${messageOf(error)}`, { cause: error }), {
        code: (error as NodeJS.ErrnoException).code,
      });
    }
  }
}

async function synced(dir: string): Promise<void> {
  const handle = await open(dir, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Another one may have removed it meanwhile; that nobody may read it is not the same. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}
