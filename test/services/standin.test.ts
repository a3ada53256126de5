/** The stand-in for Milvus 2.6: its roles beside a real etcd and a real MinIO, as clients, operators and the daemon see them. */
import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { MilvusSdk } from "../../lib/daemon/milvus";
import { smoke } from "../../lib/daemon/smoke";
import type { ClusterSpec } from "../../lib/spec/spec";
import { eventually } from "../support/eventually";
import { StandInCluster, type Settings } from "../support/standin-cluster";

jest.setTimeout(5 * 60_000);

/** The image may have to be built first. */
const BUILD_MS = 15 * 60_000;
/** Of one wait: seconds on an idle machine. */
const WAIT_MS = 90_000;
const COORDINATOR = ["mixture", "-rootcoord", "-querycoord", "-datacoord", "-indexcoord"];
const PROXIES = ["proxy-1", "proxy-2"];
const PASSWORD = "Milvus";
const milvus = new MilvusSdk();

/** What must not start: name, arguments of `milvus run`, settings, and what it says. All are begun at once: some try for a while. */
const REFUSED: [string, string[], Settings, RegExp][] = [
  ["a role of 2.5", ["indexnode"], {}, /Unknown server type = indexnode/],
  ["an unknown queue", ["proxy"], { MQ_TYPE: "natsmq" }, /mq\.type 'natsmq' is not one of/],
  ["rocksmq in a cluster", ["mixcoord"], { MQ_TYPE: "rocksmq" }, /only valid in standalone/],
  ["a local log", ["streamingnode"], { WOODPECKER_STORAGE_TYPE: "local" }, /forceLocalStorage/],
  [
    "etcd's TLS without a certificate",
    ["datanode"],
    { ETCD_SSL_TLSCERT: "/none" },
    /etcd\.ssl\.tlsCert: cannot read/,
  ],
  ["TLS on a port shared with REST", ["proxy"], { COMMON_SECURITY_TLSMODE: "1" }, /share the same port/],
  [
    "an etcd that is away",
    ["querynode"],
    { ETCD_ENDPOINTS: "away:2379" },
    /connecting to etcd at away:2379 failed/,
  ],
  [
    "wrong credentials",
    ["datanode"],
    { MINIO_SECRET_ACCESS_KEY: "wrong" },
    /bucket vectors of minio:9000 failed 20 times/,
  ],
  [
    "another's bucket",
    ["querynode"],
    { MINIO_BUCKET_NAME: "others" },
    /bucket others .* failed 20 times.*AccessDenied/,
  ],
  ["an older version", ["mixcoord"], { ETCD_ROOTPATH: "newer" }, /session version\(3\.0\.0\)/],
];
const nameOf = (refused: string): string => `refused-${refused.replace(/\W/g, "-")}`;

let cluster: StandInCluster;

beforeAll(async () => {
  cluster = await StandInCluster.start();
  await cluster.etcdctl("put", "newer/meta/session/version", "3.0.0");
  for (const [name, args, settings] of REFUSED)
    await cluster.milvus(nameOf(name), ["run", ...args], settings);
}, BUILD_MS);
afterAll(() => cluster.stop());

test("proxies and streaming nodes wait for a coordinator, nodes do not; of two coordinators one stands by", async () => {
  const waiting = [...PROXIES, "streaming"];
  for (const name of PROXIES) await cluster.milvus(name, ["run", "proxy"]);
  await cluster.milvus("streaming", ["run", "streamingnode"]);
  for (const name of ["query-1", "query-2"]) await cluster.milvus(name, ["run", "querynode"]);
  await cluster.milvus("data", ["run", "datanode"]);
  await eventually("nodes are healthy", WAIT_MS, () => cluster.isHealthy("query-1", "query-2", "data"));
  for (const name of waiting) {
    await eventually(
      `${name} answers`,
      WAIT_MS,
      async () => (await cluster.http(name, "/livez")).status === 200,
    );
    expect(await cluster.http(name, "/healthz")).toEqual({
      status: 500,
      text: "Not all components are healthy, 0/1",
    });
  }
  await cluster.milvus("coord-1", ["run", ...COORDINATOR]);
  await eventually("all are healthy", WAIT_MS, () => cluster.isHealthy(...waiting, "coord-1"));
  await cluster.milvus("coord-2", ["run", "mixcoord"]);
  await eventually("the standby is well", WAIT_MS, () => cluster.isHealthy("coord-2"));
  expect((await cluster.http("coord-1", "/management/check/ready?role=mixcoord")).status).toBe(200);
  expect((await cluster.http("coord-2", "/management/check/ready?role=mixcoord")).status).toBe(500);
});

