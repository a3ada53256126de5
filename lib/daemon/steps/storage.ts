import { hostPort } from "../../spec/host";
import { minioPeers } from "../../spec/pool";
import type { PeerAddress } from "../../spec/spec";
import { messageOf } from "../wait";
import { gate, tally } from "./gate";
import type { StepContext } from "./step";

/** /minio/health/cluster answers 200 when every erasure set has write quorum. Source: minio-erasure.md. */
export const storage = gate({
  kind: "storage",
  what: "MinIO",
  deadlineMs: 240_000,
  services: () => ["minio"],
  missing: async (ctx) => {
    const nodes = minioPeers(ctx.spec);
    return tally("nodes report write quorum", await Promise.all(nodes.map((peer) => problemOf(ctx, peer))));
  },
});

async function problemOf({ ports, spec }: StepContext, peer: PeerAddress): Promise<string | undefined> {
  const at = hostPort(peer.address, spec.ports.minio);
  try {
    const { status } = await ports.http.get(`https://${at}/minio/health/cluster`, 3_000);
    return status === 200 ? undefined : `${peer.name} (${at}) has no write quorum yet (${status})`;
  } catch (error) {
    return `${peer.name} (${at}): ${messageOf(error)}`;
  }
}
