import { CA_PEM, names, peers, pool, spec } from "../spec/fixture";
import { dataOf, file, filesOf, milvusKeys, service, services } from "./fixture";

const three = spec();
const every = ["peer-1", "peer-2", "peer-3"].flatMap((peer) => Object.entries(services(three, peer)));

describe("services", () => {
  const milvus = ["coord", "proxy", "querynode", "datanode", "indexnode"];

  test("every peer runs all Milvus roles, an etcd member, a MinIO node and a load balancer; one runs Pulsar", () => {
    expect(Object.keys(services(three, "peer-1"))).toEqual(["etcd", "minio", ...milvus, "nginx"]);
    expect(Object.keys(services(three, "peer-2"))).toEqual(["etcd", "minio", "pulsar", ...milvus, "nginx"]);
  });

  test("a peer outside the pool runs no MinIO", () => {
    const four = spec({ peers: peers(4), storage: pool(names(1, 3)) });
    expect(Object.keys(services(four, "peer-4"))).toEqual(["etcd", ...milvus, "nginx"]);
  });

  test.each(every)(
    "%s comes back by itself, is watched, and cannot fill the disk with its log",
    (name, s) => {
      expect(s).toMatchObject({
        container_name: `milvus-${name}`,
        network_mode: "host",
        restart: "always",
        extra_hosts: ["peer-1:198.18.0.11", "peer-2:198.18.0.12", "peer-3:198.18.0.13"],
        logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
      });
      expect(s.healthcheck.test[0]).toBe("CMD");
    },
  );

  test.each(every)("%s can do no more than it must, should it be taken over", (name, s) => {
    expect(s).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      tmpfs: expect.arrayContaining([expect.stringMatching(/^\/tmp/)]) as string[],
    });
    // nginx hands its workers to another user.
    expect(s.cap_add).toEqual(name === "nginx" ? ["CHOWN", "SETGID", "SETUID"] : undefined);
    expect(filesOf(s).filter((file) => !file.endsWith(":ro"))).toEqual([]);
  });

  test("a missing data directory is no reason to write to another disk", () => {
    const mounts = every.flatMap(([, s]) => s.volumes).filter((volume) => typeof volume !== "string");
    expect(mounts.length).toBeGreaterThan(0);
    for (const mount of mounts)
      expect(mount).toMatchObject({ type: "bind", bind: { create_host_path: false } });
  });

  test("limits are those of its component, and nothing else is limited", () => {
    const resources = {
      query: { memoryMb: 4096, cpus: 2.5 },
      pulsar: { memoryMb: 2048 },
      nginx: { cpus: 0.5 },
    };
    const limited = Object.entries(services(spec({ resources }), "peer-2"))
      .filter(([, s]) => s.mem_limit !== undefined || s.cpus !== undefined)
      .map(([name, s]) => [name, s.mem_limit, s.cpus]);
    expect(limited).toEqual([
      ["pulsar", "2048m", undefined],
      ["querynode", "4096m", 2.5],
      ["nginx", undefined, 0.5],
    ]);
  });

  test("no service waits for another, so that a cold start is all at once", () => {
    expect(every.filter(([, s]) => "depends_on" in s)).toEqual([]);
  });

  test.each([
    ["coord", "5s"],
    ["proxy", "10s"],
    ["querynode", "30s"],
    ["datanode", "30s"],
    ["pulsar", "75s"],
  ])("%s has %s to stop", (name, grace) => {
    expect(service(three, "peer-2", name).stop_grace_period).toBe(grace);
  });

  test("IPv6 peers get brackets where a port follows, DNS names are left to DNS", () => {
    const mixed = spec({
      peers: [
        { name: "a", address: "fd00::11" },
        { name: "b", address: "b.example" },
        { name: "c", address: "198.18.0.13" },
      ],
      queue: { pulsarSingleton: { host: "a" } },
    });
    expect(service(mixed, "a", "etcd").extra_hosts).toEqual(["a:[fd00::11]", "c:198.18.0.13"]);
    expect(service(mixed, "a", "etcd").command).toContain("--listen-peer-urls=https://[fd00::11]:2380");
    expect(service(mixed, "b", "etcd").command).toContain("--listen-peer-urls=https://0.0.0.0:2380");
  });
});

