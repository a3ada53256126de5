/** Rescuing etcd: three real etcds with the flags that are rendered for them, which are broken for real. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ReformOptions, ReformResult } from "../../lib/api/rescue-wire";
import type { Told } from "../../lib/api/rescue";
import { SnapshotDir, snapshotName } from "../../lib/daemon/backups/snapshot-dir";
import { onlyLong } from "../support/long";
import { RescueCluster } from "../support/rescue-cluster";

jest.setTimeout(5 * 60_000);

const ALL = ["peer-1", "peer-2", "peer-3"];
const CLUSTER = "vectors";

let etcd: RescueCluster;
beforeEach(async () => {
  etcd = await RescueCluster.start();
});
afterEach(() => etcd?.stop());

const wipe = (...names: string[]) => Promise.all(names.map((name) => etcd.of(name).wipe()));
const down = (...names: string[]) => Promise.all(names.map((name) => etcd.of(name).down()));

async function finished<R>(told: Promise<Told<R>>): Promise<{ result: R; said: string[] }> {
  const said: string[] = [];
  const work = await told;
  for (;;) {
    const next = await work.next();
    if (next.done) return { result: next.value, said };
    said.push(next.value);
  }
}

const reform = (o: ReformOptions = {}, via = "peer-1"): Promise<{ result: ReformResult; said: string[] }> =>
  finished(etcd.of(via).client.rescue.reform({ cluster: CLUSTER, ...o }));

/** A snapshot of etcd as the job takes it, on the disk of one peer. */
async function snapshotOn(name: string): Promise<string> {
  const file = snapshotName("backup", new Date());
  const store = etcd.store();
  const content = await store.snapshot(new AbortController().signal);
  await new SnapshotDir(etcd.of(name).config.identity.dataRoot).write(file, content);
  store.close();
  return file;
}

const { test: rare } = onlyLong("some tests wait for elections again and again");

test("with a majority nothing is formed anew, and etcd goes on", async () => {
  await etcd.write("a", "1");
  const plan = await etcd.of("peer-1").client.rescue.plan();
  expect(plan.peers.map((p) => p.etcd)).toEqual(["serving", "serving", "serving"]);
  expect(plan.refusal).toMatch(
    /^etcd has a majority \(peer-1, peer-2, peer-3\), so nothing is to be rescued$/,
  );
  await expect(reform()).rejects.toThrow(/etcd has a majority/);
  await etcd.of("peer-3").etcd.kill();
  await expect(reform()).rejects.toThrow(/etcd has a majority \(peer-1, peer-2\).*peer-3.*--rejoin/);
  await etcd.write("b", "2");
  expect(etcd.of("peer-1").etcd.events).toEqual(["start etcd"]);
});

test("two of three have lost their data: etcd is formed anew on all three from the third one's", async () => {
  const store = etcd.store();
  await store.limitAccess({ owners: ALL, user: "milvus_client", prefixes: ["by-dev/"], reads: [] });
  store.close();
  for (let i = 0; i < 50; i++) await etcd.write(`${i}`, `value ${i}`);
  const before = await etcd.read("peer-1");
  const revision = Number((await etcd.store("peer-1").range("/test/")).revision);
  await wipe("peer-2", "peer-3");

  const plan = await etcd.of("peer-2").client.rescue.plan();
  expect(plan.source).toEqual({ kind: "member", peer: "peer-1", revision });
  expect(plan.refusal).toBeUndefined();
  expect(plan.peers.map((p) => p.etcd)).toEqual(["alone", "down", "down"]);
  expect(plan.warnings[0]).toMatch(/had not reached peer-1, is lost/);
  const { result, said } = await reform({}, "peer-2");
  expect(result).toMatchObject({ members: ALL, without: [], source: { peer: "peer-1", revision } });
  expect(said.at(-1)).toMatch(/^etcd has a majority again: peer-1, peer-2, peer-3/);

  for (const name of ALL) expect(await etcd.read(name)).toEqual(before);
  for (const name of ALL) await etcd.write(name, "after", name);
  expect(await etcd.read("peer-3")).toMatchObject({ "peer-1": "after", "peer-2": "after" });
  const anew = etcd.store();
  expect(await anew.accessIsLimited()).toBe(true);
  expect(Number((await anew.range("/test/")).revision)).toBeGreaterThan(revision + 1_000_000_000);
  anew.close();
  expect(await etcd.of("peer-1").inEtcdDir()).toEqual(["member", result.putAside]);
  // Else a member with the data of before could take part.
  const { peers } = await etcd.of("peer-1").client.rescue.plan();
  expect(peers[0]!.clusterId).toMatch(/^\d+$/);
  expect(peers[0]!.clusterId).not.toBe(plan.peers[0]!.clusterId);
  expect(etcd.of("peer-1").etcd.events).toEqual([
    "start etcd",
    "stop proxy",
    "stop etcd",
    "start etcd",
    "start proxy",
  ]);
});

