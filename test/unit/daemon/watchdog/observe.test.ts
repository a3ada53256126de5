import { alertLine } from "../../../../lib/daemon/alerts/alert";
import { observe, type PeerHistory } from "../../../../lib/daemon/watchdog/observe";
import { PeerWatch } from "../../../../lib/daemon/watchdog/peer-watch";

const PEERS = [1, 2, 3].map((i) => ({ node: `peer-${i}`, ip: `198.18.0.1${i}` }));

/** What one peer observes of the others, a tick of ten seconds at a time. */
function observer(self: string) {
  const peers = PEERS.filter((p) => p.node !== self);
  let history: PeerHistory = new Map();
  let nowMs = 0;
  return (up: readonly string[], leader: string | undefined, quiet = false): string[] => {
    const answered = new Set(up);
    nowMs += 10_000;
    const decision = observe(history, { nowMs, peers, answered, leader, leads: leader === self, quiet });
    history = decision.history;
    return decision.alerts.map(alertLine);
  };
}

test("the leader says once that a peer is down, and once that it is back", () => {
  const look = observer("peer-1");
  look(["peer-2", "peer-3"], "peer-1");
  const said = [1, 2, 3, 4, 5].map(() => look(["peer-2"], "peer-1"));
  const down = "PEER_DOWN_ALERT node=peer-3 ip=198.18.0.13 ticks=3 down_for=30s";
  expect(said).toEqual([[], [], [down], [], []]);
  expect(look(["peer-2", "peer-3"], "peer-1")).toEqual([
    "PEER_UP_ALERT node=peer-3 ip=198.18.0.13 was_down=60s",
  ]);
  expect(look(["peer-2", "peer-3"], "peer-1")).toEqual([]);
});

test("while the cluster is stopped nobody is told of a loss; one that lasts beyond that is told then", () => {
  const look = observer("peer-1");
  look(["peer-2", "peer-3"], "peer-1");
  expect([1, 2, 3, 4].flatMap(() => look(["peer-2"], "peer-1", true))).toEqual([]);
  expect(look(["peer-2"], "peer-1")).toEqual([
    "PEER_DOWN_ALERT node=peer-3 ip=198.18.0.13 ticks=5 down_for=50s",
  ]);
});

test("an answer that is missed twice is nothing to tell", () => {
  const look = observer("peer-1");
  const said = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((i) =>
    look(i % 3 === 0 ? ["peer-2", "peer-3"] : [], "peer-1"),
  );
  expect(said).toEqual([]);
});

test("a follower says nothing", () => {
  const look = observer("peer-2");
  look(["peer-1", "peer-3"], "peer-1");
  expect([1, 2, 3, 4, 5].flatMap(() => look(["peer-1"], "peer-1"))).toEqual([]);
  expect(look(["peer-1", "peer-3"], "peer-1")).toEqual([]);
});

test("a new leader does not repeat the alert of the one before, but tells of the return", () => {
  const look = observer("peer-2");
  look(["peer-1", "peer-3"], "peer-1");
  for (let i = 0; i < 4; i++) look(["peer-1"], "peer-1");
  expect([1, 2, 3].flatMap(() => look(["peer-1"], "peer-2"))).toEqual([]);
  expect(look(["peer-1", "peer-3"], "peer-2")).toEqual([
    "PEER_UP_ALERT node=peer-3 ip=198.18.0.13 was_down=80s",
  ]);
});

test.each([["peer-1"], [undefined]])(
  "a new leader tells of the loss of the leader before (known then: %s)",
  (known) => {
    const look = observer("peer-2");
    look(["peer-1", "peer-3"], "peer-1");
    const followed = [1, 2, 3].flatMap(() => look(["peer-3"], known));
    expect(followed).toEqual([]);
    expect([1, 2].flatMap(() => look(["peer-3"], "peer-2"))).toEqual([
      "PEER_DOWN_ALERT node=peer-1 ip=198.18.0.11 ticks=4 down_for=40s",
    ]);
  },
);

test("a leader that was alone with its daemon's start says it too", () => {
  const look = observer("peer-1");
  expect([1, 2, 3, 4].flatMap(() => look([], "peer-1"))).toHaveLength(2);
});

test("which peers are down, and which answer, is known", async () => {
  const watch = new PeerWatch({
    peers: PEERS.slice(1),
    ask: async (node) => {
      if (node === "peer-3") throw new Error("connect ECONNREFUSED");
    },
    leads: () => false,
    leader: () => "peer-2",
    alerts: { raise: () => undefined },
  });
  await watch.tick();
  expect(watch.down).toEqual([]);
  for (let i = 0; i < 3; i++) await watch.tick();
  expect(watch.down).toEqual(["peer-3"]);
  expect(watch.answers("peer-2")).toBe(true);
  expect(watch.answers("peer-3")).toBe(false);
});
