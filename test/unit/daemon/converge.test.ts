import { join } from "node:path";
import { readdir, readFile } from "node:fs/promises";
import type { ClusterSpec } from "../../../lib/spec/spec";
import {
  activeOn,
  anew,
  changed,
  committed,
  events,
  formed,
  jobOf,
  NAMES,
  running,
  sicken,
  unfinished,
  WARM,
  wanted,
  withImage,
} from "./converge-support";
import type { Peers } from "./peers-support";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
let peers: Peers;
let from: ClusterSpec;
beforeEach(async () => {
  peers = await formed(dir.path());
  from = peers.spec;
});
afterEach(() => peers.stop());

const warm = (): ClusterSpec => changed(peers, WARM);

describe("a change", () => {
  test("makes anew the containers that it names, peer by peer, and no other", async () => {
    const job = jobOf(peers, { from, to: warm() });
    await job.run(peers.elect("peer-2"));
    expect(events(peers)).toEqual(NAMES.map(() => ["mkdir /milvus/querynode 700 0:0", "recreate querynode"]));
    expect(anew(job)).toEqual(["peer-1: querynode", "peer-2: querynode", "peer-3: querynode"]);
    expect(running(peers, "querynode")).toEqual(wanted(warm(), "querynode"));
    const yaml = await readFile(join(peers.of("peer-3").host.dir, "rendered", "milvus.yaml"), "utf8");
    expect(yaml).toContain("warmup: sync");
  });

  test("is in force with one generation more, in the transaction that ends it", async () => {
    const seen: string[] = [];
    const leader = peers.elect("peer-1");
    const { commit } = leader.records;
    leader.records.commit = (changes) => {
      seen.push(changes.map(({ key, value }) => `${key.split("/").at(-1)} ${value ? "=" : "-"}`).join(", "));
      return commit.call(leader.records, changes);
    };
    const result = await jobOf(peers, { from, to: warm() }).run(leader);
    expect(seen).toEqual(["change =", "spec =, change -"]);
    expect(committed(peers)).toMatchObject({ generation: 2, spec: WARM });
    expect(unfinished(peers)).toBeUndefined();
    expect(result).toEqual({ generation: 2 });
  });

  test("tries reads and writes through every load balancer after each container, and leaves no collection", async () => {
    const tried: string[] = [];
    peers.milvus.onCall = (name, address) => name === "search" && tried.push(address);
    const job = jobOf(peers, { from, to: warm() });
    const leader = peers.elect("peer-1");
    await job.run(leader, { until: "check" });
    tried.length = 0;
    await job.run(leader, { until: "restart querynode" });
    const all = from.peers.map(({ address }) => `${address}:19537`);
    expect(tried.sort()).toEqual([...all, ...all, ...all].sort());
    await job.run(leader);
    expect([peers.milvus.collections.size, peers.milvus.open]).toEqual([0, 0]);
  });

  test("takes the coordinators that stand by first, and those that are active last", async () => {
    activeOn(peers, "peer-2");
    const job = jobOf(peers, { from, to: changed(peers, { sessionTtlSeconds: 20 }) });
    await job.run(peers.elect("peer-1"), { until: "restart coord" });
    expect(anew(job)).toEqual(["peer-1: coord", "peer-3: coord", "peer-2: coord"]);
  });

  test("takes etcd's leader last", async () => {
    const job = jobOf(peers, { from, to: withImage(peers, "etcd", "etcd:2") });
    await job.run(peers.elect("peer-1"));
    expect(anew(job)).toEqual(["peer-2: etcd", "peer-3: etcd", "peer-1: etcd"]);
  });

  test("of the load balancers has them read their file again, and makes none anew", async () => {
    await jobOf(peers, { from, to: changed(peers, { loadBalancing: "spread" }) }).run(peers.elect("peer-1"));
    expect(events(peers)).toEqual(NAMES.map(() => ["SIGHUP nginx"]));
  });

  test("is gone through where clients are by then, when the load balancers' port moves", async () => {
    const { dead } = peers.milvus;
    const at = (address: string, port: number): string => `${address}:${port}`;
    for (const { address } of from.peers) dead.add(at(address, 29537));
    for (const [i, { host }] of peers.all.entries()) {
      const { address } = from.peers[i]!;
      host.events.push = (...items) => {
        if (items.includes("SIGHUP nginx")) {
          dead.add(at(address, 19537));
          dead.delete(at(address, 29537));
        }
        return Array.prototype.push.apply(host.events, items);
      };
    }
    const to = changed(peers, { ports: { ...from.ports, lb: 29537 } });
    await jobOf(peers, { from, to }).run(peers.elect("peer-1"));
    expect(committed(peers).spec.ports.lb).toBe(29537);
    expect(peers.milvus.calls.at(-1)).toContain(":29537");
  });

  test("pulls what is new on every peer before it touches anything", async () => {
    const job = jobOf(peers, { from, to: withImage(peers, "nginx", "nginx:2") });
    await job.run(peers.elect("peer-1"), { until: "pull" });
    for (const { host } of peers.all) expect(host.events).toContain("pull nginx:2");
    expect([anew(job), unfinished(peers)]).toEqual([[], undefined]);
  });

  test("takes a snapshot of etcd before it exchanges etcd or Milvus", async () => {
    const job = jobOf(peers, { from, to: withImage(peers, "etcd", "etcd:2") });
    const { file } = await job.run(peers.elect("peer-1"), { until: "backup" });
    for (const { config } of peers.all) {
      expect(await readdir(join(config.identity.dataRoot, "backups", "etcd"))).toEqual([file]);
    }
    expect([anew(job), unfinished(peers)]).toEqual([[], undefined]);
  });

  test("backs up all data before another version of Milvus, and touches nothing should that fail", async () => {
    const control = { ...from.control, backupBeforeUpgrade: true };
    const images = { ...from.images, milvus: "milvus:2" };
    const job = jobOf(peers, { from, to: changed(peers, { version: "v2.3.6", images, control }) });
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("no Milvus here");
    expect([anew(job), unfinished(peers)]).toEqual([[], undefined]);
  });

  test("marks what it works on, so that the watchdog leaves it alone, and no longer", async () => {
    const { marks, host } = peers.of("peer-2");
    let during: string | undefined;
    host.events.push = (...items) => {
      during ??= marks.why("querynode");
      return Array.prototype.push.apply(host.events, items);
    };
    await jobOf(peers, { from, to: warm() }).run(peers.elect("peer-1"));
    expect([during, marks.why("querynode")]).toEqual(["a change of the cluster makes it anew", undefined]);
  });
});

