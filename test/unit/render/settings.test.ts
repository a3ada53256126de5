import { parse } from "yaml";
import type { ClusterSpecInput } from "../../../lib/spec/spec";
import { CA_PEM, names, peers, pool, spec } from "../spec/fixture";
import { file, milvusKeys, service } from "./fixture";

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

  test("a query node that stops hands over first, and is done before Docker kills it; one that is alone has nobody to", () => {
    const seconds = keys["queryNode.gracefulStopTimeout"] as number;
    expect(seconds).toBeGreaterThanOrEqual(20);
    expect(`${seconds + 5}s`).toBe(service(three, "peer-3", "querynode").stop_grace_period);
    const alone = spec({ mode: "standalone", peers: peers(1), queue: undefined });
    expect(milvusKeys(alone, "peer-1")["queryNode.gracefulStopTimeout"]).toBe(1);
  });

  test("a proxy of 2.3 soon asks anew who serves a search", () => {
    expect(keys["proxy.shardLeaderCacheInterval"]).toBe(1);
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

describe("the way to Pulsar", () => {
  const block = (peer: string, listen: string): string[] => {
    const all = lines(file(three, peer, "nginx.conf"));
    const from = all.indexOf(`listen ${listen};`);
    return from < 0 ? [] : all.slice(from + 1, all.indexOf("}", from));
  };

  test.each(["6650", "8080"])("port %s: its host lets peers in that show their certificate", (port) => {
    expect(block("peer-2", `198.18.0.12:${port} ssl`)).toEqual([
      "ssl_certificate /etc/milvus-onprem/tls/peer.crt;",
      "ssl_certificate_key /etc/milvus-onprem/tls/peer.key;",
      "ssl_client_certificate /etc/milvus-onprem/tls/ca.crt;",
      "ssl_verify_client on;",
      "ssl_protocols TLSv1.3;",
      `proxy_pass 127.0.0.1:${port};`,
    ]);
  });

  test.each(["6650", "8080"])(
    "port %s: every other peer offers it on loopback, and checks whose it is",
    (port) => {
      expect(block("peer-3", `127.0.0.1:${port}`)).toEqual([
        "proxy_ssl on;",
        "proxy_ssl_certificate /etc/milvus-onprem/tls/peer.crt;",
        "proxy_ssl_certificate_key /etc/milvus-onprem/tls/peer.key;",
        "proxy_ssl_trusted_certificate /etc/milvus-onprem/tls/ca.crt;",
        "proxy_ssl_verify on;",
        "proxy_ssl_name peer-2;",
        "proxy_ssl_protocols TLSv1.3;",
        `proxy_pass 198.18.0.12:${port};`,
      ]);
      expect(block("peer-2", `127.0.0.1:${port}`)).toEqual([]);
    },
  );

  test("without a Pulsar of the cluster's own there is none, and with S3 none to MinIO", () => {
    const outside = spec({
      version: "v2.6.22",
      queue: undefined,
      storage: { s3: { endpoint: "https://s3.example" } },
    });
    expect(file(outside, "peer-1", "nginx.conf")).not.toMatch(/6650|8080|9000|9002/);
  });
});

describe("what is outside", () => {
  const keys = (overrides: Partial<ClusterSpecInput>): Record<string, unknown> =>
    milvusKeys(spec(overrides), "peer-1");
  const s3 = (more: object): Record<string, unknown> =>
    keys({ storage: { s3: { endpoint: "https://s3.example", ...more }, bucket: "vectors" } });

  test("S3 with keys: which are never MinIO's", () => {
    expect(
      s3({ region: "eu-central-1", pathStyle: false, rootPath: "a/b", provider: "aliyun" }),
    ).toMatchObject({
      ...{
        "minio.address": "s3.example",
        "minio.port": 443,
        "minio.useSSL": true,
        "minio.bucketName": "vectors",
      },
      ...{ "minio.accessKeyID": "s3-access-key-10f2", "minio.secretAccessKey": "s3-secret-key-77aa" },
      ...{ "minio.region": "eu-central-1", "minio.useVirtualHost": true, "minio.rootPath": "a/b" },
      ...{ "minio.cloudProvider": "aliyun", "minio.ssl.tlsCACert": "" },
    });
  });

  test("S3 by the VM's role: no key at all", () => {
    const iam = s3({ auth: "iam" });
    expect(iam["minio.useIAM"]).toBe(true);
    expect(iam).not.toHaveProperty(["minio.accessKeyID"]);
  });

  test("S3 at an IPv6 address: Milvus takes what has a colon for an address with its port", () => {
    expect(s3({ endpoint: "http://[fd00::9]:9000" })).toMatchObject({
      ...{ "minio.address": "[fd00::9]:9000", "minio.port": 9000, "minio.useSSL": false },
    });
  });

  test("a Pulsar outside, whose admin port is asked only where it was given", () => {
    const queue = (more: object): ClusterSpecInput["queue"] => ({
      externalPulsar: { serviceUrl: "pulsar+ssl://pulsar.example:6651", tenant: "t", token: true, ...more },
    });
    expect(keys({ queue: queue({}) })).toMatchObject({
      ...{ "mq.type": "pulsar", "pulsar.address": "pulsar+ssl://pulsar.example:6651", "pulsar.port": 6651 },
      ...{ "pulsar.webport": 1, "pulsar.tenant": "t", "pulsar.namespace": "default" },
      ...{ "pulsar.authPlugin": "token", "pulsar.authParams": "token:external-pulsar-token-c3c3" },
    });
    expect(keys({ queue: queue({ adminPort: 8080 }) })["pulsar.webport"]).toBe(8080);
    expect(keys({ queue: queue({ token: false }) })).not.toHaveProperty(["pulsar.authParams"]);
  });

  test("a Kafka outside, with its user, and its CA at a path that Milvus sees", () => {
    const kafka = { brokers: ["k-1:9093", "k-2:9093"], caPem: CA_PEM } as const;
    const sasl = { protocol: "SASL_SSL", saslMechanism: "PLAIN" } as const;
    expect(
      keys({ queue: { externalKafka: { ...kafka, brokers: [...kafka.brokers], ...sasl } } }),
    ).toMatchObject({
      ...{
        "mq.type": "kafka",
        "kafka.brokerList": "k-1:9093,k-2:9093",
        "kafka.securityProtocol": "SASL_SSL",
      },
      ...{ "kafka.saslMechanisms": "PLAIN", "kafka.saslUsername": "kafka-user-d00d" },
      ...{ "kafka.saslPassword": "kafka-password-2b2b", "kafka.ssl.enabled": true },
      "kafka.ssl.tlsCaCert": "/etc/milvus-onprem/rendered/queue-ca.crt",
    });
    const plain = keys({ queue: { externalKafka: { brokers: ["k-1:9092"] } } });
    expect(Object.keys(plain).filter((key) => key.startsWith("kafka."))).toEqual([
      ...["kafka.brokerList", "kafka.securityProtocol"],
    ]);
  });
});

describe("TLS", () => {
  const tls = (security: object): Record<string, unknown> =>
    milvusKeys(spec({ version: "v2.5.27", security }), "peer-1");

  test.each([
    ["off", 0],
    ["server", 1],
    ["mutual", 2],
  ])("for clients %s is mode %i of Milvus", (clientTls, mode) => {
    expect(tls({ clientTls })["common.security.tlsMode"]).toBe(mode);
  });

  test("off, there is no certificate and no port for REST of its own", () => {
    expect(Object.keys(tls({})).filter((key) => /^tls|^internaltls|^proxy\.http/.test(key))).toEqual([]);
  });

  test("on, Milvus shows its own certificate to clients and roles", () => {
    const own = ["tls", "internaltls"].map((section) => [
      [`${section}.serverPemPath`, "/etc/milvus-onprem/milvus-tls/milvus.crt"],
      [`${section}.serverKeyPath`, "/etc/milvus-onprem/milvus-tls/milvus.key"],
      [`${section}.caPemPath`, "/etc/milvus-onprem/milvus-tls/ca.crt"],
    ]);
    expect(tls({ clientTls: "mutual", internalTls: true })).toMatchObject({
      ...Object.fromEntries(own.flat()),
      ...{ "proxy.http.port": 19533, "common.security.internaltlsEnabled": true },
      "internaltls.sni": "milvus.internal",
    });
  });

  test("without a password, Milvus asks for none", () => {
    expect(tls({ authentication: false })["common.security.authorizationEnabled"]).toBe(false);
  });
});

test("IPv6: each role announces its address as one behind which a port can stand", () => {
  const members = peers(3).map((peer, i) => ({ ...peer, address: `fd00::${i + 1}` }));
  const keys = milvusKeys(spec({ peers: members }), "peer-2");
  expect(keys["queryNode.ip"]).toBe("[fd00::2]");
  expect(keys["etcd.endpoints"]).toBe("[fd00::1]:2379,[fd00::2]:2379,[fd00::3]:2379");
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

  test("nobody comes in without the token, which no process list shows", () => {
    expect(conf).toEqual(
      expect.arrayContaining([
        "authenticationEnabled=true",
        "authorizationEnabled=true",
        "tokenSecretKey=file:///pulsar-token.key",
        "brokerClientAuthenticationParameters=file:///pulsar.token",
      ]),
    );
    // Pulsar prints its configuration when it starts.
    expect(conf.join("\n")).not.toContain("pulsar-token-e6d5");
    expect(file(three, "peer-2", "pulsar-token.key")).toBe("cHVsc2FyLXRva2VuLWtleQ==");
    expect(file(three, "peer-2", "pulsar.token")).toBe("pulsar-token-e6d5");
    expect(file(three, "peer-2", "pulsar-token.header")).toBe("Authorization: Bearer pulsar-token-e6d5\n");
    expect(file(three, "peer-2", "docker-compose.yml")).not.toContain("pulsar-token-e6d5");
  });

  test("memory and retention are what was asked for", () => {
    const more = { heapMb: 1024, directMemoryMb: 2048, retentionMinutes: 60, retentionMb: 512 };
    const asked = spec({ queue: { pulsarSingleton: { host: "peer-1", ...more } } });
    expect(service(asked, "peer-1", "pulsar").environment?.PULSAR_MEM).toBe(
      "-Xms1024m -Xmx1024m -XX:MaxDirectMemorySize=2048m",
    );
    expect(lines(file(asked, "peer-1", "pulsar-standalone.conf"))).toEqual(
      expect.arrayContaining(["defaultRetentionTimeInMinutes=60", "defaultRetentionSizeInMB=512"]),
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

  test("parity is that of the first pool also on the peers of a later one", () => {
    const pools = [...pool(names(1, 3), 1).pools!, ...pool(names(4, 5)).pools!];
    const later = spec({ peers: peers(5), storage: { pools } });
    for (const peer of names(1, 5)) expect(file(later, peer, "minio.env")).toContain("STANDARD=EC:1\n");
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
