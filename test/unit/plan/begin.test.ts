import { planChange } from "../../../lib/plan/change";
import type { ClusterSpecInput } from "../../../lib/spec/spec";
import { peers, spec } from "../spec/fixture";
import { change, of, titles, warned, work, type Overrides } from "./change-support";

type Singleton = NonNullable<NonNullable<ClusterSpecInput["queue"]>["pulsarSingleton"]>;

const on = (host: string, more: Partial<Singleton> = {}): Overrides => ({
  queue: { pulsarSingleton: { host, ...more } },
});
/** Another VM has the place of peer-2, at another address. */
const exchanged: Overrides = {
  peers: peers(3).map((p) => (p.name === "peer-2" ? { ...p, address: "198.18.0.99" } : p)),
};
const BEFORE = on("peer-2");
const GIVEN_UP: Overrides = { ...on("peer-3", { lostHost: "peer-2" }), ...exchanged };
const BEGIN = "begin pulsar on peer-1,peer-3";
const refusals = (before: Overrides, after: Overrides, unfinished?: Overrides): string[] =>
  planChange(spec(before), spec(after), unfinished && spec(unfinished)).refusals.map(
    ({ path, message }) => `${path}: ${message}`,
  );

test("Pulsar begins empty, and Milvus serves again, before any peer comes or goes", () => {
  const found = change(BEFORE, GIVEN_UP);
  const done = work(found);
  expect(done.slice(0, 3)).toEqual(["admit peer-2 on peer-2", expect.stringMatching(/^pull on /), BEGIN]);
  expect(done).toContain("leaveEtcd peer-2 on peer-2");
  expect(done.filter((line) => /^(move|restart) pulsar/.test(line))).toEqual([]);
  const begin = found.steps.find(({ kind }) => kind === "beginPulsar")!;
  expect(begin.title).toBe(
    "begin Pulsar empty on peer-3, in place of the lost peer-2 (198.18.0.12): stop Milvus' roles, " +
      "set their positions to its beginning, start it there, and start them again",
  );
  expect(begin.why).toEqual([
    "queue.pulsarSingleton.host: peer-2 → peer-3",
    'queue.pulsarSingleton.lostHost: "peer-2"',
  ]);
});

test("the plan says what is lost, and what stops", () => {
  const said = warned(change(BEFORE, GIVEN_UP));
  expect(said).toContainEqual(
    "warning queue.pulsarSingleton.lostHost: what Pulsar held on peer-2 (198.18.0.12) is given up: inserts, upserts and deletes " +
      "that were acknowledged and are not yet flushed to the object store are lost; rows that are flushed stay. " +
      "Do so only if that VM is off for good",
  );
  expect(said).toContainEqual(
    expect.stringMatching(/^warning : while "begin Pulsar empty .* reads and writes stop: /),
  );
});

test("a host that is no part of the pool may leave for good", () => {
  const found = change({ ...of(4), ...on("peer-4") }, { ...of(3), ...on("peer-2", { lostHost: "peer-4" }) });
  expect(work(found)).toContain("begin pulsar on peer-1,peer-2,peer-3");
  expect(work(found)).toContain("dismiss peer-4 on peer-4");
});

test("the word says nothing where its peer is not the host in force, so it may stay", () => {
  const after = { ...on("peer-3", { lostHost: "peer-2" }), ...exchanged };
  const later = { ...on("peer-1", { lostHost: "peer-2" }), ...exchanged };
  expect(change(after, after).steps).toEqual([]);
  expect(work(change(after, later))).toContain("move pulsar on peer-1,peer-2,peer-3");
  expect(warned(change(after, later)).join()).not.toContain("given up");
  expect(titles(change(after, { ...on("peer-3"), ...exchanged }))).toEqual([
    "record the new spec as the one in force",
  ]);
});

test("one that has stopped half-way goes on with the same step", () => {
  expect(work(change(BEFORE, GIVEN_UP, GIVEN_UP))).toContain(BEGIN);
});

test("a move whose old host dies half-way is ended by giving it up", () => {
  expect(work(change(BEFORE, GIVEN_UP, on("peer-3")))).toContain(BEGIN);
  expect(refusals(BEFORE, { ...GIVEN_UP, ...on("peer-1", { lostHost: "peer-2" }) }, on("peer-3"))).toEqual([
    expect.stringContaining("an earlier change has stopped half-way"),
  ]);
});

test("other settings of Pulsar come with it, and another image of it after it", () => {
  const images = { pulsar: "apachepulsar/pulsar:2.9.9" };
  expect(work(change(BEFORE, { ...GIVEN_UP, images }))).toContain("restart pulsar on peer-3");
  const queue = { pulsarSingleton: { host: "peer-3", lostHost: "peer-2", heapMb: 1024 } };
  expect(work(change(BEFORE, { ...GIVEN_UP, queue })).join()).not.toContain("restart pulsar");
});

describe("is refused", () => {
  test("without the word, which the message names", () => {
    expect(refusals(BEFORE, { ...on("peer-3"), ...exchanged })).toEqual([
      "peers[1].address: cannot exchange the VM of peer-2: what Pulsar holds is on it alone; if it is lost for good with its disk, " +
        'name another host in the same change, and say queue.pulsarSingleton.lostHost: "peer-2"; put the old value back',
      "queue.pulsarSingleton.host: cannot move Pulsar from peer-2 to peer-3 while peers come or go: what it holds is on peer-2 alone, " +
        'so it moves first; if that VM is lost for good with its disk, queue.pulsarSingleton.lostHost: "peer-2" says so, and gives it up; ' +
        "put the old value back",
    ]);
  });

  test("where the lost VM keeps its place, and could come back", () => {
    expect(refusals(BEFORE, on("peer-3", { lostHost: "peer-2" }))).toEqual([
      expect.stringMatching(
        /^queue\.pulsarSingleton\.lostHost: cannot give up peer-2 and keep its VM: it could come back/,
      ),
    ]);
  });

  test("on a peer that comes in the same change, and where its data has a directory of its own", () => {
    const four = { ...of(4), peers: [...exchanged.peers!, peers(4)[3]!] };
    expect(refusals(BEFORE, { ...four, ...on("peer-4", { lostHost: "peer-2" }) })).toEqual([
      expect.stringContaining(
        "cannot begin Pulsar on peer-4: Milvus must serve again before other peers come",
      ),
    ]);
    const dataDirs = { pulsar: "/fast/pulsar" };
    expect(refusals({ ...BEFORE, dataDirs }, { ...GIVEN_UP, dataDirs })).toEqual([
      expect.stringContaining(
        "cannot begin Pulsar on peer-3: dataDirs.pulsar is made ready on its host alone",
      ),
    ]);
  });
});
