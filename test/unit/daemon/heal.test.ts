import { Healer } from "../../../lib/daemon/heal";
import type { MinioNode } from "../../../lib/daemon/minio/admin";
import { MemoryLog } from "./support";

const CAPACITY = { raw: 4000, usable: 3000, used: 0, available: 4000 };

/** Three nodes; tests take drives away and look again. */
function pool(leads = true) {
  const nodes = new Map(["peer-1", "peer-2", "peer-3"].map((p) => [p, { drivesOnline: 4, uptime: 100 }]));
  const healed: number[] = [];
  let failure: Error | undefined;
  const healer = new Healer({
    nodes: async () =>
      [...nodes].map(([peer, n]): MinioNode => ({ peer, drives: 4, capacity: CAPACITY, ...n })),
    heal: async () => {
      if (failure) throw failure;
      healed.push(healed.length);
    },
    isLeader: () => leads,
    log: new MemoryLog().log,
  });
  const tick = () => healer.tick(new AbortController().signal);
  return { nodes, healed, tick, fail: (error?: Error) => void (failure = error) };
}

test("heals once after a peer's drives are back, not while they are away", async () => {
  const { nodes, healed, tick } = pool();
  expect(await tick()).toBe("all drives are online");
  nodes.set("peer-3", { drivesOnline: 0, uptime: 0 });
  expect(await tick()).toBe("drives offline: peer-3");
  nodes.set("peer-3", { drivesOnline: 4, uptime: 3 });
  expect(await tick()).toBe("healed MinIO after the return of peer-3");
  expect(await tick()).toBe("all drives are online");
  expect(healed).toHaveLength(1);
});

test("heals after a return that happened between two looks", async () => {
  const { nodes, tick } = pool();
  await tick();
  nodes.set("peer-2", { drivesOnline: 4, uptime: 2 });
  expect(await tick()).toBe("healed MinIO after the return of peer-2");
});

test("the one that is back is healed although another is away", async () => {
  const { nodes, tick } = pool();
  nodes.set("peer-1", { drivesOnline: 0, uptime: 0 }).set("peer-2", { drivesOnline: 3, uptime: 100 });
  await tick();
  nodes.set("peer-1", { drivesOnline: 4, uptime: 1 });
  expect(await tick()).toBe("healed MinIO after the return of peer-1");
});

test("a heal that fails is tried again at the next look", async () => {
  const { nodes, healed, tick, fail } = pool();
  nodes.set("peer-3", { drivesOnline: 0, uptime: 0 });
  await tick();
  nodes.set("peer-3", { drivesOnline: 4, uptime: 3 });
  fail(new Error("not initialized"));
  await expect(tick()).rejects.toThrow("not initialized");
  fail(undefined);
  expect(await tick()).toBe("healed MinIO after the return of peer-3");
  expect(healed).toHaveLength(1);
});

test("a peer that does not lead leaves it to the leader", async () => {
  const { nodes, healed, tick } = pool(false);
  nodes.set("peer-3", { drivesOnline: 0, uptime: 0 });
  await tick();
  nodes.set("peer-3", { drivesOnline: 4, uptime: 3 });
  expect(await tick()).toBe("drives of peer-3 are back; the leader heals them");
  expect(healed).toHaveLength(0);
});
