import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Job } from "../../../lib/api/wire";
import { maintenance } from "../../../lib/daemon/jobs/types/maintenance";
import { keys } from "../../../lib/daemon/keys";
import { isWaste } from "../../../lib/daemon/maintenance/images";
import { oldLogs } from "../../../lib/daemon/maintenance/files";
import type { ImageOnHost } from "../../../lib/daemon/ports/engine";
import type { CleanUpReport } from "../../../lib/daemon/tasks/clean-up";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { Peers, TestJob, type Peer } from "./peers-support";
import { specOf, temporaryDir } from "./support";

const DAY_MS = 86_400_000;
const dir = temporaryDir();
let peers: Peers;
beforeEach(async () => {
  peers = await Peers.start(dir.path());
});
afterEach(() => peers.stop());

const clean = (params: ConstructorParameters<typeof TestJob<unknown>>[2] = {}) =>
  new TestJob(peers, maintenance, params as object);
const reportOf = (job: { result: Record<string, unknown> }, peer: string) =>
  (job.result.peers as Record<string, CleanUpReport>)[peer]!;

async function file(path: string, bytes: number, ageMs = 0): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "x".repeat(bytes));
  const at = (Date.now() - ageMs) / 1000;
  await utimes(path, at, at);
}

/** Puts one of each kind of waste, and one of each kind of what is no waste, on a peer. */
async function litter({ config, host }: Peer): Promise<{ removed: string[] }> {
  const { dataRoot } = config.identity;
  for (let i = 1; i <= 9; i++) await file(join(dataRoot, "backups/etcd", `2026010${i}T000000Z-a.db`), 10);
  await file(join(config.configDir, "secrets.json.0123456789ab"), 5, DAY_MS);
  await file(join(config.configDir, "secrets.json.ba9876543210"), 5);
  const removed: string[] = [];
  host.engine = {
    ...host.engine,
    images: async () => [
      { id: "dangling", references: [], bytes: 1000, used: false },
      { id: "in-use", references: [], bytes: 1000, used: true },
      { id: "needed", references: [], bytes: 300, used: false },
    ],
    removeImage: async (id) => (id === "needed" ? false : removed.push(id) > 0),
  };
  return { removed };
}

const filesOf = async ({ config }: Peer) => [
  ...(await readdir(join(config.identity.dataRoot, "backups/etcd"))),
  ...(await readdir(config.configDir)),
];

test("only tells what it would remove, unless told otherwise", async () => {
  const peer = peers.elect("peer-1");
  const { removed } = await litter(peer);
  const before = await filesOf(peer);
  const job = clean();
  await job.run(peer);
  const report = reportOf(job, "peer-1");
  expect(job.result).toMatchObject({ dryRun: true, jobs: 0, bytes: 1325 });
  expect(report).toMatchObject({ count: 5, bytes: 1325, kept: [] });
  expect(report.items.map((i) => i.kind).sort()).toEqual([
    "image",
    "image",
    "leftover",
    "snapshot",
    "snapshot",
  ]);
  expect(job.lines).toContainEqual("info: peer-1: would remove 5 thing(s), 1325 bytes");
  expect(await filesOf(peer)).toEqual(before);
  expect(removed).toEqual([]);
});

test("removes what the dry run told of, and nothing else", async () => {
  const peer = peers.elect("peer-1");
  const { removed } = await litter(peers.of("peer-2"));
  const before = await filesOf(peers.of("peer-2"));
  const job = clean({ dryRun: false });
  await job.run(peer);
  expect(reportOf(job, "peer-2")).toMatchObject({ count: 4, bytes: 1025, kept: ["needed"] });
  expect(removed).toEqual(["dangling"]);
  const gone = before.filter((name) =>
    ["20260101T000000Z-a.db", "20260102T000000Z-a.db", "secrets.json.0123456789ab"].includes(name),
  );
  expect(gone).toHaveLength(3);
  expect(await filesOf(peers.of("peer-2"))).toEqual(before.filter((name) => !gone.includes(name)));
});

test("the watchdog is told to leave the peer's containers alone meanwhile, and no longer", async () => {
  const peer = peers.elect("peer-1");
  await litter(peer);
  const seen: (string | undefined)[] = [];
  const { removeImage } = peer.host.engine;
  peer.host.engine = {
    ...peer.host.engine,
    removeImage: (id) => {
      seen.push(peer.marks.why("querynode"));
      return removeImage(id);
    },
  };
  await clean({ dryRun: false }).run(peer);
  expect(seen).toEqual(["maintenance", "maintenance"]);
  expect(peer.marks.why("querynode")).toBeUndefined();
});

test("images are left alone when asked so", async () => {
  const peer = peers.elect("peer-1");
  const { removed } = await litter(peer);
  const job = clean({ dryRun: false, images: false, keepSnapshots: 8 });
  await job.run(peer);
  expect(removed).toEqual([]);
  expect(reportOf(job, "peer-1")).toMatchObject({ count: 2, bytes: 15 });
});

test("a peer that cannot be asked is told, and the others are cleaned up", async () => {
  await peers.of("peer-2").down();
  await litter(peers.of("peer-3"));
  const job = clean({ dryRun: false });
  await job.run(peers.elect("peer-1"));
  expect(job.result.peers).toMatchObject({
    "peer-2": { error: expect.stringContaining("peer-2: ") },
    "peer-3": { count: 4 },
  });
  expect(job.lines).toContainEqual(
    expect.stringMatching(/^warn: left out: peer-2: its daemon cannot be reached/),
  );
});

