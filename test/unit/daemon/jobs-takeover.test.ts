import { z } from "zod";
import { inTerm } from "../../../lib/daemon/jobs/in-term";
import type { JobStep, JobType } from "../../../lib/daemon/jobs/type";
import { jobType } from "../../../lib/daemon/jobs/types";
import { NotLeader } from "../../../lib/daemon/store/records";
import { Cluster, Gate, KEYS, soon, typeOf, untilStopped, type Peer } from "./jobs-support";

let cluster: Cluster;
beforeEach(() => (cluster = new Cluster()));
afterEach(() => cluster.close());

const STEPS = ["alpha", "beta", "gamma"];

/** What a job does to the world, told apart from what is recorded of it. */
class World {
  readonly done = new Set<string>();
  readonly wrongs: string[] = [];
  private inside: Peer | undefined;

  /** Steps that pass a point of no return in the middle; `point` may kill the process there. */
  type(peer: () => Peer, point: () => void): JobType {
    const steps = STEPS.map((name): JobStep<object> => ({
      name,
      title: `Do ${name}`,
      isDone: async () => {
        await peer().alive();
        return this.done.has(name);
      },
      run: async (ctx) => {
        await this.enter(name, peer());
        point();
        await peer().alive();
        this.done.add(name);
        ctx.log(`${name} has happened`);
        await ctx.setResult({ [name]: peer().name });
        point();
        await peer().alive();
        this.inside = undefined;
      },
    }));
    return jobType({ name: "real", title: "A real job", params: z.strictObject({}), steps: () => steps });
  }

  private async enter(name: string, peer: Peer): Promise<void> {
    if (this.done.has(name)) this.wrongs.push(`${name} was done, and runs again on ${peer.name}`);
    if (this.inside && !this.inside.dead) {
      this.wrongs.push(`${name} runs on ${peer.name} while ${this.inside.name} is at work`);
    }
    this.inside = peer;
  }
}

/** Runs one job to its end, killing the leader at the given points of its life; returns how many points there were. */
async function runKilling(kills: readonly number[]): Promise<number> {
  const cluster = new Cluster();
  const world = new World();
  let points = 0;
  const addPeer = (i: number): Peer => {
    const point = (): void => {
      points += 1;
      if (kills.includes(points)) peer.kill();
    };
    const peer: Peer = cluster.add(`peer-${i}`, [world.type(() => peer, point)]);
    peer.onCommit = point;
    return peer;
  };
  try {
    for (let i = 1; ; i += 1) {
      const leader = addPeer(i);
      cluster.elect(leader);
      const dead = (): boolean => leader.dead;
      // A client that gets no answer asks the next leader, with the same key.
      const answer = leader.engine.submit({ type: "real", idempotencyKey: "order-1" });
      answer.catch(() => undefined);
      await soon("it ends, or its leader dies", () => dead() || cluster.jobs()[0]?.state === "succeeded");
      if (!dead()) break;
    }
    check(cluster, world, kills);
    return points;
  } finally {
    await cluster.close();
  }
}

function check(cluster: Cluster, world: World, kills: readonly number[]): void {
  const jobs = cluster.jobs();
  expect({ kills, wrongs: world.wrongs, jobs: jobs.length }).toEqual({ kills, wrongs: [], jobs: 1 });
  const job = jobs[0]!;
  expect(job.steps.map((s) => s.state)).toEqual(STEPS.map(() => "done"));
  expect(job.progress).toBe(100);
  expect(job.error).toBeUndefined();
  expect(job.attempts).toBeLessThanOrEqual(kills.length + 1);
  expect(job.endedAt).toBeDefined();
  const log = cluster.log(job.id);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
  expect(log.at(-1)!.text).toBe("succeeded");
}

describe("a leader that is killed", () => {
  it("is succeeded, at every point at which it can die: the job ends, nothing that was done is done again", async () => {
    let points = Infinity;
    let kill = 1;
    for (; kill <= points; kill += 1) points = await runKilling([kill]);
    // 2 points around each write, and 2 inside each step.
    expect(kill).toBeGreaterThan(30);
  }, 120_000);

  it("is succeeded by others that die as well", async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = (n: number): number => (seed * 7919 + n * 104729) % 17;
      await runKilling([1 + random(1), 19 + random(2), 37 + random(3), 55 + random(4)]);
    }
  }, 120_000);
});

