import type { PeerEvidence, ReformOptions } from "../../../../lib/api/rescue-wire";
import { reform } from "../../../../lib/daemon/rescue/reform";
import type { StepRunner } from "../../../../lib/daemon/rescue/steps";

const run = "20260102T030405Z-rescue-00000000";
const COPY = { file: `${run}.db`, sha256: "ab", bytes: 1 };

/** Peers that do as they are asked, but for steps that are to fail; remembers what they were asked. */
class Peers {
  readonly asked: string[] = [];
  readonly failing = new Set<string>();
  /** What is found once everything stands still. */
  readonly frozen: Record<string, { revision?: number; problem?: string }> = {};

  readonly step = (async (peer: string, step: string): Promise<object> => {
    this.asked.push(`${step} ${peer}`);
    if (this.failing.has(`${step} ${peer}`)) throw new Error(`${peer}: no room`);
    const answers = { freeze: this.frozen[peer] ?? {}, copy: COPY, fetch: { fetched: true } };
    return (answers as Record<string, object>)[step] ?? {};
  }) as unknown as StepRunner;

  form(peers: PeerEvidence[], request: ReformOptions = {}) {
    return reform({ run, peers, request, step: this.step, say: () => undefined });
  }
}

const alone = (n: number): PeerEvidence => ({ peer: `peer-${n}`, etcd: "alone", revision: 1 });

test("goes by what is found once all stand still, and does each step on all before the next", async () => {
  const peers = new Peers();
  Object.assign(peers.frozen, { "peer-1": { revision: 5 }, "peer-2": { revision: 6 } });
  const { source, members } = await peers.form([alone(1), alone(2)]);
  expect([source.peer, members]).toEqual(["peer-2", ["peer-1", "peer-2"]]);
  expect(peers.asked).toEqual([
    ...["freeze peer-1", "freeze peer-2", "copy peer-2", "fetch peer-1"],
    ...["prepare peer-1", "prepare peer-2", "swap peer-1", "swap peer-2", "start peer-1", "start peer-2"],
  ]);
});

test.each(["freeze peer-2", "copy peer-1", "fetch peer-2", "prepare peer-2"])(
  "a failure of %s starts all again as they were, before any data is moved",
  async (failing) => {
    const peers = new Peers();
    peers.frozen["peer-1"] = { revision: 5 };
    peers.failing.add(failing);
    await expect(peers.form([alone(1), alone(2)])).rejects.toThrow(/no room/);
    expect(peers.asked.slice(-2)).toEqual(["thaw peer-1", "thaw peer-2"]);
    expect(peers.asked.filter((a) => a.startsWith("swap"))).toEqual([]);
  },
);

test("once data is moved nothing is started as it was: that would be two etcds", async () => {
  const peers = new Peers();
  peers.frozen["peer-1"] = { revision: 5 };
  peers.failing.add("swap peer-2");
  await expect(peers.form([alone(1), alone(2)])).rejects.toThrow(
    /swap failed: peer-2: no room; give the command/,
  );
  expect(peers.asked.filter((a) => /thaw|start/.test(a))).toEqual([]);
});

test("a majority of which one cannot be read takes nobody back: that one may know most", async () => {
  const peers = new Peers();
  Object.assign(peers.frozen, { "peer-1": { revision: 5 }, "peer-2": { problem: "damaged" } });
  const majority = [alone(1), alone(2)].map((p) => ({ ...p, etcd: "serving" }) as const);
  await expect(peers.form([...majority, alone(3)], { rejoin: true })).rejects.toThrow(/peer-2: damaged/);
  expect(peers.asked.filter((a) => a.startsWith("thaw"))).toHaveLength(3);
});
