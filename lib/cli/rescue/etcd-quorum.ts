import type { Command } from "commander";
import type { ReformPlan, ReformResult, RescueSource } from "../../api/rescue-wire";
import { clusterCommand, type Asked } from "../cluster-command";
import { confirmByName } from "../confirm";
import { EXIT } from "../exit";
import { note, print } from "../output";
import { facts, table } from "../table";
import { follow } from "./follow";

interface QuorumOptions {
  readonly from?: string;
  readonly without?: readonly string[];
  readonly rejoin?: boolean;
  readonly yes?: boolean;
}

export function addEtcdQuorum(rescue: Command): void {
  const command = rescue
    .command("etcd-quorum")
    .description("form etcd anew from what is left of it, once a majority of its members is lost for good")
    .option("--from <peer-or-snapshot>", "form it from this; default: what has the highest revision")
    .option("--without <peers>", "these do not answer, are switched off or gone, and stay out: a,b", names)
    .option("--rejoin", "take peers back in that are not part of the majority")
    .option("--yes", "do not ask for the cluster's name first");
  clusterCommand<QuorumOptions>(command, run);
}

async function run({ cluster, o }: Asked<QuorumOptions>): Promise<number> {
  const options = { from: o.from, rejoin: o.rejoin, without: o.without && [...o.without] };
  const plan = await cluster.ask((client) => client.rescue.plan(options));
  note(planText(plan));
  if (plan.refusal !== undefined) throw new Error(plan.refusal);
  if (!o.yes) await confirmByName(plan.cluster, question(plan), "--yes");
  const request = { cluster: plan.cluster, ...options };
  const result = await follow(await cluster.ask((client) => client.rescue.reform(request)));
  print(o.output, result, resultText);
  return EXIT.ok;
}

function planText({ peers, silent, source, warnings }: ReformPlan): string {
  const rows = peers.map((p) => [
    ...[p.peer, p.etcd, p.revision?.toString() ?? (p.problem ? "unreadable" : "no data")],
    p.snapshot ? `${p.snapshot.file} (revision ${p.snapshot.revision})` : "",
  ]);
  return [
    table(["peer", "etcd", "revision", "newest snapshot"], rows),
    ...silent.map(({ error }) => `does not answer: ${error}`),
    ...(source ? [`best source: ${describe(source)}`] : []),
    ...warnings.map((w) => `note: ${w}`),
  ].join("\n");
}

function question({ peers, source }: ReformPlan): string {
  const who = peers.map((p) => p.peer).join(", ");
  return `etcd is formed anew on ${who} from ${describe(source!)}; their old data is put aside.`;
}

function describe({ kind, peer, revision, file }: RescueSource): string {
  return `${kind === "snapshot" ? `snapshot ${file} of ${peer}` : `the data of ${peer}`} (revision ${revision})`;
}

function resultText({ members, without, source, file, putAside }: ReformResult): string {
  const out = without.join(", ");
  return [
    facts([
      ["members", members.join(", ")],
      ["formed from", describe(source)],
      ["copy", file],
      ["old data", `${putAside}, in the etcd directory of each peer: delete it once all works`],
    ]),
    ...(without.length > 0
      ? [`\nOnce ${out} can be reached again: milvus-onprem rescue etcd-quorum --rejoin`]
      : []),
    "\nsee that it works: milvus-onprem status && milvus-onprem smoke",
  ].join("\n");
}

const names = (text: string): string[] =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
