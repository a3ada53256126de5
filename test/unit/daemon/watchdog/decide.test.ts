import { alertLine } from "../../../../lib/daemon/alerts/alert";
import type { Component, ComponentEvent } from "../../../../lib/daemon/ports/components";
import { decide, type Decision, type Look } from "../../../../lib/daemon/watchdog/decide";
import { dependencies } from "../../../../lib/daemon/watchdog/dependencies";
import type { History } from "../../../../lib/daemon/watchdog/history";
import { LIMITS } from "../../../../lib/daemon/watchdog/limits";
import { specOf } from "../support";

const DEPENDENCIES = dependencies(specOf("/data"));
const running = (service: string): Component => ({ service, phase: "running", health: "healthy" });
const unhealthy = (service: string): Component => ({ service, phase: "running", health: "unhealthy" });
const starting = (service: string): Component => ({ service, phase: "running", health: "starting" });
const exited = (service: string): Component => ({
  service,
  phase: "exited",
  health: "none",
  detail: "Exited (137) 1 second ago",
});
const event = (service: string, action: ComponentEvent["action"], exitCode?: number): ComponentEvent => ({
  service,
  action,
  exitCode,
});

/** Looks at one peer, ten seconds apart; the watchdog began a minute before the first. */
class Peer {
  nowMs = 60_000;
  options: Partial<Look> = {};
  said: string[] = [];
  readonly alerts: string[] = [];
  private history: History = { beganMs: 0, past: new Map() };

  /** @returns what is done, e.g. "restart proxy". */
  look(components: readonly Component[], events: readonly ComponentEvent[] = [], afterMs = 10_000): string[] {
    this.nowMs += afterMs;
    const decision = decide(this.history, {
      node: "peer-1",
      mode: "auto",
      dependencies: DEPENDENCIES,
      limits: LIMITS,
      leaveAlone: () => undefined,
      missing: new Map(),
      nowMs: this.nowMs,
      components,
      events,
      ...this.options,
    });
    return this.keep(decision);
  }

  private keep({ history, actions, alerts, sentence }: Decision): string[] {
    this.history = history;
    this.said.push(sentence);
    this.alerts.push(...alerts.map(alertLine));
    return actions.map((a) => `${a.kind} ${a.service}`);
  }
}

test("all is well: nothing is done", () => {
  const peer = new Peer();
  expect(peer.look([running("etcd"), running("proxy")])).toEqual([]);
  expect(peer.said).toEqual(["2 components are well"]);
  expect(peer.alerts).toEqual([]);
});

describe("etcd at its quota", () => {
  const full: Component = {
    ...unhealthy("etcd"),
    detail: "https://127.0.0.1:2379 is unhealthy: failed to commit proposal: Active Alarm(s): NOSPACE",
  };

  test("is left as it is, and Milvus with it: a restart makes no room, and of all members at once ends the quorum", () => {
    const peer = new Peer();
    for (let i = 0; i < 20; i++) expect(peer.look([full, unhealthy("proxy")])).toEqual([]);
    expect(peer.said.at(-1)).toMatch(/^etcd: has no room \(NOSPACE\).*; proxy: waits for etcd$/);
  });

  test("is told once, and so is its end, whatever starts in between", () => {
    const peer = new Peer();
    for (const c of [full, full, starting("etcd"), full, running("etcd"), running("etcd")])
      peer.look([c], c.health === "starting" ? [event("etcd", "start")] : []);
    expect(peer.alerts).toEqual([
      "ETCD_FULL_ALERT node=peer-1 component=etcd",
      "ETCD_ROOM_ALERT node=peer-1 component=etcd after=40s",
    ]);
  });
});

