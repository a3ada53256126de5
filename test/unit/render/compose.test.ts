import { names, peers, pool, spec } from "../spec/fixture";
import { dataOf, filesOf, service, services } from "./fixture";

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

test("a data root of one's own moves all data", () => {
  const moved = services(spec({ dataRoot: "/srv/milvus" }), "peer-2");
  const data = Object.values(moved).flatMap(dataOf);
  expect(data.filter((mount) => !mount.startsWith("/srv/milvus/"))).toEqual([]);
  expect(data).toHaveLength(1 + 4 + 1 + 5);
});
