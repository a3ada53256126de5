import { z } from "zod";
import { peerOf } from "../../spec/host";
import { SnapshotDir, SNAPSHOT_NAME, type Digest } from "../backups/snapshot-dir";
import { askPeer } from "./peer-request";
import type { PeerTask, TaskContext } from "./task";

const params = z.strictObject({
  /** Peer that holds it. */
  from: z.string(),
  file: z.string().regex(SNAPSHOT_NAME),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().nonnegative(),
});
type Params = z.infer<typeof params>;

/** The peer takes a snapshot over from the one that holds it, unless it has it already. */
export const fetchEtcdSnapshot: PeerTask<Params, { fetched: boolean }> = {
  name: "fetch-etcd-snapshot",
  params,
  run: async (wanted, ctx) => {
    const dir = new SnapshotDir(ctx.config.identity.dataRoot);
    if ((await dir.digest(wanted.file))?.sha256 === wanted.sha256) return { fetched: false };
    await dir.write(wanted.file, await download(wanted, ctx), (came) => refuseOther(wanted, came));
    return { fetched: true };
  },
};

async function download({ from, file }: Params, ctx: TaskContext): Promise<AsyncIterable<Buffer>> {
  const { spec, config, signal } = ctx;
  const to = { peer: peerOf(spec, from), port: spec.ports.daemon, tls: config.tls };
  return askPeer(to, { method: "GET", path: `/internal/etcd-snapshots/${file}`, signal });
}

function refuseOther({ from, sha256, bytes }: Params, came: Digest): void {
  if (came.sha256 === sha256) return;
  throw new Error(
    `what came from ${from} is not that snapshot: ${came.bytes} of ${bytes} bytes, SHA-256 ${came.sha256}, not ${sha256}`,
  );
}
