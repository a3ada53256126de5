import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reboot } from "../../../lib/daemon/jobs/types/reboot";
import { stopCluster } from "../../../lib/daemon/jobs/types/stop-cluster";
import { NotLeader } from "../../../lib/daemon/store/records";
import { rebootVm } from "../../../lib/daemon/tasks/boot";
import { eventually } from "../../support/eventually";
import { formed, sicken } from "./converge-support";
import { TestJob, type Peers } from "./peers-support";
import { temporaryDir, type FakeHost } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
let peers: Peers;
beforeEach(async () => {
  peers = await formed(dir.path());
  for (const { host } of peers.all) minioAnswers(host.answers);
});
afterEach(() => peers.stop());

/** All drives are online, and a heal ends at once. */
function minioAnswers(answers: FakeHost["answers"]): void {
  const servers = peers.spec.peers.map(({ name }) => ({
    endpoint: `${name}:9000`,
    drives: Array.from({ length: 4 }, () => ({ state: "ok" })),
  }));
  for (const { address } of peers.spec.peers) {
    const at = `https://${address}:9000/minio/admin/v3`;
    answers.set(`${at}/info`, { status: 200, body: JSON.stringify({ servers }) });
    answers.set(`${at}/heal/`, { status: 200, body: JSON.stringify({ clientToken: "t" }) });
    answers.set(`${at}/heal/?clientToken=t`, { status: 200, body: JSON.stringify({ Summary: "finished" }) });
  }
}

const jobOf = (...names: string[]): TestJob<{ peers?: string[] }> =>
  new TestJob(peers, reboot, names.length === 0 ? {} : { peers: names });
const runs = (name: string): string[] =>
  peers.of(name).host.containers.flatMap((c) => (c.health === "healthy" ? [c.service] : []));

/** Somebody reboots a VM as soon as the job asks for it. */
async function rebootWhenAsked(job: TestJob<object>, name: string): Promise<void> {
  await eventually(`${name} is to be rebooted`, 20_000, async () =>
    job.lines.includes(`info: reboot the VM of ${name} now`),
  );
  await peers.of(name).reboot();
}

test("one peer after the other is drained, waited for, and whole again before the next one", async () => {
  const job = jobOf("peer-2", "peer-3");
  const done = job.run(peers.elect("peer-1"));
  const seen: string[][] = [];
  for (const name of ["peer-2", "peer-3"]) {
    await eventually(`${name} is to be rebooted`, 20_000, async () =>
      job.lines.at(-1)!.includes(`of ${name} now`),
    );
    seen.push(...["peer-2", "peer-3"].map(runs));
    await peers.of(name).reboot();
  }
  await done;
  const whole = expect.arrayContaining(["proxy", "coord", "minio"]);
  expect(seen).toEqual([["etcd"], whole, whole, ["etcd"]]);
  expect(peers.of("peer-1").host.events).toEqual([]);
});

test("proxies stop first and what Milvus stands on last, by docker stop: Docker starts all of it with the VM", async () => {
  await jobOf("peer-2").run(peers.elect("peer-1"), { until: "drain peer-2" });
  expect(peers.of("peer-2").host.events).toEqual(
    ["proxy", "querynode", "datanode", "indexnode", "coord", "minio", "pulsar", "nginx"].map(
      (s) => `stop ${s}`,
    ),
  );
  expect(peers.of("peer-2").marks.why("proxy")).toBe("its VM is about to be rebooted");
});

test("a peer that may reboots its VM by itself, and nobody is asked to", async () => {
  const { config } = peers.of("peer-3");
  await writeFile(join(config.configDir, "may-reboot"), "");
  const job = jobOf("peer-3");
  const done = job.run(peers.elect("peer-1"));
  const requested = (): boolean => existsSync(join(config.runDir, "reboot"));
  await eventually("the reboot is requested", 20_000, async () => requested());
  expect(runs("peer-3")).toEqual(["etcd"]);
  await peers.of("peer-3").reboot();
  await done;
  expect([requested(), job.lines.filter((line) => line.endsWith(" now"))]).toEqual([false, []]);
});

test("a peer that may not is never made to", async () => {
  const { tasks } = peers.elect("peer-1");
  await expect(tasks.run("peer-3", rebootVm, {})).rejects.toThrow(
    "the daemon of peer-3 may not reboot its VM",
  );
});

test("a leader has another peer see to its own reboot", async () => {
  const job = jobOf("peer-1");
  job.onHandOver = () => void peers.elect("peer-2");
  await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(NotLeader);
  expect(peers.of("peer-1").host.events).toEqual([]);
  await Promise.all([job.run(peers.of("peer-2")), rebootWhenAsked(job, "peer-1")]);
  expect(runs("peer-1")).toContain("proxy");
});

test("a VM that was rebooted while its leader died is not drained once more", async () => {
  const job = jobOf("peer-3");
  await job.run(peers.elect("peer-1"), { until: "drain peer-3" });
  await peers.of("peer-3").reboot();
  peers.of("peer-3").host.events.length = 0;
  job.done.clear();
  await job.run(peers.elect("peer-2"));
  expect(peers.of("peer-3").host.events).toEqual([]);
});

describe("nothing is stopped", () => {
  afterEach(() => {
    expect(peers.all.map(({ host }) => host.events)).toEqual([[], [], []]);
  });

  test("while something is not healthy", async () => {
    sicken(peers, "peer-3", "datanode");
    await expect(jobOf("peer-2").run(peers.elect("peer-1"))).rejects.toThrow(
      /^the cluster is not whole: datanode on peer-3 is unhealthy/,
    );
  });

  test("for a peer that there is none of", async () => {
    await expect(jobOf("peer-9").run(peers.elect("peer-1"))).rejects.toThrow(
      "/params/peers: the cluster has no peer-9; its peers are peer-1, peer-2, peer-3",
    );
  });
});

test("VMs of a stopped cluster need no such care: it says so", async () => {
  await new TestJob(peers, stopCluster, {}).run(peers.elect("peer-1"));
  await expect(jobOf().run(peers.elect("peer-1"))).rejects.toThrow(/^the cluster is stopped/);
});
