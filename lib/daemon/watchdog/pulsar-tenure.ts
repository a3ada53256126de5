import type { Log } from "../log";
import { Fence } from "../fence";
import type { Store } from "../ports/store";
import { messageOf, within } from "../wait";
import { Watch, type WatchOptions } from "./watch";

/** Seconds until the right of a host that is gone has ended. */
const TTL_SECONDS = 15;
/** Before that the host kills its Pulsar: time to notice, and to kill. */
const MARGIN_MS = 5_000;
const TICK_MS = 2_000;
/** A daemon that has just started waits for the right of the one before it to end, while Pulsar goes on. */
const GRACE_MS = 3 * TTL_SECONDS * 1_000;
/** For etcd to answer while nothing is held. */
const ASK_MS = 4_000;

export interface PulsarTenureOptions extends WatchOptions {
  readonly store: Pick<Store, "grantLease" | "keepAlive" | "revokeLease" | "acquire">;
  /** Key that whoever may run Pulsar holds. */
  readonly key: string;
  /** Name of this peer. */
  readonly self: string;
  /** Whether the spec in force, as a quorum of etcd tells it, has Pulsar here. */
  readonly isHost: () => Promise<boolean>;
  /** Starts Pulsar, if it does not run; false while somebody works on it. */
  readonly start: () => Promise<boolean>;
  /** Ends Pulsar at once; false where it did not run. */
  readonly kill: () => Promise<boolean>;
  readonly log: Pick<Log, "info" | "warn">;
}

/**
 * The right of a host to run the one Pulsar, where another one may begin by itself once the host is gone: a key in etcd under a lease.
 * A host that cannot renew it kills its Pulsar before the lease ends, and Docker never starts that by itself. So nobody writes to an
 * old Pulsar while, or after, another one has begun. A VM that was paused for longer notices within a tick.
 */
export class PulsarTenure extends Watch {
  private readonly fence = new Fence(TTL_SECONDS * 1_000, MARGIN_MS);
  /** Until then Pulsar goes on though nothing is held; over as soon as something was. */
  private graceEndsMs: number;
  private lease: string | undefined;
  /** Pulsar may have to be started once it may run. */
  private isDue = true;
  private isTroubled = false;

  constructor(private readonly o: PulsarTenureOptions) {
    super({ ...o, tickMs: o.tickMs ?? TICK_MS });
    this.graceEndsMs = this.now() + GRACE_MS;
  }

  async tick(): Promise<void> {
    try {
      await (this.lease === undefined ? this.acquire() : this.renew(this.lease));
      if (this.isDue && this.holds()) await this.begin();
      this.isTroubled = false;
    } catch (error) {
      if (!this.isTroubled) this.o.log.warn(`the right to run Pulsar: ${messageOf(error)}`);
      this.isTroubled = true;
    }
    if (!this.holds() && this.now() >= this.graceEndsMs) await this.end();
  }

  /** Pulsar goes on; whoever comes next need not wait for the lease to end. */
  override async stop(): Promise<void> {
    await super.stop();
    if (this.lease !== undefined) await this.revoke(this.lease);
    this.lease = undefined;
  }

  private holds(): boolean {
    return this.fence.holds(this.now());
  }

  private async acquire(): Promise<void> {
    const { store, key, self, isHost } = this.o;
    const sent = this.now();
    const lease = await ask(store.grantLease(TTL_SECONDS));
    try {
      if ((await ask(store.acquire(key, self, lease))) === undefined) return;
      // Only now: while nobody held it another one may have become host.
      if (!(await isHost())) return;
      this.lease = lease;
      this.graceEndsMs = -Infinity;
      this.fence.acknowledged(sent);
    } finally {
      if (this.lease !== lease) await this.revoke(lease);
    }
  }

  private async renew(lease: string): Promise<void> {
    const sent = this.now();
    const left = Math.max(ASK_MS / 4, this.fence.endsMs - sent);
    if (await ask(this.o.store.keepAlive(lease), left)) this.fence.acknowledged(sent);
    else this.lease = undefined;
  }

  private async begin(): Promise<void> {
    if (!(await this.o.start())) return;
    this.isDue = false;
    this.o.log.info(`${this.o.self} may run Pulsar`);
  }

  private async end(): Promise<void> {
    const { self, kill, log } = this.o;
    try {
      if (await kill())
        log.warn(`${self} is out of touch with etcd, and another host may begin: Pulsar was killed`);
      this.isDue = true;
    } catch (error) {
      log.warn(`Pulsar is not killed: ${messageOf(error)}`);
    }
  }

  /** One that cannot be revoked ends by itself. */
  private async revoke(lease: string): Promise<void> {
    await ask(this.o.store.revokeLease(lease)).catch(() => undefined);
  }
}

function ask<T>(answer: Promise<T>, ms = ASK_MS): Promise<T> {
  return within(ms, "etcd", answer);
}
