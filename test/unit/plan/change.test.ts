import { planChange } from "../../../lib/plan/change";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { names, peers, pool, spec } from "../spec/fixture";
import {
  ALL,
  change,
  CHECK,
  COMMIT,
  ON_ALL,
  ROLES,
  SNAPSHOT,
  titles,
  VERIFY,
  warned,
  WARMER,
  work,
  type Overrides,
} from "./change-support";

const firewall = { clients: ["10.0.0.0/8"], operators: [] };
const pulsar = (more: object = {}): Overrides => ({
  queue: { pulsarSingleton: { host: "peer-2", ...more } },
});

describe("nothing to do", () => {
  const NOTHING = { steps: [], refusals: [], warnings: [] };

  test("between equal specs, whatever the order of their keys", () => {
    const { name, ...rest } = spec();
    expect(planChange(spec(), { ...rest, name })).toEqual(NOTHING);
    expect(planChange(spec(), JSON.parse(JSON.stringify(spec())) as ClusterSpec)).toEqual(NOTHING);
  });

  test("for the daemon's image, which is each peer's own matter", () => {
    expect(change({}, { images: { daemon: "registry.example/daemon:2" } })).toEqual(NOTHING);
  });
});

describe("another version of Milvus", () => {
  const why = (from: string, to: string): string =>
    `(image: milvusdb/milvus:v2.3.${from} → milvusdb/milvus:v2.3.${to})`;

  test("an upgrade pulls first and takes a snapshot, then exchanges role by role in the order of the line", () => {
    const found = change({ version: "v2.3.4" }, { version: "v2.3.5" });
    expect(titles(found)).toEqual([
      CHECK,
      `pull milvusdb/milvus:v2.3.5 on ${ALL}, before anything stops`,
      SNAPSHOT,
      `restart coord on ${ALL}, one at a time, standbys first ${why("4", "5")}`,
      `restart indexnode on ${ALL}, one at a time ${why("4", "5")}`,
      `restart querynode on ${ALL}, one at a time ${why("4", "5")}`,
      `restart datanode on ${ALL}, one at a time ${why("4", "5")}`,
      `restart proxy on ${ALL}, one at a time ${why("4", "5")}`,
      VERIFY,
      COMMIT,
    ]);
    expect(warned(found)).toEqual([]);
  });

  test("backs up all data first where the program asks for it, and only before another version", () => {
    const asked = { control: { backupBeforeUpgrade: true } };
    const step = change(asked, { ...asked, version: "v2.3.6" }).steps.find(({ kind }) => kind === "backup");
    expect(step).toMatchObject({
      data: true,
      title: `${SNAPSHOT}, and back up all data into the cluster's own bucket`,
      impact: {
        reads: "none",
        writes: "none",
        detail: expect.stringContaining("are loaded while they are read"),
      },
    });
    const other = change(asked, { ...asked, images: { etcd: "etcd:2" } }).steps.find(
      ({ kind }) => kind === "backup",
    );
    expect(other).toMatchObject({ title: SNAPSHOT });
    expect(other).not.toHaveProperty("data");
  });

  test("2.6 has an order of its own: streaming nodes after the coordinators", () => {
    const six = (patch: number): Overrides => ({ version: `v2.6.${patch}`, queue: undefined });
    expect(work(change(six(10), six(11)))).toEqual(
      [
        "pull",
        "backup",
        ...["coord", "streamingnode", "querynode", "datanode", "proxy"].map((r) => `restart ${r}`),
      ].map((name) => `${name} ${ON_ALL}`),
    );
  });

  test("a downgrade goes backwards, and is warned of", () => {
    const found = change({ version: "v2.3.5" }, { version: "v2.3.4" });
    expect(work(found)).toEqual([
      `pull ${ON_ALL}`,
      `backup ${ON_ALL}`,
      ...[...ROLES].reverse().map((role) => `restart ${role} ${ON_ALL}`),
    ]);
    expect(warned(found)).toEqual([
      "warning version: Milvus goes back from v2.3.5 to v2.3.4: its makers promise nothing about that",
    ]);
  });

  test("a patch of two digits is newer than one of one", () => {
    expect(work(change({ version: "v2.3.9" }, { version: "v2.3.10" }))[2]).toBe(`restart coord ${ON_ALL}`);
  });

  test("a standalone process is one step, and the plan says that Milvus is away", () => {
    const one = (version: string): Overrides => ({
      ...{ version, mode: "standalone", peers: peers(1), storage: pool(["peer-1"]), queue: undefined },
    });
    const found = change(one("v2.3.4"), one("v2.3.5"));
    expect(work(found)).toEqual(["pull on peer-1", "backup on peer-1", "restart standalone on peer-1"]);
    expect(warned(found)).toEqual([
      expect.stringMatching(/reads and writes stop: it is the one process of Milvus$/),
    ]);
  });
});

