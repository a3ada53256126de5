/**
 * Synthesis of 3 and of 50 peers. Baseline: a stack of as many bare cdktf resources with as many attributes, in the same
 * process; what is over it is our own time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformResource, TerraformStack } from "cdktf";
import { MilvusCluster, MilvusVersion, MinioWidePool, Peer, PulsarSingleton } from "../constructs";
import { median, report } from "./report";

const RUNS = 5;

class Bare extends TerraformResource {
  constructor(stack: TerraformStack, id: string) {
    super(stack, id, { terraformResourceType: "bare_resource" });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`attribute_${i}`, `value ${i}`]));
  }
}

function bare(stack: TerraformStack, peers: number): void {
  for (let i = 0; i < peers + 2; i++) new Bare(stack, `bare-${i}`);
}

function ours(stack: TerraformStack, count: number): void {
  const cluster = new MilvusCluster(stack, "vectors", { version: MilvusVersion.of("v2.3.5") });
  const ssh = { user: "root", agent: true };
  const peers = Array.from(
    { length: count },
    (_, i) =>
      new Peer(cluster, `peer-${i + 1}`, {
        address: `198.18.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`,
        ssh,
      }),
  );
  // MinIO's widest erasure set is 16 drives: a pool of 48 peers in three sets of 16.
  new MinioWidePool(cluster, "storage", {
    peers: peers.slice(0, count > 16 ? 48 : count),
    drivesPerPeer: count > 16 ? 1 : 4,
  });
  new PulsarSingleton(cluster, "pulsar", { host: peers[1]! });
}

function time(fill: (stack: TerraformStack, peers: number) => void, peers: number): number {
  const outdir = mkdtempSync(join(tmpdir(), "bench-synth-"));
  try {
    const from = performance.now();
    const app = new App({ outdir });
    fill(new TerraformStack(app, "bench"), peers);
    app.synth();
    return performance.now() - from;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

export function benchSynth(): void {
  for (const peers of [3, 50]) {
    const runs = Array.from({ length: RUNS + 1 }, () => ({
      ours: time(ours, peers),
      bare: time(bare, peers),
    })).slice(1);
    const a = median(runs.map((r) => r.ours));
    const b = median(runs.map((r) => r.bare));
    report(
      `synth of ${peers} peers`,
      a,
      "the same number of bare cdktf resources",
      b,
      `own time ${Math.round(a - b)} ms`,
    );
  }
}

if (require.main === module) benchSynth();
