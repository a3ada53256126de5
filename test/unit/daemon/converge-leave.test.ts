import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NotLeader } from "../../../lib/daemon/store/records";
import { etcdEndpoints } from "../../../lib/render";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { anew, changed, committed, events, formed, jobOf, unfinished } from "./converge-support";
import type { Peers, TestJob } from "./peers-support";
import type { ChangeParams } from "../../../lib/daemon/jobs/converge";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
let peers: Peers;
let from: ClusterSpec;
let to: ClusterSpec;
beforeEach(async () => {
  peers = await formed(dir.path(), { members: 4 });
  from = peers.spec;
  to = changed(peers, { peers: from.peers.slice(0, 3) });
});
afterEach(() => peers.stop());

const THREE = ["peer-1", "peer-2", "peer-3"];
const removed = ["coord", "proxy", "querynode", "datanode", "indexnode", "nginx"].map((s) => `remove ${s}`);
const members = (): string[] => peers.membership.known.map(({ name }) => name);
const warnings = ({ lines }: TestJob<ChangeParams>): string[] => lines.filter((l) => l.startsWith("warn"));

describe("a peer that leaves", () => {
  test("is led to no more, stops, is no member of etcd, and lets go; no container is made anew elsewhere", async () => {
    const job = jobOf(peers, { from, to });
    expect(await job.run(peers.elect("peer-1"))).toEqual({ generation: 2 });
    expect(events(peers)).toEqual([["SIGHUP nginx"], ["SIGHUP nginx"], ["SIGHUP nginx"], removed]);
    expect([members(), [...peers.membership.users], peers.left]).toEqual([THREE, THREE, ["peer-4"]]);
    expect([committed(peers).spec.peers, unfinished(peers)]).toEqual([to.peers, undefined]);
    expect([anew(job), warnings(job)]).toEqual([[], []]);
  });

  test("is not led to by the others when it stops, and its watchdog leaves what has stopped alone", async () => {
    const leader = peers.elect("peer-1");
    const job = jobOf(peers, { from, to });
    await job.run(leader, { until: "write" });
    const nginx = await readFile(join(peers.of("peer-1").host.dir, "rendered", "nginx.conf"), "utf8");
    expect(nginx).not.toContain("127.0.0.14");
    expect(peers.of("peer-4").host.events).toEqual([]);
    await job.run(leader, { until: "stop peer-4" });
    expect(peers.of("peer-4").marks.why("querynode")).toBe("it is not wanted here any more");
  });

  test("has roles elsewhere start anew that would know but one member of etcd without it", async () => {
    const [, second, , fourth] = etcdEndpoints(from);
    const { host } = peers.of("peer-2");
    host.containers = host.containers.map((c) =>
      c.service === "querynode" ? { ...c, etcd: [second!, fourth!] } : c,
    );
    const job = jobOf(peers, { from, to });
    await job.run(peers.elect("peer-1"));
    expect(events(peers).slice(0, 3)).toEqual([
      ["SIGHUP nginx"],
      ["SIGHUP nginx", "mkdir /milvus/querynode 700 0:0", "recreate querynode"],
      ["SIGHUP nginx"],
    ]);
    expect(job.lines).toContain("info: peer-2: querynode knows 1 of 3 members of etcd: it is started anew");
  });

  test("stays while a collection has more replicas than there would be query nodes, and nothing is touched", async () => {
    peers.milvus.replicas.set("films", 3);
    peers.milvus.replicas.set("shop/goods", 4);
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      "3 query node(s) would stay, and more replicas than that are loaded of shop/goods: release each of them, and load it with 3 at most",
    );
    expect([members().length, events(peers)]).toEqual([4, [[], [], [], []]]);
  });

  test("may ask etcd to the end: its user is taken away last", async () => {
    const job = jobOf(peers, { from, to });
    await job.run(peers.elect("peer-1"), { until: "leaveEtcd peer-4" });
    expect([members(), peers.membership.users.has("peer-4")]).toEqual([THREE, true]);
    await job.run(peers.of("peer-1"), { until: "dismiss peer-4" });
    expect(peers.membership.users.has("peer-4")).toBe(false);
  });

  test("and does not answer any more leaves all the same, with a warning", async () => {
    const job = jobOf(peers, { from, to });
    const leader = peers.elect("peer-1");
    await peers.of("peer-4").down();
    await job.run(leader);
    expect([members(), [...peers.membership.users]]).toEqual([THREE, THREE]);
    expect(warnings(job)).toEqual([
      expect.stringMatching(/^warn: peer-4 leaves all the same: peer-4: its daemon cannot be reached/),
      expect.stringMatching(/^warn: peer-4 leaves all the same: peer-4: its daemon cannot be reached/),
    ]);
    expect(committed(peers).spec.peers).toEqual(to.peers);
  });
});

test("a leader that is to leave hands over, and whoever leads next goes on", async () => {
  const job = jobOf(peers, { from, to });
  job.onHandOver = () => void peers.elect("peer-2");
  await expect(job.run(peers.elect("peer-4"))).rejects.toThrow(NotLeader);
  expect([peers.of("peer-4").host.events, members()]).toEqual([[], [...THREE, "peer-4"]]);
  expect(job.lines).toContain("info: peer-4 leads, and leaves: another peer goes on");
  await job.run(peers.of("peer-2"));
  expect([members(), peers.left, committed(peers).generation]).toEqual([THREE, ["peer-4"], 2]);
});

test("a role that a peer loses is stopped there, by a leader that stays, and nothing else is", async () => {
  const fewer = from.peers.map((p) =>
    p.name === "peer-4" ? { ...p, roles: p.roles.filter((role) => role !== "index") } : p,
  );
  const job = jobOf(peers, { from, to: changed(peers, { peers: fewer }) });
  await job.run(peers.elect("peer-4"));
  expect(events(peers)).toEqual([[], [], [], ["remove indexnode"]]);
  expect([members(), peers.left, committed(peers).spec.peers]).toEqual([[...THREE, "peer-4"], [], fewer]);
});

describe("a removal that has stopped half-way", () => {
  const stopAfter = async (step: string): Promise<void> => {
    await jobOf(peers, { from, to }, "0mijk2x9a-111111").run(peers.elect("peer-1"), { until: step });
  };

  test("goes on where the peer has let go already", async () => {
    await stopAfter("dismiss peer-4");
    await peers.of("peer-4").down();
    await jobOf(peers, { from, to, unfinished: to }, "0mijk2x9b-222222").run(peers.elect("peer-2"));
    expect([members(), committed(peers).spec.peers, unfinished(peers)]).toEqual([THREE, to.peers, undefined]);
  });

  test("is undone: what has stopped starts again, and nobody waits for it before", async () => {
    await stopAfter("stop peer-4");
    const back = jobOf(peers, { from, to: from, unfinished: to }, "0mijk2x9b-222222");
    const tried: string[] = [];
    peers.milvus.onCall = (name, address) => name === "search" && tried.push(address);
    await back.run(peers.elect("peer-2"), { until: "joinEtcd peer-4" });
    expect(tried.filter((address) => address.startsWith("127.0.0.14"))).toEqual([]);
    await back.run(peers.of("peer-2"));
    expect(
      peers
        .of("peer-4")
        .host.containers.map(({ service }) => service)
        .sort(),
    ).toEqual(["etcd", ...removed.map((event) => event.slice("remove ".length))].sort());
    expect([members(), committed(peers).spec.peers]).toEqual([[...THREE, "peer-4"], from.peers]);
    expect(peers.of("peer-4").marks.why("querynode")).toBeUndefined();
    expect(unfinished(peers)).toBeUndefined();
  });
});
