import { planChange } from "../../../lib/plan/change";
import { names, peers, pool, spec } from "../spec/fixture";
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
  WARMER,
  work,
  type Overrides,
} from "./change-support";

const withPool = (...members: string[]): Overrides["storage"] => ({
  pools: [...pool(names(1, 3)).pools!, ...pool(members).pools!],
});
const IMAGES = "milvusdb/milvus:v2.3.5 and nginx:1.28.0";
const everyone = (count: number): string => names(1, count).join(", ");
const tried = (count: number): string =>
  `test inserts and searches through the load balancers of ${everyone(count)}`;

describe("one more peer", () => {
  test("is let in, gets images, joins etcd, starts, and is then led to; nothing restarts elsewhere", () => {
    const found = change(of(3), of(4));
    expect(titles(found)).toEqual([
      CHECK,
      "hand peer-4 (198.18.0.14) what members of the cluster know",
      `pull quay.io/coreos/etcd:v3.5.21 and ${IMAGES} on peer-4, before anything stops`,
      "add peer-4 to etcd, with a vote once it has caught up: 3 members, quorum of 2 → 4 members, quorum of 3",
      `start etcd, ${MILVUS} on peer-4`,
      `write milvus.yaml and nginx.conf on ${ALL}, and have nginx read its own again`,
      tried(4),
      COMMIT,
    ]);
    expect(warned(found)).toEqual([]);
  });

  test("has the target of backups tried from it before anything else, where there is one", () => {
    const backups = { target: { directory: "/mnt/backups" } };
    const [check, admit] = titles(change({ ...of(3), backups }, { ...of(4), backups }));
    expect([check, admit]).toEqual([
      CHECK,
      "hand peer-4 (198.18.0.14) what members of the cluster know, and write to /mnt/backups/vectors from there",
    ]);
  });

  test("beyond the fifth has no etcd, and only clients are led to it", () => {
    expect(titles(change(of(5), of(6)))).toEqual([
      CHECK,
      "hand peer-6 (198.18.0.16) what members of the cluster know",
      `pull ${IMAGES} on peer-6, before anything stops`,
      `start ${MILVUS} on peer-6`,
      `write nginx.conf on ${everyone(5)}, and have nginx read its own again`,
      tried(6),
      COMMIT,
    ]);
  });

  test("and another setting are one change: peers that stay restart for the setting alone", () => {
    expect(work(change(of(3), { ...of(4), ...WARMER }))).toEqual([
      "admit peer-4 on peer-4",
      "pull on peer-4",
      "joinEtcd peer-4 on peer-4",
      "restart querynode on peer-1,peer-2,peer-3",
      "start peer-4 on peer-4",
      "write on peer-1,peer-2,peer-3",
    ]);
  });
});

test("two more peers join etcd one after the other, and are led to at once", () => {
  const found = change(of(3), of(5));
  expect(work(found)).toEqual([
    "admit peer-4 on peer-4",
    "admit peer-5 on peer-5",
    "pull on peer-4,peer-5",
    "joinEtcd peer-4 on peer-4",
    "joinEtcd peer-5 on peer-5",
    "start peer-4 on peer-4",
    "start peer-5 on peer-5",
    "write on peer-1,peer-2,peer-3",
  ]);
  expect(titles(found).filter((title) => title.includes(" to etcd"))).toEqual([
    expect.stringMatching(/^add peer-4 .*→ 4 members, quorum of 3$/),
    expect.stringMatching(/^add peer-5 .*→ 5 members, quorum of 3$/),
  ]);
});

describe("a join that has stopped half-way", () => {
  test("is undone: the new peer leaves again, as one of those that had been there would", () => {
    const back = change(of(3), of(3), of(4));
    expect(titles(back)).toEqual([
      CHECK,
      `write milvus.yaml and nginx.conf on ${ALL}, and have nginx read its own again`,
      `stop ${MILVUS} on peer-4: what they serve moves to other peers first`,
      "take peer-4 out of etcd: 4 members, quorum of 3 → 3 members, quorum of 2",
      "let peer-4 go: its containers are removed, its data stays on the VM",
      VERIFY,
      COMMIT,
    ]);
    expect(warned(back)).toEqual([UNFINISHED]);
  });

  test("goes on with the same steps", () => {
    expect(titles(change(of(3), of(4), of(4)))).toEqual(titles(change(of(3), of(4))));
  });

  test("of a second peer is not said to have been what stops everything", () => {
    const back = change(few(1), few(1), few(2));
    expect(warned(back)).toEqual([UNFINISHED]);
  });
});

