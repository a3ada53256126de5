import {
  daemonAnswers,
  ensureImage,
  identityFiles,
  startDaemon,
  type HostFile,
  type PeerPapers,
} from "../../host";
import { ownDaemon, type ThisVm } from "./this-vm";

/** Makes the VM the peer that its papers say, by the very steps of the provider. Idempotent. */
export async function enroll(
  { machine, image }: ThisVm,
  papers: Required<PeerPapers>,
  o: { readonly more?: readonly HostFile[]; readonly again: string },
): Promise<void> {
  const { name, dataRoot } = papers.identity;
  await ensureImage(machine, { reference: image });
  // The identity comes last: with it, the VM is a peer.
  const written = await machine.putFiles([...(o.more ?? []), ...identityFiles(papers)]);
  await startDaemon(machine, { image, dataRoot, restart: written.length > 0 });
  const ask = (): Promise<unknown> => ownDaemon(papers).health();
  await daemonAnswers({ name, ask, machine: async () => machine, again: o.again });
}