describe("unhealthy", () => {
  test("for three ticks: restarted in place, and said", () => {
    const peer = new Peer();
    expect(peer.look([unhealthy("proxy")])).toEqual([]);
    expect(peer.look([unhealthy("proxy")])).toEqual([]);
    expect(peer.look([unhealthy("proxy")])).toEqual(["restart proxy"]);
    expect(peer.alerts).toEqual([
      "COMPONENT_RESTART node=peer-1 component=proxy reason=unhealthy by=watchdog count=1",
    ]);
  });

  test("well in between: counted from the start", () => {
    const peer = new Peer();
    for (let i = 0; i < 4; i++)
      for (const c of [unhealthy("proxy"), unhealthy("proxy"), running("proxy")])
        expect(peer.look([c])).toEqual([]);
    expect(peer.alerts).toEqual([]);
  });

  test("looks that events cause within a tick are one tick", () => {
    const peer = new Peer();
    for (let i = 0; i < 20; i++) expect(peer.look([unhealthy("proxy")], [], 200)).toEqual([]);
  });

  test("within the grace after its start: not counted", () => {
    const peer = new Peer();
    expect(peer.look([starting("proxy")], [event("proxy", "start")])).toEqual([]);
    const done = [1, 2, 3, 4, 5].map(() => peer.look([unhealthy("proxy")]));
    expect(done).toEqual([[], [], [], [], ["restart proxy"]]);
    expect(peer.said[1]).toBe("proxy: unhealthy, but has just started");
  });

  test("within the grace after the daemon's own start: not counted", () => {
    const peer = new Peer();
    peer.nowMs = 0;
    const done = [1, 2, 3, 4].map(() => peer.look([unhealthy("proxy")]));
    expect(done.flat()).toEqual([]);
    expect(peer.look([unhealthy("proxy")])).toEqual(["restart proxy"]);
  });

  test("while somebody works on it: left alone, and counted anew afterwards", () => {
    const peer = new Peer();
    peer.look([unhealthy("proxy")]);
    peer.look([unhealthy("proxy")]);
    peer.options = { leaveAlone: (service) => (service === "proxy" ? "maintenance" : undefined) };
    for (let i = 0; i < 5; i++) expect(peer.look([unhealthy("proxy")])).toEqual([]);
    expect(peer.said.at(-1)).toBe("proxy: maintenance");
    peer.options = {};
    expect([1, 2, 3].map(() => peer.look([unhealthy("proxy")]))).toEqual([[], [], ["restart proxy"]]);
  });

  test.each([
    ["etcd", unhealthy("etcd")],
    ["minio", starting("minio")],
    ["nginx", exited("nginx")],
  ])("while its %s is not healthy: neither counted nor restarted", (need, state) => {
    const peer = new Peer();
    // What it needs is another's to restart here.
    peer.options = { leaveAlone: (service) => (service === need ? "busy" : undefined) };
    for (let i = 0; i < 6; i++) expect(peer.look([state, unhealthy("querynode")])).toEqual([]);
    expect(peer.said.at(-1)).toContain(`querynode: waits for ${need}`);
    const healed = [1, 2, 3].map(() => peer.look([running(need), unhealthy("querynode")]));
    expect(healed).toEqual([[], [], ["restart querynode"]]);
  });

  test("nothing here waits for a role of Milvus", () => {
    const peer = new Peer();
    const sick = [unhealthy("nginx"), unhealthy("proxy")];
    expect([1, 2, 3].flatMap(() => peer.look(sick))).toEqual(["restart nginx"]);
  });

  test("while other peers lack what it needs: left alone, so that it is there when they return", () => {
    const peer = new Peer();
    peer.options = { missing: new Map([["etcd", "a quorum of etcd: 1 of 3 peers answer"]]) };
    for (let i = 0; i < 100; i++) expect(peer.look([unhealthy("etcd"), unhealthy("proxy")])).toEqual([]);
    expect(peer.said.at(-1)).toBe(
      "etcd: waits for a quorum of etcd: 1 of 3 peers answer; proxy: waits for etcd",
    );
    expect(peer.alerts).toEqual([]);
  });

  test("monitor mode says once what it would do, and does nothing", () => {
    const look = { mode: "monitor" as const };
    let history: History = { beganMs: 0, past: new Map() };
    const notes: string[] = [];
    for (let i = 1; i <= 30; i++) {
      const decision = decide(history, {
        ...{ node: "peer-1", dependencies: DEPENDENCIES, limits: LIMITS, missing: new Map(), events: [] },
        ...{ leaveAlone: () => undefined, nowMs: 60_000 + i * 10_000, components: [unhealthy("proxy")] },
        ...look,
      });
      expect(decision.actions).toEqual([]);
      expect(decision.alerts).toEqual([]);
      notes.push(...decision.notes);
      history = decision.history;
    }
    expect(notes).toEqual(["would restart proxy on peer-1: unhealthy"]);
  });
});

