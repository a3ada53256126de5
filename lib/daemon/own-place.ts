import type { PeerIdentity } from "../spec/identity";
import type { ClusterSpec } from "../spec/spec";
import { Conflict } from "./errors";

/** Throws Conflict unless a spec has this very peer, under the name and address that its certificate has. */
export function refuseOtherPlace({ peers, dataRoot }: ClusterSpec, identity: PeerIdentity): void {
  if (!peers.some((p) => p.name === identity.name && p.address === identity.address)) {
    throw new Conflict(
      `the spec has no peer "${identity.name}" at ${identity.address}: this daemon was prepared under that name and address`,
    );
  }
  if (dataRoot !== identity.dataRoot)
    throw new Conflict(`the spec keeps data in ${dataRoot}, this daemon in ${identity.dataRoot}`);
}
