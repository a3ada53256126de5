/** What a plan of a rolling upgrade of 50 peers computes, against rendering every file of the two specs that it compares. */
import { planChange } from "../lib/plan/change";
import { renderAll } from "../lib/render";
import { compileSpec } from "../lib/spec/compile";
import { MASKED } from "../lib/spec/secrets";
import type { ClusterSpec } from "../lib/spec/spec";
import { median, report } from "./report";

const RUNS = 5;

function specOf(version: string): ClusterSpec {
  const peers = Array.from({ length: 50 }, (_, i) => ({
    name: `peer-${i + 1}`,
    address: `198.18.0.${i + 1}`,
  }));
  const pool = peers.slice(0, 16).map(({ name }) => name);
  const { spec, problems } = compileSpec({
    ...{ name: "bench", version, peers },
    storage: { pools: [{ peers: pool, drivesPerPeer: 4 }] },
    queue: { pulsarSingleton: { host: "peer-2" } },
  });
  if (!spec) throw new Error(problems.map((p) => p.message).join("; "));
  return spec;
}

function timed(work: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const from = performance.now();
    work();
    return performance.now() - from;
  });
  return median(times);
}

const [from, to] = [specOf("v2.3.4"), specOf("v2.3.5")];
const rendered = timed(() => [from, to].forEach((spec) => renderAll(spec, MASKED)));
report(
  "plan: upgrade of 50 peers",
  timed(() => planChange(from, to)),
  "rendering both specs",
  rendered,
);
console.log(
  planChange(from, to)
    .steps.map(({ title }) => title)
    .join("\n"),
);
