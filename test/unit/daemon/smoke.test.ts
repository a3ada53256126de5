import type { Milvus, MilvusSession } from "../../../lib/daemon/ports/milvus";
import { smoke } from "../../../lib/daemon/smoke";
import { specOf } from "./support";

/** Milvus in memory behind three load balancers. */
class FakeMilvus implements Milvus {
  readonly collections = new Map<string, number[][]>();
  readonly calls: string[] = [];
  open = 0;
  queryNodeCount = 3;
  /** Addresses at which nobody answers. */
  readonly dead = new Set<string>();
  /** By method: errors that the next calls fail with, one each. */
  readonly errors = new Map<string, Error[]>();
  losesRow = false;

  async accepts(): Promise<boolean> {
    return true;
  }
  async changeRootPassword(): Promise<void> {}

  async session(address: string, password: string): Promise<MilvusSession> {
    if (this.dead.has(address)) throw new Error(`connect ECONNREFUSED ${address}`);
    if (password !== "pw") throw new Error("auth check failure");
    this.open += 1;
    const call = <T>(name: string, result: () => T): Promise<T> => {
      this.calls.push(`${name} ${address}`);
      const error = this.errors.get(name)?.shift();
      return error ? Promise.reject(error) : Promise.resolve(result());
    };
    const rows = (name: string) => this.collections.get(name)!;
    return {
      queryNodes: () => call("queryNodes", () => this.queryNodeCount),
      createCollection: (name) => call("create", () => void this.collections.set(name, [])),
      insert: (name, vectors) =>
        call("insert", () => {
          rows(name).push(...vectors.map((v) => [...v]));
          return vectors.map((_, i) => String(i));
        }),
      createIndex: () => call("index", () => undefined),
      load: (_, replicas) => call(`load x${replicas}`, () => undefined),
      loadProgress: () => call("progress", () => 100),
      search: (name, vector) =>
        call("search", () => [String(rows(name).findIndex((row) => row.every((x, i) => x === vector[i])))]),
      query: (_, ids) => call("query", () => (this.losesRow ? ids.slice(1) : [...ids])),
      collections: () => call("list", () => [...this.collections.keys()]),
      drop: (name) => call("drop", () => void this.collections.delete(name)),
      close: async () => void (this.open -= 1),
    };
  }
}

const spec = specOf("/data");
const run = (milvus: FakeMilvus, checkMs = 300) =>
  smoke({ spec, password: "pw", milvus, self: "peer-2", checkMs });

test("passes through every load balancer, and leaves nothing behind", async () => {
  const milvus = new FakeMilvus();
  const reply = await run(milvus);
  expect(reply.ok).toBe(true);
  expect(reply.checks.map((c) => c.name)).toEqual([
    "connect",
    "create collection",
    "insert 300 vectors",
    "create index",
    "load",
    ...[1, 2, 3].flatMap((i) =>
      ["search", "query"].map((what) => `${what} through peer-${i} (198.18.0.1${i}:19537)`),
    ),
    "drop collection",
  ]);
  expect(milvus.collections.size).toBe(0);
  expect(milvus.open).toBe(0);
});

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [50, 2],
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
  expect(milvus.calls).toContain("create 198.18.0.11:19537");
});

test("a lost row fails the check that counts them", async () => {
  const milvus = new FakeMilvus();
  milvus.losesRow = true;
  const reply = await run(milvus);
  expect(reply.ok).toBe(false);
  expect(reply.checks.find((c) => !c.ok)!.detail).toContain("299 of 300 rows are found by their ids");
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
  milvus.collections.set("milvus_onprem_smoke_1000_abcd", []);
  milvus.collections.set("of_a_user", []);
  milvus.errors.set(
    "insert",
    Array.from({ length: 50 }, () => new Error("quota exceeded")),
  );
  const reply = await run(milvus);
  expect(reply.ok).toBe(false);
  expect(reply.checks.map((c) => `${c.name} ${c.ok}`)).toEqual([
    "connect true",
    "create collection true",
    "insert 300 vectors false",
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
