import { Belonging } from "../../../lib/daemon/belonging";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { soon } from "./jobs-support";
import { identityOf, specOf } from "./support";

const spec = specOf("/data");
const without = (name: string): ClusterSpec => ({
  ...spec,
  peers: spec.peers.filter((p) => p.name !== name),
});
const moved = {
  ...spec,
  peers: spec.peers.map((p) => (p.name === "peer-3" ? { ...p, address: "198.18.0.99" } : p)),
};

/** peer-3, which goes by generation 2; the others answer by name, or not at all. */
function peer3(
  answers: Record<string, { spec: ClusterSpec; generation: number }>,
  onLost: (generation: number) => void = () => undefined,
): Belonging {
  return new Belonging({
    identity: identityOf("/data", "peer-3"),
    own: () => ({ spec, generation: 2 }),
    ask: async ({ name }) => answers[name] ?? Promise.reject(new Error("no answer")),
    onLost,
    everyMs: 1,
  });
}

test.each([
  ["it has been let go", { "peer-1": { spec: without("peer-3"), generation: 3 } }, 3],
  ["another VM has its place", { "peer-1": { spec: moved, generation: 4 } }, 4],
  ["the first of the others is away, too", { "peer-2": { spec: without("peer-3"), generation: 3 } }, 3],
  ["the cluster has changed and kept it", { "peer-1": { spec, generation: 3 } }, undefined],
  ["the other one is behind", { "peer-1": { spec: without("peer-3"), generation: 1 } }, undefined],
  ["nobody answers", {}, undefined],
])("a peer that returns: %s", async (_, answers, expected) => {
  expect(await peer3(answers as Record<string, { spec: ClusterSpec; generation: number }>).lostAt()).toBe(
    expected,
  );
});

test.each([
  ["is under way", { spec: without("peer-3"), generation: 3, unfinished: { job: "j", spec } }, undefined],
  ["was undone", { spec: without("peer-3"), generation: 3 }, 3],
  ["is done", { spec, generation: 4 }, undefined],
])("a peer that returns before it knows that it is a member: its join %s", async (_, answer, expected) => {
  const belonging = new Belonging({
    ...{ identity: identityOf("/data", "peer-3"), own: () => ({ spec, generation: 0 }) },
    ...{ ask: async () => answer, onLost: () => undefined },
  });
  expect(await belonging.lostAt()).toBe(expected);
});

test("it is told once, and nobody is asked any more", async () => {
  const told: number[] = [];
  const belonging = peer3({ "peer-1": { spec: without("peer-3"), generation: 3 } }, (n) => told.push(n));
  belonging.start();
  await soon("it is told", () => told.length > 0);
  await belonging.stop();
  expect(told).toEqual([3]);
});