describe("a restart loop", () => {
  /** Unhealthy until it is restarted, whenever it may be counted; returns what is done over so many ticks. */
  function ticks(peer: Peer, service: string, count: number): string[] {
    let done: string[] = [];
    const all: string[] = [];
    for (let i = 0; i < count; i++) {
      const again = done.some((d) => d === `restart ${service}`);
      const events = again ? ["kill", "die", "stop", "start"].map((a) => event(service, a as "die")) : [];
      done = peer.look([unhealthy(service)], events);
      all.push(...done);
    }
    return all;
  }

  test("three restarts in 300 s that did not help: stopped, and one alert", () => {
    const peer = new Peer();
    expect(ticks(peer, "proxy", 30)[3]).toBe("stop proxy");
    const [last, ...rest] = peer.alerts.reverse();
    expect(last).toBe(
      "COMPONENT_RESTART_LOOP node=peer-1 component=proxy restarts=3 window=300s action=stopped reason=unhealthy",
    );
    expect(rest.map((line) => line.split(" ").at(-1))).toEqual(["count=3", "count=2", "count=1"]);
  });

  test("stopped, it stays so until somebody starts it; then it is watched again", () => {
    const peer = new Peer();
    ticks(peer, "proxy", 23);
    peer.look([exited("proxy")], [event("proxy", "kill"), event("proxy", "die", 0), event("proxy", "stop")]);
    for (let i = 0; i < 100; i++) expect(peer.look([exited("proxy")])).toEqual([]);
    const before = peer.alerts.length;
    expect(peer.look([starting("proxy")], [event("proxy", "start")])).toEqual([]);
    expect(peer.alerts.slice(before)).toEqual([
      expect.stringMatching(
        /^COMPONENT_RESTART_LOOP node=peer-1 component=proxy action=released after=\d+s$/,
      ),
    ]);
    expect(ticks(peer, "proxy", 6)).toEqual(["restart proxy"]);
  });

  test("restarts that lie further apart are no loop", () => {
    const peer = new Peer();
    for (let i = 0; i < 6; i++) {
      expect(ticks(peer, "proxy", 3)).toEqual(["restart proxy"]);
      peer.look([running("proxy")], [event("proxy", "start")]);
      peer.look([running("proxy")], [], 160_000);
    }
    expect(peer.alerts.join()).not.toContain("LOOP");
  });

  test("what Docker starts again after crashes counts, too", () => {
    const peer = new Peer();
    const crash = [event("proxy", "die", 2), event("proxy", "start")];
    expect([1, 2, 3, 4].map(() => peer.look([starting("proxy")], crash))).toEqual([
      [],
      [],
      [],
      ["stop proxy"],
    ]);
    expect(peer.alerts[0]).toBe(
      'COMPONENT_RESTART node=peer-1 component=proxy reason="exited with code 2" by=docker count=1',
    );
    expect(peer.alerts[3]).toContain("COMPONENT_RESTART_LOOP node=peer-1 component=proxy restarts=3");
  });

  test("a crash between the decision and the stop does not release it", () => {
    const peer = new Peer();
    const crash = [event("proxy", "die", 2), event("proxy", "start")];
    for (let i = 0; i < 4; i++) peer.look([starting("proxy")], crash);
    expect(peer.look([starting("proxy")], crash)).toEqual(["stop proxy"]);
    expect(peer.alerts).toHaveLength(4);
  });

  test("crashes for want of what it needs do not count", () => {
    const peer = new Peer();
    const crash = [event("proxy", "die", 2), event("proxy", "start")];
    peer.options = { missing: new Map([["proxy", "Pulsar on peer-2"]]) };
    for (let i = 0; i < 20; i++) expect(peer.look([starting("proxy")], crash)).toEqual([]);
    expect(peer.alerts).toEqual([]);
  });

  test("a restart that somebody asks for is no crash", () => {
    const peer = new Peer();
    const asked = ["kill", "die", "stop", "start"].map((a) => event("proxy", a as "die", 143));
    for (let i = 0; i < 10; i++) expect(peer.look([starting("proxy")], asked)).toEqual([]);
    expect(peer.alerts).toEqual([]);
  });

  test("a member of a quorum that runs is not stopped, and watched again once it is well", () => {
    const peer = new Peer();
    expect(ticks(peer, "etcd", 30)).toEqual(["restart etcd", "restart etcd", "restart etcd"]);
    expect(peer.alerts.at(-1)).toContain("action=left_running");
    peer.look([running("etcd")]);
    expect(peer.alerts.at(-1)).toContain("action=released");
    expect(ticks(peer, "etcd", 3)).toEqual(["restart etcd"]);
  });
});

