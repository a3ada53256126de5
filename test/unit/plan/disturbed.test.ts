/** Changes of a cluster that is not as its spec has it: VMs are gone, and others take their places, or somebody has changed peers by hand. */
import { planChange, type ChangeStep, type Drift } from "../../../lib/plan/change";
import { peerServices } from "../../../lib/render";
import { etcdPeers } from "../../../lib/spec/etcd";
import { peerOf } from "../../../lib/spec/host";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { Random } from "../daemon/fuzz/random";
import { Model } from "./model";
import { RandomCluster } from "./random-specs";

jest.setTimeout(120_000);

const SEED = Number(process.env.PLAN_SEED ?? 20_261_128);
const DRAWS = 20;

/** Holds for every draw; the seed of one for which it does not is told. */
function forAll(property: (random: Random) => void): void {
  for (let seed = SEED; seed < SEED + DRAWS; seed++) {
    try {
      property(new Random(seed));
    } catch (error) {
      throw new Error(`PLAN_SEED=${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** The same with another VM in the place of a peer: at another address, or set up anew at its own. */
function exchanged(spec: ClusterSpec, name: string, random: Random): ClusterSpec {
  const other = random.pick([{ address: "198.18.9.9" }, { instance: "0a1b2c3d" }]);
  return { ...spec, peers: spec.peers.map((peer) => (peer.name === name ? { ...peer, ...other } : peer)) };
}

describe("a VM that is lost", () => {
  interface Exchange {
    readonly lost: string;
    readonly from: ClusterSpec;
    readonly steps: readonly ChangeStep[];
    readonly to: ClusterSpec;
  }

  /** Draws that are refused tell nothing; most must not be. */
  function forExchanges(property: (exchange: Exchange) => void): void {
    let planned = 0;
    forAll((random) => {
      const cluster = new RandomCluster(random);
      const from = cluster.spec();
      const next = random.chance(1 / 2) ? from : cluster.spec();
      const both = from.peers.filter(({ name }) => next.peers.some((peer) => peer.name === name));
      const lost = random.pick(both).name;
      const to = exchanged(next, lost, random);
      const { steps, refusals } = planChange(from, to);
      if (refusals.length > 0) return;
      planned += 1;
      property({ lost, from, steps, to });
    });
    expect(planned).toBeGreaterThan(DRAWS / 3);
  }

  test("has its place taken without a step on it: what comes there begins empty, and ends up as wanted", () => {
    forExchanges(({ lost, from, steps, to }) => {
      const model = Model.of(from);
      model.lose(lost);
      for (const step of steps) model.apply(step, to);
      expect(model.state).toEqual(Model.of(to).state);
    });
  });

  test("counts for etcd's quorum until it is taken out, which comes before any other member comes or goes", () => {
    forExchanges(({ lost, from, steps, to }) => {
      let members = etcdPeers(from).map(({ name }) => name);
      let dead = members.filter((name) => name === lost);
      for (const {
        kind,
        peers: [peer],
      } of steps) {
        if (kind === "leaveEtcd") {
          if (dead.length > 0) expect(peer).toBe(lost);
          members = members.filter((name) => name !== peer);
          dead = [];
        }
        if (kind === "joinEtcd") {
          expect(dead).toEqual([]);
          members = [...members, peer!];
        }
        expect(members.length - dead.length).toBeGreaterThan(members.length / 2);
      }
      expect(members.sort()).toEqual(
        etcdPeers(to)
          .map(({ name }) => name)
          .sort(),
      );
    });
  });
});

describe("what was changed by hand", () => {
  /** Some containers and files of some peers. */
  function drawn(spec: ClusterSpec, random: Random): Drift[] {
    const { state } = Model.of(spec);
    return spec.peers.flatMap(({ name: peer }) => {
      const services = Object.keys(peerServices(spec, peerOf(spec, peer)));
      const files = Object.keys(state[peer]!.files);
      const some = (kind: Drift["kind"], all: readonly string[]): Drift[] =>
        all
          .filter(() => random.chance(1 / 6))
          .map((name) => ({ peer, kind, name, expected: "one thing", found: "another" }));
      return [...some("container", services), ...some("file", files)];
    });
  }

  test("is mended along with any change, and alone where nothing else changes", () => {
    forAll((random) => {
      const cluster = new RandomCluster(random);
      const from = cluster.spec();
      const to = random.chance(1 / 2) ? from : cluster.spec();
      const drift = drawn(from, random);
      const { steps, refusals } = planChange(from, to, undefined, drift);
      expect(refusals).toEqual([]);
      const model = Model.of(from);
      for (const found of drift) model.drift(found);
      for (const step of steps) model.apply(step, to);
      expect(model.state).toEqual(Model.of(to).state);
    });
  });

  test("has nothing restarted but what is otherwise, or has read what is", () => {
    forAll((random) => {
      const spec = new RandomCluster(random).spec();
      const drift = drawn(spec, random).filter(({ kind }) => kind === "container");
      const { steps } = planChange(spec, spec, undefined, drift);
      const restarted = steps.flatMap(({ kind, service, peers }) =>
        kind === "restart" ? peers.map((peer) => `${service} on ${peer}`) : [],
      );
      const wanted = drift
        .filter(({ name }) => name !== "minio")
        .map(({ name, peer }) => `${name} on ${peer}`);
      expect(restarted.sort()).toEqual(wanted.sort());
    });
  });
});
