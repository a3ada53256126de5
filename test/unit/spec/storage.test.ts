import { importFolder } from "../../../lib/spec/backups";
import { driveDirs, poolPeers, poolsAreRanges, poolWith } from "../../../lib/spec/pool";
import { dataPathsOutside, mountPointsOf } from "../../../lib/spec/disks";
import type { MinioStorage, PoolInput, S3Input, StorageInput } from "../../../lib/spec/spec";
import { parseEndpoint, storageSpec } from "../../../lib/spec/storage";
import { poolFacts } from "../../../lib/spec/storage-facts";
import { CA_PEM, names, peers, pool, problems, spec } from "./fixture";

/** Problems of five peers with this storage, but for what is said of a pool whose loss is felt. */
const found = (storage: StorageInput, count = 5): string[] =>
  problems({ peers: peers(count), storage }).filter((line) => !/^warning (storage\.pools|peers)/.test(line));

const wide = (first: number, last: number, drivesPerPeer = 4): PoolInput => ({
  peers: names(first, last),
  drivesPerPeer,
});
const hostPools = (count: number, drivesPerPeer: number): PoolInput[] =>
  names(1, count).map((name) => ({ peers: [name], drivesPerPeer }));
const mounted = (...mountPoints: string[]): StorageInput => ({
  pools: [{ peers: names(1, 3), mountPoints }],
});

describe("which storage", () => {
  test("neither pools nor S3, or both", () => {
    const none =
      "error storage: the cluster has no object storage; give it a pool of MinIO or an S3 endpoint";
    expect([found({}), found({ pools: [] })]).toEqual([[none], [none]]);
    expect(found({ ...pool(names(1, 3)), s3: { endpoint: "https://s3.example" } })).toEqual([
      "error storage: the cluster has both pools of MinIO and an S3 endpoint; choose one",
    ]);
  });

  test("a bucket is checked wherever it is", () => {
    for (const where of [pool(names(1, 3)), { s3: { endpoint: "https://s3.example" } }]) {
      expect(found({ ...where, bucket: "A" })).toEqual([
        expect.stringMatching(/^error storage\.bucket: "A"/),
      ]);
    }
  });
});