describe("settings of Milvus", () => {
  test("one of a single role restarts that role alone", () => {
    expect(titles(change({}, WARMER))).toEqual([
      CHECK,
      `restart querynode on ${ALL}, one at a time (queryNode.cache.warmup: nothing → sync)`,
      VERIFY,
      COMMIT,
    ]);
  });

  test("one that is taken away restarts it as well", () => {
    expect(titles(change(WARMER, {}))[1]).toBe(
      `restart querynode on ${ALL}, one at a time (queryNode.cache.warmup: sync → nothing)`,
    );
  });

  test.each(["rootCoord.maxDatabaseNum", "dataCoord.gc.interval", "queryCoord.balanceIntervalSeconds"])(
    "one of a coordinator, %s, restarts all roles: others look at it, too",
    (key) => {
      expect(work(change({}, { config: { [key]: 128 } }))).toEqual(
        ROLES.map((r) => `restart ${r} ${ON_ALL}`),
      );
    },
  );

  test("one of the proxy restarts the coordinators as well", () => {
    expect(work(change({}, { config: { "proxy.maxTaskNum": 2048 } }))).toEqual([
      `restart coord ${ON_ALL}`,
      `restart proxy ${ON_ALL}`,
    ]);
  });

  test("sessions that live longer concern every role", () => {
    expect(work(change({}, { sessionTtlSeconds: 20 }))).toEqual(ROLES.map((r) => `restart ${r} ${ON_ALL}`));
  });

  test("of several differences the title has the first, the step all", () => {
    const { steps } = change(
      {},
      { config: { "queryNode.cache.warmup": "sync", "queryNode.enableDisk": true } },
    );
    expect(steps[1]!.title).toMatch(/\(queryNode\.cache\.warmup: nothing → sync, and 1 more\)$/);
    expect(steps[1]!.why).toEqual([
      "queryNode.cache.warmup: nothing → sync",
      "queryNode.enableDisk: nothing → true",
    ]);
  });
});

describe("one component", () => {
  test("its limits restart it alone", () => {
    const found = change({}, { resources: { query: { memoryMb: 4096, cpus: 2 } } });
    expect(titles(found)[1]).toBe(
      `restart querynode on ${ALL}, one at a time (cpus: nothing → 2, and 1 more)`,
    );
    expect(work(found)).toHaveLength(1);
  });

  test("the load balancers read their file again, and nothing restarts", () => {
    const found = change({}, { loadBalancing: "spread" });
    expect(titles(found)).toEqual([
      CHECK,
      `write nginx.conf on ${ALL}, and have nginx read its own again`,
      VERIFY,
      COMMIT,
    ]);
    expect(found.steps[1]!.impact).toEqual({
      ...{ reads: "none", writes: "none", detail: "connections that are open stay open" },
    });
  });

  test("another port for clients is one reading of the file, and clients are warned", () => {
    const found = change({}, { ports: { lb: 29537 } });
    expect(work(found)).toEqual([`write ${ON_ALL}`]);
    expect(warned(found)).toEqual([
      "warning ports.lb: clients reach the cluster at port 29537 from then on, and at 19537 no longer; connections that are open stay open",
    ]);
  });

  test("MinIO is exchanged on all peers at once", () => {
    const found = change({}, { images: { minio: "minio/minio:R2" } });
    expect(titles(found).slice(1, 3)).toEqual([
      `pull minio/minio:R2 on ${ALL}, before anything stops`,
      expect.stringMatching(`^restart minio on ${ALL}, all at once \\(image: `),
    ]);
    expect(found.steps[2]).toMatchObject({
      kind: "restartTogether",
      impact: { reads: "stall", writes: "stall" },
    });
    expect(warned(found)).toEqual([]);
  });

  test("where the log is in the object store, writes stop with MinIO", () => {
    const six: Overrides = { version: "v2.6.11", queue: undefined };
    expect(warned(change(six, { ...six, images: { minio: "minio/minio:R2" } }))).toEqual([
      expect.stringMatching(
        /^warning : while "restart minio .*" runs, writes stop: the object store is away/,
      ),
    ]);
  });

  test("etcd is exchanged one member at a time, and no client notices", () => {
    const found = change({}, { images: { etcd: "etcd:2" } });
    expect(titles(found)[3]).toMatch(`restart etcd on ${ALL}, one at a time, its leader last (image: `);
    expect(found.steps[3]).toMatchObject({ kind: "restart", impact: { reads: "none", writes: "none" } });
  });

  test("the one member of etcd is missed", () => {
    const one: Overrides = { peers: peers(1), storage: pool(["peer-1"]) };
    expect(warned(change(one, { ...one, images: { etcd: "etcd:2" } }))).toEqual([
      expect.stringMatching(/reads and writes stop: its one member is away for seconds$/),
    ]);
  });

  test.each(["heapMb", "directMemoryMb", "retentionMinutes", "retentionMb"])(
    "Pulsar's %s restarts it where it is, and the plan warns that writes stop",
    (field) => {
      const found = change(pulsar(), pulsar({ [field]: 20_000 }));
      expect(work(found)).toEqual(["restart pulsar on peer-2"]);
      expect(warned(found)).toEqual([
        expect.stringMatching(
          /^warning : while "restart pulsar on peer-2 .*" runs, writes stop: no write is/,
        ),
      ]);
    },
  );
});

