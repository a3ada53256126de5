/**
 * Backups by the minute and their drills, in real time on a real cluster whose leader dies once; then what goes wrong is told, and when it
 * is over. In order, on one lab; npm run test:long alone.
 */
import { buffer } from "node:stream/consumers";
import { Lab, type Vm } from "../../lab";
import type { Job } from "../../lib/api/wire";
import { BACKUPS, DRILLS, type Duty } from "../../lib/daemon/backups/duty";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import type { BackupsProps } from "../../constructs";
import { Daemons } from "../support/daemons";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { Films } from "../support/films";
import { long, onlyLong } from "../support/long";
import { outsideMinio, ownerOf, type OutsideMinio } from "../support/outside-minio";
import { alertsOn, onPeer, rootPassword } from "../support/peers";

jest.setTimeout(25 * 60_000);

const { describe: rarely } = onlyLong("ten backups, one a minute, take more than ten minutes");
const BUCKET = "milvus-backups";
const PEERS = [1, 2, 3];
const ROWS = 50_000;
/** Fewer of them make it quicker. */
const CYCLES = Number(process.env.MILVUS_ONPREM_CYCLES ?? 10);
/** Backups that have been made when the leader dies. */
const DEATH_AFTER = Math.floor(CYCLES / 2);
const KEPT = 3;
const MINUTE_MS = 60_000;
/** A daemon may take so much, whatever its cluster holds (docs/backup-data.md). */
const MEMORY_MIB = 256;
/** Less is not the daemon's process. */
const IDLE_MIB = 40;

let centre: DataCentre;
let deployment: Deployment;
let daemons: Daemons;
let outside: OutsideMinio;
let vms: Vm[];

async function deployed(schedules: Pick<BackupsProps, "schedule" | "drillSchedule">): Promise<string> {
  const target = { s3: { ...outside, bucket: BUCKET } };
  await deployment.synth({
    vms: PEERS,
    cluster: { backups: { ...schedules, timeZone: "UTC", keep: { last: KEPT }, target } },
  });
  const { output } = await deployment.apply();
  expect(output).toContain("Apply complete!");
  return output;
}

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("backup-cycles"); // what a killed run may have left
  centre = await dataCentre({ name: "backup-cycles", vms: 4 });
  vms = PEERS.map((n) => centre.lab.vm(n));
  outside = await outsideMinio(centre.lab, centre.lab.vm(4));
  await ownerOf(outside).makeBucket(BUCKET);
  deployment = Deployment.create("backup-cycles", centre);
  daemons = new Daemons(centre.lab, deployment);
  await deployed({});
  const films = await Films.at(`${vms[0]!.address}:19537`, await rootPassword(deployment), 128);
  await films.make("films", ROWS);
  await films.close();
});

afterAll(async () => {
  if (long) await (await Lab.attach("backup-cycles")).down();
});

