import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beyond, SnapshotDir, snapshotName, SNAPSHOT_NAME } from "../../../lib/daemon/backups/snapshot-dir";
import { hasTrueTrailer } from "../../../lib/daemon/backups/trailer";
import { backupEtcd } from "../../../lib/daemon/jobs/types/backup-etcd";
import { fetchEtcdSnapshot } from "../../../lib/daemon/tasks/fetch-etcd-snapshot";
import { NotLeader } from "../../../lib/daemon/store/records";
import { Peers, TestJob, type Peer } from "./peers-support";
import { temporaryDir } from "./support";

const ALL = ["peer-1", "peer-2", "peer-3"];

const dir = temporaryDir();
let peers: Peers;
beforeEach(async () => {
  peers = await Peers.start(dir.path());
});
afterEach(() => peers.stop());

const backup = (params: { keep?: number; peers?: number } = {}, id?: string) =>
  new TestJob(peers, backupEtcd, params, id);
const dirOf = (peer: Peer) => join(peer.config.identity.dataRoot, "backups", "etcd");
const held = (name: string) => readdir(dirOf(peers.of(name))).catch(() => [] as string[]);
const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

test("every peer holds the same verified snapshot, which root alone may read", async () => {
  const leader = peers.elect("peer-1");
  const result = await backup().run(leader);
  const file = result.file as string;
  expect(file).toMatch(SNAPSHOT_NAME);
  expect(result).toMatchObject({ revision: 7, peers: ALL });
  for (const peer of peers.all) {
    const path = join(dirOf(peer), file);
    expect(await sha256(path)).toBe(result.sha256);
    expect((await stat(path)).size).toBe(result.bytes);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirOf(peer))).mode & 0o777).toBe(0o700);
    expect(await held(peer.name)).toEqual([file]);
  }
  expect(leader.host.events).toEqual(["run /usr/local/bin/etcdutl snapshot status"]);
});

test("holds it on as many peers as were asked for", async () => {
  expect(await backup({ peers: 2 }).run(peers.elect("peer-2"))).toMatchObject({
    peers: ["peer-2", "peer-1"],
  });
  expect(await held("peer-3")).toEqual([]);
});

test("asking for more peers than there are fails before anything is written", async () => {
  await expect(backup({ peers: 4 }).run(peers.elect("peer-1"))).rejects.toThrow(
    '"peers" is 4, but the cluster has 3',
  );
  expect(await held("peer-1")).toEqual([]);
});

test.each([{ keep: 0 }, { peers: 0 }, { keep: 1.5 }, { kept: 3 }])("params %p are refused", (params) => {
  expect(() => backup(params)).toThrow();
});

test("a peer that is down is left out, and named in the log", async () => {
  await peers.of("peer-3").down();
  const job = backup();
  expect(await job.run(peers.elect("peer-1"))).toMatchObject({ peers: ["peer-1", "peer-2"] });
  expect(job.lines).toContainEqual(expect.stringMatching(/^warn: not held there: peer-3: .*ECONNREFUSED/));
});

test("a snapshot that one peer alone holds is no backup", async () => {
  await Promise.all(["peer-2", "peer-3"].map((name) => peers.of(name).down()));
  await expect(backup().run(peers.elect("peer-1"))).rejects.toThrow(
    /peer-1 alone holds the snapshot, which 2 peers should: peer-2: .*; peer-3: /,
  );
});

test("keeps the newest snapshots of each peer", async () => {
  const leader = peers.elect("peer-1");
  for (const peer of peers.all) {
    await mkdir(dirOf(peer), { recursive: true });
    for (const day of [1, 2, 3]) await writeFile(join(dirOf(peer), `2026010${day}T000000Z-old.db`), "x");
    await writeFile(join(dirOf(peer), "notes.txt"), "not ours");
  }
  const { file } = await backup({ keep: 2 }).run(leader);
  for (const name of ALL)
    expect((await held(name)).sort()).toEqual(["20260103T000000Z-old.db", file, "notes.txt"].sort());
});

test("what a dead write has left goes after an hour", async () => {
  const leader = peers.elect("peer-1");
  await mkdir(dirOf(leader), { recursive: true });
  for (const name of ["old", "young"]) await writeFile(join(dirOf(leader), `x-${name}.part`), "x");
  await utimes(join(dirOf(leader), "x-old.part"), 0, 0);
  const { file } = await backup().run(leader);
  expect((await held("peer-1")).sort()).toEqual([file, "x-young.part"].sort());
});

describe("a snapshot that is no good fails the job, and says why:", () => {
  test("etcdutl finds it damaged", async () => {
    const leader = peers.elect("peer-1");
    leader.host.engine = {
      ...leader.host.engine,
      run: async () => ({
        exitCode: 1,
        stdout: "",
        stderr: "Error: snapshot file integrity check failed. 3 errors found.\n",
      }),
    };
    await expect(backup().run(leader)).rejects.toThrow(/etcdutl finds .*\.db damaged .*3 errors found/);
    expect(await held("peer-2")).toEqual([]);
  });

  test("it was cut short", async () => {
    peers.store.snapshot = async () =>
      Readable.from([Buffer.from("half of a database, and no hash behind it")]);
    await expect(backup().run(peers.elect("peer-1"))).rejects.toThrow(/is damaged: its last 32 bytes/);
  });

  test("etcd's stream breaks, and no partial file stays", async () => {
    peers.store.snapshot = async () =>
      (async function* () {
        yield Buffer.from("some");
        throw new Error("etcd ended its snapshot early (9 bytes to go)");
      })();
    await expect(backup().run(peers.elect("peer-1"))).rejects.toThrow("etcd ended its snapshot early");
    expect(await held("peer-1")).toEqual([]);
  });
});

