import { mkdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BackupTarget } from "../../../lib/daemon/backups/target";
import { FolderTarget } from "../../../lib/daemon/backups/folder";
import { specDigest } from "../../../lib/daemon/digest";
import type { ChangeParams } from "../../../lib/daemon/jobs/converge";
import { keys } from "../../../lib/daemon/keys";
import { dataDir } from "../../../lib/spec/disks";
import { etcdPeerUrl } from "../../../lib/render";
import { peerOf } from "../../../lib/spec/host";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { anew, changed, committed, events, formed, jobOf, unfinished, wanted } from "./converge-support";
import type { Peers, TestJob } from "./peers-support";
import { SECRETS, temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
let peers: Peers;
let from: ClusterSpec;
let to: ClusterSpec;
let url: string;
beforeEach(async () => {
  peers = await formed(dir.path(), { newcomers: 1 });
  from = peers.spec;
  to = changed(peers, { peers: peers.everyone });
  url = etcdPeerUrl(to, peerOf(to, "peer-4"));
  peers.of("peer-4").host.onRecreate = (service) =>
    service === "etcd" && peers.membership.begun(url, "peer-4");
});
afterEach(() => peers.stop());

const SERVICES = ["coord", "proxy", "querynode", "datanode", "indexnode", "nginx"];
const recreated = (peer: string): string[] =>
  peers.of(peer).host.events.filter((event) => event.startsWith("recreate"));
const members = (): string[] =>
  peers.membership.known.map(({ name, isLearner }) => `${name}${isLearner ? " without a vote" : ""}`);

describe("a peer that joins", () => {
  test("learns what members know, and may ask etcd before that", async () => {
    const newcomer = peers.of("peer-4");
    const { admit } = peers.membership;
    peers.membership.admit = (name) => {
      expect(newcomer.admitted).toBeUndefined();
      return admit.call(peers.membership, name);
    };
    await jobOf(peers, { from, to }).run(peers.elect("peer-1"), { until: "admit peer-4" });
    expect(peers.membership.users.has("peer-4")).toBe(true);
    expect(newcomer.admitted).toEqual({ spec: to, secrets: SECRETS });
    expect(unfinished(peers)).toMatchObject({ spec: { peers: to.peers } });
  });

  test("is made whole, and no container is made anew elsewhere", async () => {
    const job = jobOf(peers, { from, to });
    expect(await job.run(peers.elect("peer-2"))).toEqual({ generation: 2 });
    expect(recreated("peer-4")).toEqual(["recreate etcd", `recreate ${SERVICES.join(" ")}`]);
    const { containers } = peers.of("peer-4").host;
    for (const service of ["etcd", ...SERVICES])
      expect(containers.find((c) => c.service === service)?.fingerprint).toBe(wanted(to, service)[3]);
    expect(events(peers).slice(0, 3)).toEqual([["SIGHUP nginx"], ["SIGHUP nginx"], ["SIGHUP nginx"]]);
    expect(anew(job)).toEqual([]);
    expect([committed(peers).spec.peers, unfinished(peers)]).toEqual([to.peers, undefined]);
  });

  test("gets a vote in etcd once it runs, and knows all others by then", async () => {
    const seen: string[][] = [];
    const { promote } = peers.membership;
    peers.membership.promote = (id) => {
      seen.push(members());
      return promote.call(peers.membership, id);
    };
    await jobOf(peers, { from, to }).run(peers.elect("peer-1"), { until: "joinEtcd peer-4" });
    expect(seen).toEqual([["peer-1", "peer-2", "peer-3", "peer-4 without a vote"]]);
    expect(members()).toEqual(["peer-1", "peer-2", "peer-3", "peer-4"]);
    const compose = await readFile(
      join(peers.of("peer-4").host.dir, "rendered", "docker-compose.yml"),
      "utf8",
    );
    for (const { name, address } of to.peers) expect(compose).toContain(`${name}=https://${address}:2380`);
    expect(compose).toMatch(/initial-cluster-state\W+existing/i);
  });

  test("waits for its place until etcd has settled: another peer may just have got its vote", async () => {
    const { addLearner } = peers.membership;
    let refusals = 2;
    peers.membership.addLearner = async (peerUrl) => {
      if (refusals-- > 0) throw new Error("14 UNAVAILABLE: etcdserver: unhealthy cluster");
      return addLearner.call(peers.membership, peerUrl);
    };
    await jobOf(peers, { from, to }).run(peers.elect("peer-1"), { until: "joinEtcd peer-4" });
    expect(members()).toEqual(["peer-1", "peer-2", "peer-3", "peer-4"]);
  });

  test("that dies while it is to catch up with etcd is not waited for much longer", async () => {
    const now = performance.now.bind(performance);
    let minutesLater = 0;
    const clock = jest.spyOn(performance, "now").mockImplementation(() => now() + minutesLater * 60_000);
    peers.membership.promote = async () => {
      await peers.of("peer-4").down();
      minutesLater += 1;
      throw new Error("can only promote a learner member which is in sync with leader");
    };
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      /^peer-4: .*; it has been silent for 60 s while it was to catch up with etcd$/,
    );
    clock.mockRestore();
    expect(minutesLater).toBe(2);
  });

  test("is led to by the others once it is up", async () => {
    const job = jobOf(peers, { from, to });
    const leader = peers.elect("peer-1");
    const nginx = (): Promise<string> =>
      readFile(join(peers.of("peer-1").host.dir, "rendered", "nginx.conf"), "utf8");
    await job.run(leader, { until: "start peer-4" });
    expect(await nginx()).not.toContain("127.0.0.14");
    await job.run(leader, { until: "write" });
    expect(await nginx()).toContain("127.0.0.14");
  });

  test("has all images before anything is started", async () => {
    await jobOf(peers, { from, to }).run(peers.elect("peer-1"), { until: "pull" });
    const { etcd, milvus, nginx } = to.images;
    expect(peers.of("peer-4").host.events).toEqual([etcd, milvus, nginx].map((image) => `pull ${image}`));
  });
});

