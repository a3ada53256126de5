import { specDigest } from "../../../lib/daemon/digest";
import type { ChangeContext } from "../../../lib/daemon/jobs/converge/context";
import { emptyPoolAfter } from "../../../lib/daemon/jobs/converge/empty";
import { keepPool } from "../../../lib/daemon/jobs/converge/keep";
import { Cancelled } from "../../../lib/daemon/jobs/errors";
import { keys } from "../../../lib/daemon/keys";
import type { HttpAnswer } from "../../../lib/daemon/ports/runtime";
import type { ChangeStep } from "../../../lib/plan/change";
import type { ClusterSpec, MinioStorage } from "../../../lib/spec/spec";
import { changed, formed, jobOf, unfinished } from "./converge-support";
import { FakeHttp } from "./minio/support";
import type { Peers, TestJob } from "./peers-support";
import { temporaryDir } from "./support";

const GIB = 2 ** 30;
const STEP = { peers: ["peer-3"] } as unknown as ChangeStep;
const emptyPool = emptyPoolAfter(0, 20);
const dir = temporaryDir();
let peers: Peers;
let before: ClusterSpec;
let after: ClusterSpec;

beforeEach(async () => {
  peers = await formed(dir.path());
  before = withPools(["peer-1", "peer-2"], ["peer-3"]);
  after = withPools(["peer-1", "peer-2"]);
  const value = { generation: 1, digest: specDigest(before), spec: before };
  peers.store.put(keys("c1").spec, JSON.stringify(value));
});
afterEach(() => peers.stop());

function withPools(...of: string[][]): ClusterSpec {
  const storage = peers.spec.storage as MinioStorage;
  const [one] = storage.pools;
  return changed(peers, {
    storage: { ...storage, pools: of.map((members) => ({ ...one!, peers: members })) },
  });
}

type Decommission = Record<string, string | number | boolean>;

/** A MinIO that empties its second pool: as many looks at it as `moving` says find it under way. */
class FakePools {
  readonly told: string[] = [];
  moving: number[] = [GIB];
  ends: "complete" | "failed" = "complete";
  offline: string | undefined;
  free = 100 * GIB;
  /** Of whom the pool's first node has not yet told. */
  unaware = new Map<string, number>();
  info: Decommission | undefined;
  private left: number[] = [];
  readonly http = new FakeHttp((request) => this.answer(request));

  private answer(request: string): HttpAnswer {
    const path = request.slice(request.lastIndexOf("/") + 1);
    if (path === "info") return ok(this.server());
    if (path === "list") return ok(this.list());
    this.told.push(path);
    if (path === "cancel") this.info = { ...this.info, canceled: true };
    else [this.left, this.info] = [[...this.moving], decommission()];
    return ok({});
  }

  private list(): object[] {
    const { host } = new URL(this.http.requests.at(-1)!.url);
    const waits = this.unaware.get(host) ?? 0;
    this.unaware.set(host, waits - 1);
    const all = [{ cmdline: "first pool" }, { cmdline: "second pool", decommissionInfo: this.info }];
    if (waits > 0) return all.map(({ cmdline }) => ({ cmdline }));
    this.goOn();
    return all;
  }

  private goOn(): void {
    if (!this.info || this.info.canceled) return;
    const moved = this.left.shift();
    if (moved === undefined)
      this.info = {
        ...this.info,
        [this.ends]: true,
        objectsDecommissionedFailed: this.ends === "failed" ? 7 : 0,
      };
    else this.info = { ...this.info, bytesDecommissioned: moved, objectsDecommissioned: 3 };
  }

  private server(): object {
    const servers = ["peer-1", "peer-2", "peer-3"].map((peer) => {
      const state = peer === this.offline ? "offline" : "ok";
      const drive = { state, totalspace: 200 * GIB, usedspace: 1, availspace: this.free };
      return { endpoint: `${peer}:9000`, drives: Array.from({ length: 4 }, () => drive) };
    });
    const backend = { standardSCParity: 2, totalDrivesPerSet: [8, 4] };
    return { backend, servers, pools: { "0": { "0": { usage: 1 } }, "1": { "0": { usage: 2 * GIB } } } };
  }
}

const ok = (body: object): HttpAnswer => ({ status: 200, body: JSON.stringify(body) });

const decommission = (): Decommission => ({
  ...{ startTime: "2026-01-02T03:04:05Z", complete: false, failed: false, canceled: false },
  ...{ objectsDecommissioned: 0, objectsDecommissionedFailed: 0, bytesDecommissioned: 0 },
});

interface Run {
  readonly ctx: ChangeContext;
  readonly job: TestJob<unknown>;
  readonly details: string[];
}

