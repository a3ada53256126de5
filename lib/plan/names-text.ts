import type { ClusterSpec } from "../spec/spec";

/** Names that are told one by one. */
const FEW = 6;
/** Runs of names that are told; of more than that only how many names there are. */
const MOST_RUNS = 4;

type Peers = Pick<ClusterSpec, "peers">;

/** All peers of a spec. */
export function everyone(spec: Peers): string {
  return peersText(
    spec.peers.map(({ name }) => name),
    spec,
  );
}

/** Names of peers of a spec. */
export function peersText(names: readonly string[], { peers }: Peers): string {
  return namesText(
    names,
    peers.map(({ name }) => name),
  );
}

/** Names in a few words, by their order in the cluster: "peer-1, peer-2", "peer-1 … peer-48 (48 peers)". */
export function namesText(names: readonly string[], order: readonly string[]): string {
  if (names.length <= FEW) return names.join(", ");
  const all = runs(names, order);
  if (all.length > MOST_RUNS) return `${names.length} peers`;
  const told = all.map((run) => (run.length < 3 ? run.join(", ") : `${run[0]} … ${run.at(-1)}`));
  return `${told.join(", ")} (${names.length} peers)`;
}

function runs(names: readonly string[], order: readonly string[]): string[][] {
  const found: string[][] = [];
  for (const name of order.filter((n) => names.includes(n))) {
    const last = found.at(-1);
    if (last && order.indexOf(last.at(-1)!) === order.indexOf(name) - 1) last.push(name);
    else found.push([name]);
  }
  return found;
}
