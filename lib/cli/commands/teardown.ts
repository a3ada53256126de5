import type { Command } from "commander";
import type { StatusReply } from "../../api/wire";
import { cleanHost, type PeerPapers } from "../../host";
import { DEFAULT_DATA_ROOT } from "../../spec/paths";
import { confirmByName } from "../confirm";
import { outputOption } from "../options";
import { note, print, type OutputFormat } from "../output";
import { ownDaemon, readPapers, thisVm } from "../vm/this-vm";

interface TeardownOptions {
  readonly data?: boolean;
  readonly force?: boolean;
  readonly dataRoot?: string;
  readonly output: OutputFormat;
}

export function addTeardown(program: Command): void {
  program
    .command("teardown")
    .description("take everything of milvus-onprem off this VM, and off no other; the data stays")
    .option("--data", "delete the data, too: all that this VM holds, for good")
    .option("--force", "do not ask for the cluster's name first")
    .option("--data-root <directory>", "where the data is; default: as this peer was set up")
    .addOption(outputOption())
    .action(teardown);
}

async function teardown(o: TeardownOptions): Promise<void> {
  const { machine } = thisVm();
  const papers = await readPapers(machine).catch((error: unknown) => {
    if (!o.force) throw error;
    return undefined;
  });
  const status =
    papers &&
    (await ownDaemon(papers)
      .status()
      .catch(() => undefined));
  const dataRoot = o.dataRoot ?? papers?.identity.dataRoot ?? DEFAULT_DATA_ROOT;
  if (papers) warnOthers(papers, status);
  await confirm(status?.cluster?.name ?? papers?.identity.clusterId ?? "this VM", o, dataRoot);
  const deleteData = o.data ?? false;
  // The daemon first: it resigns and stops the others in order. One that is gone leaves that to what follows.
  if (papers && status) {
    await ownDaemon(papers)
      .teardown({ deleteData })
      .catch((error: Error) => note(`warning: ${error.message}; its containers are removed all the same`));
  }
  await cleanHost(machine, { deleteData, dataRoot });
  const result = {
    peer: papers?.identity.name,
    clusterId: papers?.identity.clusterId,
    dataRoot,
    dataDeleted: deleteData,
  };
  print(
    o.output,
    result,
    () =>
      `nothing of milvus-onprem is left on this VM; data in ${dataRoot} ${deleteData ? "deleted" : "kept"}`,
  );
}

function warnOthers({ identity }: PeerPapers, status: StatusReply | undefined): void {
  const others = (status?.peers ?? []).filter((p) => p.name !== identity.name && p.state === "member");
  if (others.length === 0) return;
  const names = others.map((p) => p.name).join(", ");
  note(
    `warning: ${names} still belong${others.length === 1 ? "s" : ""} to this cluster and will miss this peer for good: ` +
      "no other can take its place yet",
  );
}

/** A person types the name of what goes; a program says --force. */
async function confirm(name: string, { force, data }: TeardownOptions, dataRoot: string): Promise<void> {
  if (force) return;
  const what = data ? `and all data in ${dataRoot} is deleted for good` : `the data in ${dataRoot} stays`;
  await confirmByName(name, `This VM leaves "${name}", ${what}.`, "--force");
}
