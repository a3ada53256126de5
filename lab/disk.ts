import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { LAB, label } from "./labels";
import { CACHE } from "./paths";
import { docker, run, tryRun } from "./run";

const fileOf = (volume: string): string => join(CACHE, "disks", `${volume}.img`);

/** A volume; with a size, a file system of its own that can run full without harm to the host. */
export async function createVolume(lab: string, volume: string, sizeMiB?: number): Promise<void> {
  const options = sizeMiB
    ? ["--opt", "type=ext4", "--opt", `device=${await createDisk(volume, sizeMiB)}`]
    : [];
  await docker("volume", "create", ...label(LAB, lab), ...options, volume);
}

export async function removeVolume(volume: string): Promise<void> {
  await docker("volume", "rm", "--force", volume);
  const devices = await tryRun("losetup", [
    "--noheadings",
    "--output",
    "NAME",
    "--associated",
    fileOf(volume),
  ]);
  for (const device of devices.stdout.split("\n").filter(Boolean))
    await run("losetup", ["--detach", device.trim()]);
  rmSync(fileOf(volume), { force: true });
}

async function createDisk(volume: string, sizeMiB: number): Promise<string> {
  const file = fileOf(volume);
  mkdirSync(dirname(file), { recursive: true });
  await run("truncate", ["--size", `${sizeMiB}M`, file]);
  await run("mkfs.ext4", ["-q", "-m", "0", file]);
  return run("losetup", ["--find", "--show", file]);
}
