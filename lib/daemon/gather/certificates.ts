import type { JoinReply, JoinRequest } from "../../api/wire";
import {
  issueMilvusCertFor,
  issuePeerCertFor,
  PEER_CERT_DAYS,
  readRequest,
  type CertifiedKey,
} from "../../pki";
import { BadRequest } from "../errors";
import { messageOf } from "../wait";

/**
 * SHA-256 (hex) of the public key that a VM asks with. Throws BadRequest for what is no certificate request, and when Milvus
 * would have the peer's own key.
 */
export async function keyOf(request: Pick<JoinRequest, "csrPem" | "milvusCsrPem">): Promise<string> {
  const own = await digest(request, "csrPem");
  if (own !== (await digest(request, "milvusCsrPem"))) return own;
  throw new BadRequest("milvusCsrPem: it is for the peer's own key; Milvus must have another");
}

/** The certificates that whoever was admitted gets. */
export async function certify(
  { csrPem, milvusCsrPem, name, address }: Pick<JoinRequest, "csrPem" | "milvusCsrPem" | "name" | "address">,
  ca: CertifiedKey,
): Promise<Pick<JoinReply, "certPem" | "milvusCertPem">> {
  const names = { name, address, days: PEER_CERT_DAYS };
  return {
    certPem: await issuePeerCertFor(csrPem, ca, names),
    milvusCertPem: await issueMilvusCertFor(milvusCsrPem, ca, names),
  };
}

async function digest<K extends string>(request: Readonly<Record<K, string>>, name: K): Promise<string> {
  try {
    return (await readRequest(request[name])).keySha256;
  } catch (error) {
    throw new BadRequest(`${name}: ${messageOf(error)}`);
  }
}
