import "reflect-metadata"; // @peculiar/x509 resolves its parts through decorators
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

export interface CertificateRequest {
  /** Common name. */
  subject: string;
  /** IP addresses and host names that the certificate is valid for. */
  names: readonly string[];
  /** A CA certificate signs others; any other serves and connects. */
  ca: boolean;
  days: number;
}

/** Who signs; undefined in a request means: the certificate's own key. */
export interface Signer {
  certificate: x509.X509Certificate;
  privateKey: webcrypto.CryptoKey;
}

/** Clocks of a fresh fleet are rarely equal: a certificate is valid from an hour before it is made. */
const BACKDATED_MS = 3_600_000;
const DAY_MS = 86_400_000;
export const CURVE = { name: "ECDSA", namedCurve: "P-256" };
export const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

/** A certificate (X.509 v3) and its fresh ECDSA P-256 key. */
export async function certify(request: CertificateRequest, signer?: Signer): Promise<Issued> {
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const certificate = await sign(request, keys.publicKey, signer ?? keys);
  return { certificate, privateKey: keys.privateKey };
}

/** A certificate of a key that somebody else holds; self-signed when the signer has no certificate. */
export async function sign(
  request: CertificateRequest,
  publicKey: webcrypto.CryptoKey,
  signer: Pick<Signer, "privateKey"> & Partial<Signer>,
): Promise<x509.X509Certificate> {
  const issuer = signer.certificate?.subject ?? `CN=${request.subject}`;
  return x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${request.subject}`,
    issuer,
    notBefore: new Date(Date.now() - BACKDATED_MS),
    notAfter: endOf(request, signer.certificate),
    signingAlgorithm: SIGNATURE,
    publicKey,
    signingKey: signer.privateKey,
    extensions: await extensions(request, publicKey, signer.certificate?.publicKey ?? publicKey),
  });
}

/** None outlives the one that vouches for it. */
function endOf({ days }: CertificateRequest, issuer: x509.X509Certificate | undefined): Date {
  const wanted = Date.now() + days * DAY_MS;
  return new Date(issuer ? Math.min(wanted, issuer.notAfter.getTime()) : wanted);
}

export interface Issued {
  certificate: x509.X509Certificate;
  privateKey: webcrypto.CryptoKey;
}

/** PKCS #8, PEM. */
export async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n`;
}

export async function readSigner(certPem: string, keyPem: string): Promise<Signer> {
  const der = x509.PemConverter.decodeFirst(keyPem);
  const privateKey = await webcrypto.subtle.importKey("pkcs8", der, CURVE, false, ["sign"]);
  return { certificate: new x509.X509Certificate(certPem), privateKey };
}

/** RFC 5280, 4.1.2.2: positive. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = bytes[0]! & 0x7f;
  return bytes.toString("hex");
}

async function extensions(
  request: CertificateRequest,
  own: webcrypto.CryptoKey,
  issuer: webcrypto.CryptoKey | x509.PublicKey,
): Promise<x509.Extension[]> {
  const { KeyUsageFlags: Use, ExtendedKeyUsage: For } = x509;
  const purpose = request.ca
    ? [new x509.KeyUsagesExtension(Use.keyCertSign | Use.cRLSign, true)]
    : [
        new x509.KeyUsagesExtension(Use.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([For.serverAuth, For.clientAuth]),
      ];
  const names = request.names.map(generalName);
  return [
    new x509.BasicConstraintsExtension(request.ca, undefined, true),
    ...purpose,
    await x509.SubjectKeyIdentifierExtension.create(own),
    await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ];
}

function generalName(value: string): x509.JsonGeneralName {
  if (isIP(value) === 0) return { type: "dns", value };
  return { type: "ip", value: isIP(value) === 6 ? plainIPv6(value) : value };
}

/** In hexadecimal groups alone: the library misreads an IPv4 address at the end, as in ::ffff:198.51.100.1. */
const plainIPv6 = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);
