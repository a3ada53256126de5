import { backupOf, planChange, type Change, type ChangeStep } from "../../../lib/plan/change";
import { fingerprints, peerServices } from "../../../lib/render";
import { etcdPeers } from "../../../lib/spec/etcd";
import { peerOf } from "../../../lib/spec/host";
import { minioPeers, poolsOf } from "../../../lib/spec/pool";
import type { ClusterSpec, PeerSpec, PoolSpec } from "../../../lib/spec/spec";
import { Random } from "../daemon/fuzz/random";
import { Model } from "./model";
import { RandomCluster } from "./random-specs";

jest.setTimeout(120_000);

const SEED = Number(process.env.PLAN_SEED ?? 20_260_101);
const PAIRS = 30;

interface Pair {
  readonly seed: number;
  readonly from: ClusterSpec;
  readonly to: ClusterSpec;
  /** Where a change was to lead that has stopped somewhere. */
  readonly unfinished: ClusterSpec | undefined;
  readonly change: Change;
}

function drawn(seed: number): Pair {
  const random = new Random(seed);
  const cluster = new RandomCluster(random);
  const [from, other] = [cluster.spec(), cluster.spec()];
  const unfinished = random.chance(1 / 2) ? cluster.spec() : undefined;
  // A change that has not ended is rolled back, or goes on.
  const to = unfinished ? random.pick([from, unfinished]) : other;
  return { seed, from, to, unfinished, change: planChange(from, to, unfinished) };
}

let pairs: Pair[];
beforeAll(() => {
  pairs = Array.from({ length: PAIRS }, (_, i) => drawn(SEED + i));
});

/** Holds for every pair; the seed of one for which it does not is told. */
function forAll(property: (pair: Pair, steps: readonly ChangeStep[]) => void): void {
  for (const pair of pairs) {
    try {
      property(pair, pair.change.steps);
    } catch (error) {
      throw new Error(`PLAN_SEED=${pair.seed}: ${(error as Error).message}`, { cause: error });
    }
  }
}

const isRestart = ({ kind }: ChangeStep): boolean => kind === "restart" || kind === "restartTogether";
const peerIn = (spec: ClusterSpec, name: string): PeerSpec | undefined =>
  spec.peers.find((peer) => peer.name === name);
const fingerprint = (spec: ClusterSpec, peer: string, service: string): string | undefined => {
  const found = peerIn(spec, peer);
  return found && fingerprints(spec, found)[service];
};
const imagesOn = (spec: ClusterSpec, peer: string): string[] => {
  const found = peerIn(spec, peer);
  return found ? Object.values(peerServices(spec, found)).map(({ image }) => image) : [];
};
const membersOf = (spec: ClusterSpec): string[] => etcdPeers(spec).map(({ name }) => name);
const startsOf = ({ from, unfinished }: Pair): ClusterSpec[] => (unfinished ? [from, unfinished] : [from]);

test("what only touches what may be touched is never refused", () => {
  forAll(({ change }) => expect(change.refusals).toEqual([]));
});

test("the steps lead to what is wanted, also from where an earlier change has stopped", () => {
  forAll(({ seed, from, to, unfinished }, steps) => {
    const model = Model.of(from);
    if (unfinished) {
      const before = planChange(from, unfinished).steps;
      model.stopped(unfinished, before, Math.floor(new Random(seed).next() * (before.length + 1)));
    }
    for (const step of steps) model.apply(step, to);
    expect(model.state).toEqual(Model.of(to).state);
  });
});

test("no step restarts what need not be, none twice, and each says why", () => {
  forAll((pair, steps) => {
    const restarted = steps.filter(isRestart).flatMap(({ peers, service, why }) => {
      expect(why).not.toEqual([]);
      return peers.map((peer) => [peer, service!] as const);
    });
    expect(new Set(restarted.map(String)).size).toBe(restarted.length);
    const needless = restarted.filter(([peer, service]) =>
      startsOf(pair).every((s) => fingerprint(s, peer, service) === fingerprint(pair.to, peer, service)),
    );
    expect(needless).toEqual([]);
  });
});

test("etcd's members come and go one by one, first all that come, and end up as the spec wants them", () => {
  forAll((pair, steps) => {
    const members = new Set(
      startsOf(pair)
        .flatMap(membersOf)
        .filter((name) => !joins(steps, name)),
    );
    const staying = membersOf(pair.from).filter((name) => members.has(name) && !leaves(steps, name));
    for (const { kind, peers } of steps.filter((s) => s.kind === "joinEtcd" || s.kind === "leaveEtcd")) {
      expect(peers).toHaveLength(1);
      if (kind === "joinEtcd") members.add(peers[0]!);
      else expect(members.delete(peers[0]!)).toBe(true);
      if (staying.length <= membersOf(pair.from).length / 2) continue;
      const kept = [...members].filter((name) => !leaves(steps, name)).length;
      expect(kept).toBeGreaterThan(members.size / 2);
    }
    expect([...members].sort()).toEqual(membersOf(pair.to).sort());
  });
});

const joins = (steps: readonly ChangeStep[], peer: string): boolean =>
  steps.some(({ name }) => name === `joinEtcd ${peer}`);
const leaves = (steps: readonly ChangeStep[], peer: string): boolean =>
  steps.some(({ name }) => name === `leaveEtcd ${peer}`);

