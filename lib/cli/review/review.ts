import { addressesOf, clusterChange, lines, texts, type ClusterChange } from "./attributes";
import { fateOf, type Fate } from "./fate";
import { fileChanges, type FileChange } from "./files";
import { picture } from "./picture";
import type { Sides } from "./picture-peers";
import type { Plan } from "./plan-json";
import { credentialsRisks, peerRisks, peersOf, type PeerReview } from "./peers";
import { clusterRisks, ordered, planRisks, type Risk } from "./risks";
import { specsOf, type Specs } from "./specs";
import { stepsOf, type Steps } from "./steps";

/** What a plan does to one cluster. */
export interface ClusterReview {
  readonly address: string;
  readonly name: string;
  readonly fate: Fate;
  /** Versions of Milvus, one where it stays. */
  readonly versions: readonly string[];
  /** Names of attributes that change. */
  readonly changed: readonly string[];
  readonly peers: readonly string[];
  readonly steps: Pick<Steps, "rows" | "presumed">;
  /** A Mermaid flowchart, line by line; empty where nothing is known. */
  readonly picture: readonly string[];
  /** Undefined: known only while applying. */
  readonly files?: readonly FileChange[];
  readonly survives: Told;
  readonly links: Told;
}

/** Lines of one kind on both sides; undefined: there are none, or they are not known. */
export interface Told {
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

export interface Review {
  readonly clusters: readonly ClusterReview[];
  readonly peers: readonly PeerReview[];
  /** The gravest first. */
  readonly risks: readonly Risk[];
  /** How many resources of other providers change. */
  readonly others: number;
}

/** Everything that a plan means for the clusters in it. */
export function reviewOf(plan: Plan): Review {
  const peers = peersOf(plan);
  const found = plan.ours
    .filter(({ type }) => type === "milvus_cluster")
    .map((c) => reviewed(clusterChange(c), peers));
  return {
    clusters: found.map(({ review }) => review),
    peers,
    risks: ordered([
      ...planRisks(plan),
      ...found.flatMap(({ risks }) => risks),
      ...peerRisks(peers, plan),
      ...credentialsRisks(plan),
    ]),
    others: plan.others,
  };
}

function reviewed(c: ClusterChange, peers: readonly PeerReview[]): { review: ClusterReview; risks: Risk[] } {
  const fate = fateOf(c.actions);
  const specs = specsOf(c);
  const steps = stepsOf(c, fate, specs);
  const addresses = addressesOf(c.after ?? c.before);
  const replaced = peers
    .filter((peer) => peer.fate === "replaced" && isMember(peer, c))
    .map(({ name }) => name);
  const versions = [c.before?.version, c.after?.version].filter((v): v is string => typeof v === "string");
  const told = (name: string): Told => ({
    before: lines(c.before, name),
    after: lines(c.after, name, c.unknown),
  });
  const review: ClusterReview = {
    ...{ address: c.address, name: String((c.after ?? c.before)?.name), fate },
    ...{ versions: [...new Set(versions)], changed: c.changed },
    peers: [...addresses.keys()],
    steps: { rows: steps.rows, presumed: steps.presumed },
    picture: picture(sidesOf(fate, specs), { rows: steps.rows, replaced }, addresses),
    files: filesOf(c, fate),
    ...{ survives: told("resilience"), links: told("links") },
  };
  return { review, risks: fate === "unchanged" ? [] : clusterRisks(c, fate, specs, steps) };
}

/** What there is to draw: a side that is not known is not one that is gone. */
function sidesOf(fate: Fate, { before, after }: Specs): Sides {
  if (fate === "destroyed") return { before };
  if (fate === "created") return { after };
  return after && (fate === "changed" || fate === "replaced") ? { before, after } : {};
}

/** Several clusters may each have a peer of one name. */
function isMember({ name, address }: PeerReview, { before, after }: ClusterChange): boolean {
  const known = [before, after].map(addressesOf).filter((addresses) => addresses.has(name));
  return known.some((addresses) => addresses.get(name) === address);
}

/** Of a cluster that is to be: the files of one that goes are nobody's matter. */
function filesOf({ before, after, unknown }: ClusterChange, fate: Fate): readonly FileChange[] | undefined {
  if (!after || fate === "unchanged") return [];
  const wanted = texts(after, unknown);
  return wanted && fileChanges(texts(before) ?? new Map(), wanted);
}
