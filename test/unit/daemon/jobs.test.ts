import { z } from "zod";
import type { Job, JobRequest } from "../../../lib/api/wire";
import { newJobId } from "../../../lib/daemon/jobs/ids";
import { JobLog } from "../../../lib/daemon/jobs/log";
import type { JobType } from "../../../lib/daemon/jobs/type";
import { jobType, jobTypes } from "../../../lib/daemon/jobs/types";
import { NotLeader } from "../../../lib/daemon/store/records";
import { Cluster, Gate, KEYS, soon, typeOf, untilStopped, type Peer } from "./jobs-support";

const DAY_MS = 24 * 60 * 60 * 1_000;

let cluster: Cluster;
beforeEach(() => (cluster = new Cluster()));
afterEach(() => cluster.close());

function leaderOf(...types: JobType[]): Peer {
  const peer = cluster.add("peer-1", types);
  cluster.elect(peer);
  return peer;
}

async function submit(peer: Peer, request: JobRequest): Promise<Job> {
  return (await peer.engine.submit(request)).job;
}

const quick = typeOf("quick", { one: () => undefined });

/** A type with params that can be wrong. */
const picky = jobType({
  name: "picky",
  title: "A job with params",
  params: z.strictObject({ keep: z.number().int().min(1).default(7), peers: z.array(z.string()).optional() }),
  steps: () => [],
});