describe("stopped", () => {
  test("killed, and Docker does not bring it back: started after a tick", () => {
    const peer = new Peer();
    peer.look([running("proxy")]);
    expect(peer.look([exited("proxy")], [event("proxy", "kill"), event("proxy", "die", 137)])).toEqual([]);
    expect(peer.look([exited("proxy")])).toEqual(["start proxy"]);
    expect(peer.look([starting("proxy")], [event("proxy", "start")])).toEqual([]);
    expect(peer.alerts).toHaveLength(1);
  });

  test("by hand: left so, until somebody starts it", () => {
    const peer = new Peer();
    peer.look([running("proxy")]);
    const stop = [event("proxy", "kill"), event("proxy", "die", 0), event("proxy", "stop")];
    peer.look([exited("proxy")], stop);
    for (let i = 0; i < 50; i++) expect(peer.look([exited("proxy")])).toEqual([]);
    expect(peer.said.at(-1)).toBe("proxy: was stopped by hand");
    peer.look([running("proxy")], [event("proxy", "start")]);
    peer.look([exited("proxy")], [event("proxy", "kill"), event("proxy", "die", 137)]);
    expect(peer.look([exited("proxy")])).toEqual(["start proxy"]);
  });

  test("before the watchdog began, without an error: left so", () => {
    const peer = new Peer();
    for (let i = 0; i < 50; i++) expect(peer.look([exited("proxy")])).toEqual([]);
    expect(peer.said[0]).toBe("proxy: was stopped by hand");
  });

  test("by work that has a mark and did not start it again: started once the mark is gone", () => {
    const peer = new Peer();
    peer.look([running("proxy")]);
    peer.options = { leaveAlone: () => "upgrade" };
    peer.look([exited("proxy")], [event("proxy", "kill"), event("proxy", "die", 0), event("proxy", "stop")]);
    for (let i = 0; i < 5; i++) expect(peer.look([exited("proxy")])).toEqual([]);
    peer.options = {};
    expect([1, 2].map(() => peer.look([exited("proxy")]))).toEqual([[], ["start proxy"]]);
  });

  test("paused: nobody's business", () => {
    const peer = new Peer();
    const paused: Component = { service: "proxy", phase: "paused", health: "none" };
    for (let i = 0; i < 10; i++) expect(peer.look([paused])).toEqual([]);
  });

  test("waits for Docker while Docker is about to start it", () => {
    const peer = new Peer();
    const c: Component = { service: "proxy", phase: "restarting", health: "none" };
    for (let i = 0; i < 10; i++) expect(peer.look([c])).toEqual([]);
  });

  test("a start that fails each time is a loop, too", () => {
    const peer = new Peer();
    const failed: Component = { ...exited("proxy"), startFailed: true, detail: "address already in use" };
    const done = Array.from({ length: 12 }, () => peer.look([failed])).flat();
    expect(done).toEqual(["start proxy", "start proxy", "start proxy"]);
    expect(peer.alerts.at(-1)).toBe(
      'COMPONENT_RESTART_LOOP node=peer-1 component=proxy restarts=3 window=300s action=stopped reason="address already in use"',
    );
  });
});

test("after a reboot, what Docker could not start comes up in order", () => {
  const peer = new Peer();
  const names = ["proxy", "coord", "nginx", "pulsar", "minio", "etcd"];
  const state = new Map(
    names.map((n): [string, Component] => [n, { ...exited(n), startFailed: true, detail: "no such device" }]),
  );
  const started: string[][] = [];
  for (let i = 0; i < 40; i++) {
    const done = peer.look([...state.values()]);
    if (done.length > 0) started.push(done);
    // What was starting is healthy a tick later.
    for (const c of [...state.values()])
      if (c.health === "starting") state.set(c.service, running(c.service));
    for (const action of done) state.set(action.split(" ")[1]!, starting(action.split(" ")[1]!));
  }
  expect(started).toEqual([
    ["start etcd"],
    ["start minio"],
    ["start pulsar"],
    ["start nginx"],
    ["start coord", "start proxy"],
  ]);
});
