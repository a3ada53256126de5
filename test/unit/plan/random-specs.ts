import type {
  ClusterSpec,
  ClusterSpecInput,
  Component,
  ConfigValue,
  PoolInput,
} from "../../../lib/spec/spec";
import { rolesIn } from "../../../lib/spec/roles";
import type { Random } from "../daemon/fuzz/random";
import { names, peers, pool, spec } from "../spec/fixture";

type Overrides = Partial<ClusterSpecInput>;

/** What a formed cluster keeps for life; everything else is drawn anew for each spec of it. */
type Layout = Overrides & {
  readonly queue: NonNullable<ClusterSpecInput["queue"]>;
  /** Names of peers of which each may be there or not. */
  readonly guests?: readonly string[];
  /** Pools of which the first is always there, and others only after those before them. */
  readonly pools?: readonly PoolInput[];
};

/** Specs that one cluster may have one after the other. */
export class RandomCluster {
  private readonly layout: Layout;
  private readonly line: Line;

  constructor(private readonly random: Random) {
    this.line = random.pick(Object.values(LINES));
    this.layout = random.pick(LAYOUTS)(this.line);
  }

  spec(): ClusterSpec {
    const { random, line } = this;
    const { guests = [], pools, ...layout } = this.layout;
    const there = pools?.slice(0, random.pick([1, 2, 3])) ?? [];
    const storing = there.flatMap((p) => p.peers);
    const away = guests.filter((name) => random.chance(1 / 2) && !storing.includes(name));
    const draft: Overrides = {
      ...layout,
      ...(pools ? { storage: { pools: there } } : {}),
      peers: (layout.peers ?? peers(3)).filter(({ name }) => !away.includes(name)),
      version: `v${line.name}.${random.pick(line.patches)}`,
      queue: this.queue(),
      ...this.maybe(() => ({ images: this.some(IMAGES, () => random.pick(["x:1", "x:2"])) })),
      ...this.maybe(() => ({ config: this.some(line.config, (key) => line.values[key]!) })),
      ...this.maybe(() => ({ sessionTtlSeconds: random.pick([5, 10, 20]) })),
      ...this.maybe(() => ({ etcdQuotaMb: random.pick([2048, 8192]) })),
      ...this.maybe(() => ({ loadBalancing: random.pick(["local", "spread"] as const) })),
      ...this.maybe(() => ({ control: { jobRetentionDays: random.pick([3, 7]) } })),
      ...this.maybe(() => ({ security: { firewall: random.pick(FIREWALLS) } })),
    };
    const limits = this.some(this.components(spec(draft)), () => ({ memoryMb: random.pick([2048, 4096]) }));
    return spec({ ...draft, ...this.maybe(() => ({ resources: limits })) });
  }

  private queue(): Layout["queue"] {
    const { pulsarSingleton } = this.layout.queue;
    if (!pulsarSingleton) return this.layout.queue;
    const sizes = this.some(["heapMb", "directMemoryMb", "retentionMinutes"], () => 20_000);
    // It stays where it is while peers come and go.
    const moves = this.layout.guests === undefined ? { host: this.random.pick(["peer-1", "peer-2"]) } : {};
    return { pulsarSingleton: { ...pulsarSingleton, ...sizes, ...moves } };
  }

  private components(found: ClusterSpec): Component[] {
    const own: Component[] = found.mode === "standalone" ? ["standalone"] : this.rolesOf(found);
    return [...own, "etcd", "nginx", ...(found.storage.kind === "minio" ? (["minio"] as const) : [])];
  }

  private rolesOf(found: ClusterSpec): Component[] {
    return rolesIn(found).flatMap((role) => ("role" in role ? [role.role as Component] : []));
  }

  private maybe(make: () => Overrides): Overrides {
    return this.random.chance(1 / 3) ? make() : {};
  }

  /** Each key in one case of three. */
  private some<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
    const chosen = keys.filter(() => this.random.chance(1 / 3));
    return Object.fromEntries(chosen.map((key) => [key, value(key)])) as Record<K, V>;
  }
}

interface Line {
  readonly name: string;
  readonly patches: readonly number[];
  readonly config: readonly string[];
  readonly values: Readonly<Record<string, ConfigValue>>;
}

function line(name: string, patches: readonly number[], values: Line["values"]): Line {
  return { name, patches, config: Object.keys(values), values };
}

const COMMON = { "log.level": "warn", "proxy.maxTaskNum": 2048, "rootCoord.maxDatabaseNum": 128 };
const LINES = [
  line("2.3", [4, 5, 22], {
    ...COMMON,
    "queryNode.cache.warmup": "sync",
    "dataNode.segment.insertBufSize": 1,
  }),
  line("2.4", [23, 24], { ...COMMON, "indexNode.scheduler.buildParallel": 2 }),
  line("2.6", [10, 11], { ...COMMON, "queryNode.ioPoolSize": 4 }),
];

const IMAGES = ["milvus", "etcd", "minio", "pulsar", "nginx", "daemon"] as const;
const FIREWALLS = [
  { clients: ["10.0.0.0/8"], operators: [] },
  { clients: ["10.0.0.0/8"], operators: ["198.18.0.2/32"] },
];
const PULSAR = { pulsarSingleton: { host: "peer-2" } };
const KAFKA = { externalKafka: { brokers: ["kafka.example:9092"] } };
const S3 = { s3: { endpoint: "https://s3.example" } };
const own = ({ name }: Line): Layout["queue"] => (name === "2.6" ? { embedded: "woodpecker" } : PULSAR);

const LAYOUTS: readonly ((line: Line) => Layout)[] = [
  (of) => ({ queue: own(of) }),
  () => ({ queue: PULSAR }),
  () => ({ queue: KAFKA, storage: S3 }),
  () => ({ peers: peers(5), storage: pool(names(1, 3)), queue: PULSAR }),
  () => ({ peers: peers(7), storage: pool(names(1, 3)), queue: PULSAR, guests: names(4, 7) }),
  (of) => ({ peers: peers(5), storage: pool(names(1, 3)), queue: own(of), guests: names(4, 5) }),
  // Those that come and go are among the first, too, which etcd's members are.
  () => ({ peers: peers(8), storage: S3, queue: KAFKA, guests: ["peer-1", "peer-3", "peer-6", "peer-8"] }),
  () => ({
    peers: peers(4).map((p, i) => (i === 3 ? { ...p, roles: ["query" as const] } : p)),
    ...{ storage: pool(names(1, 3)), queue: KAFKA },
  }),
  (of) => ({
    ...{
      peers: peers(7),
      pools: [1, 4, 6].map((n) => ({ peers: names(n, n === 1 ? 3 : n + 1), drivesPerPeer: 4 })),
    },
    ...{ queue: own(of), guests: names(4, 7) },
  }),
  (of) => ({
    ...{ mode: "standalone", peers: peers(1), storage: pool(["peer-1"]) },
    queue: of.name === "2.6" ? { embedded: "woodpecker" } : { embedded: "rocksmq" },
  }),
];
