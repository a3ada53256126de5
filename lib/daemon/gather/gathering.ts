import { rm } from "node:fs/promises";
import { join } from "node:path";
import { compileSpec } from "../../spec/compile";
import type { ClusterSecrets } from "../../spec/secrets";
import type { ClusterSpecInput, CompileResult, PeerSpec } from "../../spec/spec";
import { findLine } from "../../spec/version";
import { readIfThere, writeAtomic } from "../files";

/** What a cluster is to be, all but its members. */
export type ClusterTemplate = Omit<ClusterSpecInput, "peers" | "storage" | "queue"> & {
  readonly drivesPerPeer: number;
  /** Name of the peer that runs Pulsar, where the version of Milvus needs it. */
  readonly pulsarHost: string;
};

/** A VM that `init` or `join` has made a peer. */
export interface GatheredPeer {
  readonly name: string;
  readonly address: string;
  /** SHA-256 (hex) of its public key: whoever asks with the same key is the same VM. */
  readonly keySha256: string;
  readonly hostname: string;
  readonly machineId?: string;
  /** Its clock minus that of the first peer when it joined, in milliseconds. */
  readonly clockOffsetMs: number;
}

/** A cluster that waits for its members, as the first peer keeps it: secrets included. */
export interface Gathering {
  readonly template: ClusterTemplate;
  /** Members that the cluster is formed of. */
  readonly expected: number;
  readonly secrets: ClusterSecrets;
  readonly registryAuth?: { readonly username: string; readonly password: string };
  readonly alertWebhookUrl?: string;
  readonly caKeyPem: string;
  /** Those that have joined; the first is the peer where `init` ran. */
  readonly peers: readonly GatheredPeer[];
}

/** The spec with exactly these members, whatever the order in which they came. */
export function compileFor(t: ClusterTemplate, members: readonly PeerSpec[]): CompileResult {
  const { drivesPerPeer, pulsarHost, ...rest } = t;
  const peers = [...members].sort((a, b) => natural.compare(a.address, b.address));
  const storage = { peers: peers.map((p) => p.name), drivesPerPeer };
  const queue = findLine(t.version)?.queue ? { host: pulsarHost } : undefined;
  return compileSpec({ ...rest, peers, storage, queue });
}

/** As compileFor, with stand-ins for those who are still to come: what can be wrong before they do. */
export function compileAhead(
  t: ClusterTemplate,
  expected: number,
  members: readonly PeerSpec[],
): CompileResult {
  const missing = Math.max(0, expected - members.length);
  const names = [t.pulsarHost, ...Array.from({ length: expected }, (_, i) => `peer-to-come-${i + 1}`)];
  const free = names.filter((name) => !members.some((m) => m.name === name)).slice(0, missing);
  const toCome = free.map((name) => ({ name, address: `${name}.invalid` }));
  return compileFor(t, [...members, ...toCome]);
}

/** Addresses that count up stay in order, so that MinIO can name them as a range. */
const natural = new Intl.Collator("en", { numeric: true });

export const GATHERING_FILE = "gathering.json";

/** `<config directory>/gathering.json`, readable by root alone; it is there until the cluster is formed. */
export class GatheringFile {
  private readonly path: string;

  constructor(configDir: string) {
    this.path = join(configDir, GATHERING_FILE);
  }

  async load(): Promise<Gathering | undefined> {
    const text = await readIfThere(this.path);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as Gathering;
    } catch {
      // The parser's own message quotes the text, so it is not kept.
      throw new Error(`${this.path} is damaged: run milvus-onprem teardown on this VM, and init again`);
    }
  }

  save(gathering: Gathering): Promise<void> {
    return writeAtomic(this.path, JSON.stringify(gathering), 0o600);
  }

  remove(): Promise<void> {
    return rm(this.path, { force: true });
  }
}
