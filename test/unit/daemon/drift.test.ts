import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Drift } from "../../../lib/plan/drift";
import { clusterDrift, localDrift, type DriftView } from "../../../lib/daemon/status/drift";
import { fingerprints } from "../../../lib/render";
import { FakeHost, identityOf, SECRETS, specOf, temporaryDir } from "./support";

const dir = temporaryDir();
const spec = specOf("/data");
let host: FakeHost;
let look: () => Promise<Drift[]>;

beforeEach(async () => {
  host = new FakeHost(dir.path());
  const ports = host.ports(spec, "peer-1");
  await ports.files.write(spec, SECRETS);
  await ports.compose.up(new AbortController().signal);
  look = () => localDrift("peer-1", spec, SECRETS, ports, FRESH);
});

/** Certificates that are not to be renewed yet. */
const FRESH = { drift: async () => [] };

const file = (name: string): string => join(host.dir, "rendered", name);
const change = (service: string, members: object): void => {
  host.containers = host.containers.map((c) => (c.service === service ? { ...c, ...members } : c));
};

test("a peer as the cluster has set it up has none", async () => {
  expect(await look()).toEqual([]);
});

test("a cluster that somebody has stopped lacks no container", async () => {
  const ports = host.ports(spec, "peer-1");
  host.containers = host.containers.filter(({ service }) => service === "etcd");
  expect(await localDrift("peer-1", spec, SECRETS, ports, FRESH, true)).toEqual([]);
  expect(await look()).toContainEqual(expect.objectContaining({ name: "proxy", found: "nothing" }));
});

test("a file that was edited is told by digests, and what is in it by nobody", async () => {
  await writeFile(file("milvus.yaml"), "log: { level: debug }\n");
  await chmod(file("nginx.conf"), 0o600);
  await writeFile(file("notes.txt"), "mine");
  await rm(file("minio.env"), { force: true });
  const found = await look();
  const digest = /^sha256:[0-9a-f]{16}, mode [0-7]{3}$/;
  expect(found.map(({ kind, name }) => [kind, name])).toEqual([
    ["file", "milvus.yaml"],
    ["file", "nginx.conf"],
    ["file", "minio.env"],
    ["file", "notes.txt"],
  ]);
  const [yaml, nginx, minio, notes] = found as [Drift, Drift, Drift, Drift];
  expect([yaml.expected, yaml.found]).toEqual([expect.stringMatching(digest), expect.stringMatching(digest)]);
  expect([nginx.expected.slice(-3), nginx.found.slice(-3)]).toEqual(["644", "600"]);
  expect([minio.found, notes.expected]).toEqual(["nothing", "nothing"]);
  for (const secret of Object.values(SECRETS)) expect(JSON.stringify(found)).not.toContain(secret);
});

test.each<[string, object, string, string]>([
  ["of another image", { image: "nginx:1" }, "image nginx:1", `image ${spec.images.nginx}`],
  [
    "of an image whose reference leads elsewhere by now",
    { imageId: "sha256:old" },
    "image sha256:old",
    `image sha256:${spec.images.nginx}, which is ${spec.images.nginx} here`,
  ],
  [
    "by another definition",
    { fingerprint: undefined },
    "definition of somebody else",
    `definition ${fingerprints(spec, spec.peers[0]!).nginx}`,
  ],
])("a container that was made %s is told", async (_how, members, found, expected) => {
  host.images.add(spec.images.nginx);
  change("nginx", members);
  expect(await look()).toEqual([{ peer: "peer-1", kind: "container", name: "nginx", found, expected }]);
});

test("one that is gone is told, one that has stopped is the watchdog's matter", async () => {
  host.containers = host.containers.filter(({ service }) => service !== "nginx");
  change("coord", { health: "stopped" });
  expect(await look()).toEqual([
    {
      peer: "peer-1",
      kind: "container",
      name: "nginx",
      found: "nothing",
      expected: `image ${spec.images.nginx}`,
    },
  ]);
});

test("the whole cluster's is that of its peers; who cannot tell, or goes by another spec, is named", async () => {
  const one: Drift = { peer: "peer-1", kind: "file", name: "a", expected: "x", found: "y" };
  const view: DriftView = {
    ...{ identity: identityOf("peer-1"), spec, generation: 3 },
    local: async () => [one],
    ask: async ({ name }) => {
      if (name === "peer-3") throw new Error("no answer");
      return { generation: 2, found: [{ ...one, peer: "peer-2" }], missing: [] };
    },
  };
  expect(await clusterDrift(view, false)).toEqual({
    generation: 3,
    found: [one],
    missing: [
      { peer: "peer-2", reason: "it goes by generation 2 of the spec, and not by 3" },
      { peer: "peer-3", reason: "no answer" },
    ],
  });
  expect((await clusterDrift(view, true)).missing).toEqual([]);
});
