import type { ComponentStatus, PeerStatus, StatusReply } from "../../../lib/api/wire";
import type { DaemonState } from "../../../lib/daemon/state";
import { clusterStatus } from "../../../lib/daemon/status/cluster";
import { clusterHealth } from "../../../lib/daemon/status/health";
import { localStatus } from "../../../lib/daemon/status/local";
import { activeCoordinators, lostSessions } from "../../../lib/daemon/status/sessions";
import { familyOf } from "../../../lib/spec/version";
import { peerServices } from "../../../lib/render";
import type { PeerAddress } from "../../../lib/spec/spec";
import { FakeHost, identityOf, SECRETS, specOf, temporaryDir } from "./support";

const spec = specOf("/data");
const member: DaemonState = { state: "member", spec, specDigest: "d", generation: 3 };

function peer(
  name: string,
  change: Partial<PeerStatus> = {},
  components: Partial<ComponentStatus>[] = [],
): PeerStatus {
  const all = ["etcd", "minio", "proxy"].map((c): ComponentStatus => {
    const changed = components.find((x) => x.name === c);
    return { name: c, health: "healthy", detail: c === "minio" ? "4/4 drives" : undefined, ...changed };
  });
  return { name, address: "a", reachable: true, state: "member", components: all, ...change };
}

describe("health of the cluster", () => {
  const cases: [string, StatusReply["health"], PeerStatus[]][] = [
    ["all is well", "ok", [peer("peer-1"), peer("peer-2"), peer("peer-3")]],
    [
      "a peer cannot be reached",
      "degraded",
      [peer("peer-1"), peer("peer-2"), peer("peer-3", { reachable: false, components: [] })],
    ],
    [
      "a component starts",
      "degraded",
      [peer("peer-1", {}, [{ name: "proxy", health: "starting" }]), peer("peer-2"), peer("peer-3")],
    ],
    [
      "a drive is offline",
      "degraded",
      [peer("peer-1", {}, [{ name: "minio", detail: "3/4 drives" }]), peer("peer-2"), peer("peer-3")],
    ],
    [
      "a peer is still forming",
      "degraded",
      [peer("peer-1"), peer("peer-2"), peer("peer-3", { state: "forming" })],
    ],
    [
      "etcd has no quorum",
      "down",
      [1, 2, 3].map((i) => peer(`peer-${i}`, {}, i > 1 ? [{ name: "etcd", health: "stopped" }] : [])),
    ],
    [
      "no proxy is up",
      "down",
      [1, 2, 3].map((i) => peer(`peer-${i}`, {}, [{ name: "proxy", health: "unhealthy" }])),
    ],
    ["nobody is a member yet", "unformed", [peer("peer-1", { state: "forming" })]],
  ];
  test.each(cases)("%s: %s", (_what, health, peers) => {
    expect(clusterHealth(spec, peers)).toBe(health);
  });
  test("nothing but etcd is up, as somebody wants it: stopped", () => {
    const peers = [1, 2, 3].map((i) => peer(`peer-${i}`, {}, [{ name: "proxy", health: "stopped" }]));
    expect(clusterHealth(spec, peers, true)).toBe("stopped");
  });
  test("a peer that knows no cluster: unformed", () => {
    expect(clusterHealth(undefined, [peer("peer-1", { state: "unjoined" })])).toBe("unformed");
  });
});

