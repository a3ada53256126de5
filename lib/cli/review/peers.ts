import { fateOf, type Fate } from "./fate";
import type { Plan, ResourceChange } from "./plan-json";
import { risk, type Risk } from "./risks";
import { memberOf, seal } from "./seal";

/** What a plan does to one prepared VM. */
export interface PeerReview {
  /** Of the resource. */
  readonly resource: string;
  readonly name: string;
  /** Undefined: known only while applying. */
  readonly address?: string;
  readonly fate: Fate;
}

export function peersOf({ ours }: Plan): PeerReview[] {
  return ours.filter(({ type }) => type === "milvus_peer").map(peerReview);
}

function peerReview({ address: resource, change }: ResourceChange): PeerReview {
  const marks = change.after ? change.after_sensitive : change.before_sensitive;
  const values = seal(change.after ?? change.before, marks);
  const text = (name: string): string | undefined => {
    const value = memberOf(values, name);
    return typeof value === "string" ? value : undefined;
  };
  return { resource, name: text("name") ?? "?", address: text("address"), fate: fateOf(change.actions) };
}

/** Peers that go with their cluster are no risk of their own. */
export function peerRisks(peers: readonly PeerReview[], plan: Plan): Risk[] {
  const going = ending(plan, "milvus_cluster").flatMap(({ change }) => membersIn(change.before?.peers));
  const goes = (peer: PeerReview): boolean => peer.fate === "destroyed" && going.includes(member(peer));
  return peers
    .filter((peer) => peer.fate === "replaced" || (peer.fate === "destroyed" && !goes(peer)))
    .map(({ fate, name, resource }) =>
      fate === "replaced"
        ? risk("peer-replaced", `peer ${name} is taken out and its VM prepared anew; ${QUORUM}`, resource)
        : risk("peer-destroyed", `peer ${name} is taken out; ${QUORUM}`, resource),
    );
}

const QUORUM = "a formed cluster goes on with one fault less to spare, if at all";

/** Without them no peer can be prepared, and no daemon asked, any more. */
export function credentialsRisks(plan: Plan): Risk[] {
  const going = ending(plan, "milvus_cluster").map(({ change }) => change.before?.cluster_id);
  return ending(plan, "milvus_credentials")
    .filter(({ change }) => !going.includes(change.before?.id))
    .map(({ address }) =>
      risk(
        "credentials-lost",
        "the CA and the secrets are given up, and a formed cluster goes on with them",
        address,
      ),
    );
}

function ending({ ours }: Plan, type: string): ResourceChange[] {
  return ours.filter((c) => c.type === type && ["destroyed", "replaced"].includes(fateOf(c.change.actions)));
}

function membersIn(peers: unknown): string[] {
  if (!Array.isArray(peers)) return [];
  return peers.map((peer) => member({ name: memberOf(peer, "name"), address: memberOf(peer, "address") }));
}

/** Several clusters may each have a peer of one name. */
function member({ name, address }: { readonly name: unknown; readonly address?: unknown }): string {
  return JSON.stringify([name, address]);
}
