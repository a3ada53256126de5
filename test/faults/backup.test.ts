/**
 * Backups and restorations while something comes in between: the leader's daemon is killed at each step, a VM is lost, the object store is
 * away for a while. Each time the job ends well, or is gone on with. In order, on one lab; npm run test:long alone.
 */
import { Lab, type Vm } from "../../lab";
import type { Job } from "../../lib/api/wire";
import { dataCentre } from "../../tools/data-centre";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { Films } from "../support/films";
import { long, onlyLong } from "../support/long";
import { onPeer, rootPassword, statusOf } from "../support/peers";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("backups that are interrupted at each step take minutes");

/** Of the one, rows are inserted when it is restored; the other is large enough for Milvus to import it in bulk. */
const ROWS = { books: 20_000, films: 60_000 };
const NAMES = ["books", "films"] as const;
const DIM = 128;
/** For the object store to be away. */
const AWAY_SECONDS = 60;
/** What Milvus is to import lies there meanwhile, on the drives of every peer. */
const IMPORTED = "*/imports/*.parquet";

let lab: Lab;
let films: Films;

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("backup-faults"); // what a killed run may have left
  const centre = await dataCentre({ name: "backup-faults" });
  ({ lab } = centre);
  const deployment = Deployment.create("backup-faults", centre);
  await deployment.synth();
  expect((await deployment.apply()).output).toContain("Apply complete!");
  expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
  films = await Films.at(`${lab.vm(1).address}:19537`, await rootPassword(deployment), DIM);
  for (const name of NAMES) await films.make(name, ROWS[name]);
});

afterAll(async () => {
  await films?.close();
  await lab?.down();
});

const vmOf = (peer: string): Vm => lab.vms.find(({ index }) => peer === `peer-${index}`)!;
/** Any peer knows, but one that is just being killed. */
async function ask(command: string): Promise<string> {
  let found = "";
  await eventually(`a peer answers ${command}`, 60_000, async () => {
    for (const { index } of lab.vms) {
      const answer = await onPeer(lab, index, command).catch(() => undefined);
      if (answer !== undefined) return (found = answer) !== "";
    }
    return false;
  });
  return found;
}
const jobOf = async (id: string): Promise<Job> =>
  JSON.parse(await ask(`milvus-onprem jobs show ${id} --output json`)) as Job;
const isOver = ({ state }: Job): boolean => ["succeeded", "failed", "cancelled"].includes(state);

/** Begins a job, does something once one of its steps is under way, and waits for its end. */
async function interrupted(
  command: string,
  step: string,
  fault: (job: Job) => Promise<unknown>,
): Promise<Job> {
  const { id } = JSON.parse(await ask(`milvus-onprem ${command} --detach --output json`)) as Job;
  let job!: Job;
  await eventually(`${step} has begun`, 120_000, async () => {
    job = await jobOf(id);
    return isOver(job) || job.steps.some(({ name, state }) => name === step && state !== "pending");
  });
  await fault(job);
  await eventually(`job ${id} has ended`, 600_000, async () => isOver((job = await jobOf(id))));
  return job;
}

const killDaemon = async ({ owner }: Job): Promise<unknown> =>
  onPeer(lab, vmOf(owner!.peer).index, "docker kill milvus-onprem && docker start milvus-onprem");

async function whole(name: string): Promise<void> {
  expect(await ask(`milvus-onprem backups verify ${name}`)).toContain("verify-backup succeeded");
}

async function drop(...names: string[]): Promise<void> {
  for (const name of names) await films.drop(name);
}

rarely("a backup", () => {
  test.each(["begin", "data", "control", "seal"])(
    "is made when the leader's daemon is killed once %s has begun",
    async (step) => {
      const job = await interrupted(`create-backup --name ${step}`, step, killDaemon);
      expect(job).toMatchObject({ state: "succeeded" });
      await whole(step);
    },
  );

  test("waits for an object store that is away for a minute", async () => {
    const stores = (verb: string) =>
      Promise.all([2, 3].map((n) => onPeer(lab, n, `docker ${verb} milvus-minio`)));
    const job = await interrupted("create-backup --name waited", "data", async () => {
      await stores("pause");
      await onPeer(lab, 1, `sleep ${AWAY_SECONDS}`);
      await stores("unpause");
    });
    expect(job).toMatchObject({ state: "succeeded" });
    await whole("waited");
  });
});

rarely("a restoration", () => {
  const RENAMED = "--rename books=books_2 --rename films=films_2";
  const bothBack = async (): Promise<void> => {
    for (const name of NAMES) {
      expect(await films.count(`${name}_2`)).toBe(ROWS[name]);
      expect(await films.nearest(`${name}_2`)).toEqual(await films.nearest(name));
    }
  };
  afterEach(() => drop("books_2", "films_2"));

  /** What is back stays; the rest comes. */
  async function goneOnWith({ state }: Job): Promise<void> {
    if (state !== "succeeded") await ask(`milvus-onprem restore-backup data ${RENAMED} --keep-existing`);
  }

  test("is gone on with when the leader's daemon is killed", async () => {
    await goneOnWith(await interrupted(`restore-backup data ${RENAMED}`, "restore", killDaemon));
    await bothBack();
  });

  test("is gone on with when the leader's daemon is killed while Milvus imports in bulk", async () => {
    const job = await interrupted(`restore-backup data ${RENAMED}`, "restore", async (begun) => {
      await eventually("Milvus has a file to import", 120_000, async () => {
        return (await onPeer(lab, 1, `find /var/lib/milvus-onprem/minio -path '${IMPORTED}'`)) !== "";
      });
      await killDaemon(begun);
    });
    await goneOnWith(job);
    await bothBack();
  });

  test("is gone on with when a VM is lost meanwhile", async () => {
    const lost = lab.vm(3);
    const job = await interrupted(`restore-backup data ${RENAMED}`, "restore", () => lab.kill(lost));
    await goneOnWith(job);
    await bothBack();
    await lab.start(lost);
    await eventually("all is well", 300_000, async () => (await statusOf(lab, lab.vm(1))).health === "ok");
  });
});
