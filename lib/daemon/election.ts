import { setTimeout as sleep } from "node:timers/promises";
import { Fence } from "./fence";
import type { Store } from "./ports/store";
import { StoreFull } from "./store/full";
import { NotLeader } from "./store/records";
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
  private held: Leadership | undefined;
  private sitsOut = false;
  private troubled: string | undefined;
  private loop: Promise<void> | undefined;

  constructor(private readonly o: ElectionOptions) {
    this.ttlMs = (o.ttlSeconds ?? 10) * 1000;
    this.now = o.clock ?? (() => performance.now());
  }

  /** Campaigns from now on, until `stop`. */
  start(): void {
    this.loop ??= this.run(this.stopping.signal);
  }

  /** Term of this peer while it leads, else undefined. */
  term(): string | undefined {
    return this.held?.holds(this.now()) ? this.held.term : undefined;
  }

  /** Who leads according to etcd. */
  async leader(): Promise<{ peer: string; term: string } | undefined> {
    const found = await this.o.store.get(this.o.key);
    return found && { peer: found.value, term: found.createRevision };
  }

  /**
   * Hands over: resolves when this peer has given up the key, which the others wait for. It campaigns again when somebody
   * else leads, or after half the TTL if nobody wants to. Throws NotLeader.
   */
  async stepDown(): Promise<void> {
    const { held } = this;
    if (!held?.holds(this.now())) throw new NotLeader("this peer does not lead: it cannot step down");
    this.sitsOut = true;
    held.resign.abort();
    await held.over;
  }

  /** Stops campaigning; a leader resigns, so that its successor need not wait for the lease to end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.held?.resign.abort();
    await this.loop;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.vacancy(signal);
        if (signal.aborted) return;
        const held = await this.campaign(signal);
        this.recovered();
        if (held) await this.lead(held);
      } catch (error) {
        this.report("cannot campaign", error);
        await sleep(this.ttlMs / 10, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Waits until nobody leads: the watch tells at once, a look every half TTL in case it is silent. */
  private async vacancy(signal: AbortSignal): Promise<void> {
    const { store, key } = this.o;
    for (let looks = 0; !signal.aborted; looks += 1) {
      const { entries, revision } = await store.range(key);
      const isVacant = !entries.some((entry) => entry.key === key);
      if (isVacant && !(this.sitsOut && looks === 0)) return;
      if (!isVacant) {
        this.sitsOut = false;
        this.recovered();
      }
      await this.changed(revision, signal);
    }
  }

  /** Until the key has changed, or half the TTL is over. */
  private async changed(revision: string, signal: AbortSignal): Promise<void> {
    const waking = new AbortController();
    const wake = (): void => waking.abort();
    signal.addEventListener("abort", wake, { once: true });
    try {
      // A watch that is lost at once, again and again, must not keep etcd busy.
      const onLost = (): void => void setTimeout(wake, this.ttlMs / 10).unref();
      const watch = await this.o.store.watch(this.o.key, revision, { onChange: wake, onLost });
      if (signal.aborted) wake();
      await sleep(this.ttlMs / 2, undefined, { signal: waking.signal }).catch(() => undefined);
      watch.close();
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  private async campaign(stop: AbortSignal): Promise<Leadership | undefined> {
    const { store, key, candidate } = this.o;
    const fence = new Fence(this.ttlMs);
    const sent = this.now();
    const lease = await store.grantLease(this.ttlMs / 1000);
    fence.acknowledged(sent);
    const term = await store.acquire(key, candidate, lease);
    if (term === undefined || stop.aborted) {
      await this.revoke(lease);
      return undefined;
    }
    this.sitsOut = false;
    return new Leadership(term, lease, fence);
  }

  private async lead(held: Leadership): Promise<void> {
    const { candidate } = this.o;
    this.held = held;
    this.o.onChange?.(`${candidate} leads in term ${held.term}`);
    const { signal } = held.resign;
    try {
      while (held.holds(this.now())) {
        await sleep(this.renewInMs(), undefined, { signal }).catch(() => undefined);
        if (signal.aborted || !(await this.renew(held))) break;
      }
    } finally {
      this.held = undefined;
      this.o.onChange?.(`${candidate} no longer leads (term ${held.term})`);
      await this.revoke(held.lease);
      held.end();
    }
  }

  /** A fifth of the TTL, give or take a fifth of that: peers that started together do not call together for ever. */
  private renewInMs(): number {
    return (this.ttlMs / 5) * (0.8 + 0.4 * Math.random());
  }

  /** False when the lease is known to be gone; a keep-alive that fails otherwise is tried again until the fence ends. */
  private async renew({ lease, fence }: Leadership): Promise<boolean> {
    const sent = this.now();
    try {
      const left = fence.endsMs - sent;
      if (!(await within(left, "etcd", this.o.store.keepAlive(lease)))) return false;
      fence.acknowledged(sent);
      this.recovered();
    } catch (error) {
      this.report("keep-alive failed", error);
    }
    return true;
  }

  /** A lease that cannot be revoked ends by itself. */
  private revoke(lease: string): Promise<void> {
    return this.o.store.revokeLease(lease).catch(() => undefined);
  }

  /** Told once until etcd has answered again: before it is up, each member fails in words of its own. */
  private report(what: string, error: unknown): void {
    const kind = error instanceof StoreFull ? error.name : what;
    if (kind !== this.troubled) this.o.onChange?.(`${what}: ${messageOf(error)}`);
    this.troubled = kind;
  }

  private recovered(): void {
    this.troubled = undefined;
  }
}

/** One term of this peer. */
class Leadership {
  /** Aborted when it is to end. */
  readonly resign = new AbortController();
  /** Resolves when the key is given up, or cannot be. */
  readonly over: Promise<void>;
  end!: () => void;

  constructor(
    readonly term: string,
    readonly lease: string,
    readonly fence: Fence,
  ) {
    this.over = new Promise((resolve) => (this.end = resolve));
  }

  holds(nowMs: number): boolean {
    return !this.resign.signal.aborted && this.fence.holds(nowMs);
  }
}
