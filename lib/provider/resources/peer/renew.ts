import { log } from "../../log";
import type { PeerSession } from "../peer-session";
import type { PeerModel } from "./schema";

/** Signs for the keys that the peer has, and has its daemon go by what is signed. Nothing is restarted. */
export async function renewCertificates(
  { name, address, ca_cert_pem: certPem, ca_key_pem: keyPem }: PeerModel,
  { daemon }: PeerSession,
): Promise<Pick<PeerModel, "certificates_end">> {
  const { issueMilvusCertFor, issuePeerCertFor, PEER_CERT_DAYS } = await import("../../../pki/index.js");
  const { csrPem, milvusCsrPem } = await daemon.certificates();
  const names = { name, address, days: PEER_CERT_DAYS };
  const ca = { certPem, keyPem };
  await daemon.renewCertificates({
    certPem: await issuePeerCertFor(csrPem, ca, names),
    milvusCertPem: await issueMilvusCertFor(milvusCsrPem, ca, names),
  });
  const { end } = await daemon.certificates();
  log.info(`${name}: certificates are renewed until ${end}`);
  return { certificates_end: end };
}
