import { adoptToken, reportToken } from "./adopt-token";
import { cleanUp } from "./clean-up";
import { fetchEtcdSnapshot } from "./fetch-etcd-snapshot";
import { retainEtcdSnapshots } from "./retain-etcd-snapshots";
import type { PeerTask } from "./task";

/** Everything that a peer does for a job, by name. */
export const PEER_TASKS: ReadonlyMap<string, PeerTask> = new Map(
  ([adoptToken, reportToken, cleanUp, fetchEtcdSnapshot, retainEtcdSnapshots] as unknown as PeerTask[]).map(
    (task) => [task.name, task],
  ),
);
