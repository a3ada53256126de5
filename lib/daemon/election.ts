import { setTimeout as sleep } from "node:timers/promises";
import { Fence } from "./fence";
import type { Store } from "./ports/store";
import { messageOf, within } from "./wait";

export interface ElectionOptions {
  readonly store: Store;
  /** Key that the leader holds. */
  readonly key: string;
  /** Name of this peer. */
  readonly candidate: string;
  /** Seconds after which a dead leader can be succeeded. @default 10 */
  readonly ttlSeconds?: number;
  /** Milliseconds on a clock that never jumps. @default performance.now */
  readonly clock?: () => number;
  /** One sentence on each change. */
  readonly onChange?: (sentence: string) => void;
}

/**
 * Elects one leader among the daemons by a key under an etcd lease.
 *
 * The term of a leader is the create revision of its key: every write it makes compares it, and `term()` says undefined
 * as soon as our own clock allows that somebody else leads, without waiting for etcd to say so.
 */
export class Election {
  private readonly ttlMs: number;
  private readonly now: () => number;
  private readonly stopping = new AbortController();
  private held: { term: string; lease: string; fence: Fence } | undefined;
  private lastProblem: string | undefined;
  private loop: Promise<void> | undefined;

  constructor(private readonly o: ElectionOptions) {
    this.ttlMs = (o.ttlSeconds ?? 10) * 1000;
    this.now = o.clock ?? (() => performance.now());
  }

  /** Campaigns from now on, until `stop`. */
  start(): void {
    this.loop ??= this.run();
  }

  /** Term of this peer while it leads, else undefined. */
  term(): string | undefined {
    return this.held?.fence.holds(this.now()) ? this.held.term : undefined;
  }

  /** Who leads according to etcd. */
  async leader(): Promise<{ peer: string; term: string } | undefined> {
    const found = await this.o.store.get(this.o.key);
    return found && { peer: found.value, term: found.createRevision };
  }

  /** Stops campaigning; a leader resigns, so that its successor need not wait for the lease to end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (await this.campaign()) await this.lead(signal);
        this.lastProblem = undefined;
      } catch (error) {
        this.report(`cannot campaign: ${messageOf(error)}`);
      }
      await sleep(this.ttlMs / 10, undefined, { signal }).catch(() => undefined);
    }
  }

  private async campaign(): Promise<boolean> {
    const { store, key, candidate } = this.o;
    if (await store.get(key)) return false;
    const fence = new Fence(this.ttlMs);
    const sent = this.now();
    const lease = await store.grantLease(this.ttlMs / 1000);
    fence.acknowledged(sent);
    const term = await store.acquire(key, candidate, lease);
    if (term === undefined || this.stopping.signal.aborted) {
      await this.revoke(lease);
      return false;
    }
    this.held = { term, lease, fence };
    this.o.onChange?.(`${candidate} leads in term ${term}`);
    return true;
  }

  private async lead(stop: AbortSignal): Promise<void> {
    const held = this.held!;
    try {
      while (!stop.aborted && held.fence.holds(this.now())) {
        await sleep(this.ttlMs / 5, undefined, { signal: stop }).catch(() => undefined);
        if (stop.aborted || !(await this.renew(held))) break;
      }
    } finally {
      this.held = undefined;
      this.o.onChange?.(`${this.o.candidate} no longer leads (term ${held.term})`);
      await this.revoke(held.lease);
    }
  }

  /** False when the lease is known to be gone; a keep-alive that fails otherwise is tried again until the fence ends. */
  private async renew({ lease, fence }: { lease: string; fence: Fence }): Promise<boolean> {
    const sent = this.now();
    try {
      const left = fence.endsMs - sent;
      if (!(await within(left, "etcd", this.o.store.keepAlive(lease)))) return false;
      fence.acknowledged(sent);
      this.lastProblem = undefined;
    } catch (error) {
      this.report(`keep-alive failed: ${messageOf(error)}`);
    }
    return true;
  }

  /** A lease that cannot be revoked ends by itself. */
  private revoke(lease: string): Promise<void> {
    return this.o.store.revokeLease(lease).catch(() => undefined);
  }

  /** The same problem every second is told once. */
  private report(problem: string): void {
    if (problem !== this.lastProblem) this.o.onChange?.(problem);
    this.lastProblem = problem;
  }
}
