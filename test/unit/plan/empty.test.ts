import { planChange } from "../../../lib/plan/change";
import type { ClusterSpecInput, StorageInput } from "../../../lib/spec/spec";
import { names, peers, pool, spec } from "../spec/fixture";
import { change, titles, UNFINISHED, warned, work, type Overrides } from "./change-support";

/** Pools of these peers, with so many drives each. */
const pools = (...of: [members: string[], drives?: number][]): StorageInput => ({
  pools: of.flatMap(([members, drives]) => pool(members, drives).pools!),
});
const [FIRST, SECOND, THIRD] = [names(1, 3), names(4, 5), names(6, 7)];
const ONE: Overrides = { peers: peers(5), storage: pools([FIRST]) };
const TWO: Overrides = { peers: peers(5), storage: pools([FIRST], [SECOND]) };
const THREE: Overrides = { peers: peers(7), storage: pools([FIRST], [SECOND], [THIRD]) };
const CLOSED = (of: string): string =>
  `warning storage.pools: MinIO stores nothing new in the pool of ${of} once its emptying has begun, also when that is cancelled later`;

function refusals(after: Partial<ClusterSpecInput>, before: Partial<ClusterSpecInput>): string[] {
  const { steps, refusals: found } = planChange(spec(before), spec(after));
  expect(steps).toEqual([]);
  return found.map((p) => `${p.path}: ${p.message}`);
}

describe("a pool that goes", () => {
  test("is emptied before anything else, then MinIO begins without it, then its nodes stop; its peers may stay", () => {
    const found = change(TWO, ONE);
    expect(work(found)).toEqual([
      "empty pool 2 on peer-4,peer-5",
      "restart minio on peer-1,peer-2,peer-3",
      "write on peer-1,peer-2,peer-3,peer-4,peer-5",
      "stop peer-4 on peer-4",
      "stop peer-5 on peer-5",
    ]);
    expect(titles(found)[1]).toBe("empty MinIO pool 2 (peer-4, peer-5): its objects move to the other pools");
    expect(titles(found)).toContain("stop minio on peer-4: MinIO runs without it");
    expect(warned(found)).toEqual([CLOSED("peer-4, peer-5")]);
  });

  test("may go with its peers, which leave once MinIO runs without them", () => {
    const found = change(TWO, { peers: peers(3), storage: pools([FIRST]) });
    expect(work(found)).toEqual([
      "empty pool 2 on peer-4,peer-5",
      "restart minio on peer-1,peer-2,peer-3",
      "write on peer-1,peer-2,peer-3",
      "stop peer-4 on peer-4",
      "stop peer-5 on peer-5",
      "leaveEtcd peer-4 on peer-4",
      "leaveEtcd peer-5 on peer-5",
      "dismiss peer-4 on peer-4",
      "dismiss peer-5 on peer-5",
    ]);
  });

  test("is emptied before a new version of Milvus is pulled and backed up for: that may be hours later", () => {
    expect(work(change(TWO, { ...ONE, version: "v2.3.6" })).slice(0, 3)).toEqual([
      "empty pool 2 on peer-4,peer-5",
      "pull on peer-1,peer-2,peer-3,peer-4,peer-5",
      "backup on peer-1,peer-2,peer-3,peer-4,peer-5",
    ]);
  });

  test("may be one in the middle, or several, one after the other; those that stay keep their places", () => {
    expect(work(change(THREE, { peers: peers(7), storage: pools([FIRST], [THIRD]) }))[0]).toBe(
      "empty pool 2 on peer-4,peer-5",
    );
    const both = change(THREE, { peers: peers(7), storage: pools([FIRST]) });
    expect(work(both).slice(0, 3)).toEqual([
      "empty pool 2 on peer-4,peer-5",
      "empty pool 3 on peer-6,peer-7",
      "restart minio on peer-1,peer-2,peer-3",
    ]);
  });

  test("does not stop anything that clients would notice of a log in the object store but MinIO's restart", () => {
    const log: Overrides = { version: "v2.6.11", queue: { embedded: "woodpecker" } };
    const { steps } = change({ ...TWO, ...log }, { ...ONE, ...log });
    expect(steps.filter(({ impact }) => impact.writes === "stop").map(({ name }) => name)).toEqual([
      "restart minio",
    ]);
  });

  test("whose change has stopped half-way is emptied on, or kept: its emptying is cancelled once MinIO has it again", () => {
    expect(work(change(TWO, ONE, ONE))).toEqual(work(change(TWO, ONE)));
    const back = change(TWO, TWO, ONE);
    expect(work(back)).toEqual([
      "restart minio on peer-1,peer-2,peer-3,peer-4,peer-5",
      "write on peer-1,peer-2,peer-3,peer-4,peer-5",
      "keep pool 2 on peer-4,peer-5",
    ]);
    expect(titles(back)).toContain(
      "keep MinIO pool 2 (peer-4, peer-5): its emptying is cancelled, if it has begun",
    );
    expect(warned(back)).toEqual([UNFINISHED]);
  });
});

