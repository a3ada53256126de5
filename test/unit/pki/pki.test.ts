import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tls from "node:tls";
import { certify } from "../../../lib/pki/certificate";
import {
  CA_DAYS,
  endOf,
  firstEnd,
  isDue,
  createCa,
  issueMilvusCert,
  issueMilvusCertFor,
  issuePeerCert,
  issuePeerCertFor,
  readRequest,
  requestCert,
  requestCertFor,
  selfSignedLocalhost,
  type CertifiedKey,
} from "../../../lib/pki";

const PEER = { name: "peer-1", address: "198.18.0.11", days: 30 };
let ca: CertifiedKey;
let peer: CertifiedKey;

beforeAll(async () => {
  ca = await createCa("vectors CA");
  peer = await issuePeerCert(ca, PEER);
});

test("OpenSSL accepts a peer's certificate for serving and for connecting, and calls the CA a CA", () => {
  const dir = mkdtempSync(join(tmpdir(), "pki-"));
  writeFileSync(join(dir, "ca.crt"), ca.certPem);
  writeFileSync(join(dir, "peer.crt"), peer.certPem);
  for (const purpose of ["sslserver", "sslclient"]) {
    const args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.crt", "peer.crt"];
    expect(execFileSync("openssl", args, { cwd: dir, encoding: "utf8" })).toBe("peer.crt: OK\n");
  }
});

test("a peer's certificate names the peer, its address and this machine", () => {
  const cert = new X509Certificate(peer.certPem);
  for (const host of ["peer-1", "localhost"]) expect(cert.checkHost(host)).toBe(host);
  for (const ip of ["198.18.0.11", "127.0.0.1"]) expect(cert.checkIP(ip)).toBe(ip);
  expect(cert.checkHost("peer-2")).toBeUndefined();
  expect(cert.ca).toBe(false);
  expect(new X509Certificate(ca.certPem).ca).toBe(true);
});

test.each([
  ["vm1.example.internal", "DNS:vm1.example.internal"],
  ["2001:db8::17", "IP Address:2001:DB8:0:0:0:0:0:17"],
  ["::1", "IP Address:0:0:0:0:0:0:0:1"],
  ["::ffff:198.18.0.11", "IP Address:0:0:0:0:0:FFFF:C612:B"],
  ["2001:DB8:0:0:1::17", "IP Address:2001:DB8:0:0:1:0:0:17"],
])("address %s becomes %s", async (address, expected) => {
  const cert = new X509Certificate((await issuePeerCert(ca, { ...PEER, address })).certPem);
  expect(cert.subjectAltName?.split(", ")).toContain(expected);
});

test("validity covers clocks that are a little behind, and ends when asked", () => {
  const cert = new X509Certificate(peer.certPem);
  expect(Date.parse(cert.validFrom)).toBeLessThanOrEqual(Date.now() - 3_500_000);
  expect(Math.round((Date.parse(cert.validTo) - Date.now()) / 86_400_000)).toBe(PEER.days);
});

test("dates from 2050 on are written in their long form", async () => {
  const { certificate } = await certify({ subject: "later", names: [], ca: true, days: 40 * 365 });
  expect(endOf(certificate.toString("pem")).getUTCFullYear()).toBeGreaterThan(2060);
  expect(CA_DAYS).toBeGreaterThan(10 * 365);
});

test("no certificate outlives the CA that vouches for it", async () => {
  const { certPem } = await issuePeerCert(ca, { ...PEER, days: 40 * 365 });
  expect(endOf(certPem)).toEqual(endOf(ca.certPem));
});

test("a certificate is due with a third of its life left, unless its CA ends with it", async () => {
  const in_ = (days: number): Date => new Date(Date.now() + days * 86_400_000);
  expect(isDue(peer.certPem, ca.certPem, in_(19))).toBe(false);
  expect(isDue(peer.certPem, ca.certPem, in_(21))).toBe(true);
  const { certPem } = await issuePeerCert(ca, { ...PEER, days: 40 * 365 });
  expect(isDue(certPem, ca.certPem, in_(19 * 365))).toBe(false);
  expect(firstEnd([ca.certPem, peer.certPem])).toEqual(endOf(peer.certPem));
});

test("two peers of one cluster speak mutual TLS; a certificate of another cluster is refused", async () => {
  const other = await issuePeerCert(await createCa("vectors CA"), PEER);
  await expect(handshake(peer, peer)).resolves.toBe("authorized");
  await expect(handshake(peer, other)).rejects.toThrow();
});