test("data of another life on the new peer is not taken for etcd's: its path is told, and no learner is added", async () => {
  const path = dataDir(to, "etcd");
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "member"), "");
  await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
    `${path} on peer-4 holds data of another member: delete it there (milvus-onprem teardown --data) first`,
  );
  expect(members()).toEqual(["peer-1", "peer-2", "peer-3"]);
  expect(recreated("peer-4")).toEqual([]);
});

describe("a peer that joins a cluster with a target of backups", () => {
  const share = (): FolderTarget => new FolderTarget(join(dir.path(), "share"));
  const unmounted = (peer: string): BackupTarget => {
    const put = (): Promise<never> =>
      Promise.reject(new Error(`nothing is mounted at /mnt/backups of ${peer}`));
    return Object.assign(Object.create(share()) as BackupTarget, { put });
  };
  beforeEach(() => {
    const target = { kind: "directory", path: "/mnt/backups", prefix: "vectors" } as const;
    const backups = {
      timeZone: "UTC",
      keep: { last: 7, daily: 0, weekly: 0, monthly: 0 },
      target,
    };
    from = changed(peers, { backups });
    to = { ...from, peers: peers.everyone };
    peers.store.put(keys("c1").spec, JSON.stringify({ generation: 1, digest: specDigest(from), spec: from }));
    peers.targetFor = share;
  });
  const joined = (): TestJob<ChangeParams> => jobOf(peers, { from, to });

  test("tries it before etcd learns of the peer, and leaves nothing there", async () => {
    const job = joined();
    await job.run(peers.elect("peer-1"), { until: "admit peer-4" });
    expect(job.lines).toContain("info: backups can be written, read and deleted there from peer-4");
    for await (const left of share().list("")) throw new Error(left.path);
    await job.run(peers.elect("peer-1"));
    expect(committed(peers).spec.peers).toEqual(to.peers);
  });

  test("is not let into etcd while it has not mounted it, and joins by the next apply once it has", async () => {
    peers.targetFor = (peer) => (peer === "peer-4" ? unmounted(peer) : share());
    await expect(joined().run(peers.elect("peer-1"))).rejects.toThrow(
      "peer-4: nothing is mounted at /mnt/backups of peer-4",
    );
    expect(members()).toEqual(["peer-1", "peer-2", "peer-3"]);
    expect(events(peers)).toEqual([[], [], [], []]);
    peers.targetFor = share;
    await jobOf(peers, { from, to, unfinished: to }, "0mijk2x9b-222222").run(peers.elect("peer-1"));
    expect(committed(peers).spec.peers).toEqual(to.peers);
  });

  test("is not let in with another share than the others have", async () => {
    const other = new FolderTarget(join(dir.path(), "other"));
    peers.targetFor = (peer) => (peer === "peer-4" ? other : share());
    await expect(joined().run(peers.elect("peer-1"))).rejects.toThrow(
      /peer-4.*what peer-1 has written is not there: mount one and the same share on every peer/,
    );
    expect(members()).toEqual(["peer-1", "peer-2", "peer-3"]);
  });

  test("joins while the target is away from the leader, too, and is told of as not tried", async () => {
    peers.targetFor = unmounted;
    const job = joined();
    await job.run(peers.elect("peer-1"));
    expect(job.lines).toContainEqual(
      expect.stringMatching(
        /^warn: whether peer-4 can make backups is not known: peer-1: nothing is mounted/,
      ),
    );
    expect(members()).toContain("peer-4");
  });
});