describe("several pools", () => {
  test.each<[string, StorageInput]>([
    ["a wide pool and a later one", { pools: [wide(1, 3), wide(4, 5)] }],
    ["a pool for each host", { pools: hostPools(5, 2) }],
    ["a wide pool and a later one of a single host", { pools: [wide(1, 4), wide(5, 5, 8)] }],
    ["pools of other drives than the first", { pools: [wide(1, 3), wide(4, 5, 8)] }],
  ])("%s", (_title, storage) => {
    expect(found(storage)).toEqual([]);
  });

  test("a peer is in one of them", () => {
    expect(found({ pools: [wide(1, 3), wide(3, 5)] })).toEqual([
      'error storage.pools[1].peers[0]: "peer-3" is in pool 1 already; name each peer once',
    ]);
  });

  test("none may be empty, or have no drives", () => {
    expect(found({ pools: [wide(1, 3), { peers: [] }] })).toEqual([
      "error storage.pools[1].peers: a pool needs peers; name one or more",
      "error storage.pools[1].drivesPerPeer: a pool needs drives; say how many each peer has, or where they are mounted (mountPoints)",
    ]);
  });

  test("none may be a single drive", () => {
    expect(found({ pools: hostPools(2, 1) }, 3)).toEqual(
      [0, 1].map(
        (i) =>
          `error storage.pools[${i}].drivesPerPeer: a pool beside others needs at least 2 drives; give this one more`,
      ),
    );
  });

  test("a pool of one host stands beside a wide one whose names do not count up: MinIO takes both from a file", () => {
    const named = ["red", "green", "blue", "db-1"].map((name, i) => ({
      name,
      address: `198.18.0.${11 + i}`,
    }));
    const storage = {
      pools: [
        { peers: ["red", "green", "blue"], drivesPerPeer: 4 },
        { peers: ["db-1"], drivesPerPeer: 8 },
      ],
    };
    const queue = { pulsarSingleton: { host: "red" } };
    expect(problems({ peers: named, storage, queue }).filter((line) => line.startsWith("error"))).toEqual([]);
  });

  test("parity is that of the first pool, and must fit all", () => {
    expect(found({ pools: [wide(1, 3), wide(4, 5, 1)] })).toEqual([
      "error storage.pools[1].drivesPerPeer: parity 4 is more than half of an erasure set of 2 drives; at most 1 fits: parity is that of the first pool; give this pool more drives, or set storage.parity",
    ]);
    expect(found({ pools: [wide(1, 3), wide(4, 5, 1)], parity: 1 })).toEqual([]);
    expect(found({ pools: [wide(1, 3), wide(4, 5)], parity: 5 })).toEqual([
      "error storage.parity: parity 5 is more than half of an erasure set of 8 drives; at most 4 fits",
    ]);
    expect(found({ ...pool(names(1, 3)), parity: 9 })).toEqual([
      "error storage.parity: 9 is not a whole number from 0 to 8",
    ]);
  });

  test("each whose loss of one peer is felt is warned of", () => {
    const warned = problems({
      peers: peers(5),
      storage: { pools: [wide(1, 3), wide(4, 4, 8), wide(5, 5, 8)] },
    });
    expect(warned).toEqual(
      [
        [1, 4],
        [2, 5],
      ].map(
        ([i, n]) =>
          `warning storage.pools[${i}]: reads and writes of the whole cluster stop when "peer-${n}" is lost, for it is a pool by itself; a wide pool of 3 peers or more survives that`,
      ),
    );
  });

  test("one that MinIO cannot divide is refused with a number of drives that it can", () => {
    expect(found({ pools: [wide(1, 1, 17)] }, 1)).toEqual([
      "error storage.pools[0].drivesPerPeer: MinIO cannot divide 1 hosts x 17 drives evenly into sets of 2 to 16 drives; give each host 16 drives",
    ]);
  });

  test("each peer belongs to its own", () => {
    const compiled = spec({ peers: peers(5), storage: { pools: [wide(1, 3), wide(4, 4, 8)] } });
    expect(poolWith(compiled, "peer-4")?.drivesPerPeer).toBe(8);
    expect(poolWith(compiled, "peer-5")).toBeUndefined();
    expect(poolPeers(compiled.storage as MinioStorage)).toEqual(names(1, 4));
    expect(poolsAreRanges(compiled)).toBe(true);
  });
});

