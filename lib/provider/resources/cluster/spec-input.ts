import { configValue } from "../../../spec/config-value";
import type { ClusterSpecInput, LoadBalancing } from "../../../spec/spec";
import type { PeerReference } from "../peer-reference";
import type { ClusterModel } from "./schema";

/** Attributes that decide what the cluster is. */
export const SPEC_ATTRIBUTES = [
  "name",
  "version",
  "peers",
  "storage",
  "queue",
  "ports",
  "images",
  "registry",
  "data_root",
  "config",
  "session_ttl_seconds",
  "load_balancing",
  "control",
] as const;

export type SpecAttributes = Pick<ClusterModel, Exclude<(typeof SPEC_ATTRIBUTES)[number], "peers">> & {
  readonly peers: readonly Pick<PeerReference, "name" | "address">[];
};

/** The same in the spec's own terms. */
export function specInput(m: SpecAttributes): ClusterSpecInput {
  return {
    name: m.name,
    version: m.version,
    peers: m.peers.map(({ name, address }) => ({ name, address })),
    storage: {
      ...camelKeys(m.storage),
      peers: [...m.storage.peers],
      drivesPerPeer: m.storage.drives_per_peer,
    },
    queue: m.queue ? { ...camelKeys(m.queue), host: m.queue.host } : undefined,
    ports: camelKeys(m.ports),
    images: camelKeys(m.images),
    registry: m.registry ?? undefined,
    dataRoot: m.data_root ?? undefined,
    config: m.config ? mapValues(m.config, configValue) : undefined,
    sessionTtlSeconds: m.session_ttl_seconds ?? undefined,
    loadBalancing: (m.load_balancing ?? undefined) as LoadBalancing | undefined, // compileSpec refuses any other text
    control: camelKeys(m.control) as ClusterSpecInput["control"],
  };
}

/** `storage.drivesPerPeer`, `peers[0].address`, `config["a.b"]` as the path of the Terraform attribute. */
export function attributePath(specPath: string): (string | number)[] {
  const parts = specPath.match(/\["(?:[^"\\]|\\.)*"\]|\[\d+\]|[^.[\]]+/g) ?? [];
  const path = parts.map((part) => {
    if (part.startsWith('["')) return JSON.parse(part.slice(1, -1)) as string;
    if (part.startsWith("[")) return Number(part.slice(1, -1));
    return part.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  });
  return path[0] === "config" && path.length > 2 ? ["config", specPath.slice("config.".length)] : path;
}

/** The members that are set, with names as the spec writes them. */
function camelKeys<T extends object>(fields: T | null): Camelised<T> {
  const set = Object.entries(fields ?? {}).filter(([, value]) => value !== null);
  return Object.fromEntries(
    set.map(([name, value]) => [name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()), value]),
  ) as Camelised<T>;
}

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;
type Camelised<T> = { [K in keyof T & string as CamelCase<K>]?: NonNullable<T[K]> };

function mapValues<T, R>(record: Readonly<Record<string, T>>, f: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