describe("nothing is touched", () => {
  afterEach(() => {
    expect(events(peers)).toEqual([[], [], []]);
    expect(unfinished(peers)).toBeUndefined();
  });

  test("by a plan that another change has overtaken: it tells what has changed", async () => {
    const other = { ...committed(peers), generation: 7, spec: changed(peers, { sessionTtlSeconds: 20 }) };
    peers.store.put("/milvus-onprem/c1/spec", JSON.stringify(other));
    await expect(jobOf(peers, { from, to: warm() }).run(peers.elect("peer-1"))).rejects.toThrow(
      /^the cluster has changed since this was planned: generation 7 is in force \(common\.session\.ttl: 5 → 20\)\. Plan again$/,
    );
  });

  test("while a component is not healthy: it is named", async () => {
    sicken(peers, "peer-3", "datanode");
    await expect(jobOf(peers, { from, to: warm() }).run(peers.elect("peer-1"))).rejects.toThrow(
      "the cluster is not whole: datanode on peer-3 is unhealthy (Up 2 minutes (unhealthy)). Mend that first; nothing was changed",
    );
  });

  test("while a peer is away", async () => {
    await peers.of("peer-3").down();
    await expect(jobOf(peers, { from, to: warm() }).run(peers.elect("peer-1"))).rejects.toThrow(
      /^the cluster is not whole: peer-3: its daemon cannot be reached/,
    );
  });

  test("by what a plan would refuse", async () => {
    const job = jobOf(peers, { from, to: changed(peers, { dataRoot: "/srv/milvus" }) });
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(
      /^\/params\/to: dataRoot: cannot change dataRoot/,
    );
  });

  test("by a second run of a change that has ended", async () => {
    const leader = peers.elect("peer-1");
    await jobOf(peers, { from, to: warm() }).run(leader);
    for (const { host } of peers.all) host.events.length = 0;
    await jobOf(peers, { from, to: warm() }, "0mijk2x9b-000000").run(leader);
    expect(committed(peers)).toMatchObject({ generation: 2, spec: WARM });
  });

  test("where there is nothing to do", async () => {
    await jobOf(peers, { from, to: from }).run(peers.elect("peer-1"));
    expect(committed(peers).generation).toBe(1);
  });
});

test("an index that could not be made at once is made by the next try", async () => {
  peers.milvus.errors.set("index", [new Error("rootcoord is not ready")]);
  await jobOf(peers, { from, to: warm() }).run(peers.elect("peer-1"), { until: "check" });
  expect(peers.milvus.calls.filter((call) => call.startsWith("index")).length).toBeGreaterThan(1);
});
