import type { ClusterSpecInput } from "../../../lib/spec/spec";
import { names, peers, pool } from "../spec/fixture";
import {
  ALL,
  change,
  CHECK,
  COMMIT,
  few,
  MILVUS,
  of,
  titles,
  UNFINISHED,
  VERIFY,
  warned,
  work,
  type Overrides,
} from "./change-support";

const ROLES = { reads: "stall", writes: "stall" };

describe("a peer that leaves", () => {
  test("is led to no more, then stops, then leaves etcd, and then goes", () => {
    const found = change(of(4), of(3));
    expect(titles(found)).toEqual([
      CHECK,
      `write milvus.yaml and nginx.conf on ${ALL}, and have nginx read its own again`,
      `stop ${MILVUS} on peer-4: what they serve moves to other peers first`,
      "take peer-4 out of etcd: 4 members, quorum of 3 → 3 members, quorum of 2",
      "let peer-4 go: its containers are removed, its data stays on the VM",
      VERIFY,
      COMMIT,
    ]);
    expect(found.steps[2]!.impact).toMatchObject(ROLES);
    expect(warned(found)).toEqual([]);
  });

  test("of five: the plan warns that etcd survives less", () => {
    expect(warned(change(of(5), of(4)))).toEqual([
      "warning peers: etcd will survive the loss of 1 peer, and survived that of 2",
    ]);
  });

  test("beyond the fifth leaves no etcd", () => {
    expect(work(change(of(6), of(5)))).toEqual([
      `write on ${names(1, 5).join()}`,
      "stop peer-6 on peer-6",
      "dismiss peer-6 on peer-6",
    ]);
  });

  test("and one that comes: etcd has one more member before it has one less", () => {
    const fifth = { name: "peer-5", address: "198.18.0.15" };
    const found = change(of(4), { ...of(3), peers: [...peers(3)!, fifth] });
    expect(work(found)).toEqual([
      "admit peer-5 on peer-5",
      "pull on peer-5",
      "joinEtcd peer-5 on peer-5",
      "start peer-5 on peer-5",
      "write on peer-1,peer-2,peer-3",
      "stop peer-4 on peer-4",
      "leaveEtcd peer-4 on peer-4",
      "dismiss peer-4 on peer-4",
    ]);
    expect(titles(found).filter((title) => / members, /.test(title))).toEqual([
      expect.stringMatching(/5 members, quorum of 3$/),
      expect.stringMatching(/4 members, quorum of 3$/),
    ]);
  });

  test("of the last two takes etcd's quorum down to one", () => {
    expect(titles(change(few(2), few(1)))).toContain(
      "take peer-2 out of etcd: 2 members, quorum of 2 → 1 member, quorum of 1",
    );
  });
});

describe("the second of seven peers", () => {
  const storage = pool(["peer-1", "peer-3", "peer-4"]);
  const queue: ClusterSpecInput["queue"] = { pulsarSingleton: { host: "peer-1" } };
  const seven: Overrides = { peers: peers(7), storage, queue };
  const six: Overrides = { ...seven, peers: peers(7).filter(({ name }) => name !== "peer-2") };
  const others = "peer-1,peer-3,peer-4,peer-5,peer-6,peer-7";

  test("leaves: the sixth becomes a member of etcd first, and gets its image before that", () => {
    const found = change(seven, six);
    expect(work(found)).toEqual([
      "pull on peer-6",
      "joinEtcd peer-6 on peer-6",
      "restart etcd on peer-6",
      `write on ${others}`,
      "stop peer-2 on peer-2",
      "leaveEtcd peer-2 on peer-2",
      "dismiss peer-2 on peer-2",
    ]);
    expect(titles(found)[1]).toMatch(/^pull \S*etcd\S* on peer-6, before anything stops$/);
    expect(titles(found)[2]).toMatch(/→ 6 members, quorum of 4$/);
    expect(titles(found)[6]).toBe("take peer-2 out of etcd: 6 members, quorum of 4 → 5 members, quorum of 3");
  });

  test("comes back when that is undone, and the sixth is no member any more", () => {
    const back = change(seven, seven, six);
    expect(work(back)).toEqual([
      "admit peer-2 on peer-2",
      "pull on peer-2",
      "joinEtcd peer-2 on peer-2",
      "start peer-2 on peer-2",
      `write on ${others}`,
      "leaveEtcd peer-6 on peer-6",
    ]);
    expect(titles(back).filter((title) => / members, /.test(title))).toEqual([
      expect.stringMatching(/6 members, quorum of 4$/),
      "take peer-6 out of etcd: 6 members, quorum of 4 → 5 members, quorum of 3",
    ]);
  });
});

test("a removal that has stopped half-way is undone: the peer joins again, as far as it had left", () => {
  const back = change(of(4), of(4), of(3));
  expect(work(back)).toEqual([
    "admit peer-4 on peer-4",
    "pull on peer-4",
    "joinEtcd peer-4 on peer-4",
    "start peer-4 on peer-4",
    "write on peer-1,peer-2,peer-3",
  ]);
  expect(titles(back)[3]).toMatch(/→ 4 members, quorum of 3$/);
  expect(warned(back)).toEqual([UNFINISHED]);
});
