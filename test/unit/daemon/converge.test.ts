import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { NotLeader, NoQuorum } from "../../../lib/daemon/store/records";
import { fingerprints } from "../../../lib/render";
import { peerOf } from "../../../lib/spec/host";
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
  unfinished,
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

const WARM = { config: { "queryNode.cache.warmup": "sync" } };
const warm = (): ClusterSpec => changed(peers, WARM);
const image = (name: "etcd" | "minio" | "milvus" | "nginx", reference: string): ClusterSpec =>
  changed(peers, { images: { ...from.images, [name]: reference } });
const on = (...made: string[]): string[] => made;
const running = (service: string) =>
  peers.all.map(({ host }) => host.containers.find((c) => c.service === service)!.fingerprint);
const wanted = (spec: ClusterSpec, service: string) =>
  spec.peers.map(({ name }) => fingerprints(spec, peerOf(spec, name))[service]);
const sicken = (peer: string, service: string): void => {
  const { host } = peers.of(peer);
  host.containers = host.containers.map((c) =>
    c.service === service ? { ...c, health: "unhealthy", status: "Up 2 minutes (unhealthy)" } : c,
  );
};

describe("a change", () => {
  test("makes anew the containers that it names, peer by peer, and no other", async () => {
    const job = jobOf(peers, { from, to: warm() });
    await job.run(peers.elect("peer-2"));
    expect(events(peers)).toEqual(NAMES.map(() => ["recreate querynode"]));
    expect(anew(job)).toEqual(on("peer-1: querynode", "peer-2: querynode", "peer-3: querynode"));
    expect(running("querynode")).toEqual(wanted(warm(), "querynode"));
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
    expect(anew(job)).toEqual(on("peer-1: coord", "peer-3: coord", "peer-2: coord"));
  });

  test("takes etcd's leader last", async () => {
    const job = jobOf(peers, { from, to: image("etcd", "etcd:2") });
    await job.run(peers.elect("peer-1"));
    expect(anew(job)).toEqual(on("peer-2: etcd", "peer-3: etcd", "peer-1: etcd"));
  });

  test("of the load balancers has them read their file again, and makes none anew", async () => {
    await jobOf(peers, { from, to: changed(peers, { loadBalancing: "spread" }) }).run(peers.elect("peer-1"));
    expect(events(peers)).toEqual(NAMES.map(() => ["SIGHUP nginx"]));
  });

  test("pulls what is new on every peer before it touches anything", async () => {
    const job = jobOf(peers, { from, to: image("nginx", "nginx:2") });
    await job.run(peers.elect("peer-1"), { until: "pull" });
    for (const { host } of peers.all) expect(host.events).toContain("pull nginx:2");
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
      /^the cluster has changed since this was planned: generation 7 is in force \(common\.session\.ttl: 5 → 20;.*Plan again$/,
    );
  });

  test("while a component is not healthy: it is named", async () => {
    sicken("peer-3", "datanode");
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

describe("a container that never becomes healthy", () => {
  const FIRST = "0mijk2x9a-111111";
  const SECOND = "0mijk2x9b-222222";
  const bad = (): ClusterSpec => image("nginx", "nginx:bad");
  beforeEach(() => {
    for (const { host } of peers.all) host.unhealthyImages.add("nginx:bad");
  });
  const fail = () => expect(jobOf(peers, { from, to: bad() }, FIRST).run(peers.elect("peer-3"))).rejects;

  test("stops the change at its first peer, and says where to look", async () => {
    await fail().toThrow(
      /^peer-1: nginx on peer-1: not there after .*: it is unhealthy .*docker logs milvus-nginx/,
    );
    expect(running("nginx")).toEqual([wanted(bad(), "nginx")[0], ...wanted(from, "nginx").slice(1)]);
    expect(committed(peers)).toMatchObject({ generation: 1, spec: { images: from.images } });
    expect(unfinished(peers)).toMatchObject({ job: FIRST, spec: { images: bad().images } });
  });

  test("is left behind by a rollback, which an unhealthy component that it mends does not stop", async () => {
    await fail().toThrow();
    const back = jobOf(peers, { from, to: from, unfinished: bad() }, SECOND);
    await back.run(peers.elect("peer-2"));
    expect(anew(back)).toEqual(on("peer-1: nginx"));
    expect(running("nginx")).toEqual(wanted(from, "nginx"));
    expect([committed(peers).generation, unfinished(peers)]).toEqual([2, undefined]);
  });

  test("does not excuse others: a rollback is refused while another component is unhealthy", async () => {
    await fail().toThrow();
    sicken("peer-2", "datanode");
    const back = jobOf(peers, { from, to: from, unfinished: bad() }, SECOND);
    await expect(back.run(peers.elect("peer-2"))).rejects.toThrow(
      /^the cluster is not whole: datanode on peer-2 is unhealthy/,
    );
  });

  test("is left behind even if nothing could be read or written because of it", async () => {
    await fail().toThrow();
    for (const { address } of from.peers) peers.milvus.dead.add(`${address}:19537`);
    const back = jobOf(peers, { from, to: from, unfinished: bad() }, SECOND);
    peers.of("peer-1").host.onRecreate = () => peers.milvus.dead.clear();
    await back.run(peers.elect("peer-2"));
    expect([committed(peers).generation, unfinished(peers)]).toEqual([2, undefined]);
  });

  test("goes on where it stopped once the image works: another apply of the same", async () => {
    await fail().toThrow();
    for (const { host } of peers.all) host.unhealthyImages.clear();
    const { host } = peers.of("peer-1");
    host.containers = host.containers.map((c) => ({ ...c, health: "healthy" }));
    const again = jobOf(peers, { from, to: bad(), unfinished: bad() }, SECOND);
    await again.run(peers.elect("peer-2"));
    expect(anew(again)).toEqual(on("peer-2: nginx", "peer-3: nginx"));
    expect(committed(peers)).toMatchObject({ generation: 2, spec: { images: bad().images } });
  });

  test("is told to a plan that does not know of it yet", async () => {
    await fail().toThrow();
    await expect(jobOf(peers, { from, to: warm() }, SECOND).run(peers.elect("peer-2"))).rejects.toThrow(
      `job ${FIRST} has begun another change since this one was planned, and has not ended it: plan again`,
    );
  });

  test("a rollback that stops half-way too is still known for what it left", async () => {
    await fail().toThrow();
    const back = jobOf(peers, { from, to: from, unfinished: bad() }, SECOND);
    back.onSafePoint = () => {
      throw new Error("cancelled");
    };
    await expect(back.run(peers.elect("peer-2"))).rejects.toThrow("cancelled");
    expect(unfinished(peers)).toMatchObject({ job: SECOND, spec: { images: bad().images } });
  });
});

describe("etcd's members", () => {
  const at = (name: string): string => `https://${peerOf(from, name).address}:2379`;

  test("the one that is away goes first on the way back, so that no second one is", async () => {
    const bad = image("etcd", "etcd:bad");
    for (const { host } of peers.all) host.unhealthyImages.add("etcd:bad");
    peers.of("peer-2").host.unhealthyImages.clear();
    await expect(
      jobOf(peers, { from, to: bad }, "0mijk2x9a-111111").run(peers.elect("peer-1")),
    ).rejects.toThrow(/^peer-3: etcd on peer-3: not there after/);
    peers.store.refusing.set(at("peer-3"), "connect ECONNREFUSED");
    peers.of("peer-3").host.onRecreate = () => peers.store.refusing.clear();
    const back = jobOf(peers, { from, to: from, unfinished: bad }, "0mijk2x9b-222222");
    await back.run(peers.elect("peer-1"));
    expect(anew(back)).toEqual(on("peer-3: etcd", "peer-2: etcd"));
  });
});

describe("a leader that dies", () => {
  const OTHERS = ["restart querynode", "verify", "commit"];

  test("between two peers is succeeded by one that goes on, and makes no container anew twice", async () => {
    const job = jobOf(peers, { from, to: warm() });
    let points = 0;
    job.onSafePoint = () => {
      if (++points === 2) throw new Error("killed");
    };
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("killed");
    expect(running("querynode").filter((f, i) => f === wanted(warm(), "querynode")[i])).toHaveLength(1);
    await job.run(peers.elect("peer-3"));
    expect(events(peers)).toEqual(NAMES.map(() => ["recreate querynode"]));
    expect(job.lines).toContain("info: peer-1: querynode is so already");
    expect([...job.done]).toEqual(["check", ...OTHERS]);
    expect([committed(peers).generation, unfinished(peers)]).toEqual([2, undefined]);
  });

  test("before a row was found again is succeeded by one that waits for that before the next peer", async () => {
    const job = jobOf(peers, { from, to: warm() });
    const first = peers.elect("peer-1");
    await job.run(first, { until: "check" });
    const stop = new AbortController();
    peers.milvus.onCall = (name) => name === "search" && stop.abort(new Error("killed"));
    await expect(job.run(first, { signal: stop.signal })).rejects.toThrow("killed");
    const order: string[] = [];
    peers.milvus.onCall = (name) => name === "search" && order.push("found");
    peers.of("peer-2").host.onRecreate = () => void order.push("peer-2");
    await job.run(peers.elect("peer-3"), { until: "restart querynode" });
    expect(order.slice(0, 4)).toEqual(["found", "found", "found", "peer-2"]);
  });

  test("after the commit has ended the change, once and for all", async () => {
    const leader = peers.elect("peer-1");
    const job = jobOf(peers, { from, to: warm() });
    await job.run(leader, { until: "verify" });
    const { commit } = leader.records;
    leader.records.commit = async (changes) => {
      await commit.call(leader.records, changes);
      peers.elect("peer-2");
      throw new NotLeader("killed");
    };
    await expect(job.run(leader)).rejects.toThrow(NotLeader);
    await job.run(peers.of("peer-2"));
    expect([committed(peers).generation, unfinished(peers)]).toEqual([2, undefined]);
  });

  test("no longer has anything done, nor commits", async () => {
    const old = peers.elect("peer-1");
    const job = jobOf(peers, { from, to: warm() });
    await job.run(old, { until: "verify" });
    peers.elect("peer-2");
    await expect(job.run(old)).rejects.toThrow(NotLeader);
    expect(committed(peers).generation).toBe(1);
    await expect(jobOf(peers, { from, to: warm() }).run(old)).rejects.toThrow("no longer leads");
  });
});

test("an answer to the commit that is lost does not fail a change that is in force", async () => {
  const leader = peers.elect("peer-1");
  const job = jobOf(peers, { from, to: warm() });
  await job.run(leader, { until: "verify" });
  const { commit } = leader.records;
  leader.records.commit = async (changes) => {
    await commit.call(leader.records, changes);
    throw new NoQuorum("no quorum: no answer");
  };
  expect(await job.run(leader)).toEqual({ generation: 2 });
});

test("a change that is cancelled stops between two peers, and is known as one that has not ended", async () => {
  const job = jobOf(peers, { from, to: warm() });
  job.onSafePoint = () => {
    if (anew(job).length === 1) throw new Error("cancelled");
  };
  await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("cancelled");
  expect(anew(job)).toEqual(on("peer-1: querynode"));
  expect(committed(peers).generation).toBe(1);
  expect(unfinished(peers)).toMatchObject({ job: job.id, spec: WARM });
});

test("an index that could not be made at once is made by the next try", async () => {
  peers.milvus.errors.set("index", [new Error("rootcoord is not ready")]);
  await jobOf(peers, { from, to: warm() }).run(peers.elect("peer-1"), { until: "check" });
  expect(peers.milvus.calls.filter((call) => call.startsWith("index")).length).toBeGreaterThan(1);
});
