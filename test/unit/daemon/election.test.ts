import { Election } from "../../../lib/daemon/election";
import { Fence } from "../../../lib/daemon/fence";
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

  function candidate(store: MemoryStore, name: string, clock?: () => number) {
    const said: string[] = [];
    const onChange = (s: string) => void said.push(s);
    const election = new Election({ store, key: KEY, candidate: name, ttlSeconds: 0.2, clock, onChange });
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
