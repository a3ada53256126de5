import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "./log";
import type { MinioNode } from "./minio/admin";
import { messageOf } from "./wait";

export interface HealerOptions {
  /** Nodes of the pool, asked of one that answers. */
  readonly nodes: () => Promise<MinioNode[]>;
  readonly heal: (signal: AbortSignal) => Promise<void>;
  readonly isLeader: () => boolean;
  readonly log: Log;
  /** @default 5000 */
  readonly everyMs?: number;
}

/**
 * Makes MinIO whole after a peer's return. MinIO takes returned drives back at once, but heals what was written meanwhile
 * only when it is read or scanned: until then a second lost peer could cost data.
 */
export class Healer {
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;
  private seen: readonly MinioNode[] = [];
  private readonly uptimes = new Map<string, number>();
  /** Peers that were seen with drives offline and have not been healed since. */
  private readonly wounded = new Set<string>();

  constructor(private readonly o: HealerOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** The pool as it was at the last look; empty when that failed. */
  get lastNodes(): readonly MinioNode[] {
    return this.seen;
  }

  /** One look at the pool; returns one sentence of what was done. Every peer watches, so that a new leader knows. */
  async tick(signal: AbortSignal): Promise<string> {
    const before = new Map(this.uptimes);
    const nodes = await this.look();
    const offline = nodes.filter((n) => n.drivesOnline < n.drives).map((n) => n.peer);
    // A node that is back between two looks was never seen offline, but has started anew.
    const restarted = nodes.filter((n) => n.uptime < (before.get(n.peer) ?? 0)).map((n) => n.peer);
    for (const peer of [...offline, ...restarted]) this.wounded.add(peer);
    const back = [...this.wounded].filter((peer) => !offline.includes(peer));
    if (back.length === 0)
      return offline.length === 0 ? "all drives are online" : `drives offline: ${offline.join(", ")}`;
    if (!this.o.isLeader()) {
      // The leader heals them; should it die before it has, the scanner still will.
      for (const peer of back) this.wounded.delete(peer);
      return `drives of ${back.join(", ")} are back; the leader heals them`;
    }
    await this.o.heal(signal);
    for (const peer of back) this.wounded.delete(peer);
    return `healed MinIO after the return of ${back.join(", ")}`;
  }

  private async look(): Promise<readonly MinioNode[]> {
    this.seen = await this.o.nodes().catch((error: unknown) => {
      this.seen = [];
      throw error;
    });
    for (const { peer, uptime } of this.seen) this.uptimes.set(peer, uptime);
    return this.seen;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let last = "";
    while (!signal.aborted) {
      const did = await this.tick(signal).catch(
        (error: unknown) => `cannot look at MinIO: ${messageOf(error)}`,
      );
      if (did !== last && !signal.aborted) this.o.log.info(did);
      last = did;
      await sleep(this.o.everyMs ?? 5_000, undefined, { signal }).catch(() => undefined);
    }
  }
}
