import type { Component } from "../../../../lib/daemon/ports/components";
import { decide, type Look } from "../../../../lib/daemon/watchdog/decide";
import { dependencies } from "../../../../lib/daemon/watchdog/dependencies";
import { LIMITS } from "../../../../lib/daemon/watchdog/limits";
import { specOf } from "../support";

const COMPONENTS: Component[] = [
  { service: "etcd", phase: "running", health: "healthy" },
  { service: "minio", phase: "exited", health: "none", startFailed: true },
  { service: "proxy", phase: "running", health: "unhealthy" },
];

function look(change: Partial<Look>): { actions: string[]; alerts: unknown } {
  const { actions, alerts } = decide(
    { beganMs: 0, past: new Map() },
    {
      ...{ node: "peer-1", mode: "auto", dependencies: dependencies(specOf("/data")), limits: LIMITS },
      ...{ nowMs: 900_000, components: COMPONENTS, events: [], missing: new Map() },
      leaveAlone: () => undefined,
      ...change,
    },
  );
  return { actions: actions.map((a) => `${a.kind} ${a.service}`), alerts };
}

describe("while the cluster is stopped", () => {
  test("nothing is revived or told, and what runs beside etcd is removed", () => {
    expect(look({ stopped: { done: true } })).toEqual({
      actions: ["remove minio", "remove proxy"],
      alerts: [],
    });
  });

  test("and not at rest yet, all is left to the job that stops it", () => {
    expect(look({ stopped: { done: false } })).toEqual({ actions: [], alerts: [] });
  });

  test("what a job works on is left to that", () => {
    const leaveAlone = (service: string): string | undefined =>
      service === "minio" ? "made anew" : undefined;
    expect(look({ stopped: { done: true }, leaveAlone }).actions).toEqual(["remove proxy"]);
  });
});
