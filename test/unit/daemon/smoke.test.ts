import type { Row } from "../../../lib/daemon/ports/milvus";
import { smoke, type SmokeOptions } from "../../../lib/daemon/smoke";
import { nearest, recall } from "../../../lib/daemon/smoke-data";
import { FakeMilvus } from "./fake-milvus";
import { specOf } from "./support";

const spec = specOf("/data");
const run = (milvus: FakeMilvus, checkMs = 300, more: Partial<SmokeOptions> = {}) =>
  smoke({ spec, password: "pw", milvus, self: "peer-2", runId: "0mijk2x9a-4f8q1z", checkMs, ...more });

test("passes through every load balancer, and leaves nothing behind", async () => {
  const milvus = new FakeMilvus();
  const reply = await run(milvus);
  expect(reply.ok).toBe(true);
  expect(reply.checks.map((c) => c.name)).toEqual([
    "connect",
    "create collection",
    "insert 1000 vectors",
    "create index",
    "load",
    ...[1, 2, 3].flatMap((i) =>
      ["search", "filtered search", "query"].map(
        (what) => `${what} through peer-${i} (198.18.0.1${i}:19537)`,
      ),
    ),
    "hybrid search",
    "drop collection",
  ]);
  expect(reply.checks.filter((c) => !Number.isInteger(c.ms))).toEqual([]);
  expect(reply.checks.find((c) => c.name.startsWith("search"))!.detail).toContain("recall 1.000");
  expect(reply.checks.find((c) => c.name === "hybrid search")!.detail).toBe("skipped: not in Milvus 2.3");
  expect(milvus.calls.filter((c) => c.startsWith("insert"))).toHaveLength(4);
  expect(milvus.collections.size).toBe(0);
  expect(milvus.open).toBe(0);
});

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  // The cluster has three query peers: Milvus 2.6 also counts the nodes inside of its streaming nodes.
  [6, 2],
])("with %i query nodes it loads %i replica(s)", async (nodes, replicas) => {
  const milvus = new FakeMilvus();
  milvus.queryNodeCount = nodes;
  await run(milvus);
  expect(milvus.calls).toContain(`load x${replicas} 198.18.0.12:19537`);
});

test("one dead load balancer fails its own checks and no other", async () => {
  const milvus = new FakeMilvus();
  milvus.dead.add("198.18.0.13:19537");
  const reply = await run(milvus);
  expect(reply.ok).toBe(false);
  expect(reply.checks.filter((c) => !c.ok).map((c) => c.name)).toEqual([
    "search through peer-3 (198.18.0.13:19537)",
    "filtered search through peer-3 (198.18.0.13:19537)",
    "query through peer-3 (198.18.0.13:19537)",
  ]);
  expect(reply.checks.find((c) => !c.ok)!.detail).toContain("connect ECONNREFUSED 198.18.0.13:19537");
  expect(milvus.collections.size).toBe(0);
});

test("is carried out from another peer's load balancer when the own one is dead", async () => {
  const milvus = new FakeMilvus();
  milvus.dead.add("198.18.0.12:19537");
  const reply = await run(milvus);
  expect(reply.checks[0]).toMatchObject({ name: "connect", ok: true });
  expect(milvus.calls).toContain("create with 1 vector field(s) 198.18.0.11:19537");
});

test("a lost row fails the check that counts them", async () => {
  const milvus = new FakeMilvus();
  milvus.losesRow = true;
  const reply = await run(milvus);
  expect(reply.ok).toBe(false);
  expect(reply.checks.find((c) => !c.ok)!.detail).toContain("999 of 1000 rows are found by their ids");
});

test("a call that fails once is tried again, and the check says so", async () => {
  const milvus = new FakeMilvus();
  milvus.errors.set("index", [new Error("rootcoord is not ready")]);
  const reply = await run(milvus, 5_000);
  expect(reply.ok).toBe(true);
  expect(reply.checks.find((c) => c.name === "create index")!.detail).toBe("at try 2");
});

