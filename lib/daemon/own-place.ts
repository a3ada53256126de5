import type { PeerIdentity } from "../spec/identity";
import type { ClusterSpec } from "../spec/spec";
import { Conflict } from "./errors";

/** Whether a spec has this very peer. */
export function hasPlace({ peers }: Pick<ClusterSpec, "peers">, { name, address }: PeerIdentity): boolean {
  return peers.some((peer) => peer.name === name && peer.address === address);
}

/** Throws Conflict unless a spec has this very peer, under the name and address that its certificate has. */
export function refuseOtherPlace(spec: ClusterSpec, identity: PeerIdentity): void {
  const { dataRoot } = spec;
  if (!hasPlace(spec, identity)) {
    throw new Conflict(
      `the spec has no peer "${identity.name}" at ${identity.address}: this daemon was prepared under that name and address`,
    );
  }
  if (dataRoot !== identity.dataRoot)
    throw new Conflict(`the spec keeps data in ${dataRoot}, this daemon in ${identity.dataRoot}`);
}
