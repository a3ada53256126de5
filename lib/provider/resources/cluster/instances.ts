import type { ClusterSpec, PeerSpec } from "../../../spec/spec";
import { UNKNOWN, type DraftModel } from "../../framework";
import type { ClusterAttributes, ClusterModel } from "./schema";

type Place = Pick<PeerSpec, "name" | "address">;

/** Ids of the peers' milvus_peers in order; undefined where it is yet to be made. */
export type PeerIds = readonly (string | undefined)[];

/** Stands for an instance that the apply is to make. */
const YET_TO_COME = "yet-to-come";

/**
 * The spec, told which VMs are others than those that are in force under their names and addresses: those whose milvus_peer was made anew
 * since (`terraform apply -replace`). What is in force says it best; a first one has no instance there, and is told by the state.
 */
export function withInstances(
  spec: ClusterSpec,
  inForce: ClusterSpec,
  prior: ClusterModel,
  ids: PeerIds,
): ClusterSpec {
  const peers = spec.peers.map((peer, i) => {
    const there = inForce.peers.find((p) => isAt(p, peer));
    const before = prior.peers.find((p) => isAt(p, peer))?.peer_id;
    const instance = there && instanceOf(ids[i], there, before);
    return instance === undefined ? peer : { ...peer, instance };
  });
  return { ...spec, peers };
}

/** Whether some VM is to be another, which is yet to be made ready. */
export function hasInstanceToCome({ peers }: ClusterSpec): boolean {
  return peers.some(({ instance }) => instance === YET_TO_COME);
}

export function peerIds({ peers }: Pick<DraftModel<ClusterAttributes>, "peers">): PeerIds {
  if (peers === UNKNOWN) return [];
  return peers.map((peer) => (peer === UNKNOWN || peer.peer_id === UNKNOWN ? undefined : peer.peer_id));
}

function instanceOf(id: string | undefined, there: PeerSpec, before: string | undefined): string | undefined {
  // A state that knows no milvus_peer of a member has lost it, or never had it: one that is made now is of the VM that is there.
  if (!before) return there.instance;
  if (id === undefined) return YET_TO_COME;
  if (there.instance === undefined && id === before) return undefined;
  return id.split("/")[2] ?? there.instance;
}

function isAt(a: Place, b: Place): boolean {
  return a.name === b.name && a.address === b.address;
}