test("each registers as Milvus 2.6 does; the active coordinator holds the places of 2.5's as well", async () => {
  const sessions = await cluster.sessions();
  const roles = Object.keys(sessions).map((key) => key.replace(/-\d+$/, ""));
  const expected = [
    "datacoord",
    "datanode",
    "id",
    "mixcoord",
    "mixcoord",
    "mixcoord",
    "proxy",
    "proxy",
    "querycoord",
  ];
  // The third query node is that within the streaming node.
  expected.push("querynode", "querynode", "querynode", "rootcoord", "streamingnode", "version");
  expect(roles.sort()).toEqual(expected);
  expect(sessions["rootcoord"]!.Address).toBe(`${await cluster.address("coord-1")}:22125`);
  expect(sessions["rootcoord"]!.LeaseID).toBe(sessions["mixcoord"]!.LeaseID);
});

test("the smoke test passes through two proxies", () => passesSmoke(PROXIES, PASSWORD));

test("pymilvus inserts and finds", async () => {
  const program = `
from pymilvus import MilvusClient
c = MilvusClient("http://localhost:19530", token="root:${PASSWORD}")
c.create_collection("py", dimension=8, metric_type="L2")
c.insert("py", [{"id": i, "vector": [float(i)] * 8} for i in range(1, 100)])
print("nearest:", c.search("py", data=[[7.1] * 8], limit=3, consistency_level="Strong")[0][0]["id"])
c.drop_collection("py")`;
  expect(await cluster.docker("exec", "proxy-1", "python3", "-c", program)).toContain("nearest: 7");
});

test("rows outlive a coordinator that is killed, and one that is stopped hands over at once", async () => {
  const first = await milvus.session(await endpoint("proxy-1"), PASSWORD);
  const rows = Array.from({ length: 50 }, (_, id) => ({ id, bucket: id % 5, vectors: [[id, 1, 2, 3]] }));
  await first.createCollection({ name: "kept", dimension: 4, vectorFields: 1 });
  await first.insert("kept", rows);
  await first.createIndex({ name: "kept", dimension: 4, vectorFields: 1 });
  await first.load("kept", 2);
  await cluster.docker("kill", "coord-1");
  await becomesActive("coord-2");
  expect(await first.query("kept", [7, 8])).toEqual([7, 8]);
  await cluster.docker("start", "coord-1");
  await eventually("it stands by", WAIT_MS, () => cluster.isHealthy("coord-1"));
  const stopping = `${await cluster.address("coord-2")}:22125`;
  await cluster.docker("stop", "coord-2");
  const left = Object.values(await cluster.sessions()).map((session) => session.Address);
  expect(left).not.toContain(stopping);
  await becomesActive("coord-1");
  const second = await milvus.session(await endpoint("proxy-2"), PASSWORD);
  expect(await second.search("kept", [[7, 1, 2, 3]], 1)).toEqual([[7]]);
  await second.drop("kept");
  await Promise.all([first.close(), second.close()]);
});

test("more replicas than query nodes are refused: those within streaming nodes do not count", async () => {
  const session = await milvus.session(await endpoint("proxy-1"), PASSWORD);
  const collection = { name: "replicas", dimension: 4, vectorFields: 1 } as const;
  await session.createCollection(collection);
  await session.createIndex(collection);
  expect(await session.queryNodes()).toBe(3);
  await expect(session.load("replicas", 3)).rejects.toThrow("resource group node not enough");
  await session.drop("replicas");
  await session.close();
});

