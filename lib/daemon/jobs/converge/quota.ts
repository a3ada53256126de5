import { bytesText } from "../../../plan/bytes-text";
import { etcdClientUrl } from "../../../render";
import { hasEtcd } from "../../../spec/etcd";
import { steadyPeers, type ChangeContext } from "./context";

const MIB = 2 ** 20;
/** Part of a lower quota that may be taken already: the change itself and Milvus write on. */
const TAKEN = 0.8;

/** A member that starts with less than it has raises NOSPACE for all of them, and Milvus stands still. */
export async function refuseCramped({ params, ports }: ChangeContext): Promise<void> {
  const { from, to } = params;
  if (to.etcdQuotaMb >= from.etcdQuotaMb) return;
  const sizes = await Promise.all(
    steadyPeers(params)
      .filter((peer) => hasEtcd(from, peer))
      .map(async (peer) => {
        const { dbSizeBytes } = await ports.store.memberStatus(etcdClientUrl(from, peer));
        return { name: peer.name, dbSizeBytes };
      }),
  );
  const large = sizes.filter(({ dbSizeBytes }) => dbSizeBytes > TAKEN * to.etcdQuotaMb * MIB);
  if (large.length === 0) return;
  const told = large.map(({ name, dbSizeBytes }) => `${bytesText(dbSizeBytes)} on ${name}`).join(", ");
  throw new Error(
    `etcdQuotaMb: etcd's database takes ${told}, so a quota of ${to.etcdQuotaMb} MiB leaves no room. ` +
      "Choose a higher one, or have etcd give back what is history (milvus-onprem rescue nospace --force); nothing was changed",
  );
}
