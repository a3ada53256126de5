/** The cluster's own certificate authority: ECDSA P-256, no file, no network. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { certify, privatePem, readSigner, type CertificateRequest } from "./certificate";

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

/** A new certificate authority. */
export async function createCa(name: string): Promise<CertifiedKey> {
  return issue({ subject: name, names: [], ca: true, days: CA_DAYS });
}

/**
 * A certificate with which a peer serves and connects. Valid for its name, its address, localhost and 127.0.0.1.
 * Throws when the CA's certificate and key do not belong together.
 */
export async function issuePeerCert(ca: CertifiedKey, o: PeerCertOptions): Promise<CertifiedKey> {
  if (!new X509Certificate(ca.certPem).checkPrivateKey(createPrivateKey(ca.keyPem))) {
    throw new Error("the CA's certificate and private key do not belong together");
  }
  const names = [...new Set([o.name, o.address, "localhost", "127.0.0.1"])];
  return issue({ subject: o.name, names, ca: false, days: o.days }, ca);
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
