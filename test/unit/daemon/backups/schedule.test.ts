import type { Job, JobRequest } from "../../../../lib/api/wire";
import type { Alert } from "../../../../lib/daemon/alerts/alert";
import { BACKUPS, DRILLS, type Duty } from "../../../../lib/daemon/backups/duty";
import { BackupSchedule } from "../../../../lib/daemon/backups/schedule";
import { drillBackup } from "../../../../lib/daemon/jobs/types/backups/drill";
import { createBackup } from "../../../../lib/daemon/jobs/types/backups/create";
import type { BackupsSpec } from "../../../../lib/spec/spec";
import { soon } from "../jobs-support";
import { MemoryLog } from "../support";

const HOUR = 3_600_000;
const NIGHTLY: BackupsSpec = {
  ...{ schedule: "0 2 * * *", timeZone: "UTC" },
  keep: { last: 7, daily: 0, weekly: 0, monthly: 0 },
};

/** etcd as leaders see it: one job for each idempotency key. */
class World {
  nowMs = Date.parse("2026-01-01T01:00:00Z");
  backups: BackupsSpec | undefined = NIGHTLY;
  jobs: Job[] = [];
  refuses: Error | undefined;
  /** For etcd to take a backup's job. */
  slowly = Promise.resolve();
  /** How jobs end that are submitted. */
  ends: "succeeded" | "failed" | "running" | "queued" = "succeeded";

  submit(request: JobRequest): void {
    if (this.refuses) throw this.refuses;
    (request.type === "drill-backup" ? drillBackup : createBackup).params.parse(request.params);
    const at = new Date(this.nowMs).toISOString();
    const ended = this.ends === "running" || this.ends === "queued" ? {} : { endedAt: at };
    const error = this.ends === "failed" ? { error: "the store is full" } : {};
    this.jobs.push({
      ...{ id: `job-${this.jobs.length + 1}`, type: request.type, params: request.params!, state: this.ends },
      ...{ progress: 0, steps: [], attempts: 1, createdAt: at, idempotencyKey: request.idempotencyKey },
      ...{ ...ended, ...error },
    });
  }

  get names(): string[] {
    return this.jobs.map((job) => job.idempotencyKey!);
  }
}

let world: World;
const running: BackupSchedule[] = [];
beforeEach(() => (world = new World()));
afterEach(() => Promise.all(running.splice(0).map((schedule) => schedule.stop())));

class Leader {
  readonly alerts: Alert[] = [];
  readonly log = new MemoryLog();
  leads = true;
  private looks = 0;

  readonly schedule: BackupSchedule;

  constructor(duty: Duty = BACKUPS, after?: Leader) {
    this.schedule = new BackupSchedule({
      duty,
      after: after?.schedule,
      backups: () => {
        this.looks += 1;
        return world.backups;
      },
      leads: () => this.leads,
      jobs: () => world.jobs,
      submit: async (request) => {
        if (request.type === "create-backup") await world.slowly;
        world.submit(request);
      },
      alerts: { raise: (alert) => void this.alerts.push(alert) },
      log: this.log.log,
      tickMs: 1,
      clock: () => world.nowMs,
    });
    this.schedule.start();
    running.push(this.schedule);
  }

  /** Lets time pass, and looks at least once from beginning to end after it. */
  async until(iso: string): Promise<void> {
    world.nowMs = Date.parse(iso);
    const looks = this.looks;
    await soon("three looks", () => this.looks >= looks + 3);
  }

  get told(): string[] {
    return this.alerts.map(({ name, fields }) => `${name} ${String(fields.problem ?? fields.backup)}`);
  }
}

