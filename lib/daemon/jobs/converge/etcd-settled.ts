import { until } from "../../wait";
import type { ChangeContext } from "./context";

/**
 * etcd takes a member, or lets one go, only once those that vote have been connected for 5 s, and one may just have got its vote, or have
 * come back (etcd v3.5 server/etcdserver/server.go, HealthInterval).
 */
const SETTLE_MS = 60_000;

/** Changes who belongs to etcd, as soon as etcd takes it. `what` is waited for, as the start of a sentence. */
export async function onceSettled(
  { signal, detail: onDetail }: ChangeContext,
  what: string,
  change: () => Promise<void>,
): Promise<void> {
  const tried = async (): Promise<undefined> => {
    await change();
    return undefined;
  };
  await until(tried, { what, deadlineMs: SETTLE_MS, signal, onDetail });
}
