import { parse } from "yaml";
import { names, peers, pool, spec } from "../spec/fixture";
import { file, milvusKeys } from "./fixture";

const three = spec();
const lines = (text: string): string[] => text.split("\n").map((line) => line.trim());

describe("milvus.yaml", () => {
  const keys = milvusKeys(three, "peer-3");

  test("etcd is reached at every member, over TLS with a certificate that is Milvus' own", () => {
    expect(keys).toMatchObject({
      "etcd.endpoints": "198.18.0.11:2379,198.18.0.12:2379,198.18.0.13:2379",
      "etcd.ssl.enabled": true,
      "etcd.ssl.tlsCert": "/etc/milvus-onprem/milvus-tls/milvus.crt",
      "etcd.ssl.tlsKey": "/etc/milvus-onprem/milvus-tls/milvus.key",
      "etcd.ssl.tlsCACert": "/etc/milvus-onprem/milvus-tls/ca.crt",
    });
  });

  test("MinIO is reached through the peer's own load balancer, over TLS that is verified", () => {
    expect(keys).toMatchObject({
      "minio.address": "127.0.0.1",
      "minio.port": 9002,
      "minio.useSSL": true,
      "minio.ssl.tlsCACert": "",
      "minio.bucketName": "milvus-bucket",
    });
  });

  test("Milvus is a user of MinIO that sees its bucket alone, never root", () => {
    expect(keys).toMatchObject({
      "minio.accessKeyID": "minio-user-4a0c",
      "minio.secretAccessKey": "minio-password-b81f",
    });
    expect(file(three, "peer-3", "milvus.yaml")).not.toMatch(/root-user|root-password/);
  });

  test("every role announces the peer's address, coordinators with standbys", () => {
    const ips = Object.entries(keys).filter(([key]) => key.endsWith(".ip"));
    expect(ips.map(([key]) => key.split(".")[0])).toEqual([
      "dataCoord",
      "dataNode",
      "indexNode",
      "proxy",
      "queryCoord",
      "queryNode",
      "rootCoord",
    ]);
    expect(new Set(ips.map(([, ip]) => ip))).toEqual(new Set(["198.18.0.13"]));
    for (const coord of ["rootCoord", "queryCoord", "dataCoord"])
      expect(keys[`${coord}.enableActiveStandby`]).toBe(true);
  });

  test("no client comes in without a password, and failover is tuned", () => {
    expect(keys).toMatchObject({
      "common.security.authorizationEnabled": true,
      "common.session.ttl": 5,
      "grpc.client.maxMaxAttempts": 5,
      "grpc.client.maxBackoff": 1,
      "grpc.client.keepAliveTimeout": 3000,
    });
  });

  test("rootCoord stays out of the ephemeral ports", () => {
    expect(keys["rootCoord.port"]).toBeLessThan(32768);
  });

  test("the user's settings lie over ours and beside them", () => {
    const config = { "log.level": "warn", "grpc.client.maxBackoff": 2, "proxy.maxTaskNum": 4096 };
    expect(milvusKeys(spec({ config }), "peer-1")).toMatchObject({
      ...config,
      "grpc.client.maxMaxAttempts": 5,
    });
  });

  test("values keep their types, also those that YAML could take for another", () => {
    const config = {
      "autoIndex.params.build": '{"M": 18}',
      "proxy.accessLog.filename": "no",
      "trace.exporter": "1e3",
    };
    const rendered = milvusKeys(spec({ config }), "peer-1");
    expect(rendered).toMatchObject(config);
  });
});

