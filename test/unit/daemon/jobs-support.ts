import { z } from "zod";
import type { Job } from "../../../lib/api/wire";
import { JobEngine, type JobEngineOptions } from "../../../lib/daemon/jobs/engine";
import type { JobContext, JobStep, JobType } from "../../../lib/daemon/jobs/type";
import { jobType, jobTypes } from "../../../lib/daemon/jobs/types";
import { keys } from "../../../lib/daemon/keys";
import type { Store } from "../../../lib/daemon/ports/store";
import { Redactor } from "../../../lib/daemon/redact";
import { ClusterRecords } from "../../../lib/daemon/store/cluster-records";
import type { Ports } from "../../../lib/daemon/steps/step";
import { identityOf, MemoryLog, MemoryStore, SECRETS, specOf } from "./support";

export const KEYS = keys("c1");

/** Waits for a condition without a pace of its own: it is looked at after each turn of the event loop. */
export async function soon(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** A wait that a test ends. */
export class Gate {
  private resolve!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.resolve = resolve));
  /** How many have come to it. */
  arrived = 0;
  open(): void {
    this.resolve();
  }
  pass(): Promise<void> {
    this.arrived += 1;
    return this.opened;
  }
}

/** Daemons that share one etcd, and the jobs that they work on. */
export class Cluster {
  readonly store = new MemoryStore();
  readonly peers: Peer[] = [];
  readonly redactor = new Redactor();
  readonly spec = specOf("/data");

  add(name: string, types: JobType[], change: Partial<JobEngineOptions> = {}): Peer {
    const peer = new Peer(this, name, types, change);
    this.peers.push(peer);
    return peer;
  }

  /** From now on etcd says that this peer leads, and the peer knows it. Whoever led before may not have noticed. */
  elect(peer: Peer): void {
    const lease = `lease-of-${peer.name}-${this.store.revision}`;
    const before = this.store.kv.get(KEYS.leader);
    if (before) this.store.expire(before.lease!);
    peer.term = this.store.put(KEYS.leader, peer.name, lease);
  }

  jobs(): Job[] {
    return [...this.store.kv]
      .filter(([key]) => key.startsWith(KEYS.jobs))
      .map(([, { value }]) => JSON.parse(value) as Job);
  }

  job(id: string): Job {
    return JSON.parse(this.store.kv.get(KEYS.job(id))!.value) as Job;
  }

  log(id: string): { seq: number; text: string; level: string }[] {
    return [...this.store.kv]
      .filter(([key]) => key.startsWith(KEYS.jobLog(id)))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { value }]) => JSON.parse(value) as { seq: number; text: string; level: string });
  }

  ended(id: string): Promise<void> {
    return soon(`job ${id} ends`, () => ["succeeded", "failed", "cancelled"].includes(this.job(id).state));
  }

  async close(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.close()));
  }
}

/** One daemon: its own connection to etcd, cache and engine. */
export class Peer {
  /** While it believes that it leads. */
  term: string | undefined;
  readonly memory = new MemoryLog();
  readonly records: ClusterRecords;
  readonly engine: JobEngine;
  dead = false;
  /** Called around each commit of this peer. */
  onCommit: (when: "before" | "after") => void = () => undefined;
  private bury!: (error: Error) => void;
  private readonly grave = new Promise<never>((_, reject) => (this.bury = reject));

  constructor(
    readonly cluster: Cluster,
    readonly name: string,
    types: JobType[],
    change: Partial<JobEngineOptions>,
  ) {
    this.grave.catch(() => undefined);
    const term = (): string | undefined => this.term;
    const { log } = this.memory;
    this.records = new ClusterRecords({ store: this.connection(), keys: KEYS, term, log });
    this.records.start();
    this.engine = new JobEngine({
      peer: name,
      keys: KEYS,
      records: this.records,
      term,
      types: jobTypes(types),
      spec: cluster.spec,
      environment: async () => ({
        identity: identityOf("/data", name),
        secrets: { cluster: SECRETS },
        secretsOf: async () => ({ cluster: SECRETS }),
        ports: {} as Ports,
        tasks: { run: () => this.grave, admit: () => this.grave },
        handOver: () => this.grave,
      }),
      redactor: cluster.redactor,
      log,
      tickMs: 2,
      heartbeatMs: 60_000,
      ...change,
    });
    this.engine.start();
  }

  /** As by kill -9: nothing that it waits for ever comes, and nothing is cleaned up. */
  kill(): void {
    this.dead = true;
  }

  /** For steps: what a dead process does next never happens. */
  alive(): Promise<void> {
    return this.dead ? this.grave : Promise.resolve();
  }

  async close(): Promise<void> {
    this.dead = true;
    this.term = undefined;
    this.bury(new Error("the test is over"));
    await Promise.all([this.engine.stop(), this.records.stop()]);
  }

  private connection(): Store {
    const { store } = this.cluster;
    return new Proxy(store, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => this.call(name, () => member.apply(target, args) as unknown);
      },
    });
  }

  private async call(name: string | symbol, work: () => unknown): Promise<unknown> {
    if (name === "commit") this.onCommit("before");
    await this.alive();
    const result = await work();
    if (name === "commit") this.onCommit("after");
    await this.alive();
    return result;
  }
}

const noParams = z.strictObject({});

/** A type whose steps are given by what they run; they are done when they have run. */
export function typeOf(
  name: string,
  runs: Record<string, (ctx: JobContext<Record<string, never>>) => Promise<void> | void>,
  more: Partial<Pick<JobType, "lock">> = {},
): JobType {
  const steps = Object.entries(runs).map(([step, run]): JobStep<Record<string, never>> => ({
    name: step,
    title: `Do ${step}`,
    isDone: async () => false,
    run: async (ctx) => run(ctx),
  }));
  return jobType({ name, title: `A ${name}`, params: noParams, steps: () => steps, ...more });
}

/** A step that takes as long as it may. */
export function untilStopped({ signal }: Pick<JobContext, "signal">): Promise<void> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
}
