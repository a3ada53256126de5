import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CACHE } from "./paths";
import { say } from "./progress";
import { waitFor } from "./wait";

/** Written by bootstrap.sh when it had to start the engine itself. */
const PID_FILE = join(CACHE, "dockerd.pid");

/** Stops a Docker engine that the lab started; one that was there before is not the lab's to stop. */
export async function stopEngine(): Promise<void> {
  if (!existsSync(PID_FILE)) {
    say("the Docker engine was not started by the lab: left alone");
    return;
  }
  const pid = Number(readFileSync(PID_FILE, "utf8"));
  if (isDockerd(pid)) {
    process.kill(pid, "SIGTERM");
    await waitFor(`dockerd (pid ${pid}) to end`, () => Promise.resolve(!isDockerd(pid)), {
      timeoutMs: 60_000,
    });
  }
  rmSync(PID_FILE);
}

/** A pid may have been given to another program since. */
function isDockerd(pid: number): boolean {
  const name = `/proc/${pid}/comm`;
  return existsSync(name) && readFileSync(name, "utf8").trim() === "dockerd";
}
