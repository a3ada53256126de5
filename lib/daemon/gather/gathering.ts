import { rm } from "node:fs/promises";
import { join } from "node:path";
import { compileSpec } from "../../spec/compile";
import type { ClusterSecrets } from "../../spec/secrets";
import type { ClusterSpecInput, CompileResult, PeerAddress, StorageInput } from "../../spec/spec";
import { readIfThere, writeAtomic } from "../files";

/** What a cluster is to be, all but its members. */
export type ClusterTemplate = Omit<ClusterSpecInput, "peers" | "storage"> & {
  readonly storage: StorageTemplate;
};

/** Storage before the members are known: an S3 endpoint, or drives that every member has. */
export interface StorageTemplate extends Omit<StorageInput, "pools"> {
  readonly drivesPerPeer?: number;
  readonly mountPoints?: string[];
  /** A pool for each member instead of one over all. */
  readonly poolPerHost?: boolean;
}

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
export function compileFor(t: ClusterTemplate, members: readonly PeerAddress[]): CompileResult {
  const peers = [...members]
    .sort((a, b) => natural.compare(a.address, b.address))
    .map(({ name, address }) => ({ name, address }));
  const storage = storageFor(
    t.storage,
    peers.map((p) => p.name),
  );
  return compileSpec({ ...t, peers, storage });
}

function storageFor(
  { poolPerHost, drivesPerPeer, mountPoints, ...rest }: StorageTemplate,
  names: string[],
): StorageInput {
  if (rest.s3) return rest;
  const pools = poolPerHost ? names.map((name) => [name]) : [names];
  return { ...rest, pools: pools.map((peers) => ({ peers, drivesPerPeer, mountPoints })) };
}

/** As compileFor, with stand-ins for those who are still to come: what can be wrong before they do. */
export function compileAhead(
  t: ClusterTemplate,
  expected: number,
  members: readonly PeerAddress[],
): CompileResult {
  const missing = Math.max(0, expected - members.length);
  const pulsarHost = t.queue?.pulsarSingleton?.host;
  const names = [
    ...(pulsarHost === undefined ? [] : [pulsarHost]),
    ...Array.from({ length: expected }, (_, i) => `peer-to-come-${i + 1}`),
  ];
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
