import type { PeerEvidence } from "../../../../lib/api/rescue-wire";
import { planOf, sourceOf } from "../../../../lib/daemon/rescue/plan";

const member = (n: number, change: Partial<PeerEvidence> = {}): PeerEvidence => ({
  ...{ peer: `peer-${n}`, etcd: "alone", clusterId: "1" },
  ...change,
});
const snapshot = (revision: number, day = "20260102") => ({
  ...{ file: `${day}T030405Z-job.db`, sha256: "ab", bytes: 1, revision },
});
const silent = (n: number) => ({
  peer: `peer-${n}`,
  error: `peer-${n}: its daemon cannot be reached: no connection`,
});
const found = (peers: PeerEvidence[], ...gone: number[]) => ({
  cluster: "blue",
  peers,
  silent: gone.map(silent),
});

describe("the source", () => {
  test("is the member whose data goes furthest", () => {
    const peers = [member(1, { revision: 7 }), member(2, { revision: 9, etcd: "down" }), member(3)];
    expect(sourceOf(peers)).toEqual({ kind: "member", peer: "peer-2", revision: 9 });
  });
  test("is a member rather than a snapshot of the same revision, and a newer snapshot rather than a member", () => {
    const at = (revision: number) => [
      member(1, { snapshot: snapshot(revision) }),
      member(2, { revision: 9 }),
    ];
    expect(sourceOf(at(9))).toMatchObject({ kind: "member", peer: "peer-2" });
    expect(sourceOf(at(10))).toMatchObject({ kind: "snapshot", peer: "peer-1", file: snapshot(10).file });
  });
  test("is what was asked for, if it is there", () => {
    const peers = [member(1, { revision: 7, snapshot: snapshot(3) }), member(2, { revision: 9 })];
    expect(sourceOf(peers, "peer-1")).toMatchObject({ kind: "member", revision: 7 });
    expect(sourceOf(peers, snapshot(3).file)).toMatchObject({ kind: "snapshot", revision: 3 });
    expect(sourceOf(peers, "peer-3")).toBeUndefined();
  });
  test("is none where nothing can be read", () => {
    expect(sourceOf([member(1, { problem: "damaged" })])).toBeUndefined();
  });
});

describe("is refused", () => {
  const serving = member(1, { etcd: "serving", revision: 9 });
  test.each([
    [
      "while there is a majority",
      found([serving, member(2, { etcd: "serving" })]),
      {},
      /^etcd has a majority \(peer-1, peer-2\), so nothing is to be rescued$/,
    ],
    [
      "with a way for peers that are not in it",
      found([serving, member(2, { etcd: "down" })]),
      {},
      /peer-2: if etcd does not come back there by itself, take it back with --rejoin$/,
    ],
    [
      "while two etcds have a majority",
      found([serving, member(2, { etcd: "serving", clusterId: "2", revision: 4 })]),
      { rejoin: true },
      /two etcds.*peer-1 at revision 9, peer-2 at revision 4.*docker stop milvus-etcd/,
    ],
    [
      "where nobody is to be taken back",
      found([serving]),
      { rejoin: true },
      /^all peers that answer are part of etcd \(peer-1\)$/,
    ],
    [
      "where there is nothing to be taken back into",
      found([member(1, { revision: 9 })]),
      { rejoin: true },
      /leave out --rejoin$/,
    ],
    [
      "without any source",
      found([member(1), member(2)]),
      {},
      /^no peer of "blue" that answers has data of etcd, or a snapshot/,
    ],
    [
      "from what is not there",
      found([member(1, { revision: 9 })]),
      { from: "peer-7" },
      /no peer or newest snapshot "peer-7".*there are peer-1$/,
    ],
    [
      "while somebody would stay out unsaid",
      found([member(1, { revision: 9 })], 2, 3),
      { without: ["peer-2"] },
      /^peer-2,peer-3 would stay out: peer-3: .*no connection.*--without peer-2,peer-3$/,
    ],
    [
      "when one that answers is left out",
      found([member(1, { revision: 9 }), member(2)]),
      { without: ["peer-2"] },
      /^peer-2 answers, or is no peer/,
    ],
  ] as const)("%s", (_, at, o, why) => {
    expect(planOf(at, { ...o, without: "without" in o ? [...o.without] : undefined }).refusal).toMatch(why);
  });
});

test("peers are taken back into what the majority has, whatever else seems to go further", () => {
  const other = member(2, { revision: 99, snapshot: snapshot(98) });
  const at = found([member(1, { etcd: "serving", revision: 9, snapshot: snapshot(97) }), other]);
  expect(planOf(at, { rejoin: true }).source).toEqual({ kind: "member", peer: "peer-1", revision: 9 });
  expect(planOf(at, { rejoin: true, from: "peer-2" }).refusal).toMatch(/leave out --from$/);
});

test("says what may be lost, and what else is to be known, before it is done", () => {
  const fromMember = planOf(found([member(1, { revision: 9 }), member(2, { problem: "no bolt" })], 3), {
    without: ["peer-3"],
  });
  expect(fromMember.refusal).toBeUndefined();
  expect(fromMember.warnings).toEqual([
    expect.stringMatching(/last moments before the majority was lost, and had not reached peer-1, is lost$/),
    expect.stringMatching(/^Milvus is stopped/),
    "the data of peer-2 cannot be read: no bolt",
    expect.stringMatching(
      /^peer-3: a majority of old members that run together is a second etcd\..*--rejoin$/,
    ),
  ]);
  const fromSnapshot = planOf(found([member(1, { snapshot: snapshot(3) })]), {});
  expect(fromSnapshot.warnings[0]).toMatch(
    /^everything that was written to etcd after 2026-01-02 03:04:05Z is lost/,
  );
  const rejoining = planOf(found([member(1, { etcd: "serving", revision: 9 }), member(2)]), { rejoin: true });
  expect(rejoining.refusal).toBeUndefined();
  expect(rejoining.warnings[0]).toMatch(/nothing is lost$/);
  const outOfReach = planOf(found([member(1, { etcd: "serving", revision: 9 }), member(2)], 3), {
    ...{ rejoin: true, without: ["peer-3"] },
  });
  expect(outOfReach.warnings[0]).toMatch(/last moments/);
});