describe("what restarts nothing", () => {
  test("the daemons' own settings are recorded, and that is all", () => {
    expect(titles(change({}, { control: { leaderTtlSeconds: 20, watchdog: "monitor" } }))).toEqual([COMMIT]);
  });

  test("so is the size of a drive, which is for the plan", () => {
    const sized = { pools: [{ peers: names(1, 3), drivesPerPeer: 4, driveGib: 100 }] };
    expect(titles(change({}, { storage: sized }))).toEqual([COMMIT]);
  });

  test.each<[string, Overrides, Overrides]>([
    ["comes", {}, { security: { firewall } }],
    [
      "changes",
      { security: { firewall } },
      { security: { firewall: { ...firewall, clients: ["10.0.0.0/9"] } } },
    ],
    ["goes", { security: { firewall } }, {}],
  ])("the ruleset that %s is written, to be loaded by whoever runs the VMs", (_title, before, after) => {
    expect(titles(change(before, after))).toEqual([CHECK, `write nftables.conf on ${ALL}`, VERIFY, COMMIT]);
  });

  test("a version whose image stays is recorded", () => {
    const images = { milvus: "registry.example/milvus:own" };
    expect(titles(change({ version: "v2.3.4", images }, { version: "v2.3.5", images }))).toEqual([COMMIT]);
  });
});

describe("several changes at once", () => {
  test("are one roll: what is built on first, each container once, the load balancer last", () => {
    const after = { ...WARMER, ...pulsar({ heapMb: 1024 }), version: "v2.3.5", images: { etcd: "etcd:2" } };
    const found = change({ version: "v2.3.4" }, { ...after, resources: { nginx: { cpus: 1 } } });
    expect(work(found)).toEqual([
      `pull ${ON_ALL}`,
      `backup ${ON_ALL}`,
      `restart etcd ${ON_ALL}`,
      "restart pulsar on peer-2",
      ...ROLES.map((role) => `restart ${role} ${ON_ALL}`),
      `restart nginx ${ON_ALL}`,
    ]);
    expect(titles(found)[1]).toBe(`pull etcd:2 and milvusdb/milvus:v2.3.5 on ${ALL}, before anything stops`);
    expect(found.steps.find(({ service }) => service === "querynode")!.why).toHaveLength(2);
  });

  test("the load balancer's file is read again even where other restarts bring it along", () => {
    expect(work(change({}, { ...WARMER, loadBalancing: "spread" }))).toEqual([
      `restart querynode ${ON_ALL}`,
      `write ${ON_ALL}`,
    ]);
  });

  test("a ruleset comes along with a restart of its peer, and by itself elsewhere", () => {
    const after = { ...pulsar({ heapMb: 1024 }), security: { firewall } };
    expect(work(change(pulsar(), after))).toEqual(["restart pulsar on peer-2", "write on peer-1,peer-3"]);
  });
});