describe("a job", () => {
  it("goes from queued over its steps to its result", async () => {
    const gate = new Gate();
    const type = typeOf("real", {
      first: async (ctx) => {
        await ctx.setResult({ file: "a" });
        ctx.detail("waits for the gate");
        ctx.progress(0.5);
        await ctx.setResult({});
        await gate.pass();
      },
      second: (ctx) => ctx.setResult({ sum: `${String(ctx.result.file)}b` }),
    });
    const peer = leaderOf(type);
    const job = await submit(peer, { type: "real" });
    expect(job).toMatchObject({ state: "queued", progress: 0, attempts: 0, params: {} });
    expect(job.steps).toEqual([
      { name: "first", title: "Do first", state: "pending" },
      { name: "second", title: "Do second", state: "pending" },
    ]);
    await soon("the first step waits", () => gate.arrived === 1);
    const halfway = cluster.job(job.id);
    expect(halfway).toMatchObject({ state: "running", progress: 25, detail: "waits for the gate" });
    expect(halfway.owner).toEqual({ peer: "peer-1", term: peer.term });
    gate.open();
    await cluster.ended(job.id);
    const ended = cluster.job(job.id);
    expect(ended).toMatchObject({ state: "succeeded", progress: 100, result: { file: "a", sum: "ab" } });
    expect(ended.steps.every((s) => s.state === "done" && s.startedAt! <= s.endedAt!)).toBe(true);
    expect(ended.detail).toBeUndefined();
  });

  it("that fails names the step and the reason, and does not go on", async () => {
    const ran: string[] = [];
    const fails = typeOf("real", {
      first: () => {
        throw new Error("disk is full on peer-2");
      },
      second: () => void ran.push("second"),
    });
    const job = await submit(leaderOf(fails), { type: "real" });
    await cluster.ended(job.id);
    const ended = cluster.job(job.id);
    expect(ended).toMatchObject({ state: "failed", error: "first: disk is full on peer-2" });
    expect(ended.steps.map((s) => [s.state, s.error])).toEqual([
      ["failed", "disk is full on peer-2"],
      ["pending", undefined],
    ]);
    expect(ran).toEqual([]);
  });

  it("gives signs of life while a step is silent", async () => {
    const peer = cluster.add("peer-1", [typeOf("real", { one: untilStopped })], { heartbeatMs: 4 });
    cluster.elect(peer);
    const job = await submit(peer, { type: "real" });
    await soon("it runs", () => cluster.job(job.id).state === "running");
    const { heartbeatAt } = cluster.job(job.id);
    await soon("its heart beats", () => cluster.job(job.id).heartbeatAt! > heartbeatAt!);
  });

  it("shows no secret, whatever a step says", async () => {
    cluster.redactor.learn("hunter2-hunter2");
    const leaks = typeOf("real", {
      one: async (ctx) => {
        ctx.log("the password is hunter2-hunter2");
        ctx.detail("with hunter2-hunter2");
        await ctx.setResult({ nested: { password: "hunter2-hunter2" } });
        throw new Error("hunter2-hunter2 was refused");
      },
    });
    const job = await submit(leaderOf(leaks), { type: "real" });
    await cluster.ended(job.id);
    expect(JSON.stringify([...cluster.store.kv])).not.toContain("hunter2");
    expect(cluster.job(job.id).error).toBe("one: [secret] was refused");
  });

  it("outlives an etcd that does not answer for a while", async () => {
    const gate = new Gate();
    const peer = leaderOf(typeOf("real", { one: () => gate.pass(), two: () => undefined }));
    const job = await submit(peer, { type: "real" });
    await soon("it runs", () => gate.arrived === 1);
    cluster.store.down = "no member answers";
    gate.open();
    await soon("it is told", () => peer.memory.lines.some((l) => l.includes("cannot write")));
    cluster.store.down = undefined;
    await cluster.ended(job.id);
    expect(cluster.job(job.id)).toMatchObject({ state: "succeeded", attempts: 1 });
  });

  it("goes on when the answer to a write is lost", async () => {
    const peer = leaderOf(quick);
    const { commit } = peer.records;
    const job = await submit(peer, { type: "quick" });
    let lost = 0;
    peer.records.commit = async (changes) => {
      const revision = await commit.call(peer.records, changes);
      if (changes[0]!.key === KEYS.job(job.id) && ++lost === 2) throw new Error("no answer");
      return revision;
    };
    await cluster.ended(job.id);
    expect(lost).toBeGreaterThan(2);
    expect(cluster.job(job.id)).toMatchObject({ state: "succeeded", attempts: 1 });
  });

  it("is not begun by a daemon that does not lead, and goes on when one is stopped in good order", async () => {
    const first = leaderOf(typeOf("real", { one: untilStopped }));
    const second = cluster.add("peer-2", [typeOf("real", { one: () => undefined })]);
    await expect(second.engine.submit({ type: "real" })).rejects.toThrow(NotLeader);
    const job = await submit(first, { type: "real" });
    await soon("it runs", () => cluster.job(job.id).state === "running");
    await first.engine.stop();
    expect(cluster.job(job.id).state).toBe("running");
    cluster.elect(second);
    await cluster.ended(job.id);
    expect(cluster.job(job.id)).toMatchObject({ state: "succeeded", owner: { peer: "peer-2" } });
  });
});

