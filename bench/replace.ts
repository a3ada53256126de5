/**
 * A dead VM is replaced by `terraform apply`: from there until the cluster is as redundant as before, against what nobody can spare it: its
 * images on the new VM, and MinIO's healing of the drives, as the job itself took for these two.
 */
import type { JobStepReport } from "../lib/api/wire";
import { lastChange } from "../test/support/changes";
import { Deployment } from "../test/support/deployment";
import { eventually } from "../test/support/eventually";
import { Films } from "../test/support/films";
import { rootPassword, statusOf } from "../test/support/peers";
import { dataCentre } from "../tools/data-centre";
import { report } from "./report";

const ROWS = 200_000;
const DIM = 128;

const took = ({ startedAt, endedAt }: JobStepReport): number => Date.parse(endedAt!) - Date.parse(startedAt!);

/** When terraform has begun something and ended it: what is not the job's own time. */
function told(text: string, ms: number): void {
  for (const line of text.split("\n").filter((l) => /\.\.\.$|complete/.test(l)))
    console.log(`+${(ms / 1000).toFixed(1)} s: ${line}`);
}

async function main(): Promise<void> {
  const { lab, ...centre } = await dataCentre({ name: "bench-replace", vms: 4 });
  try {
    const deployment = Deployment.create("bench-replace", { lab, ...centre });
    await deployment.synth();
    await deployment.must("apply", "-input=false", "-auto-approve");
    const films = await Films.at(`${lab.vm(1).address}:19537`, await rootPassword(deployment), DIM);
    await films.make("films", ROWS);
    await films.close();
    await lab.kill(lab.vm(3));
    const { address, hostKey, privateKeyFile } = lab.vm(4);
    await deployment.synth({ peers: { 3: { address, ssh: { hostKey, privateKeyFile } } } });
    const from = performance.now();
    const { child, outcome } = deployment.start("apply", "-input=false", "-no-color", "-auto-approve");
    child.stdout!.on("data", (chunk: Buffer) => told(chunk.toString(), performance.now() - from));
    const { code, output } = await outcome;
    if (code !== 0) throw new Error(output);
    await eventually("all is well", 300_000, async () => (await statusOf(lab, lab.vm(1))).health === "ok");
    const whole = performance.now() - from;
    const { steps } = await lastChange(lab);
    const needed = steps.filter(({ name }) => name === "pull" || name.startsWith("heal"));
    report(
      "replace: a dead VM, 200,000 x 128d",
      whole,
      "its images and MinIO's heal",
      needed.reduce((sum, step) => sum + took(step), 0),
    );
    for (const step of steps) console.log(`${(took(step) / 1000).toFixed(1)} s: ${step.title}`);
  } finally {
    await lab.down();
  }
}

void main();
