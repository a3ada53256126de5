import { failedOver } from "../../../lib/plan/moved";
import { planChange } from "../../../lib/plan/change";
import { renderPeer } from "../../../lib/render";
import { masked } from "../../../lib/spec/secrets";
import { spec } from "../spec/fixture";
import { change, titles, warned, work, type Overrides } from "./change-support";

const FAILOVER = { host: "peer-3", afterSeconds: 600 };
const on = (host: string, more: object = {}): Overrides => ({
  queue: { pulsarSingleton: { host, ...more } },
});
const PLAIN = on("peer-2");
const GUARDED = on("peer-2", { failover: FAILOVER });
const OVER = on("peer-3", { lostHost: "peer-2" });
const refusals = (before: Overrides, after: Overrides): string[] =>
  planChange(spec(before), spec(after)).refusals.map(({ path, message }) => `${path}: ${message}`);

test("Pulsar that may begin elsewhere is started by its daemon alone, and its image is there beforehand", () => {
  const found = change(PLAIN, GUARDED);
  expect(work(found)).toEqual(["pull on peer-3", "restart pulsar on peer-2"]);
  const compose = (of: Overrides): string => renderPeer(spec(of), "peer-2", masked(spec(of)))[0]!.content;
  const restarts = (text: string): string[] => text.match(/restart: .*/g)!;
  expect(restarts(compose(PLAIN)).filter((line) => line.includes("no"))).toEqual([]);
  expect(restarts(compose(GUARDED)).filter((line) => line.includes("no"))).toHaveLength(1);
});

test("what the cluster goes to by itself has no second failover, and is what a person would write", () => {
  expect(failedOver(spec(GUARDED))).toEqual(spec(OVER));
  expect(failedOver(spec(PLAIN))).toBeUndefined();
});

test("the host that is gone keeps its place, and nothing is asked of it", () => {
  const found = change(GUARDED, OVER);
  expect(work(found)).toEqual([
    "begin pulsar on peer-1,peer-3",
    expect.stringMatching(/^write on peer-1(,peer-3)?$/),
  ]);
  expect(titles(found)[0]).toBe(
    "see that every peer but peer-2 and component is healthy, and that reads and writes work",
  );
  expect(found.steps.flatMap(({ kind, peers }) => (kind === "commit" ? [] : peers))).not.toContain("peer-2");
  expect(warned(found).join()).toContain("what Pulsar held on peer-2 (198.18.0.12) is given up");
  expect(work(change(GUARDED, OVER, OVER))).toContain("begin pulsar on peer-1,peer-3");
});

test("without it a host that keeps its place is not given up, nor is more changed while it is away", () => {
  expect(refusals(PLAIN, OVER)).toEqual([expect.stringContaining("cannot give up peer-2 and keep its VM")]);
  expect(refusals(GUARDED, { ...OVER, version: "v2.3.4" })).toEqual([
    expect.stringContaining("cannot begin Pulsar on peer-3 and change more while peer-2 is away"),
  ]);
});

test("once over, Pulsar goes back by a move, with all that it holds", () => {
  expect(work(change(OVER, GUARDED))).toContain("move pulsar on peer-1,peer-2,peer-3");
});
