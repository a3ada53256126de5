import type { Command } from "commander";
import type { NospaceReport, NospaceResult } from "../../api/rescue-wire";
import { clusterCommand, type Asked } from "../cluster-command";
import { confirmByName } from "../confirm";
import { EXIT } from "../exit";
import { bytes } from "../format";
import { note, print } from "../output";
import { table } from "../table";
import { follow } from "./follow";

interface NospaceOptions {
  readonly force?: boolean;
  readonly yes?: boolean;
}

export function addNospace(rescue: Command): void {
  const command = rescue
    .command("nospace")
    .description(
      "make room in an etcd that takes no writes any more: compact, defragment, take the alarm away",
    )
    .option("--force", "do it although there is no alarm")
    .option("--yes", "do not ask for the cluster's name first");
  clusterCommand<NospaceOptions>(command, run);
}

async function run({ cluster, o }: Asked<NospaceOptions>): Promise<number> {
  const report = await cluster.ask((client) => client.rescue.nospace());
  note(reportText(report));
  if (report.raisedBy.length === 0 && !o.force) {
    throw new Error(
      "etcd has room, so there is nothing to do; --force compacts and defragments all the same",
    );
  }
  if (!o.yes) await confirmByName(report.cluster, WHAT, "--yes");
  const request = { cluster: report.cluster, force: o.force };
  const result = await follow(await cluster.ask((client) => client.rescue.freeSpace(request)));
  print(o.output, result, resultText);
  return EXIT.ok;
}

const WHAT =
  "The history of all keys is compacted; then one member after the other is defragmented and answers nothing for some seconds. No key is lost.";

function reportText({ raisedBy, databases, silent }: NospaceReport): string {
  const rows = databases.map((d) => [
    ...[d.peer, d.isLeader ? "leader" : "follower", bytes(d.bytes), bytes(d.bytesInUse)],
    raisedBy.includes(d.peer) ? "NOSPACE" : "",
  ]);
  const others = raisedBy.filter((name) => !databases.some((d) => d.peer === name));
  return [
    table(["peer", "etcd", "size", "in use", "alarm"], rows),
    ...silent.map(({ peer, error }) => `${peer} does not answer: ${error}`),
    ...(others.length > 0 ? [`NOSPACE was raised by ${others.join(", ")} as well`] : []),
  ].join("\n");
}

function resultText({ databases, advice }: NospaceResult): string {
  const rows = databases.map((d) => [d.peer, bytes(d.bytesBefore), bytes(d.bytesAfter)]);
  return [table(["peer", "before", "after"], rows), ...(advice ? [`\n${advice}`] : [])].join("\n");
}
