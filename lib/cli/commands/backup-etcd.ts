import type { Command } from "commander";
import type { Job } from "../../api/wire";
import { wholeNumber } from "../arguments";
import { bytes } from "../format";
import { jobCommand } from "../jobs/run";
import { facts } from "../table";

export function addBackupEtcd(program: Command): void {
  const command = program
    .command("backup-etcd")
    .description("take a snapshot of etcd, check it, and keep it on several peers")
    .option("--keep <n>", "snapshots that each peer keeps", wholeNumber(1, 1000))
    .option("--peers <n>", "peers that are to hold it", wholeNumber(1, 1000));
  jobCommand<{ keep?: number; peers?: number }>(command, {
    request: ({ keep, peers }) => ({ type: "backup-etcd", params: { keep, peers } }),
    text: snapshotText,
  });
}

/** As the job type promises its result. */
interface Snapshot {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly peers: readonly string[];
}

function snapshotText({ result }: Job): string | undefined {
  const found = result as Snapshot | undefined;
  if (found?.file === undefined) return undefined;
  return facts([
    ["snapshot", found.file],
    ["size", bytes(found.bytes)],
    ["sha256", found.sha256],
    ["held by", found.peers.join(", ")],
  ]);
}
