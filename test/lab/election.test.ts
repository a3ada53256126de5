/** The control plane's leader against a real etcd of three members over TLS, with links that are cut without a word. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Election } from "../../lib/daemon/election";
import type { EtcdMember } from "../../lib/daemon/etcd";
import { CandidateProcess } from "../support/candidate-process";
import { EtcdCluster } from "../support/etcd-cluster";
import { eventually } from "../support/eventually";
import { long } from "../support/long";

jest.setTimeout(10 * 60_000);

const KEY = "/milvus-onprem/test/leader";
const TTL_SECONDS = 4;
const KILLS = long ? 20 : 4;
const FIGURES = join(__dirname, "..", "..", ".cache", "election.json");

let etcd: EtcdCluster;
const running: { stop: () => Promise<void> | void }[] = [];

beforeAll(async () => {
  etcd = await EtcdCluster.start();
});

afterEach(async () => {
  for (const { stop } of running.splice(0).reverse()) await stop();
});

afterAll(() => etcd?.stop());

test("a leader that is cut off stops to believe in itself before its successor is elected, and campaigns again", async () => {
  const { links, members } = await linked();
  const a = candidate("peer-1", members);
  await eventually("peer-1 leads", 20_000, async () => a.term() !== undefined);
  const first = Number(a.term());
  const b = candidate("peer-2");
  const twoLeaders = everTrue(() => a.term() !== undefined && b.term() !== undefined);
  for (const link of links) link.cut();
  await eventually("peer-2 leads", 20_000, async () => b.term() !== undefined);
  expect(twoLeaders()).toBe(false);
  expect(Number(b.term())).toBeGreaterThan(first);
  for (const link of links) link.mend();
  await eventually("peer-1 sees peer-2", 20_000, async () => (await a.leader())?.peer === "peer-2");
  await b.stop();
  await eventually("peer-1 leads again", 20_000, async () => a.term() !== undefined);
});

test("a dead member of etcd costs the leader nothing but one slow call", async () => {
  const { links, members } = await linked();
  const changes: string[] = [];
  const a = candidate("peer-1", members, changes);
  await eventually("peer-1 leads", 20_000, async () => a.term() !== undefined);
  const term = a.term();
  const lost = everTrue(() => a.term() !== term);
  links[0]!.cut();
  await seconds(3 * TTL_SECONDS);
  expect(lost()).toBe(false);
  expect(changes.filter((c) => /keep-alive failed/.test(c))).toEqual([]);
});

test.each([3_600_000, -3_600_000])("a wall clock that jumps by %d ms costs nobody the lead", async (jump) => {
  const changes: string[] = [];
  const a = candidate("peer-1", etcd.members, changes);
  await eventually("peer-1 leads", 20_000, async () => a.term() !== undefined);
  const term = a.term();
  const lost = everTrue(() => a.term() !== term);
  const now = Date.now.bind(Date);
  const wall = jest.spyOn(Date, "now").mockImplementation(() => now() + jump);
  try {
    await seconds(1.5 * TTL_SECONDS);
  } finally {
    wall.mockRestore();
  }
  expect(lost()).toBe(false);
  expect(changes).toEqual([`peer-1 leads in term ${term}`]);
});

test("a leader that was paused beyond its TTL cannot write any more when it goes on", async () => {
  const paused = process_("peer-1");
  await eventually("peer-1 acts", 20_000, async () => paused.acted !== undefined);
  const { term } = paused.acted!;
  paused.signal("SIGSTOP");
  const successor = process_("peer-2");
  await eventually("peer-2 acts", 20_000, async () => successor.acted !== undefined);
  paused.order({ do: "write", key: "/late", term });
  paused.signal("SIGCONT");
  await eventually("the late write is answered", 20_000, async () => paused.writes.length > 0);
  expect(paused.writes).toEqual([{ wrote: false, believesIn: null }]);
  const store = etcd.store();
  running.push({ stop: () => store.close() });
  expect(await store.get("/late")).toBeUndefined();
  expect((await store.get(KEY))!.value).toBe("peer-2");
});

test("a leader that steps down is succeeded long before its lease could have ended", async () => {
  const peers = ["peer-1", "peer-2", "peer-3"].map(process_);
  const took: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const leader = await leaderOf(peers);
    const began = performance.now();
    leader.order({ do: "stepDown" });
    const next = await successorOf(peers, leader.acted!.term);
    expect(next).not.toBe(leader);
    took.push(next.acted!.atMs - began);
  }
  print(`step-down: a successor acts after ${took.map((ms) => Math.round(ms)).join(", ")} ms`);
  // Short of this, it was no hand-over: the lease has ended.
  expect(Math.max(...took)).toBeLessThan((TTL_SECONDS - TTL_SECONDS / 5) * 1000);
});

test(`after each of ${KILLS} kills of the leader a new one acts, in a higher term`, async () => {
  const peers = ["peer-1", "peer-2", "peer-3"].map(process_);
  const took: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const leader = await leaderOf(peers);
    const { term } = leader.acted!;
    const began = performance.now();
    leader.signal("SIGKILL");
    peers[peers.indexOf(leader)] = process_(leader.start.name);
    const next = await successorOf(peers, term);
    expect(Number(next.acted!.term)).toBeGreaterThan(Number(term));
    took.push(next.acted!.atMs - began);
  }
  await record(took);
});

async function linked(): ReturnType<EtcdCluster["links"]> {
  const linked = await etcd.links();
  for (const link of linked.links) running.push({ stop: () => link.close() });
  return linked;
}

function candidate(name: string, over: EtcdMember[] = etcd.members, changes: string[] = []): Election {
  const store = etcd.store(over);
  const onChange = (sentence: string): void => void changes.push(sentence);
  const election = new Election({ store, key: KEY, candidate: name, ttlSeconds: TTL_SECONDS, onChange });
  running.push({ stop: () => election.stop().finally(() => store.close()) });
  election.start();
  return election;
}

/** A candidate that can be killed and paused; it prefers the member of its own name. */
function process_(name: string): CandidateProcess {
  const members = [...etcd.members].sort((a, b) => Number(b.name === name) - Number(a.name === name));
  const child = new CandidateProcess({ name, key: KEY, ttlSeconds: TTL_SECONDS, members, tls: etcd.tls });
  running.push({ stop: () => child.signal("SIGKILL") });
  return child;
}

