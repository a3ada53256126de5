import type { Command } from "commander";
import type { Job, SmokeResult } from "../../api/wire";
import { duration } from "../format";
import { jobCommand } from "../jobs/run";
import { tinted } from "../style";
import { table } from "../table";

export function addSmoke(program: Command): void {
  const command = program
    .command("smoke")
    .description("insert vectors and find them again through every peer's load balancer");
  jobCommand(command, {
    request: () => ({ type: "smoke" }),
    text: (job) => smokeText(resultOf(job)),
    json: (job) => ({ ...resultOf(job), job: job.id, error: job.error }),
  });
}

/** A test that did not get as far as its first check has none to tell of. */
function resultOf({ result, state }: Job): SmokeResult {
  const { checks } = { checks: [], ...(result as Partial<SmokeResult> | undefined) };
  return { ok: state === "succeeded", checks };
}

/** For people. */
export function smokeText({ ok, checks }: SmokeResult): string {
  const rows = checks.map((c) => [c.name, tinted(c.ok ? "ok" : "FAILED"), duration(c.ms), c.detail ?? ""]);
  return `${table(["check", "result", "time", "detail"], rows)}\n\nsmoke test ${ok ? "passed" : tinted("FAILED")}`;
}