test("a successor goes on with the next peer, and loses no report", async () => {
  for (const peer of peers.all) await litter(peer);
  const job = clean({ dryRun: false });
  let looks = 0;
  job.onSafePoint = () => {
    if (++looks === 2) throw new Error("killed");
  };
  await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("killed");
  await job.run(peers.elect("peer-2"));
  for (const name of ["peer-1", "peer-2", "peer-3"]) expect(reportOf(job, name)).toMatchObject({ count: 4 });
  expect(job.result.bytes).toBe(3 * 1025);
});

describe("jobs that ended long ago", () => {
  const jobOf = (id: string, state: Job["state"], endedMs?: number): Job => ({
    ...{
      id,
      type: "smoke",
      params: {},
      state,
      steps: [],
      progress: 0,
      attempts: 1,
      createdAt: new Date(0).toISOString(),
    },
    ...(endedMs === undefined ? {} : { endedAt: new Date(endedMs).toISOString() }),
  });
  const { job: keyOf, jobLogLine } = keys("c1");
  beforeEach(() => {
    const { store } = peers;
    const old = jobOf("0aaaaaaaa-aaaaaa", "succeeded", Date.now() - 31 * DAY_MS);
    const young = jobOf("0bbbbbbbb-bbbbbb", "failed", Date.now() - 29 * DAY_MS);
    for (const job of [old, young, jobOf("0cccccccc-cccccc", "running")])
      store.put(keyOf(job.id), JSON.stringify(job));
    const line = { seq: 1, at: new Date(0).toISOString(), level: "info", text: "x" };
    store.put(jobLogLine(old.id, 1), JSON.stringify(line));
  });

  test("are counted in a dry run", async () => {
    const job = clean();
    await job.run(peers.elect("peer-1"));
    expect(job.result.jobs).toBe(1);
    expect(peers.store.kv.has(keyOf("0aaaaaaaa-aaaaaa"))).toBe(true);
  });

  test("go with their logs, as the spec or the request says; running ones never do", async () => {
    const job = clean({ dryRun: false });
    await job.run(peers.elect("peer-1"));
    expect(job.result.jobs).toBe(1);
    const left = () => [...peers.store.kv.keys()].filter((key) => /aaaaaa|bbbbbb|cccccc/.test(key));
    expect(left()).toEqual([keyOf("0bbbbbbbb-bbbbbb"), keyOf("0cccccccc-cccccc")]);
    await clean({ dryRun: false, jobsOlderThanDays: 0 }).run(peers.elect("peer-1"));
    expect(left()).toEqual([keyOf("0cccccccc-cccccc")]);
  });
});

describe("an image", () => {
  const { images } = specOf("/data");
  const spec = {
    ...specOf("/data"),
    images: { ...images, nginx: "docker.io/library/nginx:1.28.0", minio: "reg:5000/minio/minio:R1" },
  };
  const image = (references: string[], used = false): ImageOnHost => ({
    id: "i",
    references,
    bytes: 1,
    used,
  });
  test.each<[string, ImageOnHost, boolean]>([
    ["without a name", image([]), true],
    ["without a name that a container was made from", image([], true), false],
    ["of the spec", image([images.milvus]), false],
    ["of the spec under a second name", image(["old:1", images.milvus]), false],
    ["of another version of Milvus", image(["milvusdb/milvus:v2.3.4"]), true],
    ["of another version that still runs", image(["milvusdb/milvus:v2.3.4"], true), false],
    ["that the spec names with Docker Hub in front", image(["nginx:1.28.0"]), false],
    ["of another version of it", image(["nginx:1.27.0", "nginx@sha256:12"]), true],
    ["behind a registry with a port", image(["reg:5000/minio/minio:R1"]), false],
    ["of another version behind it", image(["reg:5000/minio/minio:R0"]), true],
    ["of the same name behind another registry", image(["other:5000/minio/minio:R0"]), false],
    ["of somebody else", image(["postgres:16"]), false],
    ["of ours that somebody else has named too", image(["milvusdb/milvus:v2.3.4", "mine:1"]), false],
  ])("%s", (_, found, waste) => {
    expect(isWaste(found, spec)).toBe(waste);
  });
});

describe("log files of Milvus", () => {
  const at = (root: string, path: string) => join(root, "milvus", "querynode", path);

  test("that it has turned away from go by their age; what it writes to, and what is no log, stays", async () => {
    const root = join(dir.path(), "logs-test");
    const spec = { ...specOf(root), config: { "log.file.rootPath": "/var/lib/milvus/logs" } };
    await file(at(root, "logs/querynode-2026-01-02T03-04-05.678.log"), 10, 8 * DAY_MS);
    await file(at(root, "logs/querynode-2026-01-02T03-04-05.679.log.gz"), 10, 8 * DAY_MS);
    await file(at(root, "logs/querynode-2026-01-09T03-04-05.678.log"), 10, 6 * DAY_MS);
    await file(at(root, "logs/querynode.log"), 10, 8 * DAY_MS);
    await file(at(root, "data/000003.log"), 10, 8 * DAY_MS);
    const found = await oldLogs(spec, root, 7);
    expect(found.map(({ name }) => name)).toEqual([
      at(root, "logs/querynode-2026-01-02T03-04-05.678.log"),
      at(root, "logs/querynode-2026-01-02T03-04-05.679.log.gz"),
    ]);
  });

  test.each([undefined, "/etc", "/var/lib/milvus/../../..", "/var/lib/milvusx"])(
    "are not looked for in %p",
    async (path) => {
      const root = join(dir.path(), "logs-test");
      await file(at(root, "x-2026-01-02T03-04-05.678.log"), 10, 8 * DAY_MS);
      const config: ClusterSpec["config"] = path === undefined ? {} : { "log.file.rootPath": path };
      const spec = { ...specOf(root), config };
      expect(await oldLogs(spec, root, 7)).toEqual([]);
    },
  );
});
