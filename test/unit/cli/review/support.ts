import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planChange } from "../../../../lib/plan/change";
import { renderAll } from "../../../../lib/render";
import { compileSpec } from "../../../../lib/spec/compile";
import { MASKED } from "../../../../lib/spec/secrets";
import type { ClusterSpec } from "../../../../lib/spec/spec";
import { input, pool } from "../../spec/fixture";

export const PLANS = join(__dirname, "plans");

export interface Change {
  actions: string[];
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  after_unknown: Record<string, unknown>;
}

export interface PlanFile {
  format_version: string;
  resource_changes: { address: string; mode: string; type: string; change: Change }[];
}

/** A plan of the real terraform. */
export function plan(name: string): PlanFile {
  return JSON.parse(readFileSync(join(PLANS, `${name}.json`), "utf8")) as PlanFile;
}

/** Of a resource in it. */
export function changeIn(
  { resource_changes: changes }: PlanFile,
  address = "milvus_cluster.vectors",
): Change {
  return changes.find((c) => c.address === address)!.change;
}

/** The upgrade of a cluster of that many peers, the last three of which have no query node. */
export function upgradeOf(count: number): PlanFile {
  const upgrade = plan("upgrade");
  const change = changeIn(upgrade);
  const peers = Array.from({ length: count }, (_, i) => ({
    name: `peer-${i + 1}`,
    address: `198.18.1.${i + 1}`,
    roles: i < count - 3 ? null : ["coord", "proxy", "data", "index"],
  }));
  const pools = { pools: [{ peers: ["peer-1", "peer-2", "peer-3", "peer-4"], drives_per_peer: 4 }] };
  const specs: ClusterSpec[] = [];
  const side = (version: string): Record<string, unknown> => {
    const members = peers.map(({ roles, ...peer }) => (roles === null ? peer : { ...peer, roles }));
    const spec = compileSpec(
      input({ version, peers: members as never, storage: pool(pools.pools[0]!.peers) }),
    ).spec!;
    specs.push(spec);
    return { ...change.before!, version, peers, storage: pools, rendered: renderAll(spec, MASKED) };
  };
  const before = side("v2.3.4");
  const after = side("v2.3.5");
  const rollout = planChange(specs[0]!, specs[1]!).steps.map(({ title }) => title);
  Object.assign(change, { before, after: { ...after, rollout }, after_unknown: { generation: true } });
  return upgrade;
}