test("a backup is made when it is due, once, and again the next day", async () => {
  const leader = new Leader();
  await leader.until("2026-01-01T01:59:59Z");
  expect(world.jobs).toEqual([]);
  await leader.until("2026-01-01T02:00:00Z");
  await leader.until("2026-01-01T02:00:20Z");
  expect(world.jobs).toMatchObject([
    {
      type: "create-backup",
      params: { name: "scheduled-20260101T020000Z", retain: { keep: NIGHTLY.keep, timeZone: "UTC" } },
    },
  ]);
  await leader.until("2026-01-02T02:00:05Z");
  expect(world.names).toEqual(["scheduled-20260101T020000Z", "scheduled-20260102T020000Z"]);
  expect(leader.alerts).toEqual([]);
});

test("where a backup and a drill are due at one time, the backup is first: it is the one to be tried", async () => {
  world.backups = { ...NIGHTLY, drillSchedule: "0 2 * * *" };
  let taken: () => void;
  world.slowly = new Promise((resolve) => (taken = resolve));
  const backups = new Leader();
  const drills = new Leader(DRILLS, backups);
  await drills.until("2026-01-01T01:59:59Z");
  world.nowMs = Date.parse("2026-01-01T02:00:00Z");
  setTimeout(() => taken(), 50);
  await soon("both", () => world.jobs.length === 2);
  expect(world.jobs.map(({ type }) => type)).toEqual(["create-backup", "drill-backup"]);
});

test("whoever leads, it is one backup; who does not lead makes none", async () => {
  const [one, two] = [new Leader(), new Leader()];
  two.leads = false;
  await one.until("2026-01-01T02:00:00Z");
  await two.until("2026-01-01T02:00:01Z");
  one.leads = false;
  two.leads = true;
  await two.until("2026-01-01T02:00:11Z");
  expect(world.names).toEqual(["scheduled-20260101T020000Z"]);
});

test("a leader that comes late makes up for minutes, not for hours", async () => {
  const late = new Leader();
  late.leads = false;
  await late.until("2026-01-01T02:09:00Z");
  late.leads = true;
  await late.until("2026-01-01T02:09:01Z");
  expect(world.names).toEqual(["scheduled-20260101T020000Z"]);
  world.jobs = [];
  const later = new Leader();
  await later.until("2026-01-02T05:00:00Z");
  expect(world.jobs).toEqual([]);
});

test("what cannot be submitted is tried again", async () => {
  const leader = new Leader();
  world.refuses = new Error("no quorum");
  await leader.until("2026-01-01T02:00:00Z");
  expect(leader.log.lines.join()).toContain("backups cannot be scheduled: no quorum");
  world.refuses = undefined;
  await leader.until("2026-01-01T02:00:10Z");
  expect(world.names).toEqual(["scheduled-20260101T020000Z"]);
});

test("one that still waits for its turn is not followed by another", async () => {
  world.ends = "queued";
  const leader = new Leader();
  await leader.until("2026-01-01T02:00:00Z");
  await leader.until("2026-01-02T02:00:00Z");
  expect(world.names).toEqual(["scheduled-20260101T020000Z"]);
  world.jobs[0]!.state = "running";
  await leader.until("2026-01-02T02:01:00Z");
  expect(world.names).toEqual(["scheduled-20260101T020000Z", "scheduled-20260102T020000Z"]);
});

test("a leader's clock that is set back, or ahead and back, has none made twice, and the next one in time", async () => {
  const leader = new Leader();
  await leader.until("2026-01-01T02:00:00Z");
  await leader.until("2026-01-01T01:30:00Z");
  await leader.until("2026-01-01T02:00:30Z");
  expect(world.names).toEqual(["scheduled-20260101T020000Z"]);
  await leader.until("2026-01-03T02:00:05Z");
  await leader.until("2026-01-02T03:00:00Z");
  await leader.until("2026-01-03T02:00:05Z");
  await leader.until("2026-01-04T02:00:05Z");
  expect(world.names).toEqual([1, 3, 4].map((day) => `scheduled-2026010${day}T020000Z`));
});

