import { names, peers, pool } from "../spec/fixture";
import { change, of, WARMER, type Overrides } from "./change-support";

/** Steps that putting the old values back does not undo, with what that does not bring back. */
function lasting(before: Overrides, after: Overrides): [step: string, what: string][] {
  return change(before, after).steps.flatMap(({ name, irreversible }) =>
    irreversible === undefined ? [] : [[name, irreversible]],
  );
}

const twoPools: Overrides = {
  peers: peers(5),
  storage: { pools: [...pool(names(1, 3)).pools!, ...pool(names(4, 5)).pools!] },
};

test.each<[what: string, before: Overrides, after: Overrides]>([
  ["a setting", {}, WARMER],
  ["another patch of Milvus", { version: "v2.3.4" }, { version: "v2.3.5" }],
  ["a peer more", of(3), of(4)],
  ["a pool more", { ...twoPools, storage: pool(names(1, 3)) }, twoPools],
])("%s is undone by putting the old value back", (_, before, after) => {
  expect(lasting(before, after)).toEqual([]);
});

test("a member of etcd that has left comes back only as a new one", () => {
  expect(lasting(of(4), of(3))).toEqual([
    ["leaveEtcd peer-4", expect.stringMatching(/^the member at [\d.]+: it can join as a new one/)],
  ]);
});

test("secrets that were exchanged are not given out again", () => {
  expect(lasting({}, { secretsGeneration: 2 })).toEqual([
    ["revoke", expect.stringMatching(/^the old secrets/)],
  ]);
});

test("a pool that is emptied is not what it was", () => {
  const [step] = lasting(twoPools, { ...twoPools, storage: pool(names(1, 3)) });
  expect(step).toEqual([
    "empty pool 2",
    expect.stringMatching(/nothing new in a pool whose emptying has begun/),
  ]);
});

test("what a lost Pulsar alone held is lost", () => {
  const on = (host: string, lostHost?: string): Overrides => ({
    queue: { pulsarSingleton: { host, lostHost } },
  });
  const exchanged = peers(3).map((p) => (p.name === "peer-2" ? { ...p, address: "198.18.0.99" } : p));
  const [begin] = lasting(on("peer-2"), { ...on("peer-3", "peer-2"), peers: exchanged });
  expect(begin).toEqual(["begin pulsar", "what was acknowledged, and was in the Pulsar of peer-2 alone"]);
});