describe("a request", () => {
  it("for a type that does not exist is refused with those that do", async () => {
    const refused = submit(leaderOf(quick, picky), { type: "brew-coffee" });
    await expect(refused).rejects.toThrow(
      '/type: there is no job type "brew-coffee"; there are: picky, quick',
    );
    expect(cluster.jobs()).toEqual([]);
  });

  it("with wrong params is refused with the place of each, and without their values", async () => {
    const params = { keep: 0, peers: ["peer-1", { password: "s3cret" }], more: true };
    const refused = submit(leaderOf(picky), { type: "picky", params });
    const message = await refused.then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).toMatch(/^\/params\/keep: .+; \/params\/peers\/1: .+; \/params: .*more/);
    expect(message).not.toContain("s3cret");
    expect(cluster.jobs()).toEqual([]);
  });

  it("keeps the defaults that were in force", async () => {
    expect((await submit(leaderOf(picky), { type: "picky" })).params).toEqual({ keep: 7 });
  });

  it("sent twice with one key makes one job, also at the same moment", async () => {
    const peer = leaderOf(picky);
    const request = { type: "picky", params: { keep: 3 }, idempotencyKey: "nightly-1" };
    const answers = await Promise.all([1, 2, 3].map(() => peer.engine.submit(request)));
    const later = await peer.engine.submit(request);
    expect(new Set([...answers, later].map((a) => a.job.id)).size).toBe(1);
    expect([...answers, later].filter((a) => a.created)).toHaveLength(1);
    expect(cluster.jobs()).toHaveLength(1);
  });

  it("is known again after an election", async () => {
    const request = { type: "quick", idempotencyKey: "once" };
    const job = await submit(leaderOf(quick), request);
    const next = cluster.add("peer-2", [quick]);
    cluster.elect(next);
    expect(await next.engine.submit(request)).toMatchObject({ created: false, job: { id: job.id } });
  });

  it("with a key that has made another job is refused", async () => {
    const peer = leaderOf(quick, picky);
    const { id } = await submit(peer, { type: "picky", params: { keep: 3 }, idempotencyKey: "k" });
    const other = submit(peer, { type: "picky", params: { keep: 4 }, idempotencyKey: "k" });
    await expect(other).rejects.toThrow(`idempotency key "k" has made job ${id} (picky)`);
    await expect(submit(peer, { type: "quick", idempotencyKey: "k" })).rejects.toThrow("use a new key");
  });

  it("is refused when a thousand jobs wait", async () => {
    const at = new Date().toISOString();
    const waiting = {
      type: "held",
      params: {},
      state: "queued",
      steps: [],
      progress: 0,
      attempts: 0,
      createdAt: at,
    };
    let id: string | undefined;
    for (let i = 0; i < 1_000; i += 1) {
      id = newJobId(Date.now(), id);
      cluster.store.put(KEYS.job(id), JSON.stringify({ ...waiting, id }));
    }
    const peer = leaderOf(typeOf("held", { one: untilStopped }, { lock: "topology" }));
    await expect(submit(peer, { type: "held" })).rejects.toThrow("1000 jobs have not ended yet");
  });
});

describe("ids", () => {
  it("sort by creation, also when a new leader's clock is behind", () => {
    const first = newJobId(2_000_000, undefined);
    const second = newJobId(1_000_000, first);
    expect(second > first).toBe(true);
    expect(newJobId(3_000_000, second) > second).toBe(true);
  });
});

