import type { Command } from "commander";
import { planChange, type Drift } from "../../plan/change";
import { certificatesEnding } from "../../plan/drift";
import type { Cluster } from "../cluster";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { followJob } from "../jobs/follow";
import { announce, endText, exitOf, submit, type JobCommandOptions } from "../jobs/run";
import { print } from "../output";

interface RenewOptions extends JobCommandOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** Where `init` has made the cluster, whose peers have the CA's key; elsewhere an apply does it. */
export function addRenewCertificates(program: Command): void {
  const command = program
    .command("renew-certificates")
    .description("renew certificates of which less than a third of their life is left, without downtime")
    .option("--all", "renew those of every peer, however long they are valid")
    .option("--dry-run", "only show the steps")
    .option("-d, --detach", "do not wait for the end");
  clusterCommand<RenewOptions>(command, async ({ cluster, o }) => {
    const { spec } = await cluster.ask((client) => client.spec({ linearizable: true }));
    const drift = await found(cluster, o.all ?? false);
    const { steps } = planChange(spec, spec, undefined, drift);
    if (o.dryRun || steps.length === 0) {
      const text = steps.map(({ title }, i) => `${i + 1}. ${title}`).join("\n");
      print(o.output, { steps }, () => text || "no certificate is to be renewed yet");
      return EXIT.ok;
    }
    const job = await submit(cluster, { type: "converge", params: { from: spec, to: spec, drift } });
    if (o.detach) return announce(job, o.output);
    const ended = await followJob(cluster, job, { quiet: o.output === "json" });
    print(o.output, ended, () => endText(ended));
    return exitOf(ended);
  });
}

/** Of what the peers find, that which is about certificates. */
async function found(cluster: Cluster, all: boolean): Promise<Drift[]> {
  if (!all) {
    const reply = await cluster.ask((client) => client.drift());
    return reply.found.filter(({ kind }) => kind === "certificate");
  }
  const { peers } = await cluster.ask((client) => client.status());
  const silent = peers.filter(({ certificatesEnd }) => certificatesEnd === undefined);
  if (silent.length > 0) {
    const names = silent.map(({ name }) => name).join(", ");
    throw new Error(
      `${names} cannot be asked: certificates of all peers are renewed together; nothing was changed`,
    );
  }
  return peers.map(({ name, certificatesEnd }) => certificatesEnding(name, certificatesEnd!));
}
