import { planChange } from "../../../lib/plan/change";
import { certificatesEnding, driftText, type Drift } from "../../../lib/plan/drift";
import type { Overrides } from "./change-support";
import { spec } from "../spec/fixture";
import { CHECK, COMMIT, of, ON_ALL, titles, VERIFY, WARMER, work } from "./change-support";

const edited = (peer: string, name: string): Drift => ({
  ...{ peer, kind: "file", name },
  ...{ expected: "sha256:aaaa, mode 644", found: "sha256:bbbb, mode 644" },
});
const container = (peer: string, name: string): Drift => ({
  ...{ peer, kind: "container", name, expected: "image nginx:1.28.0", found: "image nginx:1" },
});

const mend = (drift: Drift[], after: Overrides = {}) => planChange(spec(), spec(after), undefined, drift);

test("nothing is done where nothing is otherwise", () => {
  expect(mend([]).steps).toEqual([]);
});

test("a file that nginx reads again is written there, and nothing is recorded anew", () => {
  expect(titles(mend([edited("peer-2", "nginx.conf")]))).toEqual([
    CHECK,
    "write nginx.conf on peer-2, and have nginx read its own again",
    VERIFY,
  ]);
});

test("what may have read a file that was edited is made anew, on that peer alone", () => {
  const steps = titles(mend([edited("peer-2", "milvus.yaml")]));
  expect(steps.slice(1, -1)).toEqual(
    ["coord", "indexnode", "querynode", "datanode", "proxy"].map(
      (role) => `restart ${role} on peer-2 (milvus.yaml is not as it was rendered)`,
    ),
  );
});

test("a container that is otherwise is made anew, and the plan says how", () => {
  expect(titles(mend([container("peer-3", "nginx")]))).toEqual([
    CHECK,
    "restart nginx on peer-3 (image nginx:1 → image nginx:1.28.0)",
    VERIFY,
  ]);
});

test("certificates that end are renewed before what reads them once is made anew, and the rest stays as it is", () => {
  const steps = titles(mend([certificatesEnding("peer-2", "2027-03-01T00:00:00.000Z")]));
  expect(steps[1]).toBe("renew the certificates of peer-2 (valid until 2027-03-01T00:00:00.000Z)");
  expect(steps.slice(2, -1)).toEqual(
    ["coord", "indexnode", "querynode", "datanode", "proxy"].map(
      (role) => `restart ${role} on peer-2 (it reads its renewed certificate at its start)`,
    ),
  );
});

test("a role that started with the certificate before is made anew, without another renewal", () => {
  const old: Drift = { ...container("peer-2", "proxy"), kind: "certificate" };
  expect(work(mend([old]))).toEqual(["restart proxy on peer-2"]);
});

test("a file that no container reads is written", () => {
  expect(work(mend([edited("peer-1", "docker-compose.yml"), edited("peer-1", "old.conf")]))).toEqual([
    "write on peer-1",
  ]);
});

test("is mended along with a change: no container is made anew twice", () => {
  const { steps } = mend([container("peer-3", "querynode")], WARMER);
  expect(work({ steps, refusals: [], warnings: [] })).toEqual([`restart querynode ${ON_ALL}`]);
  expect(steps.at(-1)!.title).toBe(COMMIT);
});

test("what a peer has otherwise that leaves is nobody's matter", () => {
  const leaving = planChange(spec(of(4)), spec(of(3)), undefined, [container("peer-4", "nginx")]);
  expect(work(leaving)).toEqual(work(planChange(spec(of(4)), spec(of(3)))));
});

test("is told in one line, without what is in the file", () => {
  expect(driftText(edited("peer-2", "milvus.yaml"))).toBe(
    "peer-2: milvus.yaml: sha256:bbbb, mode 644 instead of sha256:aaaa, mode 644",
  );
  expect(driftText(container("peer-3", "nginx"))).toBe(
    "peer-3: the container of nginx: image nginx:1 instead of image nginx:1.28.0",
  );
});
