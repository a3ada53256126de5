import type { Alert } from "../../../../lib/daemon/alerts/alert";
import { alertLine } from "../../../../lib/daemon/alerts/alert";
import { dependencies } from "../../../../lib/daemon/watchdog/dependencies";
import { MaintenanceMarks } from "../../../../lib/daemon/watchdog/marks";
import { Watchdog } from "../../../../lib/daemon/watchdog/watchdog";
import type { WatchdogMode } from "../../../../lib/spec/spec";
import { eventually } from "../../../support/eventually";
import { MemoryLog, specOf } from "../support";
import { FakeComponents } from "./fake-components";

/** A watchdog whose clock moves when the test says so. */
class Bench {
  readonly engine = new FakeComponents("etcd", "minio", "proxy");
  readonly log = new MemoryLog();
  readonly alerts: string[] = [];
  readonly marks: MaintenanceMarks;
  mode: WatchdogMode = "auto";
  missing = new Map<string, string>();
  asked = 0;
  nowMs = 0;
  readonly watchdog: Watchdog;

  constructor() {
    this.marks = new MaintenanceMarks(() => this.nowMs);
    this.watchdog = new Watchdog({
      node: "peer-1",
      components: this.engine,
      dependencies: dependencies(specOf("/data")),
      marks: this.marks,
      mode: () => this.mode,
      missing: async () => {
        this.asked++;
        return this.missing;
      },
      alerts: { raise: (alert: Alert) => void this.alerts.push(alertLine(alert)) },
      log: this.log.log,
      now: () => this.nowMs,
    });
    // Past the grace after the daemon's start.
    this.nowMs = 60_000;
  }

  /** Looks so often, a tick apart, and waits for what was begun. */
  async ticks(count: number): Promise<string> {
    let said = "";
    for (let i = 0; i < count; i++) {
      this.nowMs += 10_000;
      said = await this.watchdog.tick();
      await this.watchdog.settled();
    }
    return said;
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.watchdog.stop());

test("restarts what is unhealthy, and counts it", async () => {
  bench.engine.unhealthy("proxy");
  await bench.ticks(3);
  expect(bench.engine.asked).toEqual(["restart proxy"]);
  expect(bench.alerts).toEqual([
    "COMPONENT_RESTART node=peer-1 component=proxy reason=unhealthy by=watchdog count=1",
  ]);
  expect(bench.watchdog.facts).toEqual({ restarts: [{ component: "proxy", count: 1 }], stopped: [] });
});

test("asks about other peers only while something is wrong here", async () => {
  await bench.ticks(5);
  expect(bench.asked).toBe(0);
  bench.engine.unhealthy("proxy");
  bench.missing.set("proxy", "Pulsar on peer-2");
  expect(await bench.ticks(5)).toBe("proxy: waits for Pulsar on peer-2");
  expect(bench.engine.asked).toEqual([]);
});

test("never touches what a job has marked", async () => {
  bench.marks.set("*", "upgrade to v2.3.5", 60_000);
  bench.engine.unhealthy("proxy");
  expect(await bench.ticks(5)).toBe("proxy: upgrade to v2.3.5");
  expect(bench.engine.asked).toEqual([]);
  await bench.ticks(4);
  expect(bench.engine.asked).toEqual(["restart proxy"]);
});

test("an action that fails is told, and tried again", async () => {
  bench.engine.unhealthy("proxy");
  bench.engine.failures.set("proxy", new Error("the engine is busy"));
  await bench.ticks(6);
  expect(bench.engine.asked).toEqual(["restart proxy", "restart proxy"]);
  expect(bench.log.lines.join()).toContain("the engine is busy");
});

test("begins nothing on a component while the last thing is under way", async () => {
  let end = (): void => undefined;
  bench.engine.restart = () => {
    bench.engine.asked.push("restart");
    return new Promise((resolve) => (end = resolve));
  };
  bench.engine.unhealthy("proxy");
  for (let i = 0; i < 9; i++) {
    bench.nowMs += 10_000;
    await bench.watchdog.tick();
  }
  expect(bench.engine.asked).toEqual(["restart"]);
  end();
  await bench.watchdog.settled();
});

test("an engine that does not answer loses no event", async () => {
  bench.watchdog.start();
  await eventually("the watchdog listens", 10_000, async () => bench.engine.streams.length === 1);
  await bench.ticks(1);
  bench.engine.down = new Error("no Docker");
  bench.engine.stopByHand("proxy");
  await expect(bench.ticks(1)).rejects.toThrow("no Docker");
  bench.engine.down = undefined;
  expect(await bench.ticks(5)).toBe("proxy: was stopped by hand");
  expect(bench.engine.asked).toEqual([]);
});

test("looks at once when something happens, not at the next tick only", async () => {
  bench.watchdog.start();
  await eventually("the watchdog listens", 10_000, async () => bench.engine.streams.length === 1);
  bench.engine.stopByHand("proxy");
  const told = "watchdog: proxy: was stopped by hand";
  await eventually("it has looked", 8_000, async () => bench.log.lines.join().includes(told));
});
