import { planChange } from "../../../lib/plan/change";
import { peers, spec } from "../spec/fixture";
import { change, of, titles, warned, work, type Overrides } from "./change-support";

const on = (host: string, more: Overrides = {}): Overrides => ({
  queue: { pulsarSingleton: { host } },
  ...more,
});
const refusals = (before: Overrides, after: Overrides): string[] =>
  planChange(spec(before), spec(after)).refusals.map(({ path, message }) => `${path}: ${message}`);
const MOVE = "move pulsar on peer-1,peer-2,peer-3";

test("Pulsar moves with all that it holds; the image is there first, and none of Milvus' roles starts anew", () => {
  const found = change(on("peer-2"), on("peer-3"));
  expect(work(found)).toEqual(["pull on peer-3", MOVE]);
  expect(titles(found)).toContain(
    "move Pulsar from peer-2 to peer-3: stop it, copy all that it holds, start it there, and have nginx of every peer lead to it",
  );
  expect(found.steps.find(({ kind }) => kind === "movePulsar")!.why).toEqual([
    "queue.pulsarSingleton.host: peer-2 → peer-3",
  ]);
});

test("the plan warns of the gap, and says that nothing acknowledged is lost", () => {
  expect(warned(change(on("peer-2"), on("peer-3")))).toEqual([
    expect.stringMatching(
      /^warning : while "move Pulsar from peer-2 to peer-3: .*" runs, writes stop: no write is accepted, and reads that are not eventually consistent wait, while its data is copied .*; nothing that was acknowledged is lost$/,
    ),
  ]);
});

test("other settings of Pulsar come with the move, others after it", () => {
  const queue = { pulsarSingleton: { host: "peer-3", heapMb: 1024 } };
  expect(work(change(on("peer-2"), { queue, loadBalancing: "spread", sessionTtlSeconds: 20 }))).toEqual([
    "pull on peer-3",
    MOVE,
    ...["coord", "indexnode", "querynode", "datanode", "proxy"].map(
      (role) => `restart ${role} on peer-1,peer-2,peer-3`,
    ),
  ]);
});

test("a move that has stopped half-way is gone back by a move from where it may be by now", () => {
  const back = change(on("peer-2"), on("peer-2"), on("peer-3"));
  expect(work(back)).toEqual([MOVE]);
  expect(titles(back)).toContainEqual(expect.stringMatching(/^move Pulsar from peer-3 to peer-2: /));
  const forth = change(on("peer-2"), on("peer-3"), on("peer-3"));
  expect(titles(forth)).toContainEqual(expect.stringMatching(/^move Pulsar from peer-2 to peer-3: /));
});

test("with a firewall, its owner is told to open the new host's ports first", () => {
  const firewall = { security: { firewall: { clients: ["10.0.0.0/8"], operators: [] } } };
  expect(warned(change(on("peer-2", firewall), on("peer-3", firewall)))).toContain(
    "warning queue.pulsarSingleton.host: before the apply, open ports 6650 and 8080 of peer-3 to the other peers: the ruleset that is loaded there has them closed",
  );
});

describe("is refused", () => {
  test("to a peer that joins in the same change, or off one that leaves in it", () => {
    const says = (from: string, to: string, why: string): string =>
      `queue.pulsarSingleton.host: cannot move Pulsar from ${from} to ${to} while peers come or go: ${why}; put the old value back`;
    expect(refusals({ ...of(3), ...on("peer-2") }, { ...of(4), ...on("peer-4") })).toEqual([
      says("peer-2", "peer-4", "these are two changes, one after the other"),
    ]);
    expect(refusals({ ...of(4), ...on("peer-4") }, { ...of(3), ...on("peer-2") })).toEqual([
      says(
        "peer-4",
        "peer-2",
        "what it holds is on peer-4 alone, so it moves first; if that VM is lost for good with its disk, " +
          'queue.pulsarSingleton.lostHost: "peer-4" says so, and gives it up',
      ),
    ]);
  });

  test("off a VM that is exchanged: what Pulsar holds is gone with it", () => {
    const exchanged = peers(3).map((p) => (p.name === "peer-2" ? { ...p, address: "198.18.0.99" } : p));
    expect(refusals(on("peer-2"), on("peer-3", { peers: exchanged }))).toContainEqual(
      expect.stringContaining("cannot exchange the VM of peer-2: what Pulsar holds is on it alone"),
    );
  });

  test("where its data has a directory of its own", () => {
    const dataDirs = { pulsar: "/fast/pulsar" };
    expect(refusals(on("peer-2", { dataDirs }), on("peer-3", { dataDirs }))).toEqual([
      "queue.pulsarSingleton.host: cannot move Pulsar from peer-2 to peer-3: dataDirs.pulsar is made ready on its host alone; " +
        "moving it comes with a later release; put the old value back",
    ]);
  });
});
