/** What the daemons agree on, against a real etcd of three members over TLS that is broken in every way. */
import { createHash } from "node:crypto";
import { Etcd3 } from "etcd3";
import type { Job } from "../../lib/api/wire";
import type { EtcdStore } from "../../lib/daemon/etcd";
import { keys } from "../../lib/daemon/keys";
import type { KeyedValue } from "../../lib/daemon/ports/store";
import { ownHealth } from "../../lib/daemon/own-health";
import { ClusterRecords } from "../../lib/daemon/store/cluster-records";
import { NoQuorum, NotLeader } from "../../lib/daemon/store/records";
import { EtcdCluster } from "../support/etcd-cluster";
import { eventually } from "../support/eventually";

jest.setTimeout(5 * 60_000);

const KEY = "/milvus-onprem/test/leader";

let etcd: EtcdCluster;
let clusters = 0;
const running: { stop: () => Promise<void> | void }[] = [];

beforeAll(async () => {
  etcd = await EtcdCluster.start();
});

afterEach(async () => {
  for (const { stop } of running.splice(0).reverse()) await stop();
});

afterAll(() => etcd?.stop());

test("a write is made in the leader's own term alone, and over what the writer has seen alone", async () => {
  const store = open();
  const lease = await store.grantLease(30);
  const term = (await store.acquire(KEY, "peer-1", lease))!;
  const fence = { leader: KEY, term, expected: "0" };
  expect(await store.acquire(KEY, "peer-2", await store.grantLease(30))).toBeUndefined();
  expect(await store.putFenced("/spec", "1", { ...fence, term: String(Number(term) - 1) })).toBe(false);
  expect(await store.putFenced("/spec", "1", fence)).toBe(true);
  expect(await store.putFenced("/spec", "2", fence)).toBe(false);
  const { modRevision } = (await store.get("/spec"))!;
  expect(await store.putFenced("/spec", "2", { ...fence, expected: modRevision })).toBe(true);
  await store.revokeLease(lease);
  const seen = (await store.get("/spec"))!.modRevision;
  expect(await store.putFenced("/spec", "3", { ...fence, expected: seen })).toBe(false);
  expect((await store.get("/spec"))!.value).toBe("2");
});

test("several keys change together or not at all, with and without a leader", async () => {
  const store = open();
  const both = (expected: string) => [
    { key: "/both/a", value: "a", expected },
    { key: "/both/b", value: "b" },
  ];
  const revision = await store.commit(both("0"));
  expect(revision).toBeDefined();
  expect(await store.commit(both("0"))).toBeUndefined();
  const gone = { key: "/both/a", value: undefined, expected: revision! };
  expect(await store.commit([gone, { key: "/both/b", value: "c" }])).toBeDefined();
  const { entries } = await store.range("/both/");
  expect(entries.map(({ key, value }) => [key, value])).toEqual([["/both/b", "c"]]);
});

test("a watch tells of everything after a revision until it is closed; history that is gone is said to be lost", async () => {
  const store = open();
  const { revision } = await store.range("/watched/");
  for (const value of ["1", "2"]) await store.commit([{ key: "/watched/a", value }]);
  await store.commit([
    { key: "/watched/a", value: undefined },
    { key: "/watched/b", value: "3" },
  ]);
  const seen = new Map<string, string>();
  const onChange = (changed: readonly KeyedValue[], deleted: readonly string[]): void => {
    for (const { key, value } of changed) seen.set(key, value);
    for (const key of deleted) seen.set(key, "gone");
  };
  const watch = await store.watch("/watched/", revision, { onChange, onLost: () => undefined });
  await store.commit([{ key: "/watched/c", value: "4" }]);
  await eventually("the last change is seen", 10_000, async () => seen.has("/watched/c"));
  watch.close();
  await store.commit([{ key: "/watched/d", value: "5" }]);
  expect(Object.fromEntries(seen)).toEqual({ "/watched/a": "gone", "/watched/b": "3", "/watched/c": "4" });

  const lost: string[] = [];
  await raw((member) => member.kv.compact({ revision: String(Number(revision) + 2), physical: true }), 1);
  const old = { onChange, onLost: (reason: string) => void lost.push(reason) };
  const opening = store.watch("/watched/", "0", old).catch((error: Error) => void lost.push(error.message));
  await eventually("the loss is told", 10_000, async () => lost.length > 0);
  await opening;
  expect(lost[0]).toMatch(/compacted/);
});

test("a snapshot is the whole database, with the checksum that etcdutl looks for", async () => {
  const store = open();
  const parts: Buffer[] = [];
  for await (const part of await store.snapshot(new AbortController().signal)) parts.push(part);
  const all = Buffer.concat(parts);
  const sum = createHash("sha256").update(all.subarray(0, -32)).digest();
  expect(sum.equals(all.subarray(-32))).toBe(true);
});