test("a full disk is told in plain words, and no partial file stays", async () => {
  peers.store.snapshot = async () =>
    (async function* () {
      yield Buffer.from("some");
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    })();
  await expect(backup().run(peers.elect("peer-1"))).rejects.toThrow(
    /cannot write .*peer-1.*\.db: the disk is full \(ENOSPC\): free some space there/,
  );
  expect(await held("peer-1")).toEqual([]);
});

test("a peer that receives something else refuses it, and keeps nothing", async () => {
  const leader = peers.elect("peer-1");
  const file = "20261123T235301Z-a.db";
  await new SnapshotDir(leader.config.identity.dataRoot).write(file, Readable.from([Buffer.from("damaged")]));
  const wanted = { from: "peer-1", file, sha256: "a".repeat(64), bytes: 9 };
  await expect(leader.tasks.run("peer-2", fetchEtcdSnapshot, wanted)).rejects.toThrow(
    /^peer-2: cannot write .*: what came from peer-1 is not that snapshot: 7 of 9 bytes, SHA-256 /,
  );
  expect(await held("peer-2")).toEqual([]);
});

test("a file that was changed on the leader's disk is not handed on", async () => {
  const leader = peers.elect("peer-1");
  const job = backup();
  await job.run(leader, { until: "verify" });
  await writeFile(join(dirOf(leader), job.result.file as string), "changed on the disk");
  const result = await job.run(leader);
  expect(await sha256(join(dirOf(peers.of("peer-2")), result.file as string))).toBe(result.sha256);
  expect(job.lines).toContainEqual(expect.stringContaining("a new snapshot is taken"));
  expect(result).toMatchObject({ revision: 7, peers: ALL });
});

describe("taken over by another leader", () => {
  test.each(["snapshot", "verify", "distribute"])(
    "after step %s, with the first leader alive: the same file",
    async (until) => {
      const job = backup();
      await job.run(peers.elect("peer-1"), { until });
      const { file } = job.result;
      const result = await job.run(peers.elect("peer-2"));
      expect(result).toMatchObject({ file, revision: 7 });
      expect([...(result.peers as string[])].sort()).toEqual(ALL);
      for (const name of ALL) expect(await held(name)).toEqual([file]);
    },
  );

  test.each(["snapshot", "verify"])(
    "after step %s, with the first leader gone: a new file that is verified",
    async (until) => {
      const job = backup();
      await job.run(peers.elect("peer-1"), { until });
      const { file } = job.result;
      await peers.of("peer-1").down();
      const successor = peers.elect("peer-2");
      const result = await job.run(successor);
      expect(result).toMatchObject({ revision: 7, peers: ["peer-2", "peer-3"] });
      expect(await held("peer-1")).toEqual([file]);
      expect(await held("peer-3")).toEqual([result.file]);
      expect(successor.host.events).toContain("run /usr/local/bin/etcdutl snapshot status");
    },
  );

  test("after the first leader wrote the file and before it said so: that peer finds it again", async () => {
    const job = backup();
    const leader = peers.elect("peer-1");
    await job.run(leader, { until: "snapshot" });
    const { file } = job.result;
    job.result = {};
    job.done.clear();
    expect(await job.run(peers.elect("peer-1"))).toMatchObject({ file, peers: ALL });
  });

  test("a leader that is deposed leaves the job to its successor", async () => {
    const job = backup();
    const old = peers.elect("peer-1");
    await job.run(old, { until: "verify" });
    peers.elect("peer-2");
    await expect(job.run(old)).rejects.toThrow(NotLeader);
  });
});

test("cancellation takes effect between two peers", async () => {
  const job = backup();
  job.onSafePoint = () => {
    throw new Error("cancelled");
  };
  await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("cancelled");
  expect(await held("peer-2")).toEqual([]);
});

describe("the directory", () => {
  test("has names that sort by age, and keeps what is protected", () => {
    const name = snapshotName("0mijk2x9a-4f8q1z", new Date("2026-11-23T23:53:01.123Z"));
    expect(name).toBe("20261123T235301Z-0mijk2x9a-4f8q1z.db");
    expect(name).toMatch(SNAPSHOT_NAME);
    const files = ["1", "2", "3", "4"].map((n) => ({ name: n, bytes: 1, modifiedMs: 0 }));
    expect(beyond(files, 2).map((f) => f.name)).toEqual(["2", "1"]);
    expect(beyond(files, 2, "1").map((f) => f.name)).toEqual(["2"]);
    expect(beyond(files, 9)).toEqual([]);
  });

  test("is closed to others even if it was open before", async () => {
    const root = join(dir.path(), "root");
    await mkdir(join(root, "backups", "etcd"), { recursive: true, mode: 0o755 });
    await chmod(join(root, "backups", "etcd"), 0o755);
    await new SnapshotDir(root).write("20261123T235301Z-a.db", Readable.from([Buffer.from("x")]));
    expect((await stat(join(root, "backups", "etcd"))).mode & 0o777).toBe(0o700);
    await rm(root, { recursive: true });
  });
});

test("the trailer is right however the content is cut into pieces", async () => {
  const body = Buffer.from("a".repeat(1000));
  const whole = Buffer.concat([body, createHash("sha256").update(body).digest()]);
  for (const size of [1, 7, 31, 32, 33, 500, 2000]) {
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
      whole.subarray(i * size, (i + 1) * size),
    );
    expect(await hasTrueTrailer(Readable.from(pieces))).toBe(true);
    expect(await hasTrueTrailer(Readable.from(pieces.slice(0, -1)))).toBe(false);
  }
});