describe("Milvus roles", () => {
  test("each has a data directory and a metrics port of its own", () => {
    const roles = ["coord", "proxy", "querynode", "datanode", "indexnode"].map((name) =>
      service(three, "peer-1", name),
    );
    expect(roles.map((s) => s.environment?.METRICS_PORT)).toEqual(["9091", "9092", "9093", "9094", "9095"]);
    expect(roles.flatMap(dataOf)).toEqual([
      "/var/lib/milvus-onprem/milvus/coord:/var/lib/milvus",
      "/var/lib/milvus-onprem/milvus/proxy:/var/lib/milvus",
      "/var/lib/milvus-onprem/milvus/querynode:/var/lib/milvus",
      "/var/lib/milvus-onprem/milvus/datanode:/var/lib/milvus",
      "/var/lib/milvus-onprem/milvus/indexnode:/var/lib/milvus",
    ]);
  });

  test("the coordinators are one process", () => {
    expect(service(three, "peer-1", "coord").command).toEqual(
      "milvus run mixture -rootcoord -querycoord -datacoord -indexcoord".split(" "),
    );
  });

  test("a dedicated query peer runs a query node alone; its clients reach the proxies of the others", () => {
    const members = peers(4).map((p) => (p.name === "peer-4" ? { ...p, roles: ["query" as const] } : p));
    const compiled = spec({ peers: members, storage: pool(names(1, 3)) });
    expect(Object.keys(services(compiled, "peer-4"))).toEqual(["etcd", "querynode", "nginx"]);
    const nginx = file(compiled, "peer-4", "nginx.conf");
    expect(nginx.match(/server \S+:19530/g)).toEqual(
      ["11", "12", "13"].map((n) => `server 198.18.0.${n}:19530`),
    );
    expect(nginx).not.toMatch(/:19530 .* backup/);
  });

  test("a standalone process is one container, without standbys", () => {
    const lone = spec({ mode: "standalone", peers: peers(1), queue: undefined });
    expect(Object.keys(services(lone, "peer-1"))).toEqual(["etcd", "minio", "standalone", "nginx"]);
    expect(Object.keys(milvusKeys(lone, "peer-1")).filter((key) => key.includes("Standby"))).toEqual([]);
    expect(milvusKeys(lone, "peer-1")).toMatchObject({
      ...{ "mq.type": "rocksmq", "rocksmq.path": "/var/lib/milvus/rdb_data" },
    });
  });

  test("2.6: a streaming node's own query node is told a port that the peer's query node does not have", () => {
    const compiled = spec({ version: "v2.6.22", queue: undefined });
    expect(service(compiled, "peer-1", "streamingnode").environment).toEqual({
      ...{ METRICS_PORT: "9095", QUERYNODE_PORT: "22223" },
    });
    expect(milvusKeys(compiled, "peer-1")["queryNode.port"]).toBe(21123);
  });

  test("the CA of S3 takes the place of the cluster's; without one, public authorities are trusted", () => {
    const trust = (caPem?: string): string[] => {
      const s3 = { endpoint: "https://s3.example", ...(caPem === undefined ? {} : { caPem }) };
      const files = filesOf(service(spec({ storage: { s3 } }), "peer-1", "querynode"));
      return files.filter((mount) => mount.includes(":/etc/ssl/") || mount.includes(":/etc/pki/"));
    };
    const ca = "/etc/milvus-onprem/rendered/storage-ca.crt";
    expect(trust(CA_PEM)).toEqual([
      `${ca}:/etc/ssl/certs/ca-certificates.crt:ro`,
      `${ca}:/etc/pki/tls/certs/ca-bundle.crt:ro`,
    ]);
    expect(trust()).toEqual([]);
  });

  test("the cluster's CA is what the container trusts", () => {
    expect(filesOf(service(three, "peer-1", "querynode"))).toEqual(
      expect.arrayContaining([
        "/etc/milvus-onprem/milvus-tls/ca.crt:/etc/ssl/certs/ca-certificates.crt:ro",
        "/etc/milvus-onprem/milvus-tls/ca.crt:/etc/pki/tls/certs/ca-bundle.crt:ro",
      ]),
    );
  });
});

