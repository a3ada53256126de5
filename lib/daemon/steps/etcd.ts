import { etcdMemberName } from "../../render";
import { etcdPeers } from "../../spec/etcd";
import { hostPort } from "../../spec/host";
import type { PeerAddress } from "../../spec/spec";
import { messageOf, within } from "../wait";
import { gate, tally } from "./gate";
import type { StepContext } from "./step";

/** All members, not just a quorum: a cluster that is born degraded would have no failure to spare. */
export const etcd = gate({
  kind: "etcd",
  what: "etcd",
  deadlineMs: 180_000,
  services: () => ["etcd"],
  missing: async (ctx) =>
    tally("members answer", await Promise.all(etcdPeers(ctx.spec).map((peer) => problemOf(ctx, peer)))),
});

async function problemOf({ ports, spec }: StepContext, peer: PeerAddress): Promise<string | undefined> {
  const at = hostPort(peer.address, spec.ports.etcdClient);
  try {
    const status = await within(3_000, "etcd", ports.store.memberStatus(`https://${at}`));
    if (!status.hasLeader) return `${peer.name} (${at}) sees no leader`;
    const absent = etcdPeers(spec)
      .filter((p) => !status.members.includes(etcdMemberName(p)))
      .map((p) => p.name);
    return absent.length === 0 ? undefined : `${peer.name} (${at}) does not know ${absent.join(", ")} yet`;
  } catch (error) {
    return `${peer.name} (${at}): ${messageOf(error)}`;
  }
}
