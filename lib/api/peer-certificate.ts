import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { checkName } from "../spec/validators";

/**
 * Whether a certificate of the cluster CA is a peer's own. The CA signs others as well, Milvus' above all, and their common
 * names are no DNS labels.
 */
export function isPeerCertificate({ subject }: Pick<PeerCertificate, "subject">): boolean {
  const name: unknown = subject?.CN;
  return typeof name === "string" && checkName(name) === undefined;
}

/** For `tls.connect`: as Node's own check of names, and that a peer answers. */
export function checkPeerIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  const wrong = checkServerIdentity(host, certificate);
  if (wrong || isPeerCertificate(certificate)) return wrong;
  return new Error(`what answers shows the certificate of "${certificate.subject.CN}", which is no peer's`);
}