function contextOf(
  pools: FakePools,
  o: { to?: ClusterSpec; cancel?: (detail: string) => boolean } = {},
): Run {
  const job = jobOf(peers, { from: before, to: o.to ?? after });
  const stop = new AbortController();
  const found = job.context(peers.elect("peer-1"), stop.signal);
  const details: string[] = [];
  const detail = (text: string): void => {
    details.push(text);
    if (o.cancel?.(text)) stop.abort(new Cancelled());
  };
  return { ctx: { ...found, ports: { ...found.ports, http: pools.http }, detail }, job, details };
}

test("a pool is emptied, and looked at once more when every node knows that it takes nothing new", async () => {
  const pools = new FakePools();
  pools.unaware.set(`${peers.of("peer-2").config.identity.address}:${peers.spec.ports.minio}`, 1);
  const { ctx, job, details } = contextOf(pools);
  await emptyPool.run(ctx, STEP);
  expect(pools.told).toEqual(["decommission", "decommission"]);
  expect(details).toContainEqual(expect.stringMatching(/1\.0 GiB of about .* moved, 3 objects/));
  expect(details).toContainEqual(
    expect.stringContaining("MinIO on peer-2 does not know that it takes nothing new"),
  );
  expect(job.lines.at(-1)).toBe("info: pool 2 (peer-3) is empty: the other pools have all of its objects");
  expect(unfinished(peers)?.spec).toEqual(after);
});

test("one that an earlier leader has begun to empty is followed, and not begun again while it moves", async () => {
  const pools = new FakePools();
  pools.info = { ...decommission(), bytesDecommissioned: GIB };
  pools.free = 0;
  await emptyPool.run(contextOf(pools).ctx, STEP);
  expect(pools.told).toEqual(["decommission"]);
});

test.each<[string, (pools: FakePools) => unknown, RegExp]>([
  [
    "without room for what it holds",
    (p) => (p.free = 0),
    /have room for 0 B: add a pool, or drop collections .*; nothing was moved/,
  ],
  ["with drives offline", (p) => (p.offline = "peer-2"), /drives of peer-2 are offline.*nothing was moved/],
])("%s nothing is begun", async (_, spoil, message) => {
  const pools = new FakePools();
  spoil(pools);
  await expect(emptyPool.run(contextOf(pools).ctx, STEP)).rejects.toThrow(message);
  expect(pools.told).toEqual([]);
  expect(unfinished(peers)).toBeUndefined();
});

test("objects that cannot be moved are tried three times, then told of, with what goes on", async () => {
  const pools = new FakePools();
  [pools.moving, pools.ends] = [[], "failed"];
  const message =
    /did not empty pool 2 \(peer-3\) in 3 tries, for 7 objects could not be moved.*All is served as before/s;
  await expect(emptyPool.run(contextOf(pools).ctx, STEP)).rejects.toThrow(message);
  expect(pools.told).toEqual(["decommission", "decommission", "decommission"]);
});

test("a job that is cancelled has MinIO stop, and says what that means for the pool", async () => {
  const pools = new FakePools();
  pools.moving = Array.from({ length: 50 }, (_, i) => i * GIB);
  const { ctx, job } = contextOf(pools, { cancel: (text) => text.includes("moved, 3 objects") });
  await expect(emptyPool.run(ctx, STEP)).rejects.toThrow();
  expect(pools.told).toEqual(["decommission", "cancel"]);
  expect(job.lines.at(-1)).toMatch(
    /^warn: pool 2 \(peer-3\) is no longer emptied, .* MinIO stores nothing new in it/,
  );
});

test("is done once one node of MinIO was started without the pool, and not before", async () => {
  const { ctx } = contextOf(new FakePools());
  expect(await emptyPool.isDone(ctx, STEP)).toBe(false);
  const { ports } = peers.of("peer-2");
  await ports.files.write(
    after,
    await peers
      .of("peer-2")
      .secrets.of(after)
      .then((s) => s.cluster),
  );
  await ports.compose.up(new AbortController().signal);
  expect(await emptyPool.isDone(ctx, STEP)).toBe(true);
});

test.each<[string, Decommission | undefined, string[], RegExp]>([
  [
    "that was being emptied is kept, and what cannot be undone is told",
    decommission(),
    ["cancel"],
    /^warn: .* stores nothing new/,
  ],
  ["that was not begun serves as before", undefined, [], /^info: pool 2 \(peer-3\) serves as before/],
])("on the way back a pool %s", async (_, info, told, line) => {
  const pools = new FakePools();
  pools.moving = Array.from({ length: 50 }, () => GIB);
  pools.info = info;
  const { ctx, job } = contextOf(pools, { to: before });
  await keepPool.run(ctx, STEP);
  expect(pools.told).toEqual(told);
  expect(job.lines.at(-1)).toMatch(line);
});