describe("mount points", () => {
  test("are as many drives, in their order, in a folder of ours", () => {
    const compiled = spec({ storage: mounted("/mnt/a", "/mnt/b") });
    const [first] = (compiled.storage as MinioStorage).pools;
    expect(first!.drivesPerPeer).toBe(2);
    expect(driveDirs(compiled, first!)).toEqual(["/mnt/a/milvus-onprem", "/mnt/b/milvus-onprem"]);
  });

  test.each<[string, StorageInput, string[]]>([
    [
      "another number of drives",
      { pools: [{ peers: names(1, 3), mountPoints: ["/mnt/a"], drivesPerPeer: 4 }] },
      ["error storage.pools[0].drivesPerPeer: 4 drives do not fit 1 mount points; leave drivesPerPeer out"],
    ],
    [
      "no absolute path",
      mounted("mnt/a"),
      ['error storage.pools[0].mountPoints[0]: "mnt/a" is not an absolute path; start it with "/"'],
    ],
    [
      "one inside another",
      mounted("/mnt/a", "/mnt/a/b"),
      [
        "error storage.pools[0].mountPoints[1]: /mnt/a/b and /mnt/a (storage.pools[0].mountPoints[0]) are one inside the other; keep them apart",
      ],
    ],
    [
      "one named twice",
      mounted("/mnt/a", "/mnt/a"),
      [
        "error storage.pools[0].mountPoints[1]: /mnt/a and /mnt/a (storage.pools[0].mountPoints[0]) are one inside the other; keep them apart",
      ],
    ],
    [
      "one below the data root",
      mounted("/var/lib/milvus-onprem/disk1"),
      [
        "error storage.pools[0].mountPoints[0]: /var/lib/milvus-onprem/disk1 and /var/lib/milvus-onprem (dataRoot) are one inside the other; keep them apart",
      ],
    ],
    ["names that merely begin alike", mounted("/mnt/a", "/mnt/ab"), []],
    [
      "a size that no drive has",
      { pools: [{ ...wide(1, 3), driveGib: 0.5 }] },
      ["error storage.pools[0].driveGib: 0.5 is not a whole number from 1 to 65536"],
    ],
  ])("%s", (_title, storage, expected) => {
    expect(found(storage)).toEqual(expected);
  });

  test("of two pools may be alike, for they are on other hosts; each host has those of its own pool", () => {
    const storage = {
      pools: [
        { peers: names(1, 3), mountPoints: ["/mnt/a", "/mnt/b"] },
        { peers: names(4, 5), mountPoints: ["/mnt/a", "/mnt/c", "/mnt/d", "/mnt/e"] },
      ],
    };
    expect(found(storage)).toEqual([]);
    const compiled = spec({ peers: peers(5), storage, dataDirs: { etcd: "/mnt/etcd", pulsar: "/mnt/log" } });
    expect(mountPointsOf(compiled, "peer-1")).toEqual(["/mnt/a", "/mnt/b"]);
    expect(dataPathsOutside(compiled, "peer-1")).toEqual([
      ...["/mnt/etcd", "/mnt/a/milvus-onprem", "/mnt/b/milvus-onprem"],
    ]);
    expect(dataPathsOutside(compiled, "peer-2")).toContain("/mnt/log");
  });
});

describe("S3", () => {
  const s3 = (overrides: Partial<S3Input> = {}): StorageInput => ({
    s3: { endpoint: "https://s3.example", ...overrides },
  });

  test("needs an endpoint only", () => {
    expect(found(s3())).toEqual([]);
    expect(spec({ storage: s3() }).storage).toEqual({
      ...{ kind: "s3", host: "s3.example", port: 443, tls: true, bucket: "milvus-bucket" },
      ...{ rootPath: "files", pathStyle: true, auth: "keys", provider: "aws" },
    });
  });

  test("what is given replaces its default", () => {
    const given = s3({ endpoint: "http://[fd00::9]:9000/", region: "r", pathStyle: false, auth: "iam" });
    expect(storageSpec({ ...given, bucket: "abc" })).toMatchObject({
      ...{ host: "fd00::9", port: 9000, tls: false, bucket: "abc" },
      ...{ region: "r", pathStyle: false, auth: "iam" },
    });
  });

  test.each<[string, StorageInput, string[]]>([
    [
      "no endpoint",
      s3({ endpoint: "s3.example" }),
      [
        'error storage.s3.endpoint: "s3.example" is not an endpoint; an example is "https://s3.eu-central-1.amazonaws.com"',
      ],
    ],
    [
      "a bucket in the endpoint",
      s3({ endpoint: "https://s3.example/bucket" }),
      [expect.stringMatching(/^error storage\.s3\.endpoint: .* is not an endpoint/) as string],
    ],
    [
      "a port that is none",
      s3({ endpoint: "https://s3.example:99999" }),
      ["error storage.s3.endpoint: 99999 is not a port: use a whole number from 1 to 65535"],
    ],
    [
      "no TLS",
      s3({ endpoint: "http://s3.example" }),
      [
        "warning storage.s3.endpoint: objects and credentials travel readable to an http:// endpoint; use https://",
      ],
    ],
    [
      "words that are none",
      s3({ auth: "role" as "iam", provider: "azure" as "aws" }),
      [
        'error storage.s3.auth: "role" is neither "keys" nor "iam"',
        'error storage.s3.provider: "azure" is neither "aws" nor "gcp" nor "aliyun"',
      ],
    ],
    [
      "a prefix with a slash in front",
      s3({ rootPath: "/files" }),
      [
        'error storage.s3.rootPath: "/files" is not a prefix of objects: use letters, digits and "._-", with "/" in between',
      ],
    ],
    [
      "a key in the place of a CA",
      s3({ caPem: CA_PEM.replaceAll("CERTIFICATE", "PRIVATE KEY") }),
      ["error storage.s3.caPem: it holds a private key; give the certificate alone"],
    ],
    [
      "a CA that is none",
      s3({ caPem: "ca.crt" }),
      ["error storage.s3.caPem: it is not a certificate in PEM"],
    ],
    [
      "parity",
      { ...s3(), parity: 2 },
      ["error storage.parity: parity is a matter of the cluster's own MinIO; remove it"],
    ],
  ])("%s", (_title, storage, expected) => {
    expect(found(storage)).toEqual(expected);
  });

  test.each([
    ["https://s3.example", { host: "s3.example", port: 443, tls: true }],
    ["http://198.18.0.9", { host: "198.18.0.9", port: 80, tls: false }],
    ["https://[fd00::9]:9000", { host: "fd00::9", port: 9000, tls: true }],
    ["https://user@s3.example", undefined],
    ["ftp://s3.example", undefined],
    ["https://s3.example?x", undefined],
  ])("endpoint %s", (url, endpoint) => {
    expect(parseEndpoint(url)).toEqual(endpoint);
  });
});

