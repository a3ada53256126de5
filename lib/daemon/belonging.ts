import { setTimeout as sleep } from "node:timers/promises";
import type { SpecReply } from "../api/wire";
import type { PeerIdentity } from "../spec/identity";
import type { PeerAddress } from "../spec/spec";
import { hasPlace } from "./own-place";

export interface BelongingOptions {
  readonly identity: PeerIdentity;
  /** The spec that this peer goes by; generation 0 while it is only about to be a member. */
  readonly own: () => Pick<SpecReply, "spec" | "generation"> | undefined;
  /** What another peer goes by. */
  readonly ask: (peer: PeerAddress) => Promise<Pick<SpecReply, "spec" | "generation" | "unfinished">>;
  /** Called once when the cluster has gone on without this peer. */
  readonly onLost: (generation: number) => void;
  /** @default 30000 */
  readonly everyMs?: number;
}

/**
 * Finds out that this peer was let go while it was away: etcd does not let it in any more, so it would never hear of it there, and its
 * containers would go on as if they belonged to the cluster.
 */
export class Belonging {
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(private readonly o: BelongingOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** Generation of a newer spec that has no place for this peer, nor is about to have one, as the first one of the others that answers tells. */
  async lostAt(): Promise<number | undefined> {
    const own = this.o.own();
    if (!own) return undefined;
    for (const peer of own.spec.peers.filter(({ name }) => name !== this.o.identity.name)) {
      const found = await this.o.ask(peer).catch(() => undefined);
      if (!found) continue;
      const { spec, generation, unfinished } = found;
      const wanted = [spec, ...(unfinished ? [unfinished.spec] : [])].some((s) =>
        hasPlace(s, this.o.identity),
      );
      return generation > own.generation && !wanted ? generation : undefined;
    }
    return undefined;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const generation = await this.lostAt();
      if (generation !== undefined && !signal.aborted) return this.o.onLost(generation);
      await sleep(this.o.everyMs ?? 30_000, undefined, { signal }).catch(() => undefined);
    }
  }
}
