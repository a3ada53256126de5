import {
  daemonAnswers,
  ensureDataDirs,
  ensureImage,
  ensureMountFolders,
  identityFiles,
  startDaemon,
  type HostFile,
  type PeerPapers,
} from "../../host";
import { ownDaemon, type ThisVm } from "./this-vm";

/** Where data is outside of the data root; see lib/spec/disks. */
export interface Disks {
  readonly mountPoints: readonly string[];
  readonly dataDirs: readonly string[];
}

/** Makes the VM the peer that its papers say, by the very steps of the provider. Idempotent. */
export async function enroll(
  { machine, image }: ThisVm,
  papers: Required<PeerPapers>,
  o: Disks & { readonly more?: readonly HostFile[]; readonly again: string },
): Promise<void> {
  const { name, dataRoot, clusterId } = papers.identity;
  const { mountPoints, dataDirs } = o;
  await ensureImage(machine, { reference: image });
  await ensureMountFolders(machine, mountPoints, clusterId);
  await ensureDataDirs(machine, dataDirs);
  // The identity comes last: with it, the VM is a peer.
  const written = await machine.putFiles([...(o.more ?? []), ...identityFiles(papers)]);
  await startDaemon(machine, { image, dataRoot, mountPoints, dataDirs, restart: written.length > 0 });
  const ask = (): Promise<unknown> => ownDaemon(papers).health();
  await daemonAnswers({ name, ask, machine: async () => machine, again: o.again });
}
