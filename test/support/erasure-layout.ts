import { hasMinio, type MinioSpec } from "../../lib/daemon/minio/pool";
import { compileSpec } from "../../lib/spec/compile";
import { DEFAULT_DATA_ROOT } from "../../lib/spec/paths";
import { poolFacts, type PoolFacts } from "../../lib/spec/storage-facts";
import { peerName } from "./minio-fleet";

/** Pools of so many peers with so many drives each; the first pool is on the first peers. */
export interface Layout {
  readonly pools: readonly (readonly [peers: number, drives: number])[];
  readonly parity?: number;
}

/** Numbers of the VMs that stand still at once. */
export type Outage = readonly number[];

/** What a client gets: "works", "no answer", or MinIO's code of a refusal. */
export const WORKS = "works";
export const NO_ANSWER = "no answer";
/** Of several pools, the lost one's objects alone fail: how many of a trial's these are is chance. */
const NOT_ALL = "not all work";
const UNREADABLE = "SlowDownRead";
const UNWRITABLE = "SlowDownWrite";

/** What is to be seen, or was, while some peers of a layout stand still. */
export interface Seen {
  readonly down: Outage;
  /** MinIO's own verdicts. */
  readonly healthyForReads: boolean;
  readonly healthyForWrites: boolean;
  /** Of objects that are older than the outage. */
  readonly reads: string;
  /** Of objects that are new. */
  readonly writes: string;
}

/** E.g. "3x4", "3x4-2x4", "3x4-ec2". */
export function titleOf({ pools, parity }: Layout): string {
  const sizes = pools.map(([peers, drives]) => `${peers}x${drives}`);
  return [...sizes, ...(parity === undefined ? [] : [`ec${parity}`])].join("-");
}

/** A cluster of that layout; `number` counts those that run side by side on the same VMs and decides about their ports. */
export function specOf(
  layout: Layout,
  number: number,
  at: { readonly addresses: readonly string[]; readonly registry: string },
): MinioSpec {
  const name = `erasure-${titleOf(layout)}`;
  const minio = 10_000 + 10 * number;
  const pools = poolsOf(layout);
  const peers = pools.flatMap((p) => p.peers).map((peer, i) => ({ name: peer, address: at.addresses[i]! }));
  const { spec, problems } = compileSpec({
    ...{ name, peers, version: "v2.3.5", registry: at.registry },
    storage: { pools, parity: layout.parity },
    queue: { pulsarSingleton: { host: peerName(1) } },
    ports: { minio, minioConsole: minio + 1, minioLocal: minio + 2 },
    dataRoot: `${DEFAULT_DATA_ROOT}/${name}`,
  });
  if (!spec || !hasMinio(spec)) throw new Error(`${name}: ${JSON.stringify(problems)}`);
  return spec;
}

function poolsOf({ pools }: Layout): { peers: string[]; drivesPerPeer: number }[] {
  let used = 0;
  return pools.map(([count, drivesPerPeer]) => {
    const peers = Array.from({ length: count }, () => peerName(++used));
    return { peers, drivesPerPeer };
  });
}

/** Each number of lost peers up to one more than is survived; of several pools, each peer by itself. */
export function outagesOf(spec: MinioSpec): Outage[] {
  const vms = spec.peers.map((_, i) => i + 1);
  const [first, ...others] = poolFacts(spec, spec.storage);
  if (others.length > 0) return vms.map((vm) => [vm]);
  const survived = Math.max(first!.hostsLostForReads, first!.hostsLostForWrites);
  return vms.slice(0, Math.min(survived + 1, vms.length - 1)).map((vm) => vms.slice(0, vm));
}

/** What the erasure maths says will be seen. */
export function predict(spec: MinioSpec, down: Outage): Seen {
  const away = down.map(peerName);
  const hits = poolFacts(spec, spec.storage).map((facts) => ({
    facts,
    lost: facts.pool.peers.filter((peer) => away.includes(peer)).length,
  }));
  return {
    down,
    healthyForReads: hits.every(({ facts, lost }) => lost <= facts.hostsLostForReads),
    healthyForWrites: hits.every(({ facts, lost }) => lost <= facts.hostsLostForWrites),
    reads: overall(spec, worst(hits.map(({ facts, lost }) => readsOf(facts, lost)))),
    writes: overall(spec, worst(hits.map(({ facts, lost }) => writesOf(facts, lost)))),
  };
}

/** What is said of an outcome that the objects of a layout have in common, or do not. */
export function overall({ storage }: MinioSpec, outcome: string): string {
  return storage.pools.length === 1 || outcome === WORKS ? outcome : NOT_ALL;
}

const worst = (outcomes: readonly string[]): string => outcomes.find((o) => o !== WORKS) ?? WORKS;

/** Who asks for a lock that half of the nodes cannot give waits for minutes. */
function cannotLock({ pool: { peers } }: PoolFacts, lost: number): boolean {
  return peers.length - lost < peers.length / 2;
}

function readsOf(facts: PoolFacts, lost: number): string {
  if (lost <= facts.hostsLostForReads) return WORKS;
  return cannotLock(facts, lost) ? NO_ANSWER : UNREADABLE;
}

/**
 * MinIO gives a new object one drive of parity more for each that it knows to be offline, up to half of the set: so it may take
 * new objects where it is not healthy for writes any more. It first looks, as a reader, whether the object is there.
 */
function writesOf(facts: PoolFacts, lost: number): string {
  if (lost <= facts.hostsLostForWrites) return WORKS;
  if (cannotLock(facts, lost)) return NO_ANSWER;
  const offline = lost * Math.ceil(facts.setSize / facts.pool.peers.length);
  return 2 * offline < facts.setSize ? WORKS : UNWRITABLE;
}