test("every peer's cache sees what the leader writes; a leader without its term writes nothing", async () => {
  const leader = await leading();
  const follower = follow(open(), leader.id);
  await leader.records.commit([{ key: leader.keys.job("1"), value: job("1"), expected: "0" }]);
  expect(leader.records.cached!.jobs.has("1")).toBe(true);
  await eventually("the follower sees it", 10_000, async () => follower.cached!.jobs.has("1"));
  expect(follower.cached!.leader).toEqual({ peer: "peer-1", term: leader.term });
  await leader.store.revokeLease(leader.lease);
  await expect(leader.records.commit([{ key: leader.keys.job("2"), value: job("2") }])).rejects.toThrow(
    NotLeader,
  );
});

test("a peer that is cut off from one member goes on with another, and misses nothing", async () => {
  const leader = await leading();
  const { links, members } = await linked();
  const follower = follow(open(members), leader.id);
  await eventually("the cache is filled", 10_000, async () => follower.cached !== undefined);
  links[0]!.cut();
  await leader.records.commit([{ key: leader.keys.job("1"), value: job("1") }]);
  await eventually("the change is seen", 30_000, async () => follower.cached!.jobs.has("1"));
  expect((await follower.read()).jobs.has("1")).toBe(true);
  expect(follower.trouble).toBeUndefined();
});

test("a peer that is cut off from all of etcd says so, names no address, and recovers alone", async () => {
  const leader = await leading();
  const { links, members } = await linked();
  const follower = follow(open(members), leader.id);
  await eventually("the cache is filled", 10_000, async () => follower.cached !== undefined);
  for (const link of links) link.cut();
  const health = () => ownHealth("member", "done", follower.trouble);
  await eventually("it is degraded", 30_000, async () => health().status === "degraded");
  expect(health().reason).toMatch(/^etcd has not answered for \d+ s: /);
  expect(health().reason).not.toMatch(/127\.0\.0\.1|:\d{2,}/);
  await leader.records.commit([{ key: leader.keys.job("1"), value: job("1") }]);
  for (const link of links) link.mend();
  await eventually("it is well again", 30_000, async () => health().status === "ok");
  await eventually("it has what it missed", 30_000, async () => follower.cached!.jobs.has("1"));
});

test("with two of three members down reads and writes say no quorum in time, and all recovers", async () => {
  const leader = await leading();
  await leader.records.commit([{ key: leader.keys.job("1"), value: job("1") }]);
  await etcd.kill("peer-2");
  await etcd.kill("peer-3");
  const began = performance.now();
  await expect(leader.records.read()).rejects.toThrow(NoQuorum);
  const write = leader.records.commit([{ key: leader.keys.job("2"), value: job("2") }]);
  await expect(write).rejects.toThrow(/^no quorum: /);
  // Two calls of 5 s at most each; only something that hangs comes near.
  expect(performance.now() - began).toBeLessThan(15_000);
  expect(leader.records.cached!.jobs.has("1")).toBe(true);
  await eventually("it is told", 20_000, async () => leader.records.trouble !== undefined);
  etcd.startMember("peer-2");
  etcd.startMember("peer-3");
  await etcd.whole();
  await eventually("all is well", 30_000, async () => leader.records.trouble === undefined);
  const { term } = await succeed(leader);
  leader.term = term;
  await leader.records.commit([{ key: leader.keys.job("3"), value: job("3") }]);
  await eventually("the cache follows", 30_000, async () => leader.records.cached!.jobs.has("3"));
});

test("a corrupt job record is left out and told once; all else goes on", async () => {
  const leader = await leading();
  const told: string[] = [];
  const follower = follow(open(), leader.id, told);
  await eventually("the cache is filled", 10_000, async () => follower.cached !== undefined);
  await leader.store.commit([{ key: leader.keys.job("bad"), value: '{"id": 7' }]);
  await leader.records.commit([{ key: leader.keys.job("good"), value: job("good") }]);
  await eventually("the good one is seen", 10_000, async () => follower.cached!.jobs.has("good"));
  expect([...follower.cached!.jobs.keys()]).toEqual(["good"]);
  expect(told.filter((t) => t.includes(leader.keys.job("bad")))).toHaveLength(1);
});

/** Of 1 MiB each, more than the quota has room for. */
const FILLERS = 64;

