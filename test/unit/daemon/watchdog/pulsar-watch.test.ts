import { alertLine } from "../../../../lib/daemon/alerts/alert";
import { PulsarWatch, type PulsarPast } from "../../../../lib/daemon/watchdog/pulsar-watch";

/** One peer's looks, ten seconds apart. */
function observer(self: string, past: PulsarPast = {}) {
  const said: string[] = [];
  const now = { ms: 0, there: true, leader: self as string | undefined, quiet: false };
  const watch = new PulsarWatch({
    ...{ host: "peer-2", past },
    answers: async () => now.there,
    leads: () => now.leader === self,
    leader: () => now.leader,
    quiet: () => now.quiet,
    alerts: { raise: (alert) => void said.push(alertLine(alert)) },
    now: () => now.ms,
  });
  return async (looks: number, change: Partial<Omit<typeof now, "ms">>): Promise<string[]> => {
    Object.assign(now, change);
    for (let i = 0; i < looks; i++) {
      await watch.tick();
      now.ms += 10_000;
    }
    return said.splice(0);
  };
}

const DOWN = "PULSAR_DOWN_ALERT node=peer-2 component=pulsar down_for=20s";
const up = (seconds: number): string => `PULSAR_UP_ALERT node=peer-2 component=pulsar was_down=${seconds}s`;

test("the leader says once that writes wait for Pulsar, and once that they are accepted again", async () => {
  const look = observer("peer-1");
  expect(await look(2, { there: false })).toEqual([]);
  expect(await look(5, {})).toEqual([DOWN]);
  expect(await look(2, { there: true })).toEqual([up(70)]);
});

test("a restart that is over within two looks is nothing to tell", async () => {
  const look = observer("peer-1");
  await look(2, { there: false });
  expect(await look(1, { there: true })).toEqual([]);
});

test("while the cluster is stopped or changed nobody is told; what lasts beyond that is", async () => {
  const look = observer("peer-1");
  expect(await look(4, { there: false, quiet: true })).toEqual([]);
  expect(await look(2, { quiet: false })).toEqual([DOWN.replace("20s", "40s")]);
});

test("a follower says nothing, and when it leads repeats nothing, but tells of the return", async () => {
  const look = observer("peer-3");
  expect(await look(4, { there: false, leader: "peer-1" })).toEqual([]);
  expect(await look(2, { leader: "peer-3" })).toEqual([]);
  expect(await look(1, { there: true })).toEqual([up(60)]);
});

test("a leader that was lost with Pulsar could not tell: the next one does", async () => {
  const look = observer("peer-3");
  await look(3, { there: false, leader: "peer-2" });
  expect(await look(1, { leader: "peer-3" })).toEqual([DOWN.replace("20s", "30s")]);
});

test("a watch that is made anew, for Pulsar has begun on another peer, ends what the one before has told", async () => {
  const past: PulsarPast = {};
  expect(await observer("peer-1", past)(3, { there: false })).toEqual([DOWN]);
  expect(await observer("peer-1", past)(1, { there: true })).toEqual([
    expect.stringMatching(/^PULSAR_UP_ALERT node=peer-2 /),
  ]);
});
