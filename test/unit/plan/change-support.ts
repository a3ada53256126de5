import { planChange, type Change } from "../../../lib/plan/change";
import type { ClusterSpecInput } from "../../../lib/spec/spec";
import { names, peers, pool, spec } from "../spec/fixture";

export type Overrides = Partial<ClusterSpecInput>;

/** So many peers, of which the first three have drives. */
export const of = (count: number): Overrides => ({ peers: peers(count), storage: pool(names(1, 3)) });
/** Two peers or one, of which the first has all that is stored and logged. */
export const few = (count: 1 | 2): Overrides => ({
  ...{ peers: peers(count), storage: pool(["peer-1"]) },
  queue: { pulsarSingleton: { host: "peer-1" } },
});

/** The change between two specs, which must be taken. */
export function change(before: Overrides, after: Overrides, unfinished?: Overrides): Change {
  const found = planChange(spec(before), spec(after), unfinished && spec(unfinished));
  expect(found.refusals).toEqual([]);
  return found;
}

export const titles = ({ steps }: Change): string[] => steps.map(({ title }) => title);
/** What is done to containers and files, as "restart querynode on peer-1,peer-2". */
export const work = ({ steps }: Change): string[] =>
  steps
    .filter(({ kind }) => kind !== "check" && kind !== "verify" && kind !== "commit")
    .map(({ name, peers: on }) => `${name} on ${on.join()}`);
export const warned = ({ warnings }: Change): string[] =>
  warnings.map((w) => `${w.severity} ${w.path}: ${w.message}`);

export const ALL = "peer-1, peer-2, peer-3";
export const ON_ALL = "on peer-1,peer-2,peer-3";
export const CHECK = "see that every peer and component is healthy, and that reads and writes work";
export const VERIFY = `test inserts and searches through the load balancers of ${ALL}`;
export const SNAPSHOT = `take a snapshot of etcd, to be kept on ${ALL}`;
export const COMMIT = "record the new spec as the one in force";
export const UNFINISHED = "warning : an earlier change has not ended: what it has changed is taken along";
export const ROLES = ["coord", "indexnode", "querynode", "datanode", "proxy"];
export const WARMER: Overrides = { config: { "queryNode.cache.warmup": "sync" } };
/** What a peer with all roles and no drive runs, but etcd. */
export const MILVUS = "coord, proxy, querynode, datanode, indexnode, nginx";
