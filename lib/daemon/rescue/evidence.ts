import type { EtcdSnapshotFile, PeerEvidence } from "../../api/rescue-wire";
import { verifySnapshot } from "../backups/etcdutl";
import { SnapshotDir } from "../backups/snapshot-dir";
import type { Engine } from "../ports/engine";
import { messageOf } from "../wait";
import type { EtcdDataDir } from "./data-dir";
import type { EtcdAdmin } from "./etcd-admin";

export interface EvidenceOptions {
  readonly peer: string;
  readonly admin: Pick<EtcdAdmin, "member" | "serves">;
  readonly data: EtcdDataDir;
  /** Whether a container of etcd runs, be it that it answers nobody. */
  readonly mayRun: boolean;
  readonly engine: Engine;
  /** etcd's image. */
  readonly image: string;
  readonly dataRoot: string;
  readonly signal: AbortSignal;
}

/** Damaged ones in a row after which older ones are not looked at: each is read whole. */
const SNAPSHOTS = 3;

/** What this peer has that a new etcd could be made of. Changes nothing. */
export async function evidenceOf(o: EvidenceOptions): Promise<PeerEvidence> {
  const { peer } = o;
  const running = await o.admin.member(peer).catch(() => undefined);
  // One program of an image at a time: the data, then the snapshots.
  const data = running ? { revision: running.revision } : await dataOf(o.data, o.mayRun);
  const snapshot = await newestWhole(o);
  if (!running) return { peer, etcd: "down", ...data, snapshot };
  const etcd = (await o.admin.serves(peer)) ? "serving" : "alone";
  return { peer, etcd, clusterId: running.clusterId, ...data, snapshot };
}

/** Revision of data, or why it cannot be read. */
export async function dataOf(
  data: EtcdDataDir,
  mayRun: boolean,
): Promise<Pick<PeerEvidence, "revision" | "problem">> {
  try {
    return { revision: await data.revision({ mayRun }) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

async function newestWhole({ dataRoot, ...o }: EvidenceOptions): Promise<EtcdSnapshotFile | undefined> {
  const dir = new SnapshotDir(dataRoot);
  const newestFirst = (await dir.list()).reverse().slice(0, SNAPSHOTS);
  for (const { name: file } of newestFirst) {
    const found = await verifySnapshot({ ...o, dir, file }).catch(() => undefined);
    const digest = found && (await dir.digest(file));
    if (found && digest) return { file, ...digest, revision: found.revision };
  }
  return undefined;
}
