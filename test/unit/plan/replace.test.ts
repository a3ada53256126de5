import { planChange } from "../../../lib/plan/change";
import { COMPOSE_FILE, renderPeer } from "../../../lib/render";
import { MASKED } from "../../../lib/spec/secrets";
import type { ClusterSpec, ClusterSpecInput } from "../../../lib/spec/spec";
import { names, peers, pool, spec } from "../spec/fixture";

const before = spec();
const moved = (name: string, address: string): ClusterSpecInput["peers"] =>
  peers(3).map((peer) => (peer.name === name ? { name, address } : peer));

describe("a VM at another address in a peer's place", () => {
  const { steps, refusals } = planChange(before, spec({ peers: moved("peer-3", "198.18.0.99") }));
  const titles = steps.map(({ title }) => title);

  test("takes it in one change: the dead member is out of etcd before the new one is in", () => {
    expect(refusals).toEqual([]);
    expect(titles.slice(1, 2)).toEqual(["hand peer-3 (198.18.0.99) what members of the cluster know"]);
    expect(titles.filter((title) => /(of|to) etcd/.test(title))).toEqual([
      "take peer-3 at 198.18.0.13 out of etcd: 3 members, quorum of 2 → 2 members, quorum of 2",
      "add peer-3 to etcd, with a vote once it has caught up: 2 members, quorum of 2 → 3 members, quorum of 2",
    ]);
  });

  test("is told to MinIO's nodes, all at once, the new one among them", () => {
    const step = steps.find(({ service }) => service === "minio")!;
    expect(step.kind).toBe("restartTogether");
    expect(step.peers).toEqual(["peer-1", "peer-2", "peer-3"]);
    expect(step.title).toContain("(address of peer-3: 198.18.0.13 → 198.18.0.99)");
  });

  test("ends once its empty drives hold their part, so that the next one may be exchanged", () => {
    const kinds = steps.map(({ kind }) => kind);
    expect(kinds.slice(kinds.indexOf("start"))).toEqual(["start", "write", "heal", "verify", "commit"]);
    expect(titles).toContain("have MinIO rebuild what the new drives of peer-3 lack");
  });

  test("restarts nothing else elsewhere, and nothing is done on the VM that is gone", () => {
    expect(steps.filter(({ kind }) => kind === "restart")).toEqual([]);
    expect(steps.filter(({ kind }) => kind === "stop" || kind === "dismiss")).toEqual([]);
    expect(steps.find(({ kind }) => kind === "start")?.peers).toEqual(["peer-3"]);
  });
});

describe("another VM at the same address", () => {
  const anew = (name: string): ClusterSpec => ({
    ...before,
    peers: before.peers.map((peer) => (peer.name === name ? { ...peer, instance: "5eed" } : peer)),
  });
  const { steps, refusals } = planChange(before, anew("peer-3"));
  const titles = steps.map(({ title }) => title);

  test("takes the place in etcd and in the pool, and MinIO's other nodes notice nothing", () => {
    expect(refusals).toEqual([]);
    expect(titles.filter((title) => /(of|to) etcd/.test(title))).toEqual([
      "take peer-3 at 198.18.0.13 out of etcd: 3 members, quorum of 2 → 2 members, quorum of 2",
      "add peer-3 to etcd, with a vote once it has caught up: 2 members, quorum of 2 → 3 members, quorum of 2",
    ]);
    expect(titles).toContain("have MinIO rebuild what the new drives of peer-3 lack");
    expect(steps.filter(({ kind }) => kind.startsWith("restart"))).toEqual([]);
    expect(steps.filter(({ kind }) => kind === "stop" || kind === "dismiss")).toEqual([]);
  });

  test("is a member of etcd under a name that no other VM had", () => {
    const { content } = renderPeer(anew("peer-3"), "peer-3", MASKED).find((f) => f.name === COMPOSE_FILE)!;
    expect(content).toContain("--name=peer-3.5eed");
  });

  test("cannot take Pulsar's place, whose data nobody else has", () => {
    const found = planChange(before, anew("peer-2")).refusals;
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^cannot exchange the VM of peer-2: what Pulsar holds is on it alone; .*\.lostHost: "peer-2"/,
      ),
    ]);
  });
});

