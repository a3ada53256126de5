/** A week and a day of schedule, retention and drill, with real jobs on a real Milvus: only the calendar is faster. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Job, JobRequest } from "../../lib/api/wire";
import type { Alert } from "../../lib/daemon/alerts/alert";
import { BACKUPS, DRILLS, type Duty } from "../../lib/daemon/backups/duty";
import { BackupSchedule } from "../../lib/daemon/backups/schedule";
import { Shelf } from "../../lib/daemon/backups/shelf";
import type { JobType } from "../../lib/daemon/jobs/type";
import { createBackup } from "../../lib/daemon/jobs/types/backups/create";
import { drillBackup } from "../../lib/daemon/jobs/types/backups/drill";
import type { BackupsSpec } from "../../lib/spec/spec";
import { eventually } from "../support/eventually";
import { Films } from "../support/films";
import { long } from "../support/long";
import { PASSWORD, StandaloneMilvus } from "../support/standalone-milvus";
import { Peers, TestJob } from "../unit/daemon/peers-support";
import { MemoryLog, temporaryDir } from "../unit/daemon/support";

jest.setTimeout(10 * 60_000);

const DAYS = long ? 14 : 8;
/** On which a file of the newest backup is damaged before the drill. */
const BAD_DAY = 6;
const ROWS = 2_000;
const SPEC: BackupsSpec = {
  ...{ schedule: "0 2 * * *", drillSchedule: "0 5 * * *", timeZone: "UTC" },
  keep: { last: 3, daily: 0, weekly: 2, monthly: 0 },
};
/** A Thursday. */
const FIRST = Date.parse("2026-01-01T00:00:00Z");
const at = (day: number, hour: number): number => FIRST + ((day - 1) * 24 + hour) * 3_600_000;

let milvus: StandaloneMilvus;
let films: Films;
beforeAll(async () => {
  milvus = await StandaloneMilvus.start();
  films = await Films.at(milvus.address, PASSWORD);
  await films.make("films", ROWS);
});
afterAll(async () => {
  await films?.close();
  await milvus?.stop();
});

const dir = temporaryDir();
let peers: Peers;
/** As etcd has them. */
let jobs: Job[];
let alerts: Alert[];
const running: BackupSchedule[] = [];
beforeEach(async () => {
  // Backups tell by the clock of the machine how old they are; all that waits goes by the real one.
  jest.useFakeTimers({ now: at(1, 1), doNotFake: NOT_FAKED });
  peers = await Peers.start(dir.path());
  peers.milvusAccess = milvus;
  [jobs, alerts] = [[], []];
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((schedule) => schedule.stop()));
  await peers.stop();
  jest.useRealTimers();
});

const NOT_FAKED = [
  ...(["hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate", "clearImmediate"] as const),
  ...(["setInterval", "clearInterval", "setTimeout", "clearTimeout"] as const),
];

/** Submits as etcd does, one job for a key, and runs it as the leader does. */
async function submit({ type, params = {}, idempotencyKey }: JobRequest): Promise<void> {
  if (jobs.some((job) => job.idempotencyKey === idempotencyKey)) return;
  const id = `0mijk2x9a-${String(jobs.length).padStart(6, "0")}`;
  const createdAt = new Date().toISOString();
  const job: Job = {
    ...{ id, type, params, state: "running", steps: [], progress: 0, attempts: 1, createdAt, idempotencyKey },
  };
  jobs.push(job);
  const kind = (type === createBackup.name ? createBackup : drillBackup) as JobType<object>;
  const ended = (more: Partial<Job>): void =>
    void Object.assign(job, { ...more, endedAt: new Date().toISOString() });
  void new TestJob(peers, kind, params, id).run(peers.elect("peer-1")).then(
    (result) => ended({ state: "succeeded", result }),
    (error: Error) => ended({ state: "failed", error: error.message }),
  );
}

function begin(duty: Duty): void {
  const schedule = new BackupSchedule({
    ...{ duty, backups: () => SPEC, leads: () => true, jobs: () => jobs, submit, tickMs: 10 },
    alerts: { raise: (alert) => void alerts.push(alert) },
    log: new MemoryLog().log,
  });
  schedule.start();
  running.push(schedule);
}

/** It is that time, and what is due then has been done. */
async function done(day: number, hour: number, duty: Duty): Promise<Job> {
  jest.setSystemTime(at(day, hour));
  const key = `${duty.prefix}${new Date(at(day, hour)).toISOString().replace(/[-:]|\.\d+/g, "")}`;
  const find = (): Job | undefined => jobs.find(({ idempotencyKey }) => idempotencyKey === key);
  await eventually(`${key} has ended`, 120_000, async () => find()?.endedAt !== undefined);
  return find()!;
}

async function damage(name: string): Promise<void> {
  const folder = join(peers.bucket.dir, name, "data/default/films");
  const file = join(folder, (await readdir(folder))[0]!);
  const content = await readFile(file);
  content[content.length >> 1]! ^= 1;
  await writeFile(file, content);
}

const nameOf = (day: number): string => `scheduled-202601${String(day).padStart(2, "0")}T020000Z`;

test(`${DAYS} days: a backup and a drill each, what the policy names stays, and one bad drill is an alert that ends`, async () => {
  const shelf = new Shelf(peers.bucket, new AbortController().signal);
  [BACKUPS, DRILLS].forEach(begin);
  for (let day = 1; day <= DAYS; day++) {
    expect(await done(day, 2, BACKUPS)).toMatchObject({ state: "succeeded", result: { rows: ROWS } });
    const found = (await shelf.list()).map(({ name }) => name);
    const newest = [day, day - 1, day - 2].filter((d) => d > 0);
    // Weeks begin on Mondays, the 5th and the 12th: of this one and the last the newest stays.
    const sunday = [11, 4].find((d) => d < (day >= 12 ? 12 : day >= 5 ? 5 : 1));
    const kept = [...new Set([...newest, ...(sunday === undefined ? [] : [sunday])])];
    expect(found).toEqual(kept.sort((a, b) => b - a).map(nameOf));
    if (day === BAD_DAY) await damage(nameOf(day));
    const drill = await done(day, 5, DRILLS);
    if (day === BAD_DAY) {
      const error = expect.stringMatching(`"${nameOf(day)}" cannot be restored: data/.* is damaged`);
      expect(drill).toMatchObject({ state: "failed", error });
    } else expect(drill).toMatchObject({ state: "succeeded", result: { name: nameOf(day), rows: ROWS } });
    expect(await films.count("films")).toBe(ROWS);
  }
  expect(jobs.map(({ type }) => type)).toEqual(
    Array.from({ length: DAYS }, () => [createBackup.name, drillBackup.name]).flat(),
  );
  await eventually("the alert has ended", 5_000, async () => alerts.length >= 2);
  expect(alerts.map(({ name }) => name)).toEqual(["DRILL_ALERT", "DRILL_OK_ALERT"]);
});