describe("etcd", () => {
  const { command } = service(three, "peer-2", "etcd");

  test("bootstraps all members at once, by one token a cluster", () => {
    expect(command).toEqual(
      expect.arrayContaining([
        "--name=peer-2",
        "--initial-cluster=peer-1=https://198.18.0.11:2380,peer-2=https://198.18.0.12:2380,peer-3=https://198.18.0.13:2380",
        "--initial-cluster-token=vectors",
        "--initial-cluster-state=new",
      ]),
    );
  });

  test("asks for client certificates and listens on its own address and loopback alone", () => {
    expect(command).toEqual(expect.arrayContaining(["--client-cert-auth", "--peer-client-cert-auth"]));
    const listens = command!.filter((flag) => flag.startsWith("--listen-"));
    expect(listens).toEqual([
      "--listen-peer-urls=https://198.18.0.12:2380",
      "--listen-client-urls=https://198.18.0.12:2379,https://127.0.0.1:2379",
      "--listen-metrics-urls=http://127.0.0.1:2381",
    ]);
  });

  test("elects a leader sooner than a session of Milvus ends", () => {
    const election = Number(command!.find((f) => f.startsWith("--election-timeout="))!.split("=")[1]);
    const shortestLease = Math.ceil((1.5 * election) / 1000);
    expect(shortestLease).toBeLessThan(3);
  });
});

describe("MinIO", () => {
  test("takes a range of hosts and drives where names count up", () => {
    expect(service(three, "peer-3", "minio").command).toEqual([
      "server",
      "--certs-dir",
      "/certs",
      "--address",
      "198.18.0.13:9000",
      "--console-address",
      "127.0.0.1:9001",
      "https://peer-{1...3}:9000/drives/drive{1...4}",
    ]);
  });

  test.each([
    [1, "/drives/drive1"],
    [4, "https://peer-1:9000/drives/drive{1...4}"],
  ])("a lone peer with %d drives", (drivesPerPeer, drives) => {
    const lone = spec({ peers: peers(1), storage: pool(["peer-1"], drivesPerPeer) });
    expect(service(lone, "peer-1", "minio").command?.at(-1)).toBe(drives);
  });

  test("takes several pools in their order, a pool of one host among them", () => {
    const pools = [...pool(names(1, 3)).pools!, ...pool(["peer-4"], 8).pools!];
    const compiled = spec({ peers: peers(4), storage: { pools } });
    const expected = [
      "https://peer-{1...3}:9000/drives/drive{1...4}",
      "https://peer-4:9000/drives/drive{1...8}",
    ];
    for (const peer of names(1, 4))
      expect(service(compiled, peer, "minio").command?.slice(-2)).toEqual(expected);
    expect(dataOf(service(compiled, "peer-4", "minio"))).toHaveLength(8);
  });

  test("has equal pool arguments and environment on every node, or none would start", () => {
    const nodes = ["peer-1", "peer-2", "peer-3"].map((peer) => service(three, peer, "minio"));
    expect(new Set(nodes.map((s) => s.command!.at(-1))).size).toBe(1);
    expect(new Set(nodes.map((s) => JSON.stringify(s.environment))).size).toBe(1);
  });

  test("shows no credentials to docker inspect", () => {
    expect(service(three, "peer-1", "minio").environment).toEqual({ MINIO_CONFIG_ENV_FILE: "/minio.env" });
  });

  test("mounts one directory a drive", () => {
    expect(dataOf(service(three, "peer-1", "minio"))).toEqual(
      [1, 2, 3, 4].map((n) => `/var/lib/milvus-onprem/minio/drive${n}:/drives/drive${n}`),
    );
  });
});

test("mount points and disks of their own are where data goes", () => {
  const compiled = spec({
    storage: { pools: [{ peers: names(1, 3), mountPoints: ["/mnt/a", "/mnt/b"] }] },
    dataDirs: { etcd: "/mnt/ssd", milvus: "/mnt/nvme", pulsar: "/mnt/log" },
  });
  const on = services(compiled, "peer-2");
  expect(dataOf(on.minio!)).toEqual([
    "/mnt/a/milvus-onprem:/drives/drive1",
    "/mnt/b/milvus-onprem:/drives/drive2",
  ]);
  expect(["etcd", "querynode", "pulsar"].flatMap((name) => dataOf(on[name]!))).toEqual([
    ...["/mnt/ssd:/etcd", "/mnt/nvme/querynode:/var/lib/milvus", "/mnt/log:/pulsar/data"],
  ]);
});

test("a data root of one's own moves all data", () => {
  const moved = services(spec({ dataRoot: "/srv/milvus" }), "peer-2");
  const data = Object.values(moved).flatMap(dataOf);
  expect(data.filter((mount) => !mount.startsWith("/srv/milvus/"))).toEqual([]);
  expect(data).toHaveLength(1 + 4 + 1 + 5);
});
