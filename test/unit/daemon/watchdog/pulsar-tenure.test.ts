import { PulsarTenure } from "../../../../lib/daemon/watchdog/pulsar-tenure";
import { MemoryLog, MemoryStore } from "../support";

const KEY = "/pulsar";

/** The host of Pulsar, whose looks are two seconds apart; leases end when a test says so. */
function host(store = new MemoryStore()) {
  const at = { ms: 0, isHost: true, runs: false, isBusy: false };
  const { log } = new MemoryLog();
  const tenure = new PulsarTenure({
    ...{ store, key: KEY, self: "peer-2", log, now: () => at.ms, isHost: async () => at.isHost },
    start: async () => {
      if (!at.isBusy) at.runs = true;
      return !at.isBusy;
    },
    kill: async () => {
      const ran = at.runs;
      at.runs = false;
      return ran;
    },
  });
  const looks = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await tenure.tick();
      at.ms += 2_000;
    }
  };
  return { store, at, tenure, looks };
}

test("a host that comes up starts its Pulsar once etcd has given it the right", async () => {
  const { store, at, looks } = host();
  store.down = "no quorum";
  await looks(3);
  expect(at.runs).toBe(false);
  store.down = undefined;
  await looks(1);
  expect(at.runs).toBe(true);
  expect(store.kv.get(KEY)?.value).toBe("peer-2");
});

test("one that is out of touch kills Pulsar before its right has ended, and starts it again when it is back", async () => {
  const { store, at, looks } = host();
  await looks(2);
  const lastMs = at.ms - 2_000;
  store.down = "no quorum";
  while (at.runs) await looks(1);
  expect(at.ms - lastMs).toBeGreaterThan(8_000);
  expect(at.ms - lastMs).toBeLessThan(15_000);
  store.down = undefined;
  await looks(1);
  expect(at.runs).toBe(true);
});

test("a host that was given up meanwhile starts nothing, whether another one runs already or not", async () => {
  const taken = host();
  taken.store.put(KEY, "(given up)");
  await taken.looks(30);
  expect(taken.at.runs).toBe(false);
  const free = host();
  free.at.isHost = false;
  await free.looks(30);
  expect([free.at.runs, free.store.kv.has(KEY)]).toEqual([false, false]);
});

test("a daemon that is made anew leaves a Pulsar alone that runs, until the right of the one before has ended", async () => {
  const { store, at, looks } = host();
  at.runs = true;
  const before = store.put(KEY, "peer-2", "lease-of-the-one-before");
  await looks(8);
  expect(at.runs).toBe(true);
  store.expire("lease-of-the-one-before");
  await looks(1);
  expect(store.kv.get(KEY)!.createRevision).not.toBe(before);
  expect(at.runs).toBe(true);
});

test("a Pulsar that somebody works on is not started under their hands", async () => {
  const { at, looks } = host();
  at.isBusy = true;
  await looks(3);
  expect(at.runs).toBe(false);
  at.isBusy = false;
  await looks(1);
  expect(at.runs).toBe(true);
});

test("whoever stops in order gives the right back at once, and leaves Pulsar running", async () => {
  const { store, at, looks, tenure } = host();
  await looks(1);
  await tenure.stop();
  expect([at.runs, store.kv.has(KEY)]).toEqual([true, false]);
});
