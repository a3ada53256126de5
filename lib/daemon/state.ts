import { join } from "node:path";
import { z } from "zod";
import type { PeerState } from "../api/wire";
import type { ClusterSpec } from "../spec/spec";
import { readIfThere, writeAtomic } from "./files";
import { clusterSpec } from "./api/schemas";

/** What a daemon must not forget over a restart. */
export interface DaemonState {
  readonly state: PeerState;
  /** Present from `forming` on. */
  readonly spec?: ClusterSpec;
  /** What this peer was admitted for and is no member by yet: the change that it joins by may be undone while it is away. */
  readonly admitted?: ClusterSpec;
  /** SHA-256 of the spec's canonical JSON. */
  readonly specDigest?: string;
  /** Counts changes of the committed spec; 1 once formed. */
  readonly generation?: number;
}

/** Where each state may go next; teardown leads back to `unjoined` from everywhere. */
const NEXT: Record<PeerState, readonly PeerState[]> = {
  unjoined: ["unjoined", "forming", "member"],
  forming: ["forming", "member", "unjoined"],
  member: ["member", "removed", "unjoined"],
  removed: ["unjoined"],
};

const schema = z.object({
  state: z.enum(["unjoined", "forming", "member", "removed"]),
  spec: clusterSpec.optional(),
  admitted: clusterSpec.optional(),
  specDigest: z.string().optional(),
  generation: z.number().int().optional(),
});

/** The state of this peer, in memory and in `<dataRoot>/daemon/state.json`. */
export class StateStore {
  private constructor(
    private readonly path: string,
    private value: DaemonState,
  ) {}

  /** Throws when the file is there and unreadable: to start afresh would forget a cluster that holds data. */
  static async open(dataRoot: string): Promise<StateStore> {
    const path = join(dataRoot, "daemon", "state.json");
    const text = await readIfThere(path);
    return new StateStore(path, text === undefined ? { state: "unjoined" } : parse(path, text));
  }

  get current(): DaemonState {
    return this.value;
  }

  /** Persists first, so that what is in memory is never ahead of the disk. */
  async change(next: DaemonState): Promise<void> {
    if (!NEXT[this.value.state].includes(next.state)) {
      throw new Error(`a peer that is "${this.value.state}" cannot become "${next.state}"`);
    }
    await writeAtomic(this.path, JSON.stringify(next, null, 2), 0o600);
    this.value = next;
  }
}

function parse(path: string, text: string): DaemonState {
  try {
    return schema.parse(JSON.parse(text)) as DaemonState;
  } catch (error) {
    throw new Error(
      `${path} is damaged: restore it from a backup, or tear this peer down and form it again`,
      {
        cause: error,
      },
    );
  }
}
