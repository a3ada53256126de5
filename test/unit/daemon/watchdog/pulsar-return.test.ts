import type { Component } from "../../../../lib/daemon/ports/components";
import { PulsarReturn } from "../../../../lib/daemon/watchdog/pulsar-return";
import { failedOver } from "../../../../lib/plan/moved";
import type { ClusterSpec } from "../../../../lib/spec/spec";
import { spec } from "../../spec/fixture";
import { MemoryLog } from "../support";

const BEFORE = spec({
  queue: { pulsarSingleton: { host: "peer-2", failover: { host: "peer-3", afterSeconds: 120 } } },
});
const AFTER = failedOver(BEFORE)!;
const PULSAR: Component = { service: "pulsar", phase: "exited", health: "none" };

function returning() {
  const at = { components: [PULSAR], settled: AFTER as ClusterSpec | undefined, fails: false, caughtUp: 0 };
  const watch = new PulsarReturn({
    self: "peer-2",
    components: { list: async () => at.components },
    settled: async () => at.settled,
    catchUp: async (wanted) => {
      expect(wanted).toEqual(AFTER);
      if (at.fails) throw new Error("no registry");
      at.caughtUp += 1;
      at.components = [];
    },
    log: new MemoryLog().log,
  });
  return { at, watch };
}

test("a peer that has a Pulsar which is now elsewhere catches up, once", async () => {
  const { at, watch } = returning();
  await watch.tick();
  await watch.tick();
  expect(at.caughtUp).toBe(1);
});

test("what fails is tried again", async () => {
  const { at, watch } = returning();
  at.fails = true;
  await watch.tick();
  at.fails = false;
  await watch.tick();
  expect(at.caughtUp).toBe(1);
});

test.each([
  ["while a change is under way", undefined],
  ["where Pulsar is meant to be here after all", BEFORE],
])("it does nothing %s", async (_, settled) => {
  const { at, watch } = returning();
  at.settled = settled;
  await watch.tick();
  expect(at.caughtUp).toBe(0);
});
