import type { Command } from "commander";
import type { Cluster } from "../cluster";
import { confirmByName } from "../confirm";
import { jobCommand } from "../jobs/run";

interface StopOptions {
  readonly yes?: boolean;
}

export function addStop(program: Command): void {
  const command = program
    .command("stop")
    .description("stop Milvus, its queue and its storage on every peer, with all data kept")
    .option("--yes", "do not ask for the cluster's name first");
  jobCommand<StopOptions>(command, {
    confirm: async ({ cluster, o }) => (o.yes ? undefined : confirm(cluster)),
    request: () => ({ type: "stop-cluster" }),
    text: ({ state }) => (state === "succeeded" ? "start it again with milvus-onprem start" : undefined),
  });
}

async function confirm(cluster: Cluster): Promise<void> {
  const { spec } = await cluster.ask((client) => client.spec());
  const what = `"${spec.name}" serves nobody until it is started again; all data stays.`;
  await confirmByName(spec.name, what, "--yes");
}
