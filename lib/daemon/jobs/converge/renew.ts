import { certificatesEnding, endingCertificates } from "../../../plan/drift";
import { peerOf } from "../../../spec/host";
import { certify } from "../../gather/certificates";
import { installCertificates, reportCertificates } from "../../tasks/certificates";
import type { ChangeContext, ChangeExecutor } from "./context";

const PEER_MS = 30_000;

/** One peer after the other. Where Terraform has the CA's key, the peers' resources have been updated before. */
export const renew: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers }) => {
    for (const [i, peer] of peers.entries()) {
      ctx.safePoint();
      ctx.detail(peer);
      await renewed(ctx, peer);
      ctx.progress((i + 1) / peers.length);
    }
  },
};

async function renewed(ctx: ChangeContext, peer: string): Promise<void> {
  const { drift = [], to } = ctx.params;
  const o = { deadlineMs: PEER_MS, signal: ctx.signal, spec: to };
  const { end, caPem, csrPem, milvusCsrPem } = await ctx.tasks.run(peer, reportCertificates, {}, o);
  const planned = endingCertificates(drift).find((d) => d.peer === peer);
  if (planned?.found !== certificatesEnding(peer, end).found)
    return ctx.log(`${peer}: its certificates are renewed already, until ${end}`);
  const { caKeyPem } = ctx.secrets;
  if (caKeyPem === undefined) throw new Error(noKey(peer, end));
  const ca = { certPem: caPem, keyPem: caKeyPem };
  const signed = await certify({ ...peerOf(to, peer), csrPem, milvusCsrPem }, ca);
  await ctx.tasks.run(peer, installCertificates, signed, o);
  ctx.log(`${peer}: its certificates are renewed`);
}

function noKey(peer: string, end: string): string {
  return (
    `the certificates of ${peer} are valid until ${end}, and no peer has the CA's key to sign others: it is in Terraform's state, so ` +
    `apply the whole program there, with the milvus_peer of ${peer} (not a part of it by -target)`
  );
}