/** Jobs of a schedule, in order. */
async function jobsOf({ jobType: type, prefix }: Duty): Promise<Job[]> {
  const { jobs } = await daemons.of(vms[0]!).jobs.list({ type, limit: 100 });
  return jobs.filter((job) => job.idempotencyKey?.startsWith(prefix)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

const good = (jobs: readonly Job[]): Job[] => jobs.filter(({ state }) => state === "succeeded");
/** When one was due, as its name says. */
const dueAt = ({ idempotencyKey: key = "" }: Job): number =>
  Date.parse(key.replace(/^.*-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

async function goodBackups(count: number): Promise<Job[]> {
  let found: Job[] = [];
  const deadlineMs = (count + 3) * MINUTE_MS;
  await eventually(`${count} backups are made`, deadlineMs, async () => {
    found = good(await jobsOf(BACKUPS));
    return found.length >= count;
  });
  return found;
}

/** Alerts of all daemons. */
async function told(word: string): Promise<string[]> {
  return (await Promise.all(PEERS.map((n) => alertsOn(centre.lab, n, word)))).flat();
}

const onceTold = (word: string): Promise<void> =>
  eventually(word, 8 * MINUTE_MS, async () => (await told(word)).length > 0);

/** What the daemon of a peer has taken at most, of memory: the largest of its container's processes. */
async function peakMib(peer: number): Promise<number> {
  const pids = "$(docker top milvus-onprem -o pid | tail -n +2)";
  const peaks = `for pid in ${pids}; do awk '/VmHWM/ { print $2 }' /proc/$pid/status; done | sort -n | tail -1`;
  return Number(await onPeer(centre.lab, peer, peaks)) / 1024;
}

/** Changes one byte in the middle of an object; returns how to undo it. */
async function damage(name: string): Promise<() => Promise<unknown>> {
  const client = ownerOf(outside);
  let path = "";
  for await (const { name: found } of client.listObjectsV2(BUCKET, "", true) as AsyncIterable<{
    name: string;
  }>)
    if (found.includes(`/${name}/data/`) && found.endsWith(".parquet")) path = found;
  const content = await buffer(await client.getObject(BUCKET, path));
  const other = Buffer.from(content);
  other[other.length >> 1]! ^= 1;
  await client.putObject(BUCKET, path, other);
  return () => client.putObject(BUCKET, path, content);
}

rarely("a schedule of one backup a minute, and of a drill every third one", () => {
  test(`makes ${CYCLES} in a row, each at its time and once, although the leader dies meanwhile`, async () => {
    await deployed({ schedule: "* * * * *", drillSchedule: "*/3 * * * *" });
    await goodBackups(DEATH_AFTER);
    await daemons.crash(await daemons.leader(vms));
    const made = await goodBackups(CYCLES);
    const due = made.map(dueAt);
    expect(due).toEqual(due.map((_, i) => due[0]! + i * MINUTE_MS));
    for (const [i, job] of made.entries()) {
      expect(job.result).toMatchObject({ rows: ROWS });
      const before = made[i - 1];
      if (before) expect(Date.parse(job.startedAt!)).toBeGreaterThanOrEqual(Date.parse(before.endedAt!));
    }
    const owners = new Set(made.map(({ owner }) => owner!.term));
    expect(owners.size).toBeGreaterThan(1);
  });

  test("keeps the newest ones, which are whole, and has drilled one after the other", async () => {
    await eventually("the shelf is as the policy has it", 2 * MINUTE_MS, async () => {
      const made = good(await jobsOf(BACKUPS)).map(({ idempotencyKey }) => idempotencyKey);
      const { backups } = await daemons.of(vms[0]!).backups.list();
      return backups.map(({ name }) => name).join() === made.slice(-KEPT).reverse().join();
    });
    const drills = await jobsOf(DRILLS);
    expect(good(drills).length).toBeGreaterThanOrEqual(Math.floor(CYCLES / 3));
    expect(drills.filter(({ state }) => state === "failed")).toEqual([]);
    const log = await onPeer(centre.lab, 1, `milvus-onprem jobs logs ${good(drills)[0]!.id}`);
    expect(log).toContain(`films: ${ROWS} rows are back, by bulk import`);
    const backups = await jobsOf(BACKUPS);
    expect(backups.filter(({ state }) => state === "failed")).toEqual([]);
    expect([...(await told("BACKUP_ALERT")), ...(await told("DRILL_ALERT"))]).toEqual([]);
  });

  test("is done by daemons that keep within their memory", async () => {
    const peaks = await Promise.all(PEERS.map(peakMib));
    console.log(`daemons took ${peaks.map(Math.round).join(", ")} MiB at most`);
    for (const peak of peaks) {
      expect(peak).toBeGreaterThan(IDLE_MIB);
      expect(peak).toBeLessThanOrEqual(MEMORY_MIB);
    }
  });
});

rarely("what goes wrong", () => {
  test("is told of a backup whose store is away, and so is the next one that is made", async () => {
    await onPeer(centre.lab, 4, "docker stop s3");
    await onceTold("BACKUP_ALERT");
    expect((await told("BACKUP_ALERT"))[0]).toMatch(
      /problem=failed backup=scheduled-\d{8}T\d{6}Z job=\S+ reason=/,
    );
    await onPeer(centre.lab, 4, "docker start s3");
    await onceTold("BACKUP_OK_ALERT");
    await eventually("the newest one is whole", 2 * MINUTE_MS, async () => {
      const { backups } = await daemons.of(vms[0]!).backups.list();
      const said = await onPeer(centre.lab, 2, `milvus-onprem backups verify ${backups[0]!.name}`);
      return said.includes("verify-backup succeeded");
    });
  });

  test("is told of a drill that finds a damaged backup, and so is the next good one", async () => {
    expect(await deployed({ drillSchedule: "* * * * *" })).not.toContain("must be replaced");
    const { backups } = await daemons.of(vms[0]!).backups.list();
    const mend = await damage(backups[0]!.name);
    await onceTold("DRILL_ALERT");
    expect((await told("DRILL_ALERT"))[0]).toContain(backups[0]!.name);
    await mend();
    await onceTold("DRILL_OK_ALERT");
  });

  test("leaves nothing to be changed", async () => {
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
  });
});
