import { createPrivateKey, createPublicKey, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { CURVE, SIGNATURE } from "./certificate";

/** What our own programs send is below 500 bytes. */
const MAX_CSR = 8_192;

/** A request for a certificate of a key pair, a fresh one unless given. */
export async function newRequest(
  pair?: webcrypto.CryptoKeyPair,
): Promise<{ csr: x509.Pkcs10CertificateRequest; privateKey: webcrypto.CryptoKey }> {
  const keys = pair ?? (await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]));
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: SIGNATURE });
  return { csr, privateKey: keys.privateKey };
}

/** Both halves of a private key (PKCS #8, PEM). */
export async function readKeyPair(keyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const privateDer = createPrivateKey(keyPem).export({ type: "pkcs8", format: "der" });
  const publicDer = createPublicKey(keyPem).export({ type: "spki", format: "der" });
  const { subtle } = webcrypto;
  return {
    privateKey: await subtle.importKey("pkcs8", privateDer, CURVE, false, ["sign"]),
    publicKey: await subtle.importKey("spki", publicDer, CURVE, true, ["verify"]),
  };
}

/** Throws unless it is a request for a P-256 key, signed by that very key. */
export async function verifiedRequest(csrPem: string): Promise<x509.Pkcs10CertificateRequest> {
  const csr = parse(csrPem);
  const { namedCurve } = csr.publicKey.algorithm as { namedCurve?: string };
  if (namedCurve !== CURVE.namedCurve)
    throw new Error("the certificate request is not for an ECDSA P-256 key");
  if (!(await csr.verify().catch(() => false))) {
    throw new Error("the certificate request is not signed by the key that it asks to certify");
  }
  return csr;
}

function parse(csrPem: string): x509.Pkcs10CertificateRequest {
  try {
    if (csrPem.length > MAX_CSR) throw new Error("too long");
    return new x509.Pkcs10CertificateRequest(csrPem);
  } catch (error) {
    throw new Error("this is no certificate request (PKCS #10, PEM)", { cause: error });
  }
}
