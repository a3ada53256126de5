import { spawn } from "node:child_process";
import { join } from "node:path";
import { COMPOSE_PROJECT } from "../spec/paths";
import type { Compose } from "./ports/runtime";

const UP_DEADLINE_MS = 180_000;
/** Stops, at the latest after the longest grace period, and starts. */
const RECREATE_DEADLINE_MS = 180_000;
/** Longer than the longest stop grace period that is rendered, for all services stop at once. */
const DOWN_DEADLINE_MS = 240_000;

/** `docker compose`, as a child process. Secrets are in the rendered files, never among the arguments. */
export class DockerCompose implements Compose {
  constructor(private readonly renderDir: string) {}

  up(signal: AbortSignal): Promise<void> {
    return this.run(["up", "-d", "--remove-orphans", "--quiet-pull"], UP_DEADLINE_MS, signal);
  }

  recreate(services: readonly string[], signal: AbortSignal): Promise<void> {
    const args = ["up", "-d", "--no-deps", "--force-recreate", "--quiet-pull", ...services];
    return this.run(args, RECREATE_DEADLINE_MS, signal);
  }

  down(graceSeconds?: number): Promise<void> {
    const grace = graceSeconds === undefined ? [] : ["--timeout", String(graceSeconds)];
    return compose(["down", "--remove-orphans", ...grace], DOWN_DEADLINE_MS);
  }

  private run(args: readonly string[], deadlineMs: number, signal: AbortSignal): Promise<void> {
    return compose(["-f", join(this.renderDir, "docker-compose.yml"), ...args], deadlineMs, signal);
  }
}

function compose(args: readonly string[], deadlineMs: number, signal?: AbortSignal): Promise<void> {
  const child = spawn("docker", ["compose", "-p", COMPOSE_PROJECT, "--progress", "plain", ...args], {
    // Without a file of its own, compose would look for one from the working directory upwards.
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: deadlineMs,
    signal,
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(-4_000)));
  const what = `docker compose ${args.find((a) => a === "up" || a === "down")}`;
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`${what} could not run: ${error.message}`)));
    child.on("close", (code) => {
      if (code === 0) return resolve();
      const why = code === null ? `no end after ${deadlineMs / 1000} s` : `exit code ${code}`;
      reject(new Error(`${what} failed (${why}): ${said.trim().split("\n").slice(-5).join("; ")}`));
    });
  });
}