describe("a leader that was paused beyond its term", () => {
  it("writes nothing more, and does not begin the next step", async () => {
    const gate = new Gate();
    const ran: string[] = [];
    const typeFor = (name: string): JobType[] => [
      typeOf("real", {
        one: async () => {
          ran.push(`${name} one`);
          if (name === "peer-1") await gate.pass();
        },
        two: () => void ran.push(`${name} two`),
      }),
    ];
    const first = cluster.add("peer-1", typeFor("peer-1"));
    cluster.elect(first);
    const { job } = await first.engine.submit({ type: "real" });
    await soon("the step runs", () => gate.arrived === 1);
    const second = cluster.add("peer-2", typeFor("peer-2"));
    cluster.elect(second);
    await cluster.ended(job.id);
    const ended = cluster.store.kv.get(KEYS.job(job.id))!.modRevision;
    gate.open();
    await soon("the old leader has let go", () => first.memory.lines.some((l) => l.includes("let go")));
    expect(ran).toEqual(["peer-1 one", "peer-2 one", "peer-2 two"]);
    expect(cluster.store.kv.get(KEYS.job(job.id))!.modRevision).toBe(ended);
    expect(cluster.job(job.id)).toMatchObject({ state: "succeeded", attempts: 2, owner: { peer: "peer-2" } });
  });

  it("leads again only after what it ran before has ended: nothing runs twice at a time on it", async () => {
    const gates = [new Gate(), new Gate()];
    let runs = 0;
    const deaf = typeOf("deaf", { one: () => gates[runs++]!.pass() });
    const peer = cluster.add("peer-1", [deaf]);
    cluster.elect(peer);
    const { job } = await peer.engine.submit({ type: "deaf" });
    await soon("the step runs", () => runs === 1);
    cluster.elect(peer);
    await soon("the end of the term is noticed", async () => {
      const { engine } = peer;
      // Its own record of the job is gone, so a cancellation goes to etcd.
      return (await engine.cancel(job.id).catch(() => undefined))?.attempts === 1;
    });
    expect(runs).toBe(1);
    gates[0]!.open();
    await cluster.ended(job.id);
    expect(cluster.job(job.id)).toMatchObject({ state: "cancelled", attempts: 2 });
    expect(runs).toBe(1);
  });
});

it("what a peer began in one term, it cannot write in its next", async () => {
  const peer = cluster.add("peer-1", []);
  cluster.elect(peer);
  const old = inTerm(peer.records, peer.term!, () => peer.term);
  await old.commit([{ key: KEYS.job("a"), value: {} }]);
  cluster.elect(peer);
  await expect(old.commit([{ key: KEYS.job("b"), value: {} }])).rejects.toThrow(NotLeader);
  await peer.records.commit([{ key: KEYS.job("c"), value: {} }]);
  expect(["a", "b", "c"].map((id) => cluster.store.kv.has(KEYS.job(id)))).toEqual([true, false, true]);
});

it("a step that another peer refuses because of its term has not failed: whoever leads takes it up again", async () => {
  let runs = 0;
  const refused = typeOf("real", {
    one: () => {
      runs += 1;
      if (runs === 1) throw new Error("peer-2 refuses", { cause: new NotLeader("term 5 has ended") });
    },
  });
  const peer = cluster.add("peer-1", [refused]);
  cluster.elect(peer);
  const { job } = await peer.engine.submit({ type: "real" });
  await cluster.ended(job.id);
  expect(cluster.job(job.id)).toMatchObject({ state: "succeeded", attempts: 2 });
});

describe("a takeover", () => {
  it("does not wait for a heartbeat to be old, and marks nothing as failed", async () => {
    const type = typeOf("real", { one: () => undefined, two: () => undefined });
    const at = new Date().toISOString();
    const record = {
      id: "0mijk2x9a-4f8q1z",
      type: "real",
      params: {},
      state: "running",
      steps: [
        { name: "one", title: "Do one", state: "done", startedAt: at, endedAt: at },
        { name: "two", title: "Do two", state: "running", startedAt: at },
      ],
      progress: 50,
      owner: { peer: "peer-9", term: "1" },
      attempts: 1,
      createdAt: at,
      startedAt: at,
      heartbeatAt: at,
    };
    cluster.store.put(KEYS.job(record.id), JSON.stringify(record));
    cluster.elect(cluster.add("peer-1", [type]));
    await cluster.ended(record.id);
    expect(cluster.job(record.id)).toMatchObject({
      state: "succeeded",
      attempts: 2,
      startedAt: at,
      owner: { peer: "peer-1" },
    });
    expect(cluster.log(record.id).map((l) => l.text)).toEqual([
      expect.stringMatching(/^peer-1 \(term \d+\) takes over from peer-9 \(term 1\)$/),
      "Do two",
      "succeeded",
    ]);
  });

  it("by a version that does not know the type fails the job with a sentence that says so", async () => {
    const first = cluster.add("peer-1", [typeOf("gone", { one: untilStopped })]);
    cluster.elect(first);
    const { job } = await first.engine.submit({ type: "gone" });
    await soon("it runs", () => cluster.job(job.id).state === "running");
    first.kill();
    cluster.elect(cluster.add("peer-2", [typeOf("real", { one: () => undefined })]));
    await cluster.ended(job.id);
    expect(cluster.job(job.id)).toMatchObject({
      state: "failed",
      error: 'this version (on peer-2) knows no job type "gone"',
    });
  });

  it("is not kept from by records that cannot be read", async () => {
    cluster.store.put(KEYS.job("broken"), "{ this is no JSON");
    cluster.store.put(KEYS.job("strange"), JSON.stringify({ id: "strange", state: "running" }));
    const peer = cluster.add("peer-1", [typeOf("real", { one: () => undefined })]);
    cluster.elect(peer);
    const { job } = await peer.engine.submit({ type: "real" });
    await cluster.ended(job.id);
    expect(cluster.job(job.id).state).toBe("succeeded");
    expect(cluster.store.kv.get(KEYS.job("broken"))!.value).toBe("{ this is no JSON");
    expect(peer.memory.lines.filter((l) => l.includes("jobs/broken"))).toHaveLength(1);
  });
});
