import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host, HostFile } from "../../../lib/host";
import { createCa, type CertifiedKey } from "../../../lib/pki";
import { log } from "../../../lib/provider/log";
import type { PeerSession } from "../../../lib/provider/resources/peer-session";
import { prepare } from "../../../lib/provider/resources/peer/prepare";
import type { PeerModel } from "../../../lib/provider/resources/peer/schema";
import { fakeDocker } from "../host/fake-docker";
import { localHost, type LocalHost } from "../host/support";

let ca: CertifiedKey;
let local: LocalHost;
beforeAll(async () => {
  ca = await createCa("vectors CA");
});
beforeEach(async () => {
  jest.spyOn(log, "info").mockReturnValue();
  local = await localHost();
  fakeDocker(local);
  writeFileSync(at("image-example_daemon_1"), "sha256:aaaa\n");
});
afterEach(() => local.stop());

const at = (path: string): string => join(local.dir, path);
const tls = (path: string): string => readFileSync(at(`etc/milvus-onprem/${path}`), "utf8");

/** A VM with a Docker that runs, and a daemon that answers; files go below the test's directory. */
function run(identity: "issue" | "keep"): ReturnType<typeof prepare> {
  const { host } = local;
  const below = (files: readonly HostFile[]): HostFile[] =>
    files.map((f) => ({ ...f, path: `${local.dir}${f.path}` }));
  const shifted = new Proxy(host, {
    get(target, name) {
      if (name === "putFiles") return (files: readonly HostFile[]) => target.putFiles(below(files));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const daemon = { health: async () => ({}), version: async () => ({ version: "1.0.0" }) };
  const session = { name: "peer-1", host: async () => shifted as Host, daemon } as unknown as PeerSession;
  const peer = {
    ...{ name: "peer-1", address: "198.18.0.11", cluster_id: "c1", token: "token" },
    ...{ ca_cert_pem: ca.certPem, ca_key_pem: ca.keyPem, daemon_image: "example/daemon:1" },
    ...{ daemon_port: 19500, data_root: at("data"), install_docker: false },
    ...{ image_archive: null, registry_auth: null },
  } as unknown as PeerModel;
  const docker = { state: "running", version: "27.0.0" };
  return prepare(peer, session, { facts: { docker } as never, identity });
}

test("a peer gets its own certificate and one for Milvus; keeping it changes nothing", async () => {
  await run("issue");
  expect(new X509Certificate(tls("tls/peer.crt")).subject).toBe("CN=peer-1");
  expect(new X509Certificate(tls("milvus-tls/milvus.crt")).subject).toBe("CN=milvus_client");
  expect(new X509Certificate(tls("milvus-tls/milvus.crt")).checkIP("198.18.0.11")).toBe("198.18.0.11");
  const before = ["tls/peer.key", "milvus-tls/milvus.key"].map(tls);
  expect(before[0]).not.toBe(before[1]);
  await run("keep");
  expect(["tls/peer.key", "milvus-tls/milvus.key"].map(tls)).toEqual(before);
});

test("a peer that an earlier release has prepared gets what is missing, and stays who it is", async () => {
  await run("issue");
  rmSync(at("etc/milvus-onprem/milvus-tls"), { recursive: true });
  writeFileSync(at("etc/milvus-onprem/identity.json"), '{"as":"it was"}');
  await run("keep");
  expect(existsSync(at("etc/milvus-onprem/milvus-tls/milvus.key"))).toBe(true);
  expect(new X509Certificate(tls("tls/peer.crt")).checkHost("etcd_peer.internal")).toBe("etcd_peer.internal");
  expect(tls("identity.json")).toBe('{"as":"it was"}');
});

test("a peer whose identity is gone gets another one, where it is to be kept", async () => {
  await run("issue");
  rmSync(at("etc/milvus-onprem/identity.json"));
  await run("keep");
  expect(JSON.parse(tls("identity.json"))).toMatchObject({ clusterId: "c1", name: "peer-1" });
});