describe("the certificate of Milvus on a peer", () => {
  /** What OpenSSL reads of it. */
  function read(certPem: string, ...what: string[]): string {
    return execFileSync("openssl", ["x509", "-noout", ...what], { input: certPem, encoding: "utf8" });
  }
  const OTHER = [
    "DNS:localhost",
    "IP Address:127.0.0.1",
    "IP Address:0:0:0:0:0:0:0:1",
    "DNS:milvus.internal",
  ];

  test.each([
    ["198.18.0.11", ["DNS:peer-1", "IP Address:198.18.0.11"]],
    ["2001:db8::17", ["DNS:peer-1", "IP Address:2001:DB8:0:0:0:0:0:17"]],
    ["::ffff:198.18.0.11", ["DNS:peer-1", "IP Address:0:0:0:0:0:FFFF:C612:B"]],
    ["vm1.example.internal", ["DNS:peer-1", "DNS:vm1.example.internal"]],
    ["peer-1", ["DNS:peer-1"]],
  ])("at %s is valid for every name at which it is looked for, and no other", async (address, own) => {
    const { certPem } = await issueMilvusCert(ca, { ...PEER, address });
    const text = read(certPem, "-ext", "subjectAltName,extendedKeyUsage");
    expect(/DNS:.*/.exec(text)?.[0].trim().split(", ")).toEqual([...own, ...OTHER]);
    expect(text).toContain("TLS Web Server Authentication, TLS Web Client Authentication");
  });

  test("calls it by its user's name, in a type of text that Go reads, for as long as the peer's", async () => {
    const { certPem, keyPem } = await issueMilvusCert(ca, PEER);
    const cert = new X509Certificate(certPem);
    expect([cert.subject, cert.ca, cert.validTo.slice(0, 6)]).toEqual([
      ...["CN=milvus_client", false],
      new X509Certificate(peer.certPem).validTo.slice(0, 6),
    ]);
    expect(cert.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    // An underscore is in no PrintableString (X.680, 41.4), and Go refuses one that has it.
    expect(execFileSync("openssl", ["asn1parse"], { input: certPem, encoding: "utf8" })).toMatch(
      /UTF8STRING +:milvus_client/,
    );
    const verify = ["verify", "-x509_strict", "-verify_hostname", "milvus.internal", "-CAfile"];
    expect(openssl(verify, { "ca.crt": ca.certPem, "m.crt": certPem })).toBe("m.crt: OK\n");
  });

  test("lacks the name by which members of etcd know each other, which every peer's has", async () => {
    const { certPem } = await issueMilvusCert(ca, PEER);
    const at = (pem: string): string => read(pem, "-checkhost", "etcd_peer.internal").trim();
    expect(at(peer.certPem)).toBe("Hostname etcd_peer.internal does match certificate");
    expect(at(certPem)).toBe("Hostname etcd_peer.internal does NOT match certificate");
  });

  test("is made for a key that never leaves its peer just so, whatever the request says", async () => {
    const { keyPem, csrPem } = await requestCert();
    const certPem = await issueMilvusCertFor(csrPem, ca, PEER);
    const fresh = await issueMilvusCert(ca, PEER);
    const extensions = ["-subject", "-ext", "subjectAltName,extendedKeyUsage,keyUsage,basicConstraints"];
    expect(read(certPem, ...extensions)).toBe(read(fresh.certPem, ...extensions));
    await expect(handshake({ certPem, keyPem }, fresh)).resolves.toBe("authorized");
    await expect(issueMilvusCertFor("hello", ca, PEER)).rejects.toThrow("this is no certificate request");
    const mixed = { certPem: ca.certPem, keyPem: (await createCa("stranger")).keyPem };
    await expect(issueMilvusCert(mixed, PEER)).rejects.toThrow("do not belong together");
    await expect(issueMilvusCertFor(csrPem, mixed, PEER)).rejects.toThrow("do not belong together");
  });
});

/** The last file is what OpenSSL works on. */
function openssl(args: readonly string[], files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "pki-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  return execFileSync("openssl", [...args, ...Object.keys(files)], { cwd: dir, encoding: "utf8" });
}

describe("a key that never leaves its peer", () => {
  test("gets a certificate with the names that the issuer gives, and OpenSSL accepts it", async () => {
    const { keyPem, csrPem } = await requestCert();
    const certPem = await issuePeerCertFor(csrPem, ca, PEER);
    const cert = new X509Certificate(certPem);
    expect(cert.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect([cert.subject, cert.ca]).toEqual(["CN=peer-1", false]);
    expect(cert.checkIP("198.18.0.11")).toBe("198.18.0.11");
    const dir = mkdtempSync(join(tmpdir(), "pki-"));
    const files = { "ca.crt": ca.certPem, "peer.crt": certPem, "peer.csr": csrPem };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
    const openssl = (...args: string[]): string =>
      execFileSync("openssl", args, { cwd: dir, encoding: "utf8" });
    expect(openssl("verify", "-x509_strict", "-CAfile", "ca.crt", "peer.crt")).toBe("peer.crt: OK\n");
    expect(openssl("req", "-in", "peer.csr", "-noout", "-verify", "-subject")).toMatch(/^subject=/m);
    await expect(handshake(peer, { certPem, keyPem })).resolves.toBe("authorized");
  });

  test("a request made by OpenSSL is taken, but none of the names that it asks for", async () => {
    const dir = mkdtempSync(join(tmpdir(), "pki-"));
    const ask = [
      "req",
      "-new",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      "key",
    ];
    const names = ["-subj", "/CN=root", "-addext", "subjectAltName=DNS:evil.example"];
    const csrPem = execFileSync("openssl", [...ask, ...names], { cwd: dir, encoding: "utf8", stdio: "pipe" });
    const cert = new X509Certificate(await issuePeerCertFor(csrPem, ca, PEER));
    expect(cert.subject).toBe("CN=peer-1");
    expect(cert.subjectAltName).not.toContain("evil");
  });

  test("the same key asks again under the same digest", async () => {
    const first = await requestCert();
    const again = await requestCertFor(first.keyPem);
    const digest = async (pem: string): Promise<string> => (await readRequest(pem)).keySha256;
    expect(await digest(again.csrPem)).toBe(await digest(first.csrPem));
    expect(await digest((await requestCert()).csrPem)).not.toBe(await digest(first.csrPem));
  });

  test.each([
    ["no request", async () => "hello", "this is no certificate request"],
    ["a certificate", async () => ca.certPem, "this is no certificate request"],
    [
      "a request that was changed on its way",
      async () => tampered((await requestCert()).csrPem),
      "not signed by",
    ],
  ])("%s is refused", async (_title, pem, why) => {
    await expect(issuePeerCertFor(await pem(), ca, PEER)).rejects.toThrow(why);
  });
});

/** Another byte within the signature, which is the last part. */
function tampered(pem: string): string {
  const [head, ...rest] = pem.trim().split("\n");
  const der = Buffer.from(rest.slice(0, -1).join(""), "base64");
  der[der.length - 3]! ^= 1;
  return [head, der.toString("base64"), rest.at(-1)].join("\n");
}

test("a CA certificate with another CA's key is refused", async () => {
  const stranger = await createCa("stranger");
  const mixed = { certPem: ca.certPem, keyPem: stranger.keyPem };
  await expect(issuePeerCert(mixed, PEER)).rejects.toThrow("do not belong together");
});

test("keys, serial numbers and self-signed certificates are fresh each time", async () => {
  const again = await issuePeerCert(ca, PEER);
  expect(again.keyPem).not.toBe(peer.keyPem);
  const serial = (p: CertifiedKey): string => new X509Certificate(p.certPem).serialNumber;
  expect(serial(again)).not.toBe(serial(peer));
  const own = await selfSignedLocalhost();
  const cert = new X509Certificate(own.certDer);
  expect(cert.verify(cert.publicKey)).toBe(true);
  expect(cert.checkHost("localhost")).toBe("localhost");
});

function handshake(server: CertifiedKey, client: CertifiedKey): Promise<string> {
  return new Promise((resolve, reject) => {
    const listener = tls.createServer({
      cert: server.certPem,
      key: server.keyPem,
      ca: ca.certPem,
      requestCert: true,
      maxVersion: "TLSv1.2",
    });
    const finish = (settle: () => void): void => void listener.close(settle);
    listener.on("secureConnection", (socket) => {
      const verdict = socket.authorized ? "authorized" : String(socket.authorizationError);
      socket.end();
      finish(() => resolve(verdict));
    });
    listener.listen(0, "127.0.0.1", () => {
      const { port } = listener.address() as { port: number };
      tls
        .connect({
          port,
          host: "127.0.0.1",
          servername: "peer-1",
          ca: ca.certPem,
          cert: client.certPem,
          key: client.keyPem,
        })
        .on("error", (error) => finish(() => reject(error)))
        .resume();
    });
  });
}
