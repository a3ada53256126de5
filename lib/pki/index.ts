/** The cluster's own certificate authority: ECDSA P-256, no file, no network. */
import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import { certificate, distinguishedName, newKeyPair, pem, type Signer } from "./certificate";

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
  const keys = await newKeyPair();
  const signer = { subject: distinguishedName(name), ...keys };
  const cert = certificate({ subject: name, names: [], ca: true, days: CA_DAYS }, keys.publicKey, signer);
  return { certPem: pem(cert), keyPem: privatePem(keys.privateKey) };
}

/**
 * A certificate with which a peer serves and connects. Valid for its name, its address, localhost and 127.0.0.1.
 * Throws when the CA's certificate and key do not belong together.
 */
export async function issuePeerCert(ca: CertifiedKey, o: PeerCertOptions): Promise<CertifiedKey> {
  const keys = await newKeyPair();
  const names = [...new Set([o.name, o.address, "localhost", "127.0.0.1"])];
  const request = { subject: o.name, names, ca: false, days: o.days };
  return {
    certPem: pem(certificate(request, keys.publicKey, signerOf(ca))),
    keyPem: privatePem(keys.privateKey),
  };
}

/** A self-signed certificate for one connection between two processes of this machine. */
export async function selfSignedLocalhost(): Promise<CertifiedKey & { certDer: Buffer }> {
  const keys = await newKeyPair();
  const signer = { subject: distinguishedName("localhost"), ...keys };
  const request = { subject: "localhost", names: ["localhost"], ca: false, days: 1 };
  const certDer = certificate(request, keys.publicKey, signer);
  return { certDer, certPem: pem(certDer), keyPem: privatePem(keys.privateKey) };
}

function signerOf(ca: CertifiedKey): Signer {
  const cert = new X509Certificate(ca.certPem);
  const privateKey = createPrivateKey(ca.keyPem);
  if (!cert.checkPrivateKey(privateKey)) {
    throw new Error("the CA's certificate and private key do not belong together");
  }
  return { subject: commonNameOf(cert), privateKey, publicKey: createPublicKey(privateKey) };
}

/** Our own CAs are named by a common name alone. */
function commonNameOf(cert: X509Certificate): Buffer {
  const match = /^CN=(.*)$/.exec(cert.subject);
  if (!match) throw new Error(`a CA made elsewhere is not supported: its subject is ${cert.subject}`);
  return distinguishedName(match[1] as string);
}

const privatePem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }) as string;
