import { families, type Family } from "../../../lib/spec/families";
import type { ClusterSpecInput, Mode, QueueInput, SecuritySpec, StorageInput } from "../../../lib/spec/spec";
import { CA_PEM, peers, pool } from "../spec/fixture";

/** Every family × mode × storage × queue × TLS, and what this test holds to be right of each. */
export interface Combination {
  readonly family: Family;
  readonly mode: Mode;
  readonly storage: StorageName;
  readonly queue: QueueName;
  readonly tls: TlsName;
}

export type StorageName = keyof typeof STORAGES;
export type QueueName = keyof typeof QUEUES;
export type TlsName = keyof typeof TLS;

const S3 = { endpoint: "https://s3.example", region: "eu-central-1" };

/** By the names of all peers; a later pool is made of those beyond the third. */
const STORAGES = {
  "wide pool": (all) => pool(all),
  "host pools": (all) => ({ pools: all.map((name) => ({ peers: [name], drivesPerPeer: 4 })) }),
  "wide and later pool": (all) => ({
    pools: [...pool(all.slice(0, 3)).pools!, ...pool(all.slice(3)).pools!],
  }),
  "S3 with keys": () => ({ s3: S3 }),
  "S3 with IAM and a CA": () => ({ s3: { ...S3, auth: "iam", caPem: CA_PEM } }),
} satisfies Record<string, (all: string[]) => StorageInput>;

const QUEUES = {
  "none given": undefined,
  pulsarSingleton: { pulsarSingleton: { host: "peer-1" } },
  externalPulsar: {
    externalPulsar: { serviceUrl: "pulsar+ssl://pulsar.example:6651", token: true, caPem: CA_PEM },
  },
  externalKafka: {
    externalKafka: {
      ...{ brokers: ["kafka-1.example:9093"], protocol: "SASL_SSL", saslMechanism: "SCRAM-SHA-512" },
      caPem: CA_PEM,
    },
  },
  woodpecker: { embedded: "woodpecker" },
  rocksmq: { embedded: "rocksmq" },
} satisfies Record<string, QueueInput | undefined>;

const TLS = {
  off: {},
  server: { clientTls: "server" },
  mutual: { clientTls: "mutual" },
  "server, internal": { clientTls: "server", internalTls: true },
} satisfies Record<string, Partial<SecuritySpec>>;

const keysOf = <K extends string>(record: Record<K, unknown>): K[] => Object.keys(record) as K[];

/** Storages of one family in one mode, each with all its combinations. */
export const GROUPS = families.flatMap((family) =>
  (["cluster", "standalone"] as const).flatMap((mode) =>
    keysOf(STORAGES).map((storage) => ({
      title: `${family.line} ${mode}, ${storage}`,
      all: keysOf(QUEUES).flatMap((queue) =>
        keysOf(TLS).map((tls): Combination => ({ family, mode, storage, queue, tls })),
      ),
    })),
  ),
);

/** The one peer of a standalone process, three, or five for a later pool of two. */
export function inputOf({ family, mode, storage, queue, tls }: Combination): ClusterSpecInput {
  const members = peers(mode === "standalone" ? 1 : storage === "wide and later pool" ? 5 : 3);
  return {
    name: "vectors",
    version: `v${family.line}.${family.newestPatch}`,
    mode,
    peers: members,
    storage: STORAGES[storage](members.map((peer) => peer.name)),
    queue: QUEUES[queue],
    security: TLS[tls],
  };
}

/** Attribute paths that refuse the combination; none: it is legal. Knows Milvus, and nothing of the code under test. */
export function refusedAt({ family: { line }, mode, storage, queue, tls }: Combination): string[] {
  const lone = mode === "standalone";
  const old = line === "2.3" || line === "2.4";
  const refusals: [refused: boolean, path: string][] = [
    [lone && storage === "wide and later pool", "storage.pools[1].peers"],
    [queue === "none given" && !lone && line !== "2.6", "queue"],
    [queue === "woodpecker" && line !== "2.6", "queue.embedded"],
    [queue === "rocksmq" && !lone, "queue.embedded"],
    [tls === "server, internal" && (lone || old), "security.internalTls"],
  ];
  return refusals.filter(([refused]) => refused).map(([, path]) => path);
}

export const nameOf = ({ family, mode, storage, queue, tls }: Combination): string =>
  [family.line, mode, storage, queue, tls].join(" / ");
