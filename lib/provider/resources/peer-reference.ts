import { list, objects, string, type Attributes, type Model } from "../framework";
import { PeerSession } from "./peer-session";
import { NO_LOGIN, sshAttribute, sshOptions } from "./ssh";

const reference = {
  name: string({ required: true, description: "Name of the peer." }),
  address: string({ required: true, description: "Its address." }),
  ssh: sshAttribute,
  roles: list("string", { optional: true, description: "Roles of Milvus that it runs; default: all." }),
  peer_id: string({ required: true, description: "Id of the milvus_peer, so that it is made ready first." }),
  host_key: string({ optional: true, description: "Host key that the milvus_peer recorded." }),
} satisfies Attributes;

export type PeerReference = Model<typeof reference>;

/** The `peers` attribute of a cluster and of its status. */
export const peersAttribute = objects(reference, {
  required: true,
  description: "Members, in an order that stays: MinIO knows its drives by it.",
});

/** A member that the program does not know: it has no milvus_peer, and no login. */
export function unmanaged(name: string, address: string): PeerReference {
  return { name, address, ssh: NO_LOGIN, roles: null, peer_id: "", host_key: null };
}

export const isManaged = ({ peer_id }: PeerReference): boolean => peer_id !== "";

export interface ReachPeers {
  caPem: string;
  token: string;
  daemonPort: number;
  signal: AbortSignal;
  /** Seconds to go on trying each VM; default: as its `ssh.timeout_seconds` says. */
  timeoutSeconds?: number;
  /** Milliseconds that a request to a daemon may take at most. */
  requestMs?: number;
}

/** Of peers that can be logged in to. */
export function sessionsOf(peers: readonly PeerReference[], o: ReachPeers): PeerSession[] {
  return peers.filter(isManaged).map(({ name, address, host_key, ssh }) => {
    const reach = { address, recordedHostKey: host_key, timeoutSeconds: o.timeoutSeconds };
    return new PeerSession({ ...o, name, ssh: sshOptions(ssh, reach) });
  });
}
