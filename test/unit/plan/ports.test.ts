import { planChange } from "../../../lib/plan/change";
import { spec } from "../spec/fixture";
import { change, COMMIT, titles, warned, work, type Overrides } from "./change-support";

const ports = (moved: Record<string, number>): Overrides => ({ ports: moved });
const servicesOf = (moved: Record<string, number>): readonly string[] =>
  change({}, ports(moved)).steps.find(({ kind }) => kind === "movePorts")!.services!;
const MOVE = "move ports on peer-1,peer-2,peer-3";
const ROLES = ["coord", "datanode", "indexnode", "proxy", "querynode"];

test("what knows a port that moves stops and starts all at once, in one step that says so", () => {
  const found = change({}, ports({ pulsar: 6655 }));
  expect(work(found)).toEqual([MOVE]);
  expect([...servicesOf({ pulsar: 6655 })].sort()).toEqual([...ROLES, "pulsar"].sort());
  expect(titles(found)[1]).toMatch(
    /^move ports \(pulsar: 6650 → 6655\): stop .*, have nginx know the new ones, and start all at once$/,
  );
  expect(warned(found)).toEqual([
    expect.stringMatching(/^warning : while "move ports .* reads and writes stop/),
  ]);
});

test("nobody stops who does not know it", () => {
  expect(servicesOf({ minio: 9005 })).toEqual(["minio"]);
  expect(servicesOf({ minioConsole: 9006 })).toEqual(["minio"]);
  expect([...servicesOf({ milvusMetricsBase: 29100 })].sort()).toEqual(ROLES);
  expect(servicesOf({ milvus: 19600 })).toContain("proxy");
});

test("MinIO's port alone stops no role: what is in memory is searched", () => {
  const [, step] = change({}, ports({ minio: 9005 })).steps;
  expect(step!.impact).toMatchObject({ reads: "stall", writes: "stall" });
});

test("one that has stopped half-way is gone on with, and gone back, by the same step", () => {
  const moved = ports({ milvus: 19600 });
  expect(work(change({}, moved, moved))).toEqual([MOVE]);
  expect(work(change({}, {}, moved))).toEqual([MOVE]);
});

test("that of the load balancer needs none of it, and a port that nobody listens on only the record", () => {
  expect(work(change({}, ports({ lb: 29537 }))).join()).not.toContain("move ports");
  expect(titles(change({}, ports({ milvusRest: 19999 })))).toEqual([COMMIT]);
});

test("ports move alone", () => {
  const found = planChange(spec(), spec({ ports: { milvus: 19600 }, version: "v2.3.4" })).refusals;
  expect(found.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    "ports: cannot move ports and change more at once: move the ports first, or last; put the old value back",
  ]);
});