test("a password that is changed through one proxy is the only one at the other", async () => {
  const [one, two] = await Promise.all(PROXIES.map(endpoint));
  expect(await milvus.accepts(one!, "wrong")).toBe(false);
  await expect(milvus.changeRootPassword(one!, PASSWORD, "short")).rejects.toThrow("password length");
  await milvus.changeRootPassword(one!, PASSWORD, "another-one");
  expect(await milvus.accepts(two!, PASSWORD)).toBe(false);
  expect(await milvus.accepts(two!, "another-one")).toBe(true);
  await milvus.changeRootPassword(two!, "another-one", PASSWORD);
});

test("clients can have TLS", async () => {
  const paths = { TLS_SERVERPEMPATH: "/certs/public.crt", TLS_SERVERKEYPATH: "/certs/private.key" };
  await cluster.milvus("proxy-tls", ["run", "proxy"], {
    ...{ COMMON_SECURITY_TLSMODE: "1", PROXY_HTTP_ENABLED: "false", ...paths },
  });
  await eventually("it is healthy", WAIT_MS, () => cluster.isHealthy("proxy-tls"));
  const client = new MilvusClient({
    ...{ address: await endpoint("proxy-tls"), username: "root", password: PASSWORD, ssl: true },
    tls: { rootCertPath: `${cluster.dir}/ca.crt`, serverName: "localhost" },
  });
  expect((await client.getVersion()).version).toBe("v2.6.11");
  await client.closeConnection();
});

test("a lost lease ends the process; a component that is stopped leaves its place", async () => {
  const session = await cluster.etcdctl("get", "--print-value-only", "by-dev/meta/session/mixcoord");
  // As text: the number is too large for JavaScript.
  const lease = BigInt(/"LeaseID": (\d+)/.exec(session)![1]!);
  await cluster.etcdctl("lease", "revoke", lease.toString(16));
  const { code, said } = await cluster.ending("coord-1");
  expect([code, said]).toEqual([1, expect.stringContaining("session is expired")]);
  const nodes = async (): Promise<number> =>
    Object.keys(await cluster.sessions()).filter((key) => key.startsWith("datanode-")).length;
  expect(await nodes()).toBe(1);
  expect((await cluster.http("data", "/management/stop?role=datanode")).status).toBe(200);
  expect(await nodes()).toBe(0);
});

test("standalone is all of it in one process", async () => {
  await cluster.milvus("alone", ["run", "standalone"], {
    ...{ ETCD_ROOTPATH: "alone", MINIO_ROOTPATH: "alone", MQ_TYPE: "rocksmq" },
  });
  await eventually("it is healthy", WAIT_MS, () => cluster.isHealthy("alone"));
  await passesSmoke(["alone"], PASSWORD);
});

test.each(REFUSED)("refuses %s", async (name, _args, _settings, words) => {
  const { code, said } = await cluster.ending(nameOf(name));
  expect(said).toMatch(words);
  expect(code).not.toBe(0);
});

async function passesSmoke(names: readonly string[], password: string): Promise<void> {
  const peers = await Promise.all(
    names.map(async (name) => ({ name, address: await cluster.address(name), roles: ["query"] })),
  );
  // All that the smoke test asks of a spec.
  const spec = {
    ...{ version: "v2.6.11", mode: "cluster", peers, ports: { lb: 19530 } },
    security: { clientTls: "off" },
  } as unknown as ClusterSpec;
  const { checks } = await smoke({ spec, password, milvus, self: names[0]!, runId: "standin" });
  expect(checks.filter((check) => !check.ok)).toEqual([]);
}

async function endpoint(proxy: string): Promise<string> {
  return `${await cluster.address(proxy)}:19530`;
}

function becomesActive(coordinator: string): Promise<void> {
  return eventually(`${coordinator} is active`, WAIT_MS, async () => {
    return (await cluster.http(coordinator, "/management/check/ready?role=mixcoord")).status === 200;
  });
}