describe("a third VM, where the second one has died before it had the place", () => {
  const second = spec({ peers: moved("peer-3", "198.18.0.98") });
  const to = spec({ peers: moved("peer-3", "198.18.0.99") });

  test("takes it by the same steps, and both others are out of etcd first", () => {
    const { steps, refusals } = planChange(before, to, second);
    expect(refusals).toEqual([]);
    expect(steps.map(({ name }) => name)).toEqual(planChange(before, to).steps.map(({ name }) => name));
    expect(steps.map(({ title }) => title).filter((title) => /(of|to) etcd/.test(title))).toEqual([
      "take peer-3 at 198.18.0.13 and 198.18.0.98 out of etcd: 3 members, quorum of 2 → 2 members, quorum of 2",
      "add peer-3 to etcd, with a vote once it has caught up: 2 members, quorum of 2 → 3 members, quorum of 2",
    ]);
  });

  test("takes that of a new peer as well", () => {
    const four = (address: string): ClusterSpec =>
      spec({ peers: [...peers(3), { name: "peer-4", address }], storage: pool(names(1, 3)) });
    const { steps, refusals } = planChange(before, four("198.18.0.99"), four("198.18.0.14"));
    expect(refusals).toEqual([]);
    expect(steps.map(({ title }) => title).filter((title) => /(of|to) etcd/.test(title))).toEqual([
      "take peer-4 at 198.18.0.14 out of etcd: 4 members, quorum of 3 → 3 members, quorum of 2",
      "add peer-4 to etcd, with a vote once it has caught up: 3 members, quorum of 2 → 4 members, quorum of 3",
    ]);
  });

  test("changes nothing else along the way", () => {
    const more = { ...to, loadBalancing: "spread" as const };
    expect(planChange(before, more, second).refusals).toHaveLength(1);
    expect(planChange(before, spec({ peers: moved("peer-1", "198.18.0.99") }), second).refusals).toHaveLength(
      1,
    );
  });
});

test("one without drives leaves nothing to rebuild", () => {
  const four = (address: string): Partial<ClusterSpecInput> => ({
    peers: [...peers(3), { name: "peer-4", address }],
    storage: pool(names(1, 3)),
  });
  const { steps } = planChange(spec(four("198.18.0.14")), spec(four("198.18.0.99")));
  expect(steps.map(({ name }) => name)).toContain("joinEtcd peer-4");
  expect(steps.map(({ kind }) => kind)).not.toContain("heal");
});

test("two peers cannot change places, nor a peer its name: etcd tells members apart by their addresses", () => {
  const { refusals } = planChange(
    before,
    spec({ peers: moved("peer-3", "198.18.0.12").filter((p) => p.name !== "peer-2") }),
  );
  expect(refusals.map(({ path }) => path)).toContain("peers[1].address");
});

describe("what nobody else has is not thrown away", () => {
  const paths = (from: Partial<ClusterSpecInput>, to: Partial<ClusterSpecInput>): string[] =>
    planChange(spec(from), spec(to)).refusals.map(({ path, message }) => `${path}: ${message}`);
  const both = peers(3).map((peer, i) => (i === 1 ? peer : { ...peer, address: `198.18.0.9${i}` }));

  test("two of three VMs at once", () => {
    expect(paths({}, { peers: both })).toEqual([
      "peers: cannot exchange the VMs of peer-1, peer-3 in one change: etcd survives the loss of 1 peer, and a new VM begins with empty disks; put the old value back",
      "peers: cannot exchange the VMs of peer-1, peer-3 in one change: the pool of peer-1, peer-2, peer-3 survives the loss of 1 peer, and a new VM begins with empty disks; put the old value back",
    ]);
  });

  test("a VM with a pool of its own", () => {
    const own = { storage: { pools: peers(3).map(({ name }) => ({ peers: [name], drivesPerPeer: 2 })) } };
    expect(paths(own, { ...own, peers: moved("peer-3", "198.18.0.99") })).toEqual([
      expect.stringContaining("the pool of peer-3 survives the loss of 0 peers"),
    ]);
  });

  test("the VM that Pulsar is on", () => {
    expect(paths({}, { peers: moved("peer-2", "198.18.0.99") })).toEqual([
      expect.stringMatching(
        /^peers\[1\]\.address: cannot exchange the VM of peer-2: what Pulsar holds is on it alone; .*\.lostHost: "peer-2"/,
      ),
    ]);
  });
});
