import { createHash, generateKeyPair, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";
import * as der from "./der";

export interface CertificateRequest {
  /** Common name. */
  subject: string;
  /** IP addresses and host names that the certificate is valid for. */
  names: readonly string[];
  /** A CA certificate signs others; any other serves and connects. */
  ca: boolean;
  days: number;
}

/** Who signs: the certificate's own key when `subject` and `publicKey` are its own. */
export interface Signer {
  subject: Buffer;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** Clocks of a fresh fleet are rarely equal: a certificate is valid from an hour before it is made. */
const BACKDATED_MS = 3_600_000;
const DAY_MS = 86_400_000;

// Object identifiers of RFC 5280 (extensions, key purposes), RFC 5758 (ecdsa-with-SHA256) and X.520 (commonName).
const ECDSA_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));
const COMMON_NAME = "2.5.4.3";
const SUBJECT_KEY_ID = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const AUTHORITY_KEY_ID = "2.5.29.35";
const EXT_KEY_USAGE = "2.5.29.37";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** A fresh ECDSA P-256 key pair. */
export const newKeyPair = (): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> =>
  promisify(generateKeyPair)("ec", { namedCurve: "P-256" });

/** X.509 v3 certificate (RFC 5280), DER. */
export function certificate(request: CertificateRequest, publicKey: KeyObject, signer: Signer): Buffer {
  const now = Date.now();
  const tbs = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(randomBytes(16)),
    ECDSA_SHA256,
    signer.subject,
    der.sequence(der.time(new Date(now - BACKDATED_MS)), der.time(new Date(now + request.days * DAY_MS))),
    distinguishedName(request.subject),
    spki(publicKey),
    der.explicit(3, der.sequence(...extensions(request, publicKey, signer))),
  );
  return der.sequence(tbs, ECDSA_SHA256, der.bits(sign("sha256", tbs, signer.privateKey)));
}

export function distinguishedName(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(der.oid(COMMON_NAME), der.utf8(commonName))));
}

export function pem(certificateDer: Buffer): string {
  const lines = certificateDer.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function extensions(request: CertificateRequest, publicKey: KeyObject, signer: Signer): Buffer[] {
  const common = [
    extension(SUBJECT_KEY_ID, der.octets(keyId(publicKey))),
    extension(AUTHORITY_KEY_ID, der.sequence(der.implicit(0, keyId(signer.publicKey)))),
    ...(request.names.length > 0
      ? [extension(SUBJECT_ALT_NAME, der.sequence(...request.names.map(generalName)))]
      : []),
  ];
  if (request.ca) {
    return [
      critical(BASIC_CONSTRAINTS, der.sequence(der.TRUE)),
      critical(KEY_USAGE, der.bits(Buffer.from([0b0000_0110]), 1)), // keyCertSign, cRLSign
      ...common,
    ];
  }
  return [
    critical(BASIC_CONSTRAINTS, der.sequence()),
    critical(KEY_USAGE, der.bits(Buffer.from([0b1000_0000]), 7)), // digitalSignature
    extension(EXT_KEY_USAGE, der.sequence(der.oid(SERVER_AUTH), der.oid(CLIENT_AUTH))),
    ...common,
  ];
}

const extension = (id: string, value: Buffer): Buffer => der.sequence(der.oid(id), der.octets(value));
const critical = (id: string, value: Buffer): Buffer =>
  der.sequence(der.oid(id), der.TRUE, der.octets(value));

const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
const keyId = (key: KeyObject): Buffer => createHash("sha256").update(spki(key)).digest().subarray(0, 20);

function generalName(name: string): Buffer {
  switch (isIP(name)) {
    case 4:
      return der.implicit(7, Buffer.from(name.split(".").map(Number)));
    case 6:
      return der.implicit(7, ipv6Bytes(name));
    default:
      return der.implicit(2, Buffer.from(name, "latin1"));
  }
}

function ipv6Bytes(address: string): Buffer {
  const plain = address
    .replace(/%.*$/, "")
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
      [a * 256 + +b, c * 256 + +d].map((n) => n.toString(16)).join(":"),
    );
  const [head = "", tail] = plain.split("::");
  const groups = (part: string | undefined): string[] => (part ? part.split(":") : []);
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(zeros).fill("0"), ...groups(tail)];
  return Buffer.from(all.map((g) => g.padStart(4, "0")).join(""), "hex");
}
