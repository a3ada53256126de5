/**
 * `terraform plan` of a rolling upgrade of 50 peers, with all that belongs to it: SSH to each, what their daemons say, the plan, its
 * rendered files. VMs and daemons are simulated in this process. Baseline: the same of three peers.
 */
import { FakeCluster } from "../test/provider/support/fake-cluster";
import { milvusWorkspace } from "../test/provider/support/milvus";
import { median, report } from "./report";

const RUNS = 5;

interface Planned {
  readonly ms: number;
  readonly steps: string[];
}

async function planned(count: number): Promise<Planned> {
  const fake = await FakeCluster.start({ peers: count });
  const workspace = await milvusWorkspace(fake.hcl({ version: '"v2.3.4"' }));
  try {
    await workspace.apply();
    workspace.configure(fake.hcl());
    const runs: Planned[] = [];
    for (let i = 0; i < RUNS; i++) {
      const from = performance.now();
      const { code, output } = await workspace.plan();
      if (code !== 2) throw new Error(output);
      runs.push({ ms: performance.now() - from, steps: rolloutIn(output) });
    }
    return { ms: median(runs.map(({ ms }) => ms)), steps: runs[0]!.steps };
  } finally {
    workspace.remove();
    await fake.stop();
  }
}

/** As a reviewer reads it. */
function rolloutIn(output: string): string[] {
  const [, rollout = ""] = output.split(/ rollout +=/);
  return [...rollout.split("\n        ]")[0]!.matchAll(/^ +\+ "(.*)",?$/gm)].map(([, title]) => title!);
}

async function main(): Promise<void> {
  const [few, many] = [await planned(3), await planned(50)];
  report("terraform plan: upgrade of 50 peers", many.ms, "of 3 peers", few.ms);
  console.log(many.steps.join("\n"));
}

void main();
