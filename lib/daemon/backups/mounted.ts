import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MOUNT_PARENT } from "../../spec/paths";
import { FolderTarget } from "./folder";
import type { BackupTarget, Digest } from "./target";

export interface MountedOptions {
  /** Where the share is mounted, or a directory of it. */
  readonly path: string;
  readonly prefix: string;
  /** As proc_pid_mountinfo(5) has it, of this process. @default - read from /proc */
  readonly mounts?: () => Promise<string>;
}

/** A folder of a share. Nothing is read or written while it is not mounted: the root disk is there in its place. */
export class MountedTarget implements BackupTarget {
  readonly name: string;
  private readonly folder: FolderTarget;

  constructor(private readonly o: MountedOptions) {
    this.folder = new FolderTarget(join(o.path, o.prefix));
    this.name = this.folder.name;
  }

  async put(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Digest> {
    await this.mounted();
    return this.folder.put(path, content, signal);
  }

  async *get(path: string): AsyncGenerator<Uint8Array> {
    await this.mounted();
    yield* this.folder.get(path);
  }

  async *list(prefix: string): ReturnType<FolderTarget["list"]> {
    await this.mounted();
    yield* this.folder.list(prefix);
  }

  async remove(path: string): Promise<void> {
    await this.mounted();
    await this.folder.remove(path);
  }

  private async mounted(): Promise<void> {
    const { path, mounts = ownMounts } = this.o;
    if (mountOf(path, await mounts()) === undefined) {
      throw new Error(
        `nothing is mounted at ${path} or between ${MOUNT_PARENT} and it: mount the share there (mount -a, /etc/fstab). Where it is ` +
          "mounted and the daemon does not see it, restart that: docker restart milvus-onprem",
      );
    }
  }
}

const ownMounts = (): Promise<string> => readFile("/proc/self/mountinfo", "utf8");

/** The mount below MOUNT_PARENT that a path is on; undefined: none, it is on the disk that MOUNT_PARENT is on. */
export function mountOf(path: string, mountinfo: string): string | undefined {
  const points = mountinfo.split("\n").flatMap((line) => line.split(" ")[4] ?? []);
  return points.find(
    (point) => point.startsWith(`${MOUNT_PARENT}/`) && (path === point || path.startsWith(`${point}/`)),
  );
}