describe("a second pool", () => {
  test("of new peers: MinIO begins anew on all at once, the new ones with the old ones", () => {
    const found = change({}, { peers: peers(5), storage: withPool("peer-4", "peer-5") });
    expect(work(found)).toEqual([
      "admit peer-4 on peer-4",
      "admit peer-5 on peer-5",
      "pull on peer-4,peer-5",
      "joinEtcd peer-4 on peer-4",
      "joinEtcd peer-5 on peer-5",
      "restart minio on peer-1,peer-2,peer-3,peer-4,peer-5",
      "start peer-4 on peer-4",
      "start peer-5 on peer-5",
      "write on peer-1,peer-2,peer-3",
    ]);
    expect(found.steps.find(({ service }) => service === "minio")).toMatchObject({ kind: "restartTogether" });
    expect(warned(found)).toEqual([
      "warning peers: writes of stored objects will survive the loss of 0 peers, and survived that of 1",
    ]);
  });

  test("is undone with a warning: what MinIO has stored there meanwhile is lost", () => {
    const two: Overrides = { peers: peers(5), storage: withPool("peer-4", "peer-5") };
    const back = change({}, {}, two);
    expect(work(back)[0]).toBe("restart minio on peer-1,peer-2,peer-3");
    expect(warned(back)).toEqual([
      UNFINISHED,
      "warning storage.pools: the pool of peer-4, peer-5 goes again: what was stored in it since the change began is lost",
    ]);
    expect(warned(change({}, two, two))).not.toContainEqual(expect.stringContaining("is lost"));
  });

  test("of peers that had no drives: they get MinIO's image first", () => {
    const found = change(of(5), { ...of(5), storage: withPool("peer-4", "peer-5") });
    expect(titles(found)[1]).toMatch(/^pull minio\/minio:\S+ on peer-4, peer-5, before anything stops$/);
    expect(work(found)).toContain("restart minio on peer-1,peer-2,peer-3,peer-4,peer-5");
  });

  test("of one peer is refused, unless one peer is enough to stop everything already", () => {
    const lone: Overrides["storage"] = {
      pools: [...pool(names(1, 3)).pools!, ...pool(["peer-4"], 8).pools!],
    };
    const { steps, refusals } = planChange(spec(), spec({ peers: peers(4), storage: lone }));
    expect([steps, refusals.map(({ path }) => path)]).toEqual([[], ["storage.pools[1]"]]);
    const [first, second] = lone.pools!;
    const accepted = { pools: [first!, { ...second!, acceptSingleHost: true }] };
    const found = change({}, { peers: peers(4), storage: accepted });
    expect(work(found)).toContain("restart minio on peer-1,peer-2,peer-3,peer-4");
    expect(warned(found)).toContain(
      "warning peers: writes of stored objects will survive the loss of 0 peers, and survived that of 1",
    );
    const both: Overrides["storage"] = { pools: [pool(["peer-1"]).pools![0]!, pool(["peer-2"]).pools![0]!] };
    expect(work(change(few(1), { ...few(2), storage: both }))).toContain("restart minio on peer-1,peer-2");
  });
});

describe("the roles of a peer", () => {
  const third = (...roles: ("coord" | "query" | "proxy")[]): Overrides => ({
    peers: peers(3).map((p) => (p.name === "peer-3" ? { ...p, roles } : p)),
  });

  test("that are gone are stopped there, once its own proxy is led to no more", () => {
    const found = change({}, third("coord", "query"));
    expect(work(found)).toEqual(["write on peer-1,peer-2,peer-3", "stop peer-3 on peer-3"]);
    expect(found.steps.find(({ kind }) => kind === "stop")!.services!.toString()).toBe(
      "proxy,datanode,indexnode",
    );
  });

  test("that are new are started there, in the order of the line", () => {
    const found = change(third("query"), third("query", "coord", "proxy"));
    expect(work(found)).toEqual([
      "restart coord on peer-3",
      "restart proxy on peer-3",
      "write on peer-1,peer-2,peer-3",
    ]);
    expect(titles(found)[1]).toBe("restart coord on peer-3 (it is new there)");
  });

  test("that were to go and did not come back yet are started again on the way back", () => {
    expect(work(change({}, {}, third("coord", "query")))).toEqual([
      "restart indexnode on peer-3",
      "restart datanode on peer-3",
      "restart proxy on peer-3",
      "write on peer-1,peer-2,peer-3",
    ]);
  });
});
