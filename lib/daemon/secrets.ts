import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { StagedSecrets } from "../api/wire";
import { canonicalJson } from "../spec/canonical";
import { secretsId, type ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec } from "../spec/spec";
import { Conflict } from "./errors";
import { readIfThere, writeAtomic } from "./files";
import { Serial } from "./serial";

/** What the daemon needs to go on forming after a restart and that may rest in no other file of its own. */
export interface PeerSecrets {
  readonly cluster: ClusterSecrets;
  readonly registryAuth?: { readonly username: string; readonly password: string };
  /** Where alerts are posted. */
  readonly alertWebhookUrl?: string;
  /** Private key of the cluster CA, where the cluster was begun by `init`. */
  readonly caKeyPem?: string;
}

export interface StoredSecrets extends PeerSecrets {
  /** Names those in force; see secretsId. @default "1" */
  readonly of?: string;
  /** Those that a change is to put in force, or has. */
  readonly next?: StagedSecrets;
}

/** `<config directory>/secrets.json`, readable by root alone. */
export class SecretsFile {
  private readonly path: string;
  private readonly changes = new Serial();

  constructor(configDir: string) {
    this.path = join(configDir, "secrets.json");
  }

  async load(): Promise<StoredSecrets | undefined> {
    const text = await readIfThere(this.path);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as StoredSecrets;
    } catch {
      // The parser's own message quotes the text, so it is not kept.
      throw new Error(`${this.path} is damaged: send the form request again`);
    }
  }

  /** Those that a spec goes by: in force, or to be. */
  async of(spec: ClusterSpec): Promise<PeerSecrets> {
    const { of = FIRST, next, ...stored } = await this.there();
    const id = secretsId(spec);
    if (of === id) return stored;
    if (next?.of === id) return { ...stored, cluster: next.cluster };
    throw new Error(`${this.path} has no generation ${id} of the cluster's secrets: apply the change again`);
  }

  /** Keeps other secrets beside those in force. Throws Conflict where the same name has been given to others. */
  stage(given: StagedSecrets): Promise<void> {
    return this.changes.run(async () => {
      const stored = await this.there();
      const { of = FIRST, cluster, next } = stored;
      const known = [{ of, cluster }, ...(next ? [next] : [])].find((set) => set.of === given.of);
      if (known === undefined) return this.save({ ...stored, next: given });
      if (canonicalJson(known.cluster) === canonicalJson(given.cluster)) return;
      throw new Conflict(
        `generation ${given.of} of the cluster's secrets is known here with other values: ask for another number (secretsGeneration)`,
      );
    });
  }

  /** Forgets secrets that were kept for a change which was taken back. */
  forget(of: string): Promise<void> {
    return this.changes.run(async () => {
      const { next, ...inForce } = await this.there();
      if (next?.of === of) await this.save(inForce);
    });
  }

  /** Forgets the secrets before those that the spec in force goes by. */
  settle(spec: ClusterSpec): Promise<void> {
    return this.changes.run(async () => {
      const stored = await this.load();
      if (!stored?.next || stored.next.of !== secretsId(spec)) return;
      const { next, ...others } = stored;
      await this.save({ ...others, ...next });
    });
  }

  save(secrets: StoredSecrets): Promise<void> {
    return writeAtomic(this.path, JSON.stringify(secrets), 0o600);
  }

  remove(): Promise<void> {
    return rm(this.path, { force: true });
  }

  private async there(): Promise<StoredSecrets> {
    const stored = await this.load();
    if (stored) return stored;
    throw new Error(`${this.path} is missing: send the form request again`);
  }
}

/** Of a cluster that was formed before secrets had names. */
const FIRST = "1";
