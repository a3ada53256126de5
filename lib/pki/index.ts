/** The cluster's own certificate authority: ECDSA P-256, no file, no network. */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { certify, privatePem, readSigner, sign, type CertificateRequest } from "./certificate";
import { newRequest, readKeyPair, verifiedRequest } from "./request";

/** A certificate and its private key (PKCS #8), both PEM. The key is a secret. */
export interface CertifiedKey {
  certPem: string;
  keyPem: string;
}

export interface PeerCertOptions {
  /** Name of the peer; also the certificate's common name. */
  name: string;
  /** IP address or host name at which other peers reach it. */
  address: string;
  days: number;
}

/** Days that a cluster CA is valid: it should outlive the cluster. */
export const CA_DAYS = 20 * 365;

/** Days that a peer's certificate is valid: as long as a VM may live, for nothing renews it yet. */
export const PEER_CERT_DAYS = 10 * 365;

/** A new certificate authority. */
export async function createCa(name: string): Promise<CertifiedKey> {
  return issue({ subject: name, names: [], ca: true, days: CA_DAYS });
}

/**
 * A certificate with which a peer serves and connects. Valid for its name, its address, localhost and 127.0.0.1.
 * Throws when the CA's certificate and key do not belong together.
 */
export async function issuePeerCert(ca: CertifiedKey, o: PeerCertOptions): Promise<CertifiedKey> {
  checkPair(ca);
  return issue(peerRequest(o), ca);
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
  checkPair(ca);
  const { publicKey } = await verifiedRequest(csrPem);
  const signer = await readSigner(ca.certPem, ca.keyPem);
  const certificate = await sign(peerRequest(o), await publicKey.export(), signer);
  return `${certificate.toString("pem")}\n`;
}

function peerRequest(o: PeerCertOptions): CertificateRequest {
  const names = [...new Set([o.name, o.address, "localhost", "127.0.0.1"])];
  return { subject: o.name, names, ca: false, days: o.days };
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