describe("a leader that dies", () => {
  test("after it has added a learner is succeeded by one that goes on with that one", async () => {
    const job = jobOf(peers, { from, to });
    const stop = new AbortController();
    const { addLearner } = peers.membership;
    peers.membership.addLearner = async (peerUrl) => {
      await addLearner.call(peers.membership, peerUrl);
      stop.abort(new Error("killed"));
    };
    await expect(job.run(peers.elect("peer-1"), { signal: stop.signal })).rejects.toThrow("killed");
    expect(members()).toEqual(["peer-1", "peer-2", "peer-3", " without a vote"]);
    await job.run(peers.elect("peer-3"));
    expect(peers.membership.added).toEqual([url]);
    expect(members()).toEqual(["peer-1", "peer-2", "peer-3", "peer-4"]);
  });

  test("while the new member catches up does not have its container made twice", async () => {
    const job = jobOf(peers, { from, to });
    const { host } = peers.of("peer-4");
    const { onRecreate } = host;
    host.onRecreate = (service) => {
      onRecreate(service);
      if (service === "etcd") mkdirSync(join(dataDir(to, "etcd"), "member"), { recursive: true });
    };
    const stop = new AbortController();
    peers.membership.promote = async () => {
      stop.abort(new Error("killed"));
      throw new Error("etcdserver: can only promote a learner member which is in sync with leader");
    };
    await expect(job.run(peers.elect("peer-1"), { signal: stop.signal })).rejects.toThrow("killed");
    Reflect.deleteProperty(peers.membership, "promote");
    await job.run(peers.elect("peer-2"));
    expect(recreated("peer-4").filter((event) => event.includes("etcd"))).toEqual(["recreate etcd"]);
    expect(members()).toContain("peer-4");
  });
});

test("a join that has stopped half-way is undone: nothing of the new peer is left in the cluster", async () => {
  peers.of("peer-4").host.unhealthyImages.add(to.images.nginx);
  await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
    /^peer-4: nginx on peer-4/,
  );
  const back = jobOf(peers, { from, to: from, unfinished: to }, "0mijk2x9b-222222");
  await back.run(peers.elect("peer-1"));
  expect(members()).toEqual(["peer-1", "peer-2", "peer-3"]);
  expect([...peers.membership.users]).toEqual(["peer-1", "peer-2", "peer-3"]);
  expect(peers.left).toEqual(["peer-4"]);
  expect([committed(peers).spec.peers, unfinished(peers)]).toEqual([from.peers, undefined]);
});