describe("nginx.conf", () => {
  const conf = lines(file(three, "peer-2", "nginx.conf"));

  const proxies = (all: string[]): string[] => all.filter((l) => l.includes(":19530") || l === "least_conn;");

  test("clients come in at the peer's address and loopback, and reach its own proxy, another when that fails", () => {
    expect(conf).toEqual(expect.arrayContaining(["listen 198.18.0.12:19537;", "listen 127.0.0.1:19537;"]));
    expect(proxies(conf)).toEqual([
      "server 198.18.0.11:19530 max_fails=1 fail_timeout=5s backup;",
      "server 198.18.0.12:19530 max_fails=1 fail_timeout=5s;",
      "server 198.18.0.13:19530 max_fails=1 fail_timeout=5s backup;",
    ]);
  });

  test("spread over all peers, the proxy with the fewest connections is taken", () => {
    expect(proxies(lines(file(spec({ loadBalancing: "spread" }), "peer-2", "nginx.conf")))).toEqual([
      "least_conn;",
      "server 198.18.0.11:19530 max_fails=1 fail_timeout=5s;",
      "server 198.18.0.12:19530 max_fails=1 fail_timeout=5s;",
      "server 198.18.0.13:19530 max_fails=1 fail_timeout=5s;",
    ]);
  });

  test("a peer of the pool asks its own MinIO node, and the others when that fails", () => {
    expect(conf.filter((line) => line.includes(":9000"))).toEqual([
      "server 198.18.0.11:9000 max_fails=1 fail_timeout=5s backup;",
      "server 198.18.0.12:9000 max_fails=1 fail_timeout=5s;",
      "server 198.18.0.13:9000 max_fails=1 fail_timeout=5s backup;",
    ]);
    expect(conf).toContain("listen 127.0.0.1:9002;");
  });

  test("a peer outside the pool asks all nodes", () => {
    const four = spec({ peers: peers(4), storage: pool(names(1, 3)) });
    const outside = file(four, "peer-4", "nginx.conf");
    expect(outside).not.toMatch(/:9000.*backup/);
    expect(outside).toContain("server 198.18.0.14:19530");
  });

  test("nothing is open to all interfaces", () => {
    expect(conf.filter((line) => /^listen (\d+;|\*|0\.0\.0\.0|\[::\])/.test(line))).toEqual([]);
  });
});

describe("Pulsar", () => {
  const conf = lines(file(three, "peer-2", "pulsar-standalone.conf"));

  test("nothing but loopback is listened on, and clients are told so: each peer's load balancer is there", () => {
    expect(conf).toEqual(
      expect.arrayContaining([
        "advertisedAddress=127.0.0.1",
        "bindAddress=127.0.0.1",
        "listeningInterface=lo",
      ]),
    );
  });

  test("what is acknowledged is on disk, and stays until Milvus has stored it", () => {
    expect(conf).toEqual(
      expect.arrayContaining([
        "journalSyncData=true",
        "defaultRetentionTimeInMinutes=10080",
        "defaultRetentionSizeInMB=-1",
        "brokerDeleteInactiveTopicsEnabled=false",
      ]),
    );
  });
});

describe("MinIO's files", () => {
  test("credentials and parity are one environment file", () => {
    expect(file(three, "peer-1", "minio.env")).toBe(
      "MINIO_ROOT_USER=root-user-7f3a\nMINIO_ROOT_PASSWORD=root-password-$9c1d\nMINIO_STORAGE_CLASS_STANDARD=EC:4\n",
    );
  });

  test("a given parity is the one that is set", () => {
    const custom = spec({ storage: { ...pool(names(1, 3)), parity: 6 } });
    expect(file(custom, "peer-1", "minio.env")).toContain("MINIO_STORAGE_CLASS_STANDARD=EC:6\n");
  });

  test("hosts that do not count up are listed", () => {
    const odd = spec({
      peers: ["red", "green", "blue"].map((name, i) => ({ name, address: `198.18.0.${11 + i}` })),
      queue: { pulsarSingleton: { host: "red" } },
    });
    expect(parse(file(odd, "red", "minio-pool.yaml"))).toEqual({
      version: "v2",
      pools: [
        {
          args: ["red", "green", "blue"].map((host) => `https://${host}:9000/drives/drive{1...4}`),
        },
      ],
    });
  });
});
