import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE } from "./paths";
import { waitFor } from "./wait";

/** One process at a time does `work`: two test runs that start together must not build the same images twice. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const file = join(CACHE, `${name}.lock`);
  mkdirSync(CACHE, { recursive: true });
  await waitFor(`${file}, held by another process of the lab`, () => Promise.resolve(take(file)), {
    timeoutMs: 30 * 60_000,
  });
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!isAlive(Number(readFileSync(file, "utf8")))) rmSync(file, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