test("stops at a step that cannot be done, and still drops its collection and those of dead tests", async () => {
  const milvus = new FakeMilvus();
  milvus.collections.set("milvus_onprem_smoke_1000_abcd", new Map());
  milvus.collections.set("of_a_user", new Map());
  milvus.errors.set(
    "insert",
    Array.from({ length: 50 }, () => new Error("quota exceeded")),
  );
  const reply = await run(milvus);
  expect(reply.ok).toBe(false);
  expect(reply.checks.map((c) => `${c.name} ${c.ok}`)).toEqual([
    "connect true",
    "create collection true",
    "insert 1000 vectors false",
    "drop collection true",
  ]);
  expect([...milvus.collections.keys()]).toEqual(["of_a_user"]);
});

test("says why when no load balancer answers at all", async () => {
  const milvus = new FakeMilvus();
  for (const peer of spec.peers) milvus.dead.add(`${peer.address}:19537`);
  const reply = await run(milvus);
  expect(reply.checks).toHaveLength(1);
  expect(reply.checks[0]!.detail).toMatch(/peer-2 .*ECONNREFUSED.*peer-1 .*peer-3 /);
});

test("searches two vector fields at once where the version can", async () => {
  const milvus = new FakeMilvus();
  const reply = await run(milvus, 300, { spec: { ...spec, version: "v2.4.15" } });
  expect(reply.ok).toBe(true);
  expect(milvus.calls).toContain("create with 2 vector field(s) 198.18.0.12:19537");
  expect(reply.checks.filter((c) => c.name.startsWith("hybrid search through"))).toHaveLength(3);
});

test("neighbours that a search does not find fail it, with the recall that it has", async () => {
  const milvus = new FakeMilvus();
  milvus.forgets = 1;
  const reply = await run(milvus, 50);
  const search = reply.checks.find((c) => c.name.startsWith("search"))!;
  expect(search).toMatchObject({ ok: false });
  expect(search.detail).toContain("recall 0.900");
});

test("a filter that is not heeded fails the filtered search alone", async () => {
  const milvus = new FakeMilvus();
  milvus.ignoresFilters = true;
  const reply = await run(milvus, 50);
  const failed = reply.checks.filter((c) => !c.ok).map((c) => c.name.split(" through")[0]);
  expect(new Set(failed)).toEqual(new Set(["filtered search"]));
});

test("what a leader that died a moment ago has left for the same job is dropped, and another job's is not", async () => {
  const milvus = new FakeMilvus();
  const young = `milvus_onprem_smoke_${Date.now()}_abcd`;
  milvus.collections.set(`${young}_0mijk2x9a_4f8q1z`, new Map());
  milvus.collections.set(`${young}_another_job`, new Map());
  expect((await run(milvus)).ok).toBe(true);
  expect([...milvus.collections.keys()]).toEqual([`${young}_another_job`]);
});

test("drops its collection through another load balancer when the one that it used has died", async () => {
  const milvus = new FakeMilvus();
  milvus.errors.set("list", [new Error("14 UNAVAILABLE")]);
  milvus.onCall = (name, address) => name === "list" && milvus.dead.add(address);
  const reply = await run(milvus, 3_000);
  expect(reply.checks.at(-1)).toMatchObject({ name: "drop collection", ok: true });
  expect(milvus.calls).toContain("list 198.18.0.11:19537");
  expect(milvus.collections.size).toBe(0);
});

test("a test that is cut short ends soon, and drops its collection all the same", async () => {
  const milvus = new FakeMilvus();
  const stop = new AbortController();
  milvus.onCall = (name) => name === "index" && stop.abort(new Error("leadership has ended"));
  const reply = await run(milvus, 30_000, { signal: stop.signal });
  expect(reply.ok).toBe(false);
  expect(milvus.calls.filter((c) => c.startsWith("search"))).toEqual([]);
  expect(milvus.collections.size).toBe(0);
});

test("tells of each check as it ends", async () => {
  const told: string[] = [];
  const reply = await run(new FakeMilvus(), 300, { onCheck: ({ name }) => void told.push(name) });
  expect(told).toEqual(reply.checks.map((c) => c.name));
});

test("the recall is the share of true neighbours, wherever in the list they are", () => {
  expect(
    recall(
      [[3, 1], [7]],
      [
        [1, 2],
        [7, 8],
      ],
    ),
  ).toBe(0.5);
  const row = (id: number, x: number): Row => ({ id, bucket: 0, vectors: [[x, 0]] });
  expect(nearest([row(1, 5), row(2, 1), row(3, 2)], [0, 0], 2)).toEqual([2, 3]);
});