test("at its quota etcd takes no writes, which is said with what to do; reads go on, and the way out works", async () => {
  const leader = await leading();
  const store = open();
  const filler = "x".repeat(1 << 20);
  const fill = async (): Promise<void> => {
    for (let i = 0; i < FILLERS; i += 1) await store.commit([{ key: `/filler/${i}`, value: filler }]);
  };
  await expect(fill()).rejects.toThrow(/at its quota \(alarm NOSPACE\).*docs\/store\.md/);
  const write = () => leader.records.commit([{ key: leader.keys.job("1"), value: job("1") }]);
  await expect(write()).rejects.toThrow(/at its quota/);
  expect((await leader.records.read()).leader).toEqual({ peer: "peer-1", term: leader.term });
  expect(await store.keepAlive(leader.lease)).toBe(true);
  const statuses = await Promise.all(etcd.members.map((m) => store.memberStatus(m.url)));
  expect(statuses.map((s) => s.alarms)).toEqual([["NOSPACE"], ["NOSPACE"], ["NOSPACE"]]);
  expect(Math.max(...statuses.map((s) => s.dbSizeBytes))).toBeGreaterThan(14 << 20);

  // Without reading them: that is 14 MiB within the deadline of a call.
  for (let i = 0; i < FILLERS; i += 1) await store.commit([{ key: `/filler/${i}`, value: undefined }]);
  const { revision } = await store.range("/filler/");
  await raw((member) => member.kv.compact({ revision, physical: true }), 1);
  await raw((member) => member.maintenance.defragment());
  await raw(disarm, 1);
  await eventually("writes go on", 30_000, async () => (await write()) !== "");
});

test("whoever leads etcd hands over before it is taken out: at no moment nobody leads", async () => {
  const store = open();
  const statusOf = ({ url }: { url: string }) => store.memberStatus(url);
  const before = await Promise.all(etcd.members.map(statusOf));
  const leads = etcd.members[before.findIndex(({ isLeader }) => isLeader)]!;
  const others = etcd.members.filter(({ url }) => url !== leads.url);
  const { id } = (await store.members()).find(({ name }) => name === leads.name)!;
  // Members that have just come back must have been connected for a while.
  await eventually("etcd lets it go", 30_000, async () => store.remove(id).then(() => true));
  const after = await Promise.all(others.map(statusOf));
  expect(after.map(({ hasLeader }) => hasLeader)).toEqual([true, true]);
  expect(after.filter(({ isLeader }) => isLeader)).toHaveLength(1);
});

interface Leading {
  readonly id: string;
  readonly keys: ReturnType<typeof keys>;
  readonly store: EtcdStore;
  readonly records: ClusterRecords;
  lease: string;
  term: string;
}

/** A cluster of its own with a leader whose lease outlives the test. */
async function leading(): Promise<Leading> {
  const id = `c${++clusters}`;
  const store = open();
  const leader: Leading = { id, keys: keys(id), store, records: undefined as never, lease: "", term: "" };
  const { term } = await succeed(leader);
  const started = Object.assign(leader, { term, records: follow(store, id, [], () => leader.term) });
  await eventually("the cache is filled", 20_000, async () => started.records.cached !== undefined);
  return started;
}

/** Leads anew where the lease of before may have ended. */
async function succeed(leader: Leading): Promise<{ term: string }> {
  if (leader.lease) await leader.store.revokeLease(leader.lease).catch(() => undefined);
  leader.lease = await leader.store.grantLease(600);
  const term = await leader.store.acquire(leader.keys.leader, "peer-1", leader.lease);
  if (term === undefined) throw new Error("somebody else leads");
  return { term };
}

function follow(store: EtcdStore, id: string, told: string[] = [], term?: () => string): ClusterRecords {
  const tell = (sentence: unknown): void => void told.push(String(sentence));
  const log = { info: tell, warn: tell, error: tell } as never;
  const records = new ClusterRecords({ store, keys: keys(id), term: () => term?.(), log });
  running.push({ stop: () => records.stop() });
  records.start();
  return records;
}

function open(members = etcd.members): EtcdStore {
  const store = etcd.store(members);
  running.push({ stop: () => store.close() });
  return store;
}

async function linked(): ReturnType<EtcdCluster["links"]> {
  const linked = await etcd.links();
  for (const link of linked.links) running.push({ stop: () => link.close() });
  return linked;
}

/** What an operator does with etcdctl, on each member or on the first ones. */
async function raw(work: (member: Etcd3) => Promise<unknown>, members = etcd.members.length): Promise<void> {
  const { ca, cert, key } = etcd.tls;
  const credentials = {
    rootCertificate: Buffer.from(ca),
    certChain: Buffer.from(cert),
    privateKey: Buffer.from(key),
  };
  for (const { name, url } of etcd.members.slice(0, members)) {
    const member = new Etcd3({
      hosts: url,
      credentials,
      grpcOptions: { "grpc.ssl_target_name_override": name },
    });
    await work(member).finally(() => member.close());
  }
}

async function disarm({ maintenance }: Etcd3): Promise<void> {
  const { alarms } = await maintenance.alarm({ action: "Get" });
  for (const { memberID, alarm } of alarms) {
    await maintenance.alarm({ action: "Deactivate", memberID, alarm });
  }
}

function job(id: string): Job {
  const createdAt = "2026-01-01T00:00:00.000Z";
  return { id, type: "smoke", params: {}, state: "queued", steps: [], progress: 0, attempts: 0, createdAt };
}