describe("what a peer says of itself", () => {
  const dir = temporaryDir();

  async function local(change: (host: FakeHost) => void = () => undefined, name = "peer-1") {
    const host = new FakeHost(dir.path());
    const ports = host.ports(spec, name);
    await ports.files.write(spec, SECRETS);
    await ports.compose.up(AbortSignal.timeout(1_000));
    const session = JSON.stringify({ ServerID: 7, Address: `${addressOf(name)}:22125` });
    const names = ["rootcoord-7", "datacoord-7", "querycoord-7"];
    const sessions = Object.fromEntries(names.map((n) => [`by-dev/meta/session/${n}`, session]));
    ports.store.list = () => Promise.resolve(sessions);
    change(host);
    const capacity = { raw: 4000, usable: 3000, used: 0, available: 4000 };
    const drives = { peer: name, drivesOnline: 4, drives: 4, uptime: 9, capacity };
    return localStatus({
      identity: identityOf("/data", name),
      state: member,
      daemonVersion: "0.1.0",
      ports,
      drives,
    });
  }
  const addressOf = (name: string) => spec.peers.find((p) => p.name === name)!.address;
  const of = (status: PeerStatus, name: string) => status.components.find((c) => c.name === name);

  test("every component that the spec wants here, with what it does", async () => {
    const status = await local();
    const wanted = Object.keys(peerServices(spec, spec.peers[0]!));
    expect(status.components.map((c) => c.name)).toEqual(wanted);
    expect(of(status, "etcd")).toMatchObject({
      health: "healthy",
      detail: "leader",
      image: spec.images.etcd,
    });
    expect(of(status, "minio")!.detail).toBe("4/4 drives");
    expect(of(status, "coord")!.detail).toBe("standby");
    expect(of(await local(undefined, "peer-2"), "pulsar")!.detail).toBe("broker answers");
  });

  test("a container that is gone is missing, one that has ended is stopped and says how", async () => {
    const status = await local((host) => {
      host.containers = host.containers.flatMap((c) =>
        c.service === "proxy"
          ? []
          : [c.service === "etcd" ? { ...c, health: "stopped", status: "Exited (1) 3 seconds ago" } : c],
      );
    });
    expect(of(status, "proxy")).toMatchObject({ health: "missing" });
    expect(of(status, "etcd")).toMatchObject({ health: "stopped", detail: "Exited (1) 3 seconds ago" });
  });

  test("one that the engine still calls starting counts as healthy once it answers, and not before", async () => {
    const starting = (host: FakeHost): void => {
      host.containers = host.containers.map((c) => ({ ...c, health: "starting" }));
      host.answers.set("http://127.0.0.1:9092/healthz", { status: 500, body: "not yet" });
    };
    const status = await local(starting);
    expect(of(status, "querynode")!.health).toBe("healthy");
    expect(of(status, "proxy")!.health).toBe("starting");
  });

  test("a Docker engine that does not answer is told, not thrown", async () => {
    const host = new FakeHost(dir.path());
    const ports = host.ports(spec);
    const list = () => Promise.reject(new Error("connect ENOENT /var/run/docker.sock"));
    const broken = { ...ports, containers: { ...ports.containers, list } };
    const view = { identity: identityOf("/data"), state: member, daemonVersion: "0.1.0", ports: broken };
    expect((await localStatus(view)).error).toBe(
      "Docker does not answer: connect ENOENT /var/run/docker.sock",
    );
  });

  test("coordinators are told one by one: each elects for itself", () => {
    const session = (address: string) => JSON.stringify({ ServerID: 1, Address: address });
    const sessions = {
      "by-dev/meta/session/rootcoord": session("198.18.0.11:22125"),
      "by-dev/meta/session/rootcoord-4": session("198.18.0.12:22125"),
      "by-dev/meta/session/datacoord": session("198.18.0.12:13333"),
      "by-dev/meta/session/querycoord": session("198.18.0.11:19531"),
    };
    expect(activeCoordinators(sessions, "198.18.0.11")).toBe("active: rootcoord, querycoord");
    expect(activeCoordinators(sessions, "198.18.0.12")).toBe("active: datacoord");
    expect(activeCoordinators(sessions, "198.18.0.1")).toBe("standby");
  });

  test("a standby whose session has ended is told from one that could take over", () => {
    const session = (address: string) => JSON.stringify({ ServerID: 1, Address: address });
    const names = ["rootcoord", "datacoord", "querycoord"];
    const of = (id: number, address: string, without: string[] = []) =>
      names
        .filter((name) => !without.includes(name))
        .map((name) => [`by-dev/meta/session/${name}-${id}`, session(`${address}:22125`)]);
    const coord = familyOf(spec.version).roles.find((role) => role.name === "coord")!;
    const sessions = Object.fromEntries([...of(1, "198.18.0.11"), ...of(2, "198.18.0.12", ["datacoord"])]);
    expect(lostSessions(coord, sessions, "198.18.0.11")).toEqual([]);
    expect(lostSessions(coord, sessions, "198.18.0.12")).toEqual(["datacoord"]);
    expect(lostSessions(coord, sessions, "198.18.0.1")).toEqual(["rootcoord", "querycoord", "datacoord"]);
    const proxy = familyOf(spec.version).roles.find((role) => role.name === "proxy")!;
    expect(lostSessions(proxy, sessions, "198.18.0.1")).toEqual([]);
  });
});

describe("the whole cluster", () => {
  function view(ask: (peer: PeerAddress) => Promise<StatusReply>) {
    return {
      identity: identityOf("/data", "peer-2"),
      state: member,
      local: async () => peer("peer-2"),
      ask,
      leader: async () => ({ peer: "peer-3", term: "12" }),
    };
  }
  const answer = (name: string): StatusReply => ({
    endpoints: [],
    resilience: [],
    health: "ok",
    peers: [peer(name)],
  });

  test("peers in the order of the spec, the leader with its term, and every endpoint", async () => {
    const status = await clusterStatus(
      view(async (p) => answer(p.name)),
      false,
    );
    expect(status.peers.map((p) => p.name)).toEqual(["peer-1", "peer-2", "peer-3"]);
    expect(status).toMatchObject({
      cluster: { id: "c1", name: "vectors", version: "v2.3.5", generation: 3 },
      leader: { peer: "peer-3", term: "12" },
      endpoints: ["198.18.0.11:19537", "198.18.0.12:19537", "198.18.0.13:19537"],
      health: "ok",
    });
  });

  test("a peer that refuses, and one that never answers, are reported within the deadline", async () => {
    const ask = (p: PeerAddress) =>
      p.name === "peer-1"
        ? Promise.reject(new Error("connect ECONNREFUSED"))
        : new Promise<StatusReply>(() => undefined);
    const status = await clusterStatus(view(ask), false);
    expect(status.peers[0]).toMatchObject({ reachable: false, error: "connect ECONNREFUSED" });
    expect(status.peers[2]).toMatchObject({ reachable: false, error: expect.stringContaining("no answer") });
    expect(status.health).toBe("down");
  });

  test("another daemon at a peer's address is not taken for that peer", async () => {
    const status = await clusterStatus(
      view(async () => answer("peer-9")),
      false,
    );
    expect(status.peers[0]).toMatchObject({ name: "peer-1", reachable: false });
  });

  test("asked for itself alone, a peer asks nobody", async () => {
    const ask = () => Promise.reject(new Error("must not be asked"));
    const { peers } = await clusterStatus(view(ask), true);
    expect(peers.map((p) => p.name)).toEqual(["peer-2"]);
  });

  test("without etcd there is no leader, and still a status", async () => {
    const lost = {
      ...view(async (p) => answer(p.name)),
      leader: () => Promise.reject(new Error("no quorum")),
    };
    expect((await clusterStatus(lost, false)).leader).toBeUndefined();
  });
});
