import type { Command } from "commander";
import { DEFAULT_DATA_ROOT } from "../../spec/paths";
import { portsOf } from "../../spec/ports";
import { wholeNumber } from "../arguments";
import { EXIT } from "../exit";
import { outputOption } from "../options";
import { print, type OutputFormat } from "../output";
import { describeVm, type NameOptions } from "../vm/describe";
import { findingsText, lookAt } from "../vm/look";
import { collect } from "../vm/options";
import { checkedSpec, newestVersion, templateOf } from "../vm/template";
import { readPapers, registriesOf, thisVm } from "../vm/this-vm";

interface PreflightOptions extends NameOptions {
  readonly milvusVersion: string;
  readonly dataRoot: string;
  readonly daemonPort?: number;
  readonly port?: readonly string[];
  readonly reach?: readonly string[];
  readonly mountPoint?: readonly string[];
  readonly output: OutputFormat;
}

export function addPreflight(program: Command): void {
  program
    .command("preflight")
    .description("tell everything that keeps this VM from being a peer, and change nothing")
    .option("--milvus-version <version>", "whose ports are to be free", newestVersion())
    .option("--data-root <directory>", "directory that will hold all data", DEFAULT_DATA_ROOT)
    .option("--advertise-address <address>", "address at which the other peers reach this VM")
    .option("--daemon-port <port>", "port of the daemon", wholeNumber(1, 65_535))
    .option("--port <name=port>", "another port that differs from its default; repeat", collect)
    .option(
      "--reach <host:port>",
      "what this VM must be able to reach, e.g. the daemon of another; repeat",
      collect,
    )
    .option("--mount-point <directory>", "mount point of a drive; repeat", collect)
    .addOption(outputOption())
    .action(async (o: PreflightOptions) => {
      process.exitCode = await preflight(o);
    });
}

/** Returns the exit code: 1 when something keeps the VM from being a peer, 3 when there are warnings. */
async function preflight(o: PreflightOptions): Promise<number> {
  const vm = thisVm();
  const { machine, image } = vm;
  const self = { ...(await describeVm(machine, o)), name: "this-vm" };
  const template = templateOf({ ...o, mode: "standalone", clusterName: "any" }, self.name, image);
  const spec = checkedSpec(template, 1, self, () => undefined);
  const { findings } = await lookAt(machine, {
    dataRoot: spec.dataRoot,
    mountPoints: o.mountPoint,
    registries: registriesOf(vm),
    requiredPorts: portsOf(spec, self.name).map((use) => use.port),
    address: self.address,
    reachability: o.reach ?? [],
    mayHoldData: (await readPapers(machine)) !== undefined,
  });
  print(o.output, { findings }, () => findingsText(findings));
  if (findings.some((f) => f.severity === "error")) return EXIT.failed;
  return findings.length > 0 ? EXIT.degraded : EXIT.ok;
}
