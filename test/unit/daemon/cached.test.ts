import { Cached } from "../../../lib/daemon/status/cached";

describe("an answer that may be some seconds old", () => {
  let now = 0;
  let loads: { resolve: (value: number) => void; reject: (error: Error) => void }[];
  let cached: Cached<number>;

  beforeEach(() => {
    now = 0;
    loads = [];
    const load = () => new Promise<number>((resolve, reject) => loads.push({ resolve, reject }));
    cached = new Cached(load, { freshMs: 1_000, staleMs: 5_000, now: () => now });
  });

  async function filled(value: number): Promise<void> {
    const first = cached.get();
    loads.at(-1)!.resolve(value);
    await first;
  }

  test("many who ask at once cost one look", async () => {
    const all = Array.from({ length: 50 }, () => cached.get());
    expect(loads).toHaveLength(1);
    loads[0]!.resolve(1);
    expect(new Set(await Promise.all(all))).toEqual(new Set([1]));
  });

  test("up to a second old it is given as it is", async () => {
    await filled(1);
    now = 1_000;
    expect(await cached.get()).toBe(1);
    expect(loads).toHaveLength(1);
  });

  test("up to five seconds old it is given at once, and the next is fetched behind", async () => {
    await filled(1);
    now = 5_000;
    expect(await cached.get()).toBe(1);
    expect(loads).toHaveLength(2);
    loads[1]!.resolve(2);
    await new Promise(setImmediate);
    expect(await cached.get()).toBe(2);
  });

  test("an older one is waited for", async () => {
    await filled(1);
    now = 5_001;
    const next = cached.get();
    loads[1]!.resolve(2);
    expect(await next).toBe(2);
  });

  test("one that fails behind hurts nobody; one that is waited for says why, and the next look starts anew", async () => {
    await filled(1);
    now = 3_000;
    expect(await cached.get()).toBe(1);
    loads[1]!.reject(new Error("gone"));
    await new Promise(setImmediate);
    now = 6_000;
    const waiting = cached.get();
    loads[2]!.reject(new Error("still gone"));
    await expect(waiting).rejects.toThrow("still gone");
    const next = cached.get();
    loads[3]!.resolve(4);
    expect(await next).toBe(4);
  });

  test("it is as old as what it was made of, however long that took", async () => {
    const slow = cached.get();
    now = 6_000;
    loads[0]!.resolve(1);
    await slow;
    void cached.get();
    expect(loads).toHaveLength(2);
  });

  test("one that was forgotten is never given again, even when it comes late", async () => {
    const before = cached.get();
    cached.forget();
    const after = cached.get();
    loads[1]!.resolve(2);
    expect(await after).toBe(2);
    loads[0]!.resolve(1);
    await before;
    expect(await cached.get()).toBe(2);
  });
});
