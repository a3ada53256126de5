import { ServiceGate } from "../../../lib/daemon/jobs/converge/gate";
import { NoQuorum, NotLeader } from "../../../lib/daemon/store/records";
import { peerOf } from "../../../lib/spec/host";
import type { ClusterSpec } from "../../../lib/spec/spec";
import {
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

test("a quota of etcd that its database all but fills stops a change before anything is touched", async () => {
  peers.store.dbSizeBytes = 60 << 20;
  const job = jobOf(peers, { from, to: changed(peers, { etcdQuotaMb: 64 }) });
  await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(
    /^etcdQuotaMb: etcd's database takes 60\.0 MiB on peer-1, .*a quota of 64 MiB leaves no room\..* nothing was changed$/,
  );
  expect(events(peers).flat()).toEqual([]);
});

test("a disk that is full on one peer stops a change before anything is touched", async () => {
  peers.of("peer-3").host.freeBytes.set(from.dataRoot, 3 << 20);
  const job = jobOf(peers, { from, to: warm() });
  await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(
    `the disk of ${from.dataRoot} on peer-3 is full (3.0 MiB left). Mend that first; nothing was changed`,
  );
  expect([anew(job), unfinished(peers)]).toEqual([[], undefined]);
});

describe("a container that never becomes healthy", () => {
  const FIRST = "0mijk2x9a-111111";
  const SECOND = "0mijk2x9b-222222";
  const bad = (): ClusterSpec => withImage(peers, "nginx", "nginx:bad");
  beforeEach(() => {
    for (const { host } of peers.all) host.unhealthyImages.add("nginx:bad");
  });
  const fail = () => expect(jobOf(peers, { from, to: bad() }, FIRST).run(peers.elect("peer-3"))).rejects;

  test("stops the change at its first peer, and says where to look", async () => {
    await fail().toThrow(
      /^peer-1: nginx on peer-1: not there after .*: it is unhealthy .*docker logs milvus-nginx/,
    );
    expect(running(peers, "nginx")).toEqual([wanted(bad(), "nginx")[0], ...wanted(from, "nginx").slice(1)]);
    expect(committed(peers)).toMatchObject({ generation: 1, spec: { images: from.images } });
    expect(unfinished(peers)).toMatchObject({ job: FIRST, spec: { images: bad().images } });
  });

  test("is left behind by a rollback, which an unhealthy component that it mends does not stop", async () => {
    await fail().toThrow();
    const back = jobOf(peers, { from, to: from, unfinished: bad() }, SECOND);
    await back.run(peers.elect("peer-2"));
    expect(anew(back)).toEqual(["peer-1: nginx"]);
    expect(running(peers, "nginx")).toEqual(wanted(from, "nginx"));
    expect([committed(peers).generation, unfinished(peers)]).toEqual([2, undefined]);
  });

  test("does not excuse others: a rollback is refused while another component is unhealthy", async () => {
    await fail().toThrow();
    sicken(peers, "peer-2", "datanode");
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
    expect(anew(again)).toEqual(["peer-2: nginx", "peer-3: nginx"]);
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
    const bad = withImage(peers, "etcd", "etcd:bad");
    for (const { host } of peers.all) host.unhealthyImages.add("etcd:bad");
    peers.of("peer-2").host.unhealthyImages.clear();
    await expect(
      jobOf(peers, { from, to: bad }, "0mijk2x9a-111111").run(peers.elect("peer-1")),
    ).rejects.toThrow(/^peer-3: etcd on peer-3: not there after/);
    peers.store.refusing.set(at("peer-3"), "connect ECONNREFUSED");
    peers.of("peer-3").host.onRecreate = () => peers.store.refusing.clear();
    const back = jobOf(peers, { from, to: from, unfinished: bad }, "0mijk2x9b-222222");
    await back.run(peers.elect("peer-1"));
    expect(anew(back)).toEqual(["peer-3: etcd", "peer-2: etcd"]);
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
    expect(running(peers, "querynode").filter((f, i) => f === wanted(warm(), "querynode")[i])).toHaveLength(
      1,
    );
    await job.run(peers.elect("peer-3"));
    expect(events(peers)).toEqual(NAMES.map(() => ["mkdir /milvus/querynode 700 0:0", "recreate querynode"]));
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

  test("between the making of a container and its start: it is made anew, and then runs", async () => {
    const job = jobOf(peers, { from, to: warm() });
    const { host } = peers.of("peer-1");
    host.onRecreate = () => {
      host.onRecreate = () => undefined;
      host.containers = host.containers.map((c) =>
        c.service === "querynode" ? { ...c, health: "stopped", status: "Created" } : c,
      );
      peers.elect("peer-2");
      throw new NotLeader("killed");
    };
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow();
    await job.run(peers.of("peer-2"));
    expect(host.containers.find(({ service }) => service === "querynode")!.health).toBe("healthy");
    expect(anew(job)).toEqual(["peer-1: querynode", "peer-2: querynode", "peer-3: querynode"]);
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
  expect(anew(job)).toEqual(["peer-1: querynode"]);
  expect(committed(peers).generation).toBe(1);
  expect(unfinished(peers)).toMatchObject({ job: job.id, spec: WARM });
});

describe("reads and writes that do not come back", () => {
  afterEach(() => jest.restoreAllMocks());
  const closed = () => jest.spyOn(ServiceGate.prototype, "pass").mockRejectedValue(new Error("no reads"));

  test("stop the change at that peer", async () => {
    const leader = peers.elect("peer-1");
    const job = jobOf(peers, { from, to: warm() });
    await job.run(leader, { until: "check" });
    closed();
    await expect(job.run(leader)).rejects.toThrow("no reads");
    expect(anew(job)).toEqual(["peer-1: querynode"]);
    expect(unfinished(peers)).toMatchObject({ spec: WARM });
  });

  test("do not stop the way back, which may be what brings them back", async () => {
    closed();
    const back = jobOf(peers, { from: warm(), to: warm(), unfinished: from });
    peers.store.put("/milvus-onprem/c1/spec", JSON.stringify({ ...committed(peers), spec: warm() }));
    await back.run(peers.elect("peer-1"));
    expect(anew(back)).toHaveLength(3);
    expect(back.lines).toContain("warn: no reads; the way back goes on");
    expect(committed(peers)).toMatchObject({ generation: 2, spec: WARM });
  });
});
