import { list, objects, string, type Attributes, type Model } from "../framework";
import { PeerSession } from "./peer-session";
import { sshAttribute, sshOptions } from "./ssh";

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

export function sessionsOf(peers: readonly PeerReference[], o: ReachPeers): PeerSession[] {
  return peers.map(({ name, address, host_key, ssh }) => {
    const reach = { address, recordedHostKey: host_key, timeoutSeconds: o.timeoutSeconds };
    return new PeerSession({ ...o, name, ssh: sshOptions(ssh, reach) });
  });
}
