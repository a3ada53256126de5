import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterSecrets } from "../spec/secrets";
import { readIfThere, writeAtomic } from "./files";

/** What the daemon needs to go on forming after a restart and that may rest in no other file of its own. */
export interface StoredSecrets {
  readonly cluster: ClusterSecrets;
  readonly registryAuth?: { readonly username: string; readonly password: string };
  /** Where alerts are posted. */
  readonly alertWebhookUrl?: string;
  /** Private key of the cluster CA, where the cluster was begun by `init`. */
  readonly caKeyPem?: string;
}

/** `<config directory>/secrets.json`, readable by root alone. */
export class SecretsFile {
  private readonly path: string;

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

  save(secrets: StoredSecrets): Promise<void> {
    return writeAtomic(this.path, JSON.stringify(secrets), 0o600);
  }

  remove(): Promise<void> {
    return rm(this.path, { force: true });
  }
}