test("when clocks go forward and back it is one backup a night", async () => {
  world.backups = { ...NIGHTLY, schedule: "30 2 * * *", timeZone: "Europe/Berlin" };
  const leader = new Leader();
  for (const from of ["2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"]) {
    world.jobs = [];
    world.nowMs = Date.parse(from);
    for (let i = 0; i < 6 * 24; i += 1) await leader.until(new Date(world.nowMs + HOUR / 6).toISOString());
    expect(world.jobs).toHaveLength(1);
  }
});

test("without a schedule nothing is made and nothing is told", async () => {
  world.backups = undefined;
  const leader = new Leader();
  await leader.until("2026-01-09T02:00:00Z");
  expect([world.jobs, leader.alerts]).toEqual([[], []]);
});

describe("whoever is on call", () => {
  test("is told once that a backup has failed and why, and that the next one was made", async () => {
    const leader = new Leader();
    world.ends = "failed";
    await leader.until("2026-01-01T02:00:00Z");
    await leader.until("2026-01-01T02:30:00Z");
    expect(leader.alerts).toMatchObject([
      {
        name: "BACKUP_ALERT",
        severity: "critical",
        fields: { problem: "failed", reason: "the store is full" },
      },
    ]);
    world.ends = "succeeded";
    await leader.until("2026-01-02T02:00:00Z");
    await leader.until("2026-01-03T02:00:00Z");
    expect(leader.told).toEqual(["BACKUP_ALERT failed", "BACKUP_OK_ALERT scheduled-20260102T020000Z"]);
  });

  test("is told of drills by a schedule and alerts of their own", async () => {
    world.backups = { ...NIGHTLY, drillSchedule: "0 5 * * 0" };
    const leader = new Leader(DRILLS);
    await leader.until("2026-01-03T05:00:00Z");
    expect(world.names).toEqual([]);
    world.ends = "failed";
    await leader.until("2026-01-04T05:00:00Z");
    world.ends = "succeeded";
    await leader.until("2026-01-11T05:00:00Z");
    await leader.until("2026-01-11T05:00:30Z");
    expect(world.names).toEqual(["drill-20260104T050000Z", "drill-20260111T050000Z"]);
    expect(leader.alerts.map(({ name, fields }) => `${name} ${String(fields.drill)}`)).toEqual([
      "DRILL_ALERT drill-20260104T050000Z",
      "DRILL_OK_ALERT drill-20260111T050000Z",
    ]);
  });

  test("is told that all is well again by a leader that has not told of the failure itself", async () => {
    const first = new Leader();
    world.ends = "failed";
    await first.until("2026-01-01T02:00:00Z");
    first.leads = false;
    world.ends = "succeeded";
    world.nowMs = Date.parse("2026-01-02T02:00:00Z");
    const second = new Leader();
    await second.until("2026-01-02T02:00:01Z");
    second.leads = false;
    expect(second.told).toContain("BACKUP_OK_ALERT scheduled-20260102T020000Z");
  });

  test("is told when two were due in a row and none was made, once for each that follows", async () => {
    const leader = new Leader();
    await leader.until("2026-01-01T02:00:00Z");
    world.refuses = new Error("no quorum");
    await leader.until("2026-01-02T02:00:00Z");
    await leader.until("2026-01-02T03:00:00Z");
    expect(leader.alerts).toEqual([]);
    await leader.until("2026-01-03T02:00:00Z");
    expect(leader.alerts).toEqual([]);
    await leader.until("2026-01-03T02:11:00Z");
    await leader.until("2026-01-03T02:12:00Z");
    expect(leader.alerts).toMatchObject([
      { name: "BACKUP_ALERT", fields: { problem: "late", last_good: "2026-01-01T02:00:00.000Z" } },
    ]);
    await leader.until("2026-01-04T02:11:00Z");
    expect(leader.told).toEqual(["BACKUP_ALERT late", "BACKUP_ALERT late"]);
  });

  test("is not told that one is late which is being made", async () => {
    const leader = new Leader();
    world.ends = "running";
    await leader.until("2026-01-01T02:00:00Z");
    await leader.until("2026-01-04T03:00:00Z");
    expect(leader.alerts).toEqual([]);
  });
});
