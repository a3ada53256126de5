import { configValue } from "../../../spec/config-value";
import type { ClusterSpecInput, LoadBalancing } from "../../../spec/spec";
import type { PeerReference } from "../peer-reference";
import type { ClusterModel } from "./schema";

/** Attributes that decide what the cluster is. */
export const SPEC_ATTRIBUTES = [
  "name",
  "version",
  "peers",
  "mode",
  "storage",
  "queue",
  "security",
  "ports",
  "images",
  "registry",
  "data_root",
  "data_dirs",
  "resources",
  "config",
  "session_ttl_seconds",
  "etcd_quota_mb",
  "load_balancing",
  "control",
  "backups",
  "secrets_generation",
] as const;

export type SpecAttributes = Pick<ClusterModel, Exclude<(typeof SPEC_ATTRIBUTES)[number], "peers">> & {
  readonly peers: readonly Pick<PeerReference, "name" | "address" | "roles">[];
};

/** The same in the spec's own terms. */
export function specInput(m: SpecAttributes): ClusterSpecInput {
  return {
    name: m.name,
    version: m.version,
    mode: (m.mode ?? undefined) as ClusterSpecInput["mode"],
    peers: m.peers.map(({ name, address, roles }) => ({
      ...{ name, address },
      roles: (roles ?? undefined) as ClusterSpecInput["peers"][number]["roles"],
    })),
    storage: camelKeys(m.storage) as ClusterSpecInput["storage"],
    queue: camelKeys(m.queue) as ClusterSpecInput["queue"],
    security: securityInput(m.security),
    ports: camelKeys(m.ports),
    images: camelKeys(m.images),
    registry: m.registry ?? undefined,
    dataRoot: m.data_root ?? undefined,
    dataDirs: camelKeys(m.data_dirs),
    resources: camelKeys(m.resources) as ClusterSpecInput["resources"],
    config: m.config ? mapValues(m.config, configValue) : undefined,
    sessionTtlSeconds: m.session_ttl_seconds ?? undefined,
    etcdQuotaMb: m.etcd_quota_mb ?? undefined,
    loadBalancing: (m.load_balancing ?? undefined) as LoadBalancing | undefined, // compileSpec refuses any other text
    control: camelKeys(m.control) as ClusterSpecInput["control"],
    backups: camelKeys(m.backups) as ClusterSpecInput["backups"],
    secretsGeneration: m.secrets_generation ?? undefined,
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

function securityInput(m: ClusterModel["security"]): ClusterSpecInput["security"] {
  const security = camelKeys(m) as ClusterSpecInput["security"];
  if (!security?.firewall) return security;
  return { ...security, firewall: { ...security.firewall, operators: m!.firewall!.operators ?? [] } };
}

/** The members that are set, with names as the spec writes them, however deep; compileSpec refuses words that it does not know. */
function camelKeys<T extends object>(fields: T): Camelised<T>;
function camelKeys<T extends object>(fields: T | null): Camelised<T> | undefined;
function camelKeys<T extends object>(fields: T | null): Camelised<T> | undefined {
  return fields === null ? undefined : (camelised(fields) as Camelised<T>);
}

function camelised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelised);
  if (typeof value !== "object" || value === null) return value;
  const set = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    set.map(([name, member]) => [
      name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()),
      camelised(member),
    ]),
  );
}

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;
type Camelised<T> = T extends readonly (infer E)[]
  ? Camelised<E>[]
  : T extends object
    ? { [K in keyof T & string as CamelCase<K>]?: Camelised<NonNullable<T[K]>> }
    : T;

function mapValues<T, R>(record: Readonly<Record<string, T>>, f: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