describe("parity, which is the first pool's unless it is set", () => {
  const other = pools([SECOND]);

  test("must not change with that pool: the refusal says what to set", () => {
    expect(
      refusals(
        { peers: peers(5), storage: pools([SECOND, 2]) },
        {
          peers: peers(5),
          storage: { ...pools([FIRST, 1], [SECOND, 2]), parity: undefined },
        },
      ),
    ).toEqual([
      "storage.parity: without its first pool MinIO's parity would change from 1 to 2, for it is that of the first pool unless it is set: " +
        "set storage.parity to 1 along with this change",
    ]);
  });

  test("may be set to what it was, with the change or without", () => {
    const before: Overrides = { peers: peers(5), storage: pools([FIRST, 1], [SECOND, 2]) };
    const after: Overrides = { peers: peers(5), storage: { ...pools([SECOND, 2]), parity: 1 } };
    expect(work(change(before, after))[0]).toBe("empty pool 1 on peer-1,peer-2,peer-3");
    const set = change(before, { ...before, storage: { ...before.storage!, parity: 1 } });
    expect([work(set), titles(set)]).toEqual([[], ["record the new spec as the one in force"]]);
  });

  test("does not change where both pools have the same", () => {
    const found = change(TWO, { peers: peers(5), storage: other });
    expect(work(found).slice(0, 2)).toEqual([
      "empty pool 1 on peer-1,peer-2,peer-3",
      "restart minio on peer-4,peer-5",
    ]);
  });
});

describe("refused", () => {
  const back = "put the old value back";

  test("a pool that goes while another one comes: those are two changes", () => {
    const message = `storage.pools: cannot remove the pool of peer-4, peer-5 and add another one in one change: add the new pool first, and remove the old one in a change after that; ${back}`;
    expect(
      refusals({ peers: peers(7), storage: pools([FIRST], [THIRD]) }, { ...TWO, peers: peers(7) }),
    ).toEqual([message]);
  });

  test("pools that change their places", () => {
    const swapped = refusals({ peers: peers(5), storage: pools([SECOND], [FIRST]) }, TWO);
    expect(swapped.map((line) => line.split(":")[0])).toEqual([
      "storage.pools[0].peers",
      "storage.pools[1].peers",
    ]);
  });

  test("some peers of a pool: it keeps them for life", () => {
    const [line] = refusals({ peers: peers(4), storage: pools([FIRST], [["peer-4"], 8]) }, TWO);
    expect(line).toMatch(/^storage\.pools\[1\]\.drivesPerPeer|^storage\.pools\[1\]\.peers/);
  });

  test("a VM that is exchanged at the same time: every drive is to be there", () => {
    const moved = peers(5).map((p) => (p.name === "peer-3" ? { ...p, address: "198.18.0.99" } : p));
    expect(refusals({ ...ONE, peers: moved }, TWO)).toEqual([
      `storage.pools: cannot remove the pool of peer-4, peer-5 and exchange the VM of peer-3 in one change: a pool is emptied while every drive is there; exchange the VM first; ${back}`,
    ]);
  });

  test("pools by which MinIO would divide the drives of another one otherwise", () => {
    const named = [
      ...peers(6),
      { name: "north", address: "198.18.0.41" },
      { name: "south", address: "198.18.0.42" },
    ];
    const [wide, odd]: [string[], string[]] = [names(1, 6), ["north", "south"]];
    const one = { peers: named, storage: pools([wide, 3]) };
    const two = { peers: named, storage: pools([wide, 3], [odd, 4]) };
    const sets = (after: number, before: number): string =>
      `storage.pools: cannot change which pools there are this way: MinIO would take the drives of ${wide.join(", ")} as sets of ${after} instead of ${before}, for host names of all pools count up only before or only after the change; ${back}`;
    expect(refusals(two, one)).toContain(sets(9, 6));
    expect(refusals(one, two)).toContain(sets(6, 9));
  });
});

test("of a long command the reader is shown what differs", () => {
  const title = (before: Overrides, after: Overrides): string =>
    titles(change(before, after)).find((line) => line.startsWith("restart minio"))!;
  expect(title(ONE, TWO)).toMatch(/ \(command: nothing → https:\/\/peer-\{4\.\.\.5\}:9000\/\S+, and/);
  expect(title(TWO, ONE)).toMatch(/ \(command: https:\/\/peer-\{4\.\.\.5\}:9000\/\S+ → nothing, and/);
});
