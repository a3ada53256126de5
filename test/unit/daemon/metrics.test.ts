import { spawnSync } from "node:child_process";
import { countJobs, lastOfEachType } from "../../../lib/daemon/metrics/jobs";
import { collect, type Sources } from "../../../lib/daemon/metrics/collect";
import type { Facts, JobFact } from "../../../lib/daemon/metrics/facts";
import { metricsText } from "../../../lib/daemon/metrics/text";
import { createCa, issuePeerCert } from "../../../lib/pki";
import { promtool } from "../../support/promtool";
import { FakeHost, identityOf, SECRETS, specOf } from "./support";

const FACTS: Facts = {
  version: "0.1.0",
  node: "v20",
  leads: true,
  term: 681,
  stopped: false,
  peers: [
    { name: "peer-1", reachable: true },
    { name: "peer-2", reachable: false },
  ],
  components: [
    { name: "etcd", health: "healthy" },
    { name: "proxy", health: "starting" },
  ],
  watchdog: { restarts: [{ component: "proxy", count: 3 }], stopped: ["proxy"] },
  jobs: [
    {
      type: "smoke",
      state: "succeeded",
      startedAt: "2026-01-01T00:00:00Z",
      endedAt: "2026-01-01T00:00:07.5Z",
    },
    { type: "smoke", state: "running", startedAt: "2026-01-01T00:01:00Z" },
  ],
  etcd: { readSeconds: 0.0021, dbSizeBytes: 25_000, alarms: 0 },
  minio: [{ peer: "peer-1", drives: 4, drivesOnline: 3 }],
  certificates: [{ name: "peer", notAfter: 1_900_000_000 }],
  process: {
    cpuSeconds: 1.5,
    residentBytes: 9e7,
    heapUsedBytes: 3e7,
    openFds: 40,
    startSeconds: 1_767_225_600,
  },
};

test.each([
  'milvus_onprem_build_info{version="0.1.0",node="v20"} 1',
  "milvus_onprem_leader 1",
  "milvus_onprem_leader_term 681",
  "milvus_onprem_cluster_stopped 0",
  'milvus_onprem_peer_up{peer="peer-2"} 0',
  'milvus_onprem_component_healthy{component="proxy"} 0',
  'milvus_onprem_component_restarts_total{component="proxy"} 3',
  'milvus_onprem_component_restart_loop{component="proxy"} 1',
  'milvus_onprem_jobs{type="smoke",state="running"} 1',
  'milvus_onprem_jobs{type="smoke",state="failed"} 0',
  'milvus_onprem_job_last_duration_seconds{type="smoke"} 7.5',
  'milvus_onprem_job_last_success_timestamp_seconds{type="smoke"} 1767225607.5',
  "milvus_onprem_etcd_up 1",
  "milvus_onprem_etcd_read_seconds 0.0021",
  "milvus_onprem_etcd_db_size_bytes 25000",
  'milvus_onprem_minio_drives_online{peer="peer-1"} 3',
  'milvus_onprem_certificate_expiry_timestamp_seconds{certificate="peer"} 1900000000',
  "process_resident_memory_bytes 90000000",
])("%s", async (line) => {
  expect((await metricsText(FACTS)).split("\n")).toContain(line);
});

test("promtool finds nothing to complain about", async () => {
  const tool = promtool();
  if (typeof tool !== "string") return console.warn(`SKIPPED: promtool check metrics: ${tool.why}`);
  const { status, stdout, stderr } = spawnSync(tool, ["check", "metrics"], {
    input: await metricsText(FACTS),
  });
  expect(`${stdout.toString()}${stderr.toString()}`).toBe("");
  expect(status).toBe(0);
});

test("what is not known makes no series, rather than a wrong one", async () => {
  const nothing = { ...FACTS, term: undefined, peers: [], components: [], watchdog: undefined, jobs: [] };
  const text = await metricsText({ ...nothing, etcd: { readSeconds: undefined }, minio: [] });
  expect(text).not.toMatch(/term|peer_up|component|restart|job|read_seconds|db_size|drives|NaN|undefined/);
  expect(text).toContain("milvus_onprem_etcd_up 0");
});

test("of each type the last job that ended tells the duration, the last that succeeded its time", () => {
  const job = (state: JobFact["state"], from: number, to: number): JobFact => ({
    type: "backup-etcd",
    state,
    startedAt: new Date(from * 1000).toISOString(),
    endedAt: new Date(to * 1000).toISOString(),
  });
  const jobs = [job("succeeded", 10, 20), job("failed", 30, 33), { type: "smoke", state: "queued" } as const];
  expect(lastOfEachType(jobs)).toEqual([
    { type: "backup-etcd", seconds: 3, succeededAt: 20 },
    { type: "smoke", seconds: undefined, succeededAt: undefined },
  ]);
  expect(countJobs(jobs).filter((c) => c.count > 0)).toHaveLength(3);
});

describe("what is gathered", () => {
  let sources: Sources;
  let host: FakeHost;

  beforeAll(async () => {
    const ca = await createCa("vectors");
    const { certPem } = await issuePeerCert(ca, { name: "peer-1", address: "198.18.0.11", days: 10 });
    host = new FakeHost("/nowhere");
    const spec = specOf("/data");
    const status = async () => ({ endpoints: [], resilience: [], health: "ok" as const, peers: [] });
    sources = {
      config: { identity: identityOf("/data") },
      certificates: { pems: async () => ({ ca: ca.certPem, peer: certPem, milvus: undefined }) },
      status,
      cluster: () => ({
        spec,
        store: host.store,
        probeKey: "/leader",
        leads: false,
        leader: { peer: "peer-2", term: "12" },
        snapshot: undefined,
        drives: [],
        watchdog: undefined,
      }),
    };
  });

  test("the peer's certificate ends in ten days, the CA's later", async () => {
    const { certificates, term } = await collect(sources);
    const of = (name: string): number => certificates.find((c) => c.name === name)!.notAfter;
    expect(term).toBe(12);
    expect((of("peer") - Date.now() / 1000) / 86_400).toBeCloseTo(10, 0);
    expect(of("ca")).toBeGreaterThan(of("peer"));
  });

  test("without etcd, without Docker and outside of any cluster there are still metrics", async () => {
    host.store.down = "connect ECONNREFUSED";
    const status = () => Promise.reject(new Error("Docker does not answer"));
    expect((await collect({ ...sources, status })).etcd).toMatchObject({ readSeconds: undefined });
    const text = await metricsText(await collect({ ...sources, status, cluster: () => undefined }));
    expect(text).toContain("milvus_onprem_leader 0");
    for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret);
  });
});
