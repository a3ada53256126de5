import { rolesOf } from "../../spec/roles";
import type { ClusterSpec, PeerSpec } from "../../spec/spec";
import type { StepRow } from "./steps";

/** How a part of the picture comes out of a change. */
export type Mark = "same" | "added" | "removed" | "changed";

/** Peers that look alike but for their names and addresses. */
export interface PeerGroup {
  readonly names: readonly string[];
  readonly mark: Mark;
  /** Processes of Milvus that they run. */
  readonly runs: string;
  /** What else happens to them, a line each. */
  readonly notes: readonly string[];
}

/** Beyond so many peers, those that look alike are drawn as one. */
const MOST_ALONE = 8;
/** Fewer than these are drawn one by one all the same. */
const LEAST_ALIKE = 3;

export interface Sides {
  readonly before?: ClusterSpec;
  readonly after?: ClusterSpec;
}

/** What happens to the cluster besides the difference of its two specs. */
export interface Scene {
  readonly rows: readonly StepRow[];
  /** Peers whose VMs are prepared anew. */
  readonly replaced: readonly string[];
}

/** Every peer of either side, in order: those that go come last. */
export function peerNames({ before, after }: Sides): string[] {
  return [...new Set([...(after?.peers ?? []), ...(before?.peers ?? [])].map(({ name }) => name))];
}

/** `apart`: what else tells peers from each other, such as their pools. */
export function peerGroups(sides: Sides, scene: Scene, apart: (name: string) => string): PeerGroup[] {
  const names = peerNames(sides);
  const alone = names.map((name) => drawn(sides, scene, name));
  if (names.length <= MOST_ALONE) return alone;
  const alike = new Map<string, PeerGroup[]>();
  for (const group of alone) {
    const key = JSON.stringify({ ...group, names: apart(group.names[0]!) });
    alike.set(key, [...(alike.get(key) ?? []), group]);
  }
  return [...alike.values()].flatMap((groups) =>
    groups.length < LEAST_ALIKE ? groups : [{ ...groups[0]!, names: groups.flatMap((group) => group.names) }],
  );
}

function drawn({ before, after }: Sides, { rows, replaced }: Scene, name: string): PeerGroup {
  const find = (spec?: ClusterSpec): PeerSpec | undefined => spec?.peers.find((peer) => peer.name === name);
  const [old, wanted] = [find(before), find(after)];
  const [was, runs] = [runsOf(before, old), runsOf(after, wanted)];
  const restarts = restartsOf(rows, name, runs);
  const prepared = replaced.includes(name);
  return {
    names: [name],
    mark: markOf(old !== undefined, wanted !== undefined, prepared || restarts.length > 0 || was !== runs),
    runs: old && wanted && was !== runs ? `${was} → ${runs}` : wanted ? runs : was,
    notes: [
      ...(prepared ? ["its VM is prepared anew"] : []),
      ...(restarts.length > 0 ? [`restarts ${restarts.join(", ")}`] : []),
    ],
  };
}

/** Services that are made anew on a peer; all that it runs of Milvus in a word. */
function restartsOf(rows: readonly StepRow[], name: string, runs: string): string[] {
  const services = rows.flatMap(({ service, peers }) => (service && peers.includes(name) ? [service] : []));
  const milvus = runs.split(", ");
  if (!milvus.every((process) => services.includes(process))) return services;
  return ["all of Milvus", ...services.filter((service) => !milvus.includes(service))];
}

function runsOf(spec: ClusterSpec | undefined, peer: PeerSpec | undefined): string {
  return spec && peer
    ? rolesOf(spec, peer)
        .map(({ name }) => name)
        .join(", ") || "no role of Milvus"
    : "";
}

export function markOf(isBefore: boolean, isAfter: boolean, changes: boolean): Mark {
  if (!isAfter) return "removed";
  if (!isBefore) return "added";
  return changes ? "changed" : "same";
}