describe("facts of a pool", () => {
  const facts = (storage: StorageInput, count = 5): ReturnType<typeof poolFacts> => {
    const compiled = spec({ peers: peers(count), storage });
    return poolFacts(compiled, compiled.storage as MinioStorage);
  };

  test("drives of a set that may be lost, and capacity where the size of the drives is known", () => {
    expect(facts({ pools: [{ ...wide(1, 3), driveGib: 100 }] })[0]).toMatchObject({
      ...{ sets: 1, setSize: 12, parity: 4, drivesLostForReads: 4, drivesLostForWrites: 4 },
      ...{ rawGib: 1200, usableGib: 800 },
    });
    expect(facts({ pools: [wide(1, 2, 2)] }, 2)[0]).toMatchObject({
      ...{ drivesLostForReads: 2, drivesLostForWrites: 1, hostsLostForReads: 1, hostsLostForWrites: 0 },
    });
  });

  test("no size, no capacity; a part of a GiB is none", () => {
    expect(facts({ pools: [wide(1, 3)] })[0]).not.toHaveProperty("rawGib");
    expect(facts({ pools: [{ ...wide(1, 3, 1), driveGib: 7 }] })[0]).toMatchObject({
      rawGib: 21,
      usableGib: 14,
    });
    expect(facts({ pools: [{ ...wide(1, 5, 1), driveGib: 7 }] })[0]).toMatchObject({
      rawGib: 35,
      usableGib: 21,
    });
  });

  test("a later pool has the first one's parity, not its own default", () => {
    const [first, later] = facts({ pools: [wide(1, 3, 1), wide(4, 5, 4)] });
    expect([first!.parity, later!.parity, later!.setSize]).toEqual([1, 1, 8]);
  });
});

test("Milvus imports from its own bucket, beside its objects, wherever backups lie", () => {
  const backups = { target: { s3: { endpoint: "https://other.example", bucket: "elsewhere" } } };
  expect(importFolder(spec({ backups }))).toEqual({ bucket: "milvus-bucket", folder: "imports" });
  const storage = { s3: { endpoint: "https://s3.example", rootPath: "files" } };
  expect(importFolder(spec({ storage, backups }))).toEqual({
    ...{ bucket: "milvus-bucket", folder: "files-imports" },
  });
});