describe("a cancellation", () => {
  it("ends a queued job at once", async () => {
    const gate = new Gate();
    const peer = leaderOf(typeOf("held", { one: () => gate.pass() }, { lock: "topology" }));
    const running = await submit(peer, { type: "held" });
    const queued = await submit(peer, { type: "held" });
    await soon("the first runs", () => gate.arrived === 1);
    expect(await peer.engine.cancel(queued.id)).toMatchObject({ state: "cancelled", attempts: 0 });
    gate.open();
    await cluster.ended(running.id);
    expect(cluster.job(queued.id)).toMatchObject({ state: "cancelled", attempts: 0 });
    expect(cluster.job(queued.id).endedAt).toBeDefined();
    expect(gate.arrived).toBe(1);
  });

  it("lets a step go on to its next safe point, and no further", async () => {
    const [before, after] = [new Gate(), new Gate()];
    const seen: string[] = [];
    const type = typeOf("real", {
      one: async (ctx) => {
        await before.pass();
        seen.push(`half, signal ${ctx.signal.aborted ? "fired" : "silent"}`);
        ctx.safePoint();
        await after.pass();
      },
      two: () => void seen.push("two"),
    });
    const peer = leaderOf(type);
    const job = await submit(peer, { type: "real" });
    await soon("it is in the middle", () => before.arrived === 1);
    expect(await peer.engine.cancel(job.id)).toMatchObject({ state: "running", cancelRequested: true });
    before.open();
    await cluster.ended(job.id);
    expect(seen).toEqual(["half, signal silent"]);
    expect(after.arrived).toBe(0);
    const ended = cluster.job(job.id);
    expect(ended.state).toBe("cancelled");
    expect(ended.error).toBeUndefined();
    expect(ended.steps.map((s) => s.state)).toEqual(["failed", "pending"]);
  });

  it("is kept by the leader's successor", async () => {
    const gate = new Gate();
    const first = leaderOf(typeOf("real", { one: () => gate.pass() }));
    const job = await submit(first, { type: "real" });
    await soon("it runs", () => gate.arrived === 1);
    await first.engine.cancel(job.id);
    first.kill();
    cluster.elect(cluster.add("peer-2", [typeOf("real", { one: () => undefined })]));
    await cluster.ended(job.id);
    expect(cluster.job(job.id).state).toBe("cancelled");
    gate.open();
  });

  it("that comes first wins over a leader that is about to begin", async () => {
    const ran: string[] = [];
    const peer = leaderOf(typeOf("real", { one: () => void ran.push("one") }));
    let writes = 0;
    peer.onCommit = (when) => {
      if (when === "after" || ++writes !== 2) return;
      const [queued] = cluster.jobs();
      cluster.store.put(KEYS.job(queued!.id), JSON.stringify({ ...queued, state: "cancelled" }));
    };
    const job = await submit(peer, { type: "real" });
    await soon("the leader lets go", () => peer.memory.lines.some((l) => l.includes("let go")));
    expect(cluster.job(job.id)).toMatchObject({ state: "cancelled", attempts: 0 });
    expect(ran).toEqual([]);
  });

  it("of a job that has ended, or never was, is refused", async () => {
    const peer = leaderOf(quick);
    const job = await submit(peer, { type: "quick" });
    await cluster.ended(job.id);
    await expect(peer.engine.cancel(job.id)).rejects.toThrow(`job ${job.id} has ended already: succeeded`);
    await expect(peer.engine.cancel("000000000-000000")).rejects.toThrow(
      'there is no job "000000000-000000"',
    );
  });
});

describe("jobs with the same lock", () => {
  it("wait for one that does the work of others, and it for them; a younger one does not overtake it", async () => {
    const order: string[] = [];
    const gates: Gate[] = [];
    const work = {
      one: (ctx: { readonly jobId: string }) => {
        order.push(ctx.jobId);
        gates.push(new Gate());
        return gates.at(-1)!.pass();
      },
    };
    const backup = typeOf("backup", work, { lock: "backups" });
    const change = { ...typeOf("change", work, { lock: "topology" }), alsoLocks: () => ["backups"] as const };
    const peer = leaderOf(backup, change);
    const ids: string[] = [];
    for (const type of ["backup", "change", "backup"]) ids.push((await submit(peer, { type })).id);
    for (const [i] of ids.entries()) {
      await soon("the next one runs", () => gates.length === i + 1);
      expect(order).toEqual(ids.slice(0, i + 1));
      gates[i]!.open();
    }
  });

  it("run one at a time, oldest first; others run beside them", async () => {
    const gates = new Map<string, Gate>();
    const order: string[] = [];
    const held = (name: string, lock?: "topology"): JobType =>
      typeOf(
        name,
        {
          one: (ctx) => {
            order.push(ctx.jobId);
            const gate = new Gate();
            gates.set(ctx.jobId, gate);
            return gate.pass();
          },
        },
        { lock },
      );
    const peer = leaderOf(held("grow", "topology"), held("shrink", "topology"), held("free"));
    const a = await submit(peer, { type: "grow" });
    const b = await submit(peer, { type: "shrink" });
    const c = await submit(peer, { type: "grow" });
    const free = await submit(peer, { type: "free" });
    await soon("two run", () => gates.size === 2);
    expect(order).toEqual([a.id, free.id]);
    expect([b, c].map((j) => cluster.job(j.id).state)).toEqual(["queued", "queued"]);
    gates.get(a.id)!.open();
    await soon("the next one runs", () => gates.has(b.id));
    expect(cluster.job(a.id).state).toBe("succeeded");
    expect(cluster.job(c.id).state).toBe("queued");
    gates.get(b.id)!.open();
    await soon("the last one runs", () => gates.has(c.id));
    for (const gate of gates.values()) gate.open();
    await cluster.ended(c.id);
    expect(order).toEqual([a.id, free.id, b.id, c.id]);
  });
});

