import type { MemberFacts } from "../../../../lib/daemon/rescue/etcd-admin";
import {
  adviceFor,
  freeSpace,
  leaderLast,
  reportNospace,
  type NospaceAdmin,
} from "../../../../lib/daemon/rescue/nospace";

const PEERS = ["peer-1", "peer-2", "peer-3"];
const MIB = 2 ** 20;

/** Three members, of which the first leads; `full` have raised the alarm. */
class FakeEtcd implements NospaceAdmin {
  readonly done: string[] = [];
  readonly bytes = new Map(PEERS.map((peer) => [peer, 100 * MIB]));
  readonly down = new Set<string>();
  hasQuorum = true;
  live = 10 * MIB;
  alarms: string[];

  constructor(...full: string[]) {
    this.alarms = full;
  }

  async member(name: string): Promise<MemberFacts> {
    if (this.down.has(name)) throw new Error("no connection");
    const isLeader = name === "peer-1";
    const bytes = this.bytes.get(name)!;
    const ids = { memberId: name.slice(-1), clusterId: "9" };
    return {
      ...ids,
      isLeader,
      hasLeader: true,
      bytes,
      bytesInUse: this.live,
      revision: 7,
      full: this.alarms,
    };
  }
  serves = async () => this.hasQuorum;
  async compact(): Promise<string> {
    if (!this.hasQuorum) throw new Error("no leader");
    this.done.push("compact");
    return "7";
  }
  async defragment(name: string): Promise<void> {
    this.done.push(`defragment ${name}`);
    this.bytes.set(name, this.live);
  }
  async disarm(id: string): Promise<void> {
    this.done.push(`disarm ${id}`);
    this.alarms = this.alarms.filter((a) => a !== id);
  }
}

const free = (admin: FakeEtcd, force = false) => {
  const said: string[] = [];
  const work = freeSpace({ cluster: "blue", peers: PEERS, admin, force, say: (s) => void said.push(s) });
  return work.then((result) => ({ ...result, said }));
};

test("compacts, defragments the followers and then the leader, and only then takes the alarm away", async () => {
  const etcd = new FakeEtcd("2");
  const { databases, disarmed, said, advice } = await free(etcd);
  expect(etcd.done).toEqual([
    "compact",
    "defragment peer-2",
    "defragment peer-3",
    "defragment peer-1",
    "disarm 2",
  ]);
  expect(databases[0]).toEqual({ peer: "peer-2", bytesBefore: 100 * MIB, bytesAfter: 10 * MIB });
  expect(disarmed).toEqual(["peer-2"]);
  expect(said).toContain("etcd on peer-1 is defragmented: 100.0 MiB before, 10.0 MiB now");
  expect(advice).toBeUndefined();
});

test("is refused without an alarm, unless it is forced", async () => {
  const etcd = new FakeEtcd();
  await expect(free(etcd)).rejects.toThrow('etcd of "blue" has room');
  expect(etcd.done).toEqual([]);
  expect((await free(etcd, true)).disarmed).toEqual([]);
});

test("without a majority nothing is begun, and the other command is named", async () => {
  const etcd = new FakeEtcd("1");
  etcd.hasQuorum = false;
  await expect(free(etcd)).rejects.toThrow(/cannot be compacted: no leader.*rescue etcd-quorum/);
  expect(etcd.done).toEqual([]);
});

test("a member that fails leaves the alarm, so that the command may be given again", async () => {
  const etcd = new FakeEtcd("1");
  const { defragment } = etcd;
  etcd.defragment = async () => {
    throw new Error("disk is gone");
  };
  await expect(free(etcd)).rejects.toThrow(/peer-2 was not defragmented: disk is gone; the alarm stays/);
  expect(etcd.alarms).toEqual(["1"]);
  etcd.defragment = defragment.bind(etcd);
  expect((await free(etcd)).disarmed).toEqual(["peer-1"]);
});

test("a member that is away is left as it is and told of; the alarm of one that is no member any more goes, too", async () => {
  const etcd = new FakeEtcd("3", "88");
  etcd.down.add("peer-3");
  const report = await reportNospace({ cluster: "blue", peers: PEERS, admin: etcd });
  expect(report).toMatchObject({
    raisedBy: ["3", "88"],
    silent: [{ peer: "peer-3", error: "no connection" }],
  });
  const { silent, disarmed, advice } = await free(etcd);
  expect(silent).toEqual([{ peer: "peer-3", error: "no connection" }]);
  expect(disarmed).toEqual(["3", "88"]);
  expect(advice).toMatch(/^defragment peer-3 later.*--force/);
});

test("says when what fills it is no history", () => {
  const little = PEERS.map((peer) => ({ peer, bytesBefore: 100, bytesAfter: 95 }));
  expect(adviceFor(little, [])).toMatch(/little was freed.*docs\/store\.md/);
  expect(
    adviceFor([...little.slice(1), { peer: "peer-1", bytesBefore: 100, bytesAfter: 5 }], []),
  ).toBeUndefined();
});

test("the leader goes last", () => {
  const one = (peer: string, isLeader = false) => ({ peer, isLeader, bytes: 1, bytesInUse: 1 });
  const order = leaderLast([one("b", true), one("c"), one("a")]).map((d) => d.peer);
  expect(order).toEqual(["a", "c", "b"]);
});