rare("what forms etcd anew outlives a crash of all members", async () => {
  await etcd.write("a", "1");
  await wipe("peer-1", "peer-3");
  await reform();
  await etcd.write("b", "2");
  for (const name of ALL) await etcd.of(name).etcd.kill();
  for (const name of ALL) await etcd.of(name).etcd.start("etcd");
  await etcd.serves(ALL);
  expect(await etcd.read("peer-1")).toEqual({ a: "1", b: "2" });
});

rare(
  "peers that are gone stay out; one that returns with old data disturbs nobody, and is taken back",
  async () => {
    await etcd.write("a", "1");
    await down("peer-2", "peer-3");
    await expect(reform()).rejects.toThrow(/peer-2,peer-3 would stay out: .*--without peer-2,peer-3$/);
    await expect(reform({ without: ["peer-2"] })).rejects.toThrow(/would stay out: peer-3/);
    await expect(reform({ without: ["peer-1", "peer-2", "peer-3"] })).rejects.toThrow(/peer-1 answers/);
    const { result } = await reform({ without: ["peer-2", "peer-3"] });
    expect(result).toMatchObject({ members: ["peer-1"], without: ["peer-2", "peer-3"] });
    await etcd.write("b", "2", "peer-1");

    await etcd.of("peer-3").up();
    const { peers } = await etcd.of("peer-1").client.rescue.plan();
    expect(peers[1]).toMatchObject({ peer: "peer-3", etcd: "down", revision: expect.any(Number) as number });
    await etcd.write("c", "3", "peer-1");
    const without = ["peer-2"];
    await expect(reform({ without }, "peer-3")).rejects.toThrow(/etcd has a majority \(peer-1\).*--rejoin/);
    const again = await reform({ rejoin: true, without }, "peer-3");
    expect(again.result).toMatchObject({ members: ["peer-1", "peer-3"], source: { peer: "peer-1" } });
    await etcd.write("d", "4", "peer-3");
    for (const name of ["peer-1", "peer-3"])
      expect(await etcd.read(name)).toEqual({ a: "1", b: "2", c: "3", d: "4" });
    await expect(reform({ rejoin: true, without })).rejects.toThrow(/all peers that answer are part of etcd/);
  },
);

rare(
  "old members that return together are a second etcd: nothing is decided until one of the two is stopped",
  async () => {
    await etcd.write("a", "1");
    await down("peer-2", "peer-3");
    await reform({ without: ["peer-2", "peer-3"] });
    await etcd.write("b", "2", "peer-1");
    await Promise.all(["peer-2", "peer-3"].map((name) => etcd.of(name).up()));
    await etcd.serves(["peer-2", "peer-3"]);
    const two =
      /two etcds .*peer-1 at revision 1\d{9}, peer-2 at revision \d+, peer-3 .*docker stop milvus-etcd/;
    await expect(reform({ rejoin: true })).rejects.toThrow(two);
    expect(await etcd.read("peer-1")).toEqual({ a: "1", b: "2" });
    for (const name of ["peer-2", "peer-3"]) await etcd.of(name).etcd.stop("etcd");
    await reform({ rejoin: true });
    for (const name of ALL) expect(await etcd.read(name)).toEqual({ a: "1", b: "2" });
  },
);

test("a member that has lost its data is taken back while others write: nothing that was acknowledged is lost", async () => {
  await wipe("peer-3");
  const acknowledged: string[] = [];
  let goesOn = true;
  const writer = async (through: string): Promise<void> => {
    const store = etcd.store(through);
    for (let i = 0; goesOn; i++) {
      const key = `${through} ${i}`;
      const revision = await store.commit([{ key: `/test/${key}`, value: "x" }]).catch(() => undefined);
      if (revision !== undefined) acknowledged.push(key);
    }
    store.close();
  };
  const writers = [writer("peer-1"), writer("peer-2")];
  await reform({ rejoin: true }, "peer-3");
  goesOn = false;
  await Promise.all(writers);
  expect(acknowledged.length).toBeGreaterThan(0);
  const found = await etcd.read("peer-3");
  expect(acknowledged.filter((key) => found[key] === undefined)).toEqual([]);
});

