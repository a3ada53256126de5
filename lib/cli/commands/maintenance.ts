import type { Command } from "commander";
import type { Job } from "../../api/wire";
import { bytes } from "../format";
import { jobCommand } from "../jobs/run";
import { tinted } from "../style";
import { table } from "../table";

export function addMaintenance(program: Command): void {
  const command = program
    .command("maintenance")
    .description("tell which unused images, old logs, snapshots and jobs can go; with --apply, remove them")
    .option("--apply", "remove them");
  jobCommand<{ apply?: boolean }>(command, {
    request: ({ apply }) => ({ type: "maintenance", params: { dryRun: !apply } }),
    text: reportText,
  });
}

/** As the job type promises its result. */
interface Report {
  readonly dryRun: boolean;
  readonly peers: Readonly<Record<string, { count: number; bytes: number } | { error: string }>>;
  readonly bytes: number;
  readonly jobs?: number;
}

function reportText({ result }: Job): string | undefined {
  const report = result as Report | undefined;
  if (report?.peers === undefined) return undefined;
  const rows = Object.entries(report.peers).map(([peer, r]) =>
    "error" in r ? [peer, tinted("unreachable"), "", r.error] : [peer, String(r.count), bytes(r.bytes)],
  );
  const whole = `${bytes(report.bytes ?? 0)} and ${report.jobs ?? 0} old job(s)`;
  const end = report.dryRun ? `would free ${whole}; remove them with --apply` : `freed ${whole}`;
  return `${table(["peer", "things", "size", "detail"], rows)}\n\n${end}`;
}
