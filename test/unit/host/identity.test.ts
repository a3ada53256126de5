import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { hasMilvusCertificate, identityFiles, type PeerPapers } from "../../../lib/host";
import { createCa, issueMilvusCert, issuePeerCert } from "../../../lib/pki";
import { localHost, type LocalHost } from "./support";

const NAMES = { name: "peer-1", address: "198.18.0.11", days: 30 };
let papers: Required<PeerPapers>;
let local: LocalHost;
beforeAll(async () => {
  const ca = await createCa("vectors CA");
  const { name, address } = NAMES;
  const identity = { clusterId: "c1", name, address, daemonPort: 19500, dataRoot: "/data", tokenSha256: "0" };
  const own = await issuePeerCert(ca, NAMES);
  papers = { identity, caPem: ca.certPem, ...own, milvus: await issueMilvusCert(ca, NAMES) };
});
beforeEach(async () => {
  local = await localHost();
});
afterEach(() => local.stop());

const at = (path: string): string => join(local.dir, "etc/milvus-onprem", path);
/** The same files below the test's directory: paths travel encoded, so the host does not turn them. */
const write = (): Promise<string[]> =>
  local.host.putFiles(identityFiles(papers).map((f) => ({ ...f, path: `${local.dir}${f.path}` })));

test("Milvus has a directory of its own, with a key that root alone reads; a second time nothing is written", async () => {
  expect(await hasMilvusCertificate(local.host)).toBe(false);
  expect(await write()).toHaveLength(7);
  expect(readdirSync(at("milvus-tls")).sort()).toEqual(["ca.crt", "milvus.crt", "milvus.key"]);
  const modes = ["ca.crt", "milvus.crt", "milvus.key"].map(
    (f) => statSync(at(`milvus-tls/${f}`)).mode & 0o777,
  );
  expect(modes).toEqual([0o644, 0o644, 0o600]);
  expect(await hasMilvusCertificate(local.host)).toBe(true);
  expect(await write()).toEqual([]);
});

test("one file that is missing or empty is enough to be without a certificate", async () => {
  await write();
  rmSync(at("milvus-tls/milvus.key"));
  expect(await hasMilvusCertificate(local.host)).toBe(false);
});

test("nothing in it is the peer's, or an authority's", async () => {
  await write();
  const read = (f: string): string => readFileSync(at(f), "utf8");
  const milvus = new X509Certificate(read("milvus-tls/milvus.crt"));
  expect(milvus.checkPrivateKey(createPrivateKey(read("milvus-tls/milvus.key")))).toBe(true);
  expect(
    new X509Certificate(read("tls/peer.crt")).checkPrivateKey(
      createPrivateKey(read("milvus-tls/milvus.key")),
    ),
  ).toBe(false);
  expect(
    new X509Certificate(read("milvus-tls/ca.crt")).checkPrivateKey(
      createPrivateKey(read("milvus-tls/milvus.key")),
    ),
  ).toBe(false);
  expect([milvus.subject, milvus.ca]).toEqual(["CN=milvus_client", false]);
});

test("the identity comes last: with it, the VM is a peer", () => {
  expect(identityFiles(papers).at(-1)?.path).toBe("/etc/milvus-onprem/identity.json");
});
