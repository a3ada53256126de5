import { join } from "node:path";
import type { PeerIdentity } from "../spec/identity";
import type { DaemonConfig } from "./config";
import { writeAtomic } from "./files";
import { Serial } from "./serial";
import type { Records, Snapshot, TokenRecord } from "./store/records";
import { messageOf, within } from "./wait";

export interface TokenOptions {
  readonly config: Pick<DaemonConfig, "identity" | "configDir">;
  /** One sentence on each change. */
  readonly onChange: (sentence: string) => void;
}

/** For etcd to say which token is in force, before a daemon that has just started goes by its file. */
const LEARN_MS = 5_000;

/**
 * The one bearer token that this peer accepts: the one of its identity file until the daemons have agreed on another, then that
 * one. There is never a second: the old token ends when the new one begins.
 */
export class TokenInForce {
  private record: TokenRecord;
  private onDisk: string;
  private readonly writes = new Serial();

  constructor(private readonly o: TokenOptions) {
    this.onDisk = o.config.identity.tokenSha256;
    this.record = { generation: 0, sha256: this.onDisk };
  }

  /** SHA-256 (hex) that a token must have. */
  get sha256(): string {
    return this.record.sha256;
  }

  /** Rotations so far, as far as this peer knows; 0 while it goes by its identity file. */
  get generation(): number {
    return this.record.generation;
  }

  /** Reads what the daemons have agreed on, before anybody is let in. Goes by the file when etcd does not answer in time. */
  async learn(records: Pick<Records, "read">, ms: number = LEARN_MS): Promise<void> {
    try {
      await this.see(await within(ms, "the token in force", records.read()));
    } catch (error) {
      this.o.onChange(`goes by the token of its identity file until etcd answers: ${messageOf(error)}`);
    }
  }

  /** Goes by every token that the daemons agree on from now on; returns how to stop. */
  follow(records: Pick<Records, "onChange">): () => void {
    return records.onChange((snapshot) => {
      this.see(snapshot).catch((error: unknown) => this.o.onChange(messageOf(error)));
    });
  }

  /**
   * Goes by this token at once, and writes it down, so that it holds over a restart without etcd. One that is older than what is
   * known changes nothing. Throws when it cannot be written: it is in force all the same.
   */
  async adopt(record: TokenRecord): Promise<void> {
    if (record.generation > this.record.generation) {
      this.record = record;
      this.o.onChange(`goes by token generation ${record.generation}; the one before is refused from now on`);
    }
    await this.writes.run(() => this.persist());
  }

  private async see({ token }: Snapshot): Promise<void> {
    if (token) await this.adopt(token.value);
  }

  private async persist(): Promise<void> {
    const { sha256 } = this.record;
    if (this.onDisk === sha256) return;
    const { identity, configDir } = this.o.config;
    const changed: PeerIdentity = { ...identity, tokenSha256: sha256 };
    const path = join(configDir, "identity.json");
    try {
      await writeAtomic(path, `${JSON.stringify(changed, null, 2)}\n`, 0o600);
    } catch (error) {
      const lasts = "it would not outlast a restart of the daemon while etcd is away";
      throw new Error(`the token is in force, but not written to ${path}: ${messageOf(error)}; ${lasts}`, {
        cause: error,
      });
    }
    this.onDisk = sha256;
  }
}