describe("a job's log", () => {
  const storeOf = (peer: Peer) => ({ records: peer.records, keys: KEYS, log: peer.memory.log });
  const signal = new AbortController().signal;

  it("counts on after a takeover, cuts what is too long, and says where it stops", async () => {
    const peer = leaderOf(quick);
    const options = { ...storeOf(peer), jobId: "j1", signal, maxLines: 250 };
    const before = new JobLog(options);
    for (let i = 1; i <= 120; i += 1) before.append(`line ${i}`);
    await before.flush();
    const after = new JobLog(options);
    after.append("x".repeat(3_000));
    for (let i = 122; i <= 400; i += 1) after.append(`line ${i}\nand another`);
    await after.flush();
    const log = cluster.log("j1");
    expect(log.map((l) => l.seq)).toEqual(Array.from({ length: 250 }, (_, i) => i + 1));
    expect(log[120]!.text).toMatch(/^x{2000}… \(3000 characters\)$/);
    expect(log.slice(121, 123).map((l) => l.text)).toEqual(["line 122", "and another"]);
    expect(log[249]).toMatchObject({ level: "warn", text: "the log stops here: it holds at most 250 lines" });
  });

  it("has each line once, also when the answer to a write was lost", async () => {
    const peer = leaderOf(quick);
    const { commit } = peer.records;
    let lost = 0;
    peer.records.commit = async (changes) => {
      const revision = await commit.call(peer.records, changes);
      if (lost++ === 0) throw new Error("no answer");
      return revision;
    };
    const log = new JobLog({ ...storeOf(peer), jobId: "j2", signal });
    log.append("one");
    const flushed = log.flush();
    await soon("the first write has happened", () => lost === 1);
    log.append("two");
    await flushed;
    await log.flush();
    expect(cluster.log("j2").map((l) => l.text)).toEqual(["one", "two"]);
  });
});

describe("retention", () => {
  it("deletes what ended too long ago, with its log and its key, and nothing else", async () => {
    const now = Date.now();
    let clock = now - 31 * DAY_MS;
    const held = typeOf("held", { one: untilStopped });
    const first = cluster.add("peer-1", [quick, held], { clock: () => clock });
    cluster.elect(first);
    const old = await submit(first, { type: "quick", idempotencyKey: "old" });
    await cluster.ended(old.id);
    const stored = cluster.job(old.id);
    const endedAt = new Date(clock).toISOString();
    cluster.store.put(KEYS.job(old.id), JSON.stringify({ ...stored, endedAt }));
    const running = await submit(first, { type: "held" });
    clock = now;
    const recent = await submit(first, { type: "quick", idempotencyKey: "recent" });
    await cluster.ended(recent.id);
    expect(cluster.log(old.id).length).toBeGreaterThan(0);

    const next = cluster.add("peer-2", [quick, held]);
    cluster.elect(next);
    await soon("the old one is gone", () => !cluster.store.kv.has(KEYS.job(old.id)));
    expect(cluster.log(old.id)).toEqual([]);
    expect(cluster.store.kv.has(KEYS.idempotency("old"))).toBe(false);
    expect(cluster.store.kv.has(KEYS.idempotency("recent"))).toBe(true);
    expect(cluster.jobs().map((j) => j.id)).toEqual([running.id, recent.id]);
    expect(await next.engine.submit({ type: "quick", idempotencyKey: "old" })).toMatchObject({
      created: true,
    });
  });
});

describe("types", () => {
  it("have names of their own", () => {
    expect(() => jobTypes([quick, quick])).toThrow("two job types have the same name");
  });
});
