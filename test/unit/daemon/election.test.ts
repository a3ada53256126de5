import { Election } from "../../../lib/daemon/election";
import { Fence } from "../../../lib/daemon/fence";
import { StoreFull } from "../../../lib/daemon/store/full";
import { NotLeader } from "../../../lib/daemon/store/records";
import { MemoryStore } from "./support";

describe("Fence", () => {
  test("ends TTL minus margin after the last acknowledged keep-alive was sent, not after it was answered", () => {
    const fence = new Fence(10_000, 2_000);
    expect(fence.holds(0)).toBe(false);
    fence.acknowledged(1_000);
    expect(fence.holds(8_999)).toBe(true);
    expect(fence.holds(9_000)).toBe(false);
  });

  test("an answer that comes late does not move the end back", () => {
    const fence = new Fence(10_000, 2_000);
    fence.acknowledged(5_000);
    fence.acknowledged(1_000);
    expect(fence.endsMs).toBe(13_000);
  });

  test("ends before etcd can elect a successor: the margin is a fifth of the TTL unless told", () => {
    const fence = new Fence(10_000);
    fence.acknowledged(0);
    expect(fence.endsMs).toBe(8_000);
  });
});

describe("Election", () => {
  const KEY = "/leader";
  const running: Election[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((e) => e.stop()));
  });

  function candidate(store: MemoryStore, name: string, clock?: () => number, ttlSeconds = 0.2) {
    const said: string[] = [];
    const onChange = (s: string) => void said.push(s);
    const election = new Election({ store, key: KEY, candidate: name, ttlSeconds, clock, onChange });
    running.push(election);
    election.start();
    return { election, said };
  }

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  test("one candidate of two leads; its term is the create revision of the key", async () => {
    const store = new MemoryStore();
    const [a, b] = [candidate(store, "peer-1"), candidate(store, "peer-2")];
    await until(() => a.election.term() !== undefined || b.election.term() !== undefined);
    const [leader] = [a, b].filter((c) => c.election.term() !== undefined);
    expect([a, b].filter((c) => c.election.term() !== undefined)).toHaveLength(1);
    expect(await a.election.leader()).toMatchObject({ term: leader!.election.term() });
    expect(leader!.said[0]).toMatch(/^peer-\d leads in term \d+$/);
  });

  test("a leader that stops resigns, and its successor has a higher term", async () => {
    const store = new MemoryStore();
    const a = candidate(store, "peer-1");
    await until(() => a.election.term() !== undefined);
    const first = Number(a.election.term());
    const b = candidate(store, "peer-2");
    await a.election.stop();
    await until(() => b.election.term() !== undefined);
    expect(Number(b.election.term())).toBeGreaterThan(first);
    expect(a.election.term()).toBeUndefined();
  });

  test("a leader that etcd no longer answers fences itself when its own clock says so, without being told", async () => {
    const store = new MemoryStore();
    let now = 1_000;
    const a = candidate(store, "peer-1", () => now);
    await until(() => a.election.term() !== undefined);
    store.down = "no answer";
    now += 159;
    expect(a.election.term()).toBeDefined();
    now += 41;
    expect(a.election.term()).toBeUndefined();
    await until(() => a.said.some((s) => /no longer leads/.test(s)));
  });

  test("takes part again once etcd is back", async () => {
    const store = new MemoryStore();
    store.down = "no answer";
    const a = candidate(store, "peer-1");
    await until(() => a.said.includes("cannot campaign: no answer"));
    store.down = undefined;
    await until(() => a.election.term() !== undefined);
    expect(a.said.filter((s) => s.startsWith("cannot campaign"))).toHaveLength(1);
  });

  test("before etcd is up, its members' different words are one line in the log", async () => {
    const store = new MemoryStore();
    let calls = 0;
    const refuse = () => Promise.reject(new Error(++calls % 2 ? "ECONNREFUSED" : "Deadline exceeded"));
    store.range = refuse;
    const a = candidate(store, "peer-1");
    await until(() => calls > 4);
    expect(a.said).toEqual(["cannot campaign: ECONNREFUSED"]);
  });

  test("at etcd's quota a leader stays, and nobody can be elected: it is told once", async () => {
    const store = new MemoryStore();
    const a = candidate(store, "peer-1", undefined, 60);
    await until(() => a.election.term() !== undefined);
    store.full = new StoreFull();
    const campaigns = jest.spyOn(store, "grantLease");
    const b = candidate(store, "peer-2");
    expect(a.election.term()).toBeDefined();
    await a.election.stop();
    await until(() => campaigns.mock.calls.length > 3);
    expect(b.said).toEqual([expect.stringMatching(/^cannot campaign: etcd's database is at its quota/)]);
    store.full = undefined;
    await until(() => b.election.term() !== undefined);
  });

  test("who steps down is succeeded at once: the vacant key wakes the others", async () => {
    const store = new MemoryStore();
    const a = candidate(store, "peer-1", undefined, 60);
    await until(() => a.election.term() !== undefined);
    const b = candidate(store, "peer-2", undefined, 60);
    await until(() => store.watchCount === 1);
    const first = Number(a.election.term());
    const handedOver = a.election.stepDown();
    expect(a.election.term()).toBeUndefined();
    await handedOver;
    // Nobody polls more often than every 30 s here.
    await until(() => b.election.term() !== undefined);
    expect(Number(b.election.term())).toBeGreaterThan(first);
    expect(await a.election.leader()).toEqual({ peer: "peer-2", term: b.election.term() });
  });

  test("who steps down with nobody to take over leads again after half the TTL", async () => {
    const store = new MemoryStore();
    const a = candidate(store, "peer-1");
    await until(() => a.election.term() !== undefined);
    const first = Number(a.election.term());
    await a.election.stepDown();
    await until(() => a.election.term() !== undefined);
    expect(Number(a.election.term())).toBeGreaterThan(first);
  });

  test("a follower cannot step down", async () => {
    const store = new MemoryStore();
    store.put(KEY, "peer-9");
    const a = candidate(store, "peer-1");
    await expect(a.election.stepDown()).rejects.toThrow(NotLeader);
  });

  test("a leader that is resumed after its TTL does not believe in itself, and its late write is refused", async () => {
    const store = new MemoryStore();
    let now = 0;
    const a = candidate(store, "peer-1", () => now, 60);
    await until(() => a.election.term() !== undefined);
    const term = a.election.term()!;
    const late = () => store.commit([{ key: "/spec", value: "late" }], { leader: KEY, term });
    // It sleeps, its lease ends, and another is elected; then its clock goes on.
    for (const lease of [...store.leases]) store.expire(lease);
    const b = candidate(store, "peer-2");
    await until(() => b.election.term() !== undefined);
    now += 61_000;
    expect(a.election.term()).toBeUndefined();
    expect(await late()).toBeUndefined();
    expect(await store.get("/spec")).toBeUndefined();
  });

  test.each([3_600_000, -3_600_000])("a wall clock that jumps by %d ms moves nobody", async (jump) => {
    const store = new MemoryStore();
    const a = candidate(store, "peer-1", undefined, 3);
    await until(() => a.election.term() !== undefined);
    const term = a.election.term();
    const now = Date.now();
    const wall = jest.spyOn(Date, "now").mockReturnValue(now + jump);
    try {
      const renewals = jest.spyOn(store, "keepAlive");
      let lost = false;
      await until(() => {
        lost ||= a.election.term() !== term;
        return renewals.mock.calls.length > 1;
      });
      expect(lost).toBe(false);
      // Nor does it believe in itself for longer.
      store.down = "no answer";
      await until(() => a.election.term() === undefined);
    } finally {
      wall.mockRestore();
    }
  });

  test("a watch that is lost again and again keeps nobody busy", async () => {
    const store = new MemoryStore();
    store.put(KEY, "peer-9");
    let watches = 0;
    const watch = store.watch.bind(store);
    store.watch = async (prefix, after, handlers) => {
      watches += 1;
      const opened = await watch(prefix, after, handlers);
      setImmediate(() => store.loseWatches("etcdserver: no leader"));
      return opened;
    };
    candidate(store, "peer-1", undefined, 5);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(watches).toBeGreaterThan(1);
    expect(watches).toBeLessThan(10);
  });

  test("a leader whose lease is gone steps down and campaigns anew", async () => {
    const store = new MemoryStore();
    const a = candidate(store, "peer-1");
    await until(() => a.election.term() !== undefined);
    const term = a.election.term();
    for (const lease of [...store.leases]) store.expire(lease);
    await until(() => a.election.term() !== undefined && a.election.term() !== term);
    expect(a.said).toContain(`peer-1 no longer leads (term ${term})`);
  });
});
