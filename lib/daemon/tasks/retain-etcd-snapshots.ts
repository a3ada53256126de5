import { z } from "zod";
import { beyond, SnapshotDir, SNAPSHOT_NAME } from "../backups/snapshot-dir";
import type { PeerTask } from "./task";

const retain = z.strictObject({
  keep: z.number().int().positive(),
  /** Never deleted, however many are newer. */
  protect: z.string().regex(SNAPSHOT_NAME),
});

/** Deletes the oldest snapshots of the peer, so that `keep` are left, and what died half-way. */
export const retainEtcdSnapshots: PeerTask<z.infer<typeof retain>, { deleted: string[] }> = {
  name: "retain-etcd-snapshots",
  params: retain,
  run: async ({ keep, protect }, { config }) => {
    const dir = new SnapshotDir(config.identity.dataRoot);
    const old = [...beyond(await dir.list(), keep, protect), ...(await dir.leftovers())];
    for (const { name } of old) await dir.remove(name);
    return { deleted: old.map(({ name }) => name) };
  },
};