test("where no member has data left the newest whole snapshot is taken", async () => {
  await etcd.write("a", "1");
  await snapshotOn("peer-2");
  await etcd.write("lost", "x");
  await wipe(...ALL);
  const plan = await etcd.of("peer-3").client.rescue.plan();
  expect(plan.source).toMatchObject({ kind: "snapshot", peer: "peer-2" });
  expect(plan.warnings[0]).toMatch(/^everything that was written to etcd after \d{4}-\d\d-\d\d .*Z is lost/);
  await reform({}, "peer-3");
  for (const name of ALL) expect(await etcd.read(name)).toEqual({ a: "1" });
  await etcd.write("b", "2");
});

test("a member that was away for long knows less than a snapshot, which is taken then", async () => {
  await etcd.write("a", "1");
  await etcd.of("peer-3").etcd.kill();
  await etcd.write("b", "2");
  await snapshotOn("peer-3");
  await wipe("peer-1", "peer-2");
  const { result } = await reform({}, "peer-3");
  expect(result.source).toMatchObject({ kind: "snapshot", peer: "peer-3" });
  expect(await etcd.read("peer-1")).toEqual({ a: "1", b: "2" });
});

rare(
  "a failure before the old data is touched starts everything as it was; the command may be given again",
  async () => {
    await etcd.write("a", "1");
    await wipe("peer-2", "peer-3");
    const peer = etcd.of("peer-2");
    const { current } = peer.engine;
    peer.engine.current = { ...current, run: async () => ({ exitCode: 1, stdout: "", stderr: "no room" }) };
    await expect(reform()).rejects.toThrow(/prepare failed: peer-2: etcdutl snapshot restore .*no room/);
    expect(await etcd.of("peer-1").inEtcdDir()).toEqual(["member"]);
    // Started without a majority, etcd answers nobody; what it has is read all the same.
    const { source } = await etcd.of("peer-1").client.rescue.plan();
    expect(source).toMatchObject({ kind: "member", peer: "peer-1" });
    peer.engine.current = current;
    await reform();
    for (const name of ALL) expect(await etcd.read(name)).toEqual({ a: "1" });
  },
);

rare("a command that died half-way, with some data in its new place, is given again", async () => {
  await etcd.write("a", "1");
  await wipe("peer-2", "peer-3");
  const peer = etcd.of("peer-2");
  const { current } = peer.engine;
  peer.engine.current = {
    ...current,
    run: async (o) => {
      const done = await current.run(o);
      await rm(join(peer.etcdDir, "rescue.new"), { recursive: true, force: true });
      return done;
    },
  };
  await expect(reform()).rejects.toThrow(/swap failed: peer-2: there is no new data/);
  peer.engine.current = current;
  await reform({}, "peer-3");
  for (const name of ALL) expect(await etcd.read(name)).toEqual({ a: "1" });
  expect((await readdir(etcd.of("peer-1").etcdDir)).filter((n) => n.startsWith("member.old-"))).toHaveLength(
    2,
  );
  await etcd.write("b", "2");
});

test("an etcd at its quota takes writes again once room was made in it", async () => {
  const { rescue } = etcd.of("peer-2").client;
  const free = (o: { force?: boolean } = {}) => finished(rescue.freeSpace({ cluster: CLUSTER, ...o }));
  await expect(free()).rejects.toThrow(/has room: no member has raised the alarm NOSPACE; --force/);
  const megabyte = "x".repeat(1 << 20);
  const fill = async (): Promise<void> => {
    for (let i = 0; i < 64; i++) await etcd.write("same key", megabyte);
  };
  await expect(fill()).rejects.toThrow(/NOSPACE/);
  await expect(etcd.write("b", "2")).rejects.toThrow(/NOSPACE/);
  const report = await rescue.nospace();
  expect(report.raisedBy.length).toBeGreaterThan(0);
  expect(report.databases.map((d) => d.peer).sort()).toEqual(ALL);

  const { result, said } = await free();
  for (const d of result.databases) expect(d.bytesAfter).toBeLessThan(d.bytesBefore / 2);
  expect(result.databases.map((d) => d.peer).sort()).toEqual(ALL);
  expect(result.disarmed).toEqual(report.raisedBy);
  const leaders = [report, await rescue.nospace()].map((r) => r.databases.find((d) => d.isLeader)?.peer);
  // An election meanwhile makes another one the last.
  if (leaders[0] === leaders[1]) expect(result.databases.at(-1)!.peer).toBe(leaders[0]);
  expect(said).toContainEqual(expect.stringMatching(/is off: etcd takes writes$/));
  await etcd.write("b", "2");
  const keys = await etcd.read("peer-3");
  expect([keys.b, keys["same key"]?.length]).toEqual(["2", 1 << 20]);
  expect((await rescue.nospace()).raisedBy).toEqual([]);
  await expect(free()).rejects.toThrow(/has room/);
  expect((await free({ force: true })).result.disarmed).toEqual([]);
});
