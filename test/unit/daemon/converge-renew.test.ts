import { X509Certificate } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tls from "node:tls";
import { certificatesEnding, type Drift } from "../../../lib/plan/drift";
import { createCa, issueMilvusCert, issuePeerCert } from "../../../lib/pki";
import { anew, events, formed, jobOf } from "./converge-support";
import type { Peer, Peers } from "./peers-support";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
let peers: Peers;
beforeEach(async () => {
  peers = await formed(dir.path());
  peers.caKeyPem = peers.ca.keyPem;
});
afterEach(() => peers.stop());

const path = ({ config }: Peer, name: string): string => join(config.configDir, name);
const FILES = ["tls/peer.crt", "milvus-tls/milvus.crt"];
const yearsLeft = (pem: string): number =>
  (Date.parse(new X509Certificate(pem).validTo) - Date.now()) / (365 * 86_400_000);

async function ending(...names: string[]): Promise<Drift[]> {
  const ends = names.map(async (name) =>
    certificatesEnding(name, (await peers.of(name).certificates.requests()).end),
  );
  return Promise.all(ends);
}

function renew(drift: Drift[]) {
  const job = jobOf(peers, { from: peers.spec, to: peers.spec, drift });
  return job.run(peers.elect("peer-1")).then(() => job);
}

/** What the daemon of a peer shows to whoever connects. */
function shown({ config }: Peer): Promise<X509Certificate> {
  const { address: host, daemonPort: port } = config.identity;
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port, rejectUnauthorized: false }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("both certificates of a peer are renewed for the keys it has, in the files that containers have mounted", async () => {
  const peer = peers.of("peer-2");
  const before = await Promise.all(FILES.map((name) => stat(path(peer, name))));
  const key = await readFile(path(peer, "milvus-tls/milvus.key"), "utf8");
  await renew(await ending("peer-2"));
  for (const [i, name] of FILES.entries()) {
    const pem = await readFile(path(peer, name), "utf8");
    expect(yearsLeft(pem)).toBeGreaterThan(9);
    expect((await stat(path(peer, name))).ino).toBe(before[i]!.ino);
  }
  expect(await readFile(path(peer, "milvus-tls/milvus.key"), "utf8")).toBe(key);
});

test("etcd, MinIO and nginx are not made anew, Milvus' roles of that peer are, one at a time", async () => {
  const job = await renew(await ending("peer-2"));
  expect(anew(job)).toEqual(
    ["coord", "indexnode", "querynode", "datanode", "proxy"].map((s) => `peer-2: ${s}`),
  );
  const signals = events(peers).map((list) => list.filter((event) => event.startsWith("SIG")).sort());
  expect(signals).toEqual([[], ["SIGHUP minio", "SIGHUP nginx"], []]);
});

test("the daemon shows the new one at once, to new connections, and goes on to be asked and to ask", async () => {
  await renew(await ending("peer-1", "peer-2"));
  for (const name of ["peer-1", "peer-2"])
    expect(yearsLeft((await shown(peers.of(name))).toString())).toBeGreaterThan(9);
  const { tasks } = peers.elect("peer-2");
  const { reportCertificates } = await import("../../../lib/daemon/tasks/certificates.js");
  expect((await tasks.run("peer-1", reportCertificates, {})).due).toBe(false);
});

test("one that was renewed by other means is left alone; its roles are started anew all the same", async () => {
  const drift = await ending("peer-2");
  await renew(drift);
  const [before] = await Promise.all(FILES.map((name) => readFile(path(peers.of("peer-2"), name), "utf8")));
  const again = await renew(drift);
  expect(again.lines.join("\n")).toContain("peer-2: its certificates are renewed already");
  expect(await readFile(path(peers.of("peer-2"), FILES[0]!), "utf8")).toBe(before);
});

test("without the CA's key nothing is begun, and it is said where the key is", async () => {
  peers.caKeyPem = undefined;
  await expect(renew(await ending("peer-2"))).rejects.toThrow(
    /it is in Terraform's state, so apply the whole program/,
  );
  expect(events(peers).flat()).toEqual([]);
});

describe("what is no renewal is refused, and nothing is changed", () => {
  const days = 30;
  const names = { name: "peer-2", address: "127.0.0.1", days };
  test.each<[string, () => Promise<{ certPem: string; milvusCertPem: string }>, string]>([
    [
      "of another CA",
      async () => {
        const ca = await createCa("another");
        const certPem = (await issuePeerCert(ca, names)).certPem;
        return { certPem, milvusCertPem: certPem };
      },
      "certPem: it is not signed by the cluster's CA",
    ],
    [
      "for another key",
      async () => ({
        certPem: (await issuePeerCert(peers.ca, names)).certPem,
        milvusCertPem: (await issueMilvusCert(peers.ca, names)).certPem,
      }),
      "certPem: it is for another key than this peer's",
    ],
    [
      "that is none",
      async () => ({ certPem: "x", milvusCertPem: "x" }),
      "certPem: it is no certificate (PEM)",
    ],
  ])("%s", async (_what, made, problem) => {
    const peer = peers.of("peer-2");
    const before = await readFile(path(peer, FILES[0]!), "utf8");
    await expect(peer.certificates.install(await made())).rejects.toThrow(problem);
    expect(await readFile(path(peer, FILES[0]!), "utf8")).toBe(before);
    expect(events(peers).flat()).toEqual([]);
  });
});

describe("drift", () => {
  const look = ({ certificates, host }: Peer) => certificates.drift(peers.spec, host.containers);

  test("nothing is told of certificates that have most of their life left", async () => {
    expect(await look(peers.of("peer-2"))).toEqual([]);
  });

  test("less than a third of its life is told", async () => {
    const peer = peers.of("peer-2");
    // Issued an hour before it is made, so a certificate of some minutes is at its end.
    const short = await issuePeerCert(peers.ca, { name: "peer-2", address: "127.0.0.1", days: 0.01 });
    peer.config.tls.cert = short.certPem;
    const [found] = await look(peer);
    expect(found).toMatchObject({ peer: "peer-2", kind: "certificate", name: "certificates" });
  });

  test("a role of Milvus that was made before its certificate is told until it is made anew; others are not", async () => {
    const peer = peers.of("peer-2");
    peer.host.containers = peer.host.containers.map((c) => ({
      ...c,
      createdSeconds: Date.now() / 1000 - 60,
    }));
    await writeFile(path(peer, FILES[1]!), await readFile(path(peer, FILES[1]!)));
    const found = await look(peer);
    expect(found.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(
      ["coord", "datanode", "indexnode", "proxy", "querynode"].map((name) => `certificate ${name}`),
    );
    expect(anew(await renew(found))).toHaveLength(5);
  });
});