test("peers come before they are led to, and go after it", () => {
  forAll(({ from, to, unfinished }, steps) => {
    const kinds = steps.map(({ kind }) => kind);
    const order = [
      "check",
      "emptyPool",
      "admit",
      "pull",
      "backup",
      "joinEtcd",
      "restart",
      "start",
      "write",
      "heal",
      "keepPool",
      "stop",
      "leaveEtcd",
      "dismiss",
    ];
    const ranks = kinds.map((kind) => order.indexOf(kind === "restartTogether" ? "restart" : kind));
    const inside = ranks.filter((rank) => rank >= 0);
    expect(inside).toEqual([...inside].sort((a, b) => a - b));
    const gone = [from, unfinished].flatMap((s) => s?.peers ?? []).filter(({ name }) => !peerIn(to, name));
    const dismissed = steps.filter(({ kind }) => kind === "dismiss").flatMap(({ peers }) => peers);
    expect(new Set(dismissed)).toEqual(new Set(gone.map(({ name }) => name)));
  });
});

test("etcd's members restart one at a time, MinIO's nodes all together", () => {
  forAll(({ to }, steps) => {
    for (const { kind, service, peers } of steps.filter(isRestart)) {
      if (service !== "minio") expect([service, kind]).toEqual([service, "restart"]);
      else expect([kind, peers]).toEqual(["restartTogether", minioPeers(to).map(({ name }) => name)]);
    }
  });
});

test("no pool goes before it is empty, and none that MinIO runs with loses a node", () => {
  forAll((pair, steps) => {
    for (const start of startsOf(pair)) {
      const emptied = new Set<string>();
      let running = poolsOf(start).map(keyOf);
      for (const step of steps) {
        if (step.kind === "emptyPool") emptied.add(step.peers.join());
        if (step.kind === "restartTogether") {
          // What has never been in force goes with a warning.
          const full = poolsOf(pair.from).map(keyOf);
          const gone = running.filter((pool) => !poolsOf(pair.to).map(keyOf).includes(pool));
          expect(gone.filter((pool) => full.includes(pool) && !emptied.has(pool))).toEqual([]);
          running = poolsOf(pair.to).map(keyOf);
        }
        const stopped = step.services?.includes("minio") && step.kind === "stop" ? step.peers : [];
        const left = step.kind === "dismiss" ? step.peers : [];
        const hit = [...stopped, ...left].filter((name) => running.join().split(",").includes(name));
        expect(hit).toEqual([]);
      }
    }
  });
});

const keyOf = ({ peers }: PoolSpec): string => peers.join();

test("what is not on a host yet is pulled there before anything is touched", () => {
  forAll((pair, steps) => {
    const first = steps.findIndex(
      (step) => isRestart(step) || step.kind === "joinEtcd" || step.kind === "write",
    );
    const pulled = steps.slice(0, Math.max(first, 0)).find(({ kind }) => kind === "pull")?.peers ?? [];
    for (const { peers, service, services = [service!] } of steps.filter(
      (s) => isRestart(s) || s.kind === "start",
    )) {
      for (const peer of peers) {
        const had = startsOf(pair).flatMap((spec) => imagesOn(spec, peer));
        const wanted = services.map((s) => peerServices(pair.to, peerOf(pair.to, peer))[s]!.image);
        if (!wanted.every((image) => had.includes(image))) expect(pulled).toContain(peer);
      }
    }
  });
});

test("Pulsar moves in one step, before anything of Milvus, and neither starts nor stops in another one", () => {
  forAll((pair, steps) => {
    const hosts = [...startsOf(pair), pair.to].map(({ queue }) =>
      queue.kind === "pulsarSingleton" ? queue.host : undefined,
    );
    const moves = steps.filter(({ kind }) => kind === "movePulsar");
    expect(moves).toHaveLength(new Set(hosts).size > 1 ? 1 : 0);
    if (moves.length === 0) return;
    const others = steps.filter((s) => s !== moves[0]);
    expect(others.filter((s) => s.service === "pulsar" || s.services?.includes("pulsar"))).toEqual([]);
    expect(others.slice(0, steps.indexOf(moves[0]!)).filter(isRestart)).toEqual([]);
  });
});

test("the backup that a change makes is told without the rest of it", () => {
  forAll(({ from, to, unfinished }, steps) =>
    expect(backupOf(from, to, unfinished)).toEqual(steps.find(({ kind }) => kind === "backup")),
  );
});

test("the cluster is looked at first, tried last, and the record is the end", () => {
  forAll((_, steps) => {
    const kinds = steps.map(({ kind }) => kind);
    if (kinds.length > 1) expect([kinds[0], ...kinds.slice(-2)]).toEqual(["check", "verify", "commit"]);
    else expect([[], ["commit"]]).toContainEqual(kinds);
    expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
  });
});

test("equal specs need nothing, and the same pair needs the same, whatever the order of keys", () => {
  forAll(({ from, to, unfinished }, steps) => {
    expect(planChange(to, reversed(to)).steps).toEqual([]);
    expect(planChange(reversed(from), reversed(to), unfinished && reversed(unfinished)).steps).toEqual(steps);
  });
});

/** The same value with the keys of its objects in reverse. */
function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, member]) => [key, reversed(member as unknown)])) as T;
}