/** Who acted in the highest term, which is no older than the key in etcd. */
async function leaderOf(peers: readonly CandidateProcess[]): Promise<CandidateProcess> {
  await eventually("somebody acts", 30_000, async () => peers.some((p) => p.acted));
  return [...peers].sort((a, b) => Number(b.acted?.term ?? 0) - Number(a.acted?.term ?? 0))[0]!;
}

async function successorOf(peers: readonly CandidateProcess[], term: string): Promise<CandidateProcess> {
  const find = (): CandidateProcess | undefined =>
    peers.find((p) => Number(p.acted?.term ?? 0) > Number(term));
  await eventually(`somebody acts in a term after ${term}`, 30_000, async () => find() !== undefined);
  return find()!;
}

/** Looks all the time from now on; the answer says whether it was so at any look. */
function everTrue(holds: () => boolean): () => boolean {
  let ever = false;
  const timer = setInterval(() => (ever ||= holds()), 2);
  return () => {
    clearInterval(timer);
    return ever;
  };
}

/** Nothing is waited for: what is shown is that nothing happens. */
function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}

async function record(took: readonly number[]): Promise<void> {
  const sorted = [...took].sort((a, b) => a - b).map(Math.round);
  const percentile = (part: number): number => sorted[Math.ceil(part * sorted.length) - 1]!;
  const figures = {
    kills: sorted.length,
    ttlSeconds: TTL_SECONDS,
    targetMs: (TTL_SECONDS + 2) * 1000,
    p50Ms: percentile(0.5),
    p95Ms: percentile(0.95),
    maxMs: sorted.at(-1)!,
  };
  print(`leader killed: ${JSON.stringify(figures)}`);
  await mkdir(join(FIGURES, ".."), { recursive: true });
  await writeFile(FIGURES, `${JSON.stringify({ ...figures, tookMs: sorted }, null, 2)}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
