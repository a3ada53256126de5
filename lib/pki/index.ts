/** The cluster's own certificate authority: ECDSA P-256, no file, no network. */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { certify, privatePem, readSigner, sign, type CertificateRequest } from "./certificate";
import { milvusRequest, peerRequest, type PeerCertOptions } from "./names";
import { newRequest, readKeyPair, verifiedRequest } from "./request";

export { endOf, firstEnd, isDue } from "./life";
export type { PeerCertOptions } from "./names";

/** A certificate and its private key (PKCS #8), both PEM. The key is a secret. */
export interface CertifiedKey {
  certPem: string;
  keyPem: string;
}

/** Days that a cluster CA is valid: it should outlive the cluster. */
export const CA_DAYS = 20 * 365;

/** Days that certificates of a peer and its Milvus are valid: they are renewed when a third of that is left. */
export const PEER_CERT_DAYS = 10 * 365;

/** A new certificate authority. */
export async function createCa(name: string): Promise<CertifiedKey> {
  return issue({ subject: name, names: [], ca: true, days: CA_DAYS });
}

/**
 * A certificate with which a peer serves and connects. Valid for its name, its address, localhost, 127.0.0.1 and
 * ETCD_PEER_NAME.
 * Throws when the CA's certificate and key do not belong together.
 */
export async function issuePeerCert(ca: CertifiedKey, o: PeerCertOptions): Promise<CertifiedKey> {
  checkPair(ca);
  return issue(peerRequest(o), ca);
}

/**
 * A certificate and key with which Milvus on a peer serves its clients and roles, and connects to etcd and other roles. Its
 * common name is MILVUS_USER, so nobody takes it for the peer. Valid for the peer's name and address, localhost, 127.0.0.1, ::1
 * and MILVUS_INTERNAL_NAME. Throws as issuePeerCert.
 */
export async function issueMilvusCert(ca: CertifiedKey, o: PeerCertOptions): Promise<CertifiedKey> {
  checkPair(ca);
  return issue(milvusRequest(o), ca);
}

/** A private key made where it stays, and the request (PKCS #10) to certify it, both PEM. The key is a secret. */
export interface KeyRequest {
  keyPem: string;
  csrPem: string;
}

/** A key and a request for its certificate. Whoever signs decides on every name in it, so the request has none. */
export async function requestCert(): Promise<KeyRequest> {
  const { csr, privateKey } = await newRequest();
  return { csrPem: `${csr.toString("pem")}\n`, keyPem: await privatePem(privateKey) };
}

/** As requestCert, for a key that is there already. */
export async function requestCertFor(keyPem: string): Promise<KeyRequest> {
  const { csr } = await newRequest(await readKeyPair(keyPem));
  return { csrPem: `${csr.toString("pem")}\n`, keyPem };
}

/** What a request asks to certify. */
export interface ReadRequest {
  /** SHA-256 (hex) of the public key: who asks, whatever it calls itself. */
  readonly keySha256: string;
}

/** Reads a request and checks that it was signed by the key it asks for. Throws an Error that says what is wrong with it. */
export async function readRequest(csrPem: string): Promise<ReadRequest> {
  const csr = await verifiedRequest(csrPem);
  return { keySha256: createHash("sha256").update(Buffer.from(csr.publicKey.rawData)).digest("hex") };
}

/** As issuePeerCert, for a key that never leaves its peer. Names that the request holds are passed over. Returns PEM. */
export async function issuePeerCertFor(
  csrPem: string,
  ca: CertifiedKey,
  o: PeerCertOptions,
): Promise<string> {
  return signFor(csrPem, ca, peerRequest(o));
}

/** As issueMilvusCert, for a key that never leaves its peer; as issuePeerCertFor in all else. */
export async function issueMilvusCertFor(
  csrPem: string,
  ca: CertifiedKey,
  o: PeerCertOptions,
): Promise<string> {
  return signFor(csrPem, ca, milvusRequest(o));
}

async function signFor(csrPem: string, ca: CertifiedKey, request: CertificateRequest): Promise<string> {
  checkPair(ca);
  const { publicKey } = await verifiedRequest(csrPem);
  const signer = await readSigner(ca.certPem, ca.keyPem);
  const certificate = await sign(request, await publicKey.export(), signer);
  return `${certificate.toString("pem")}\n`;
}

function checkPair(ca: CertifiedKey): void {
  if (!new X509Certificate(ca.certPem).checkPrivateKey(createPrivateKey(ca.keyPem))) {
    throw new Error("the CA's certificate and private key do not belong together");
  }
}

/** A self-signed certificate for one connection between two processes of this machine. */
export async function selfSignedLocalhost(): Promise<CertifiedKey & { certDer: Buffer }> {
  const made = await issue({ subject: "localhost", names: ["localhost"], ca: false, days: 1 });
  return { ...made, certDer: new X509Certificate(made.certPem).raw };
}

async function issue(request: CertificateRequest, ca?: CertifiedKey): Promise<CertifiedKey> {
  const signer = ca && (await readSigner(ca.certPem, ca.keyPem));
  const { certificate, privateKey } = await certify(request, signer);
  return { certPem: `${certificate.toString("pem")}\n`, keyPem: await privatePem(privateKey) };
}
