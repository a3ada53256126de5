import type { Job } from "../../../lib/api/wire";
import { keys } from "../../../lib/daemon/keys";
import { ClusterRecords } from "../../../lib/daemon/store/cluster-records";
import { StoreFull } from "../../../lib/daemon/store/full";
import { Changed, NoQuorum, NotLeader } from "../../../lib/daemon/store/records";
import { MemoryLog, MemoryStore, specOf } from "./support";

const KEYS = keys("c1");
const open: ClusterRecords[] = [];
afterEach(() => Promise.all(open.splice(0).map((r) => r.stop())));

interface Given {
  store: MemoryStore;
  records: ClusterRecords;
  lines: string[];
}

/** A peer that leads, unless `leads` says otherwise. */
function given(o: { leads?: boolean; clock?: () => number } = {}): Given {
  const store = new MemoryStore();
  const memory = new MemoryLog();
  const term = store.put(KEYS.leader, "peer-1");
  const records = new ClusterRecords({
    store,
    keys: KEYS,
    term: () => (o.leads === false ? undefined : term),
    log: memory.log,
    clock: o.clock,
    pulseMs: 5,
  });
  open.push(records);
  return { store, records, lines: memory.lines };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function started(o: Given): Promise<Given> {
  o.records.start();
  await until(() => o.records.cached !== undefined && o.store.watchCount > 0);
  return o;
}

function job(id: string, change: Partial<Job> = {}): Job {
  const createdAt = "2026-01-01T00:00:00.000Z";
  return {
    id,
    type: "smoke",
    params: {},
    state: "queued",
    steps: [],
    progress: 0,
    attempts: 0,
    createdAt,
    ...change,
  };
}

describe("the cache", () => {
  test("is empty before etcd has answered, and holds what is there then", async () => {
    const o = given();
    expect(o.records.cached).toBeUndefined();
    const spec = { generation: 3, digest: "d", spec: specOf("/data") };
    o.store.put(KEYS.spec, JSON.stringify(spec));
    await started(o);
    expect(o.records.cached).toMatchObject({ leader: { peer: "peer-1", term: "1" }, spec: { value: spec } });
    expect(o.records.cached!.revision).toBe("2");
  });

  test("follows every change by the watch, and tells its listeners until they stop", async () => {
    const { store, records } = await started(given());
    const seen: number[] = [];
    const stop = records.onChange(({ jobs }) => void seen.push(jobs.size));
    store.put(KEYS.job("1"), JSON.stringify(job("1")));
    store.put(KEYS.job("2"), JSON.stringify(job("2")));
    await store.commit([{ key: KEYS.job("1"), value: undefined }]);
    stop();
    store.put(KEYS.job("3"), JSON.stringify(job("3")));
    expect(seen).toEqual([1, 2, 1]);
    expect([...records.cached!.jobs.keys()]).toEqual(["2", "3"]);
  });

  test("a snapshot that somebody holds does not change any more", async () => {
    const { store, records } = await started(given());
    store.put(KEYS.job("1"), JSON.stringify(job("1")));
    const before = records.cached!;
    store.put(KEYS.job("1"), JSON.stringify(job("1", { state: "running" })));
    expect(before.jobs.get("1")!.value.state).toBe("queued");
    expect(records.cached!.jobs.get("1")!.value.state).toBe("running");
  });

  test("misses nothing that happened while its watch was lost", async () => {
    const { store, records } = await started(given());
    store.put(KEYS.job("1"), JSON.stringify(job("1")));
    store.loseWatches("etcdserver: no leader");
    store.put(KEYS.job("2"), JSON.stringify(job("2")));
    await store.commit([{ key: KEYS.job("1"), value: undefined }]);
    await until(() => store.watchCount > 0);
    expect([...records.cached!.jobs.keys()]).toEqual(["2"]);
  });

  test("the generation of the spec is seen to change", async () => {
    const { store, records } = await started(given());
    const write = (generation: number) =>
      store.put(KEYS.spec, JSON.stringify({ generation, digest: `d${generation}`, spec: specOf("/data") }));
    write(1);
    expect(records.cached!.spec!.value.generation).toBe(1);
    write(2);
    expect(records.cached!.spec!.value.generation).toBe(2);
  });

  test("a listener that fails neither stops the others nor the cache", async () => {
    const { store, records, lines } = await started(given());
    const seen: string[] = [];
    records.onChange(() => {
      throw new Error("a mistake in a listener");
    });
    records.onChange(({ revision }) => void seen.push(revision));
    store.put(KEYS.job("1"), JSON.stringify(job("1")));
    store.put(KEYS.job("2"), JSON.stringify(job("2")));
    expect(seen).toEqual(["2", "3"]);
    expect(lines.join()).toContain("a mistake in a listener");
  });

  test.each([
    ["no JSON", "{", "it is no JSON"],
    ["another shape", JSON.stringify({ id: "bad", state: "sleeping" }), "state"],
    ["null", "null", "expected object"],
  ])("a job record that is %s is left out and told once; the others stay", async (_, value, why) => {
    const { store, records, lines } = await started(given());
    store.put(KEYS.job("good"), JSON.stringify(job("good")));
    store.put(KEYS.job("bad"), value);
    store.put(KEYS.job("next"), JSON.stringify(job("next")));
    expect([...records.cached!.jobs.keys()]).toEqual(["good", "next"]);
    expect([...(await records.read()).jobs.keys()]).toEqual(["good", "next"]);
    const told = lines.filter((line) => line.includes(KEYS.job("bad")));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(why);
  });

  test("members that a newer daemon has written are kept", async () => {
    const { store, records } = await started(given());
    store.put(KEYS.job("1"), JSON.stringify({ ...job("1"), colour: "red" }));
    expect(records.cached!.jobs.get("1")!.value).toMatchObject({ colour: "red" });
  });
});

describe("etcd's silence", () => {
  test("is told with how long it has lasted and without an address, and ends by itself", async () => {
    let now = 0;
    const { store, records, lines } = await started(given({ clock: () => now }));
    expect(records.trouble).toBeUndefined();
    store.down = "14 UNAVAILABLE: connect ECONNREFUSED 198.18.0.11:2379";
    now = 12_000;
    await until(() => records.trouble !== undefined);
    expect(records.trouble!.sinceMs).toBe(12_000);
    expect(records.trouble!.reason).toBe("no member answers");
    expect(records.cached).toBeDefined();
    store.down = undefined;
    await until(() => records.trouble === undefined);
    const told = lines.filter((line) => /etcd (does not answer|answers again)/.test(line));
    expect(told).toHaveLength(2);
    expect(told[1]).toContain("after 12 s");
  });

  test("reads and writes say that there is no quorum", async () => {
    const { store, records } = await started(given());
    store.down = "4 DEADLINE_EXCEEDED: Deadline exceeded";
    await expect(records.read()).rejects.toThrow(/^no quorum: 4 DEADLINE_EXCEEDED: Deadline exceeded$/);
    await expect(records.jobLog("1", 0)).rejects.toThrow(NoQuorum);
    await expect(records.commit([{ key: KEYS.job("1"), value: job("1") }])).rejects.toThrow(
      /^no quorum: .*; it may have been written all the same$/,
    );
  });

  test("at the quota writes say what to do, and reads go on", async () => {
    const { store, records } = await started(given());
    store.full = new StoreFull();
    await expect(records.commit([{ key: KEYS.job("1"), value: job("1") }])).rejects.toThrow(
      /at its quota.*docs\/store\.md/,
    );
    expect((await records.read()).jobs.size).toBe(0);
    expect(records.trouble).toBeUndefined();
  });
});

describe("a commit", () => {
  test("changes all keys at once, and is in the cache when it returns", async () => {
    const o = given();
    const watch = o.store.watch.bind(o.store);
    // As a network does: what is written is told of a little later.
    o.store.watch = (prefix, after, { onChange, onLost }) =>
      watch(prefix, after, { onChange: (...change) => void setTimeout(onChange, 5, ...change), onLost });
    const { records } = await started(o);
    const revision = await records.commit([
      { key: KEYS.job("1"), value: job("1"), expected: "0" },
      { key: KEYS.idempotency("k"), value: "1", expected: "0" },
    ]);
    expect(records.cached!.jobs.get("1")).toEqual({ value: job("1"), modRevision: revision });
  });

  test("writes nothing at all when one of its expectations does not hold", async () => {
    const { records } = await started(given());
    await records.commit([{ key: KEYS.job("1"), value: job("1"), expected: "0" }]);
    const again = records.commit([
      { key: KEYS.job("2"), value: job("2"), expected: "0" },
      { key: KEYS.job("1"), value: job("1"), expected: "0" },
    ]);
    await expect(again).rejects.toThrow(Changed);
    expect([...(await records.read()).jobs.keys()]).toEqual(["1"]);
  });

  test("of a follower is refused without asking etcd", async () => {
    const { store, records } = given({ leads: false });
    store.down = "nobody may ask";
    await expect(records.commit([{ key: KEYS.job("1"), value: job("1") }])).rejects.toThrow(NotLeader);
  });

  test("of a leader that was succeeded without noticing is refused, with the successor's name", async () => {
    const { store, records } = await started(given());
    await store.commit([{ key: KEYS.leader, value: undefined }]);
    const late = () => records.commit([{ key: KEYS.job("1"), value: job("1") }]);
    await expect(late()).rejects.toThrow(
      new NotLeader("term 1 has ended: nobody leads now; nothing was written"),
    );
    store.put(KEYS.leader, "peer-2");
    await expect(late()).rejects.toThrow(
      new NotLeader("term 1 has ended: peer-2 leads in term 3; nothing was written"),
    );
    expect((await records.read()).jobs.size).toBe(0);
  });
});

test("a peer announces itself without leading", async () => {
  const { records } = await started(given({ leads: false }));
  const own = {
    name: "peer-2",
    address: "198.18.0.12",
    daemonVersion: "0.1.0",
    startedAt: "2026-01-01T00:00:00.000Z",
  };
  await records.announce(own);
  expect(records.cached!.peers.get("peer-2")!.value).toEqual(own);
});

describe("a job's log", () => {
  const line = (seq: number) => ({
    seq,
    at: "2026-01-01T00:00:00.000Z",
    level: "info" as const,
    text: `line ${seq}`,
  });
  const write = (store: MemoryStore, seq: number) =>
    store.put(KEYS.jobLogLine("1", seq), JSON.stringify(line(seq)));

  test("is read behind a number, in order, and fills nobody's cache", async () => {
    const { store, records } = await started(given());
    for (const seq of [2, 1, 3]) write(store, seq);
    expect(await records.jobLog("1", 1)).toEqual([line(2), line(3)]);
    expect(records.cached!.revision).toBe("1");
  });

  test("is followed over a lost watch: each line once, in order, until stopped", async () => {
    const { store, records } = await started(given());
    write(store, 1);
    write(store, 2);
    const seen: number[] = [];
    const stop = await records.followJobLog("1", 1, ({ seq }) => void seen.push(seq));
    await until(() => store.watchCount === 2);
    write(store, 3);
    store.loseWatches("member gone");
    write(store, 4);
    await until(() => store.watchCount === 2);
    write(store, 5);
    stop();
    write(store, 6);
    expect(seen).toEqual([2, 3, 4, 5]);
  });
});
