import { localCluster } from "../../../lib/cli/local";
import { FakeCluster, FakeDaemon, hashOf, problem } from "./fake-daemon";
import { Terminal, type Run } from "./terminal";

let cluster: FakeCluster;
let daemon: FakeDaemon;
let terminal: Terminal;
beforeEach(async () => {
  cluster = await FakeCluster.create();
  daemon = await FakeDaemon.start(cluster);
  terminal = new Terminal();
  const { ca, token } = cluster;
  const context = { name: "vectors", endpoints: [daemon.endpoint], caCertPem: ca.certPem, token };
  await terminal.run("context", "add", "prod", "--from", terminal.write("o.json", JSON.stringify(context)));
  daemon.requests.length = 0;
});
afterEach(async () => {
  await daemon.stop();
  terminal.close();
});

const json = async (...argv: string[]): Promise<unknown> => {
  const { stdout, stderr } = await terminal.run(...argv, "--output", "json");
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
};

test("a cluster is not stopped unless somebody confirms it", async () => {
  const { code, stderr } = await terminal.run("stop");
  expect([code, stderr]).toEqual([2, expect.stringContaining("nobody is there to confirm: use --yes")]);
  expect(daemon.asked("POST /jobs")).toEqual([]);
});

test("a start without a peer says so", async () => {
  cluster.result = { away: ["peer-3"] };
  const { stdout } = await terminal.run("start");
  expect(stdout).toContain("without peer-3: when back, start once more");
});

describe("JSON of", () => {
  const JOB = {
    id: expect.any(String),
    state: "succeeded",
    params: expect.any(Object),
    steps: [],
    attempts: 1,
  };
  test.each<[string[], unknown]>([
    [["status"], { health: "ok", leader: { peer: "peer-1", term: "7" }, peers: [{ name: "peer-1" }] }],
    [["wait", "--for", "healthy"], { for: "healthy", reached: true, seconds: expect.any(Number) }],
    [["wait", "--for", "formed"], { for: "formed", reached: true }],
    [["wait", "--for", "leader"], { for: "leader", reached: true }],
    [["smoke"], { ok: true, checks: [], job: "job-1" }],
    [
      ["ps"],
      { components: [{ peer: "peer-1", name: "etcd", health: "healthy", image: "etcd:1" }], unreachable: [] },
    ],
    [["jobs", "list"], { jobs: [], next: "0" }],
    [["jobs", "types"], { types: [{ name: "smoke" }] }],
    [
      ["backup-etcd", "--keep", "3", "--peers", "2"],
      { ...JOB, type: "backup-etcd", params: { keep: 3, peers: 2 } },
    ],
    [["maintenance"], { ...JOB, type: "maintenance", params: { dryRun: true } }],
    [["maintenance", "--apply"], { ...JOB, type: "maintenance", params: { dryRun: false } }],
    [
      ["create-backup", "--name", "nightly", "--collections", "films, other/books"],
      { ...JOB, type: "create-backup", params: { name: "nightly", collections: ["films", "other/books"] } },
    ],
    [["backups", "list"], { target: expect.any(String), backups: [{ name: "nightly" }, { name: "half" }] }],
    [["backups", "show", "nightly"], { collections: [{ name: "default/films", rows: 7 }] }],
    [["backups", "verify", "nightly"], { ...JOB, type: "verify-backup", params: { name: "nightly" } }],
    [["backups", "delete", "nightly", "--force"], { type: "delete-backup", params: { name: "nightly" } }],
    [
      ["restore-backup", "nightly", "--rename", "a=b", "--rename", "c=d/e", "--no-load", "--dry-run"],
      {
        ...{ ...JOB, type: "restore-backup" },
        params: { name: "nightly", rename: { a: "b", c: "d/e" }, load: false, dryRun: true },
      },
    ],
    [["stop", "--yes"], { ...JOB, type: "stop-cluster" }],
    [["reboot", "--peer", "a", "b"], { ...JOB, type: "reboot", params: { peers: ["a", "b"] } }],
    [["reboot", "--rolling"], { ...JOB, type: "reboot" }],
    [["start"], { ...JOB, type: "start-cluster" }],
    [["rotate-token", "--sha256", "a".repeat(64)], { ...JOB, params: { sha256: "a".repeat(64) } }],
    [["step-down"], { from: "peer-1", to: "peer-2", ms: expect.any(Number) }],
    [["version"], { cli: expect.any(String), peers: [{ peer: "peer-1", version: "0.1.0" }] }],
    [["backup-etcd", "--detach"], { state: "queued" }],
    [["completion", "bash"], { shell: "bash", script: expect.stringContaining("complete -F") }],
  ])("%j", async (argv, shape) => {
    expect(await json(...argv)).toMatchObject(shape as object);
  });

  test("urls", async () => {
    const { peers } = (await json("urls")) as { peers: Record<string, unknown>[] };
    expect(peers[0]).toEqual({
      ...{ peer: "peer-1", address: "198.18.0.11", loadBalancer: "198.18.0.11:19537" },
      ...{ daemon: "https://198.18.0.11:19500", apiDocs: "https://198.18.0.11:19500/docs" },
      minioConsole: "https://127.0.0.1:9001",
      metrics: expect.objectContaining({
        proxy: expect.stringMatching(/^http:\/\/198\.18\.0\.11:\d+\/metrics$/),
      }),
    });
  });

  test("one job, its cancellation and its log", async () => {
    await json("smoke");
    expect(await json("jobs", "show", "job-1")).toMatchObject({ id: "job-1", type: "smoke" });
    expect(await json("jobs", "cancel", "job-1")).toMatchObject({ id: "job-1" });
    expect(await json("wait", "--for", "job", "job-1")).toMatchObject({
      reached: true,
      job: { id: "job-1" },
    });
    const { stdout } = await terminal.run("jobs", "logs", "job-1", "--output", "json");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { seq: number });
    expect(lines.map((l) => l.seq)).toEqual([1, 2, 3]);
  });

  test("a component's log", async () => {
    const { stdout } = await terminal.run("logs", "proxy", "--peer", "peer-1", "--tail", "5", "-o", "json");
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { component: "proxy", peer: "peer-1", line: "one" },
      { component: "proxy", peer: "peer-1", line: "two" },
    ]);
    expect(daemon.asked("GET /logs/proxy?peer=peer-1&tail=5")).toHaveLength(1);
  });
});

describe("for people", () => {
  test("a job's log is on standard error, its result on standard output", async () => {
    cluster.result = { file: "etcd.db", bytes: 2_097_152, sha256: "ab", peers: ["peer-1", "peer-2"] };
    const { code, stdout, stderr } = await terminal.run("backup-etcd");
    expect(code).toBe(0);
    expect(stderr).toBe("03:04:05 line 1\n03:04:05 line 2\n03:04:05 line 3\n");
    expect(stdout).toBe(
      "snapshot  etcd.db\nsize      2.0 MiB\nsha256    ab\nheld by   peer-1, peer-2\n\nbackup-etcd succeeded after 12 s (job job-1)\n",
    );
  });

  test("the smoke test's table of timings", async () => {
    cluster.result = { ok: true, checks: [{ name: "insert", ok: true, ms: 1_234, detail: "1000 rows" }] };
    expect((await terminal.run("smoke")).stdout).toMatch(
      /insert\s+ok\s+1\.2 s\s+1000 rows\n\nsmoke test passed/,
    );
  });

  test("times are absolute and relative", async () => {
    await terminal.run("smoke");
    const { stdout } = await terminal.run("jobs", "show", "job-1");
    expect(stdout).toMatch(/created\s+2026-01-02 03:04:05Z \(.* ago\)/);
    expect(stdout).not.toContain("\x1b[");
  });

  test.each([
    ["status"],
    ["ps"],
    ["urls"],
    ["jobs list"],
    ["jobs types"],
    ["version"],
    ["step-down"],
    ["logs"],
  ])("%s says something", async (line) => {
    const { code, stdout } = await terminal.run(...line.split(" "));
    expect(code).toBe(0);
    expect(stdout).toMatch(/\w/);
  });
});

describe("exit codes", () => {
  const of = async (...argv: string[]): Promise<number> => (await terminal.run(...argv)).code;
  test("a job that fails is 1, and says why", async () => {
    cluster.outcome = "failed";
    const { code, stdout } = await terminal.run("backup-etcd");
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining("failed after 12 s (job job-1): as it was told to"),
    ]);
    expect(await of("smoke", "-o", "json")).toBe(1);
    expect(await of("wait", "--for", "job", "job-1")).toBe(1);
  });

  test("a degraded cluster is 3 for status", async () => {
    cluster.status = { ...cluster.status, health: "degraded" };
    expect(await of("status")).toBe(3);
  });

  test("a wait that is not over in time is 1, and says what was missing", async () => {
    const [peer] = cluster.status.peers;
    const components = [{ name: "proxy", health: "stopped" } as const];
    cluster.status = { ...cluster.status, health: "degraded", peers: [{ ...peer!, components }] };
    const { code, stdout } = await terminal.run("wait", "--timeout", "1s", "-o", "json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ reached: false, missing: "health: degraded: proxy on peer-1 is stopped" },
    });
  });

  test("what is not there is 1 at once", async () => {
    const { code, stderr } = await terminal.run("wait", "--for", "job", "nope");
    expect([code, stderr]).toEqual([1, expect.stringContaining("no job nope")]);
  });

  test.each([
    [["wait", "--for", "job"]],
    [["wait", "x"]],
    [["wait", "--timeout", "soon"]],
    [["backup-etcd", "--keep", "0"]],
    [["rotate-token", "--sha256", "x"]],
    [["rotate-token", "--print", "--sha256", "a".repeat(64)]],
    [["logs", "--tail", "many"]],
    [["jobs", "list", "--state", "odd"]],
  ])("%j is wrong usage: 2", async (argv) => {
    expect(await of(...argv)).toBe(2);
    expect(daemon.requests).toEqual([]);
  });

  test("a wrong token is 1, and says what to do", async () => {
    cluster.token = "another";
    const { code, stderr } = await terminal.run("status");
    expect([code, stderr]).toEqual([1, expect.stringContaining("the token of context prod is not in force")]);
  });
});

describe("a job", () => {
  test("is submitted once over a change of leader", async () => {
    daemon.instead["POST /jobs"] = [[503, problem(503, "no leader known")]];
    expect((await terminal.run("smoke")).code).toBe(0);
    const keys = daemon.asked("POST /jobs").map((r) => r.body.idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test("goes on when Ctrl-C ends the watching, which says how to go on watching", async () => {
    daemon.onHold = () => void process.emit("SIGINT");
    const { code, stdout, stderr } = await terminal.run("backup-etcd");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(
      "job job-1 (backup-etcd) goes on; follow it with: milvus-onprem jobs logs job-1",
    );
    expect(daemon.asked("POST /jobs/job-1/cancel")).toEqual([]);
  });

  test("shows each line of its log once although the stream breaks", async () => {
    daemon.breakAfter = 2;
    const { code, stderr } = await terminal.run("smoke");
    expect([code, stderr.match(/line \d/g)]).toEqual([0, ["line 1", "line 2", "line 3"]]);
  });
});

test("a peer asks its own daemon, with its own certificate, and keeps no token", async () => {
  const config = terminal.peerConfig(cluster.ca.certPem, daemon.endpoint, await daemon.papers());
  const own = await localCluster(config);
  expect(own.o.context).toBeUndefined();
  expect(await own.ask((client) => client.leader())).toEqual({ leader: cluster.leader });
});

describe("rotate-token", () => {
  /** The new token, as the context has it while the job runs. */
  const follow = (): void => {
    daemon.adopt = (sha256) => {
      const { nextToken } = terminal.contexts.contexts.prod!;
      if (nextToken !== undefined && hashOf(nextToken) === sha256) cluster.token = nextToken;
    };
  };
  const shown = ({ stdout, stderr }: Run): string => stdout + stderr;

  test("writes the new token to the context, and shows it to nobody", async () => {
    follow();
    const before = cluster.token;
    const run = await terminal.run("rotate-token");
    expect(run.code).toBe(0);
    const { token, nextToken } = terminal.contexts.contexts.prod!;
    expect(token).not.toBe(before);
    expect(nextToken).toBeUndefined();
    expect(shown(run)).not.toContain(token);
    expect(JSON.stringify(daemon.requests)).not.toContain(token);
    expect((await terminal.run("status")).code).toBe(0);
  });

  test("--print shows it alone on standard output", async () => {
    follow();
    const { stdout } = await terminal.run("rotate-token", "--print");
    expect(stdout).toBe(`${terminal.contexts.contexts.prod!.token}\n`);
  });

  test("that fails leaves the old token", async () => {
    cluster.outcome = "failed";
    const run = await terminal.run("rotate-token", "--print");
    expect([run.code, run.stdout]).toEqual([1, ""]);
    expect(terminal.contexts.contexts.prod).toMatchObject({ token: cluster.token });
    expect(terminal.contexts.contexts.prod!.nextToken).toBeUndefined();
  });

  test("that nobody waited for is noticed by the next command", async () => {
    await terminal.run("rotate-token", "--detach");
    expect((await terminal.run("status")).code).toBe(0);
    cluster.token = terminal.contexts.contexts.prod!.nextToken!;
    expect((await terminal.run("status")).code).toBe(0);
    expect(terminal.contexts.contexts.prod).toMatchObject({ token: cluster.token });
  });
});

describe("backups", () => {
  test("are listed with their state, size and place", async () => {
    const { stdout } = await terminal.run("backups", "list");
    expect(stdout).toMatch(/nightly +complete .* 1 +7 +2.0 KiB/);
    expect(stdout).toMatch(/half +unfinished/);
    expect(stdout).toContain("in bucket milvus of the cluster's MinIO");
  });

  test("one is shown with when it is from", async () => {
    const { stdout } = await terminal.run("backups", "show", "nightly");
    expect(stdout).toMatch(/from +2026-01-02T03:04:05.000Z to 2026-01-02T03:04:06.000Z/);
    expect(stdout).toMatch(/default\/films +7 /);
  });

  test.each([
    ["backups", "delete", "nightly"],
    ["restore-backup", "nightly", "--drop-existing"],
  ])("nothing is lost by `%s %s` without a person's word", async (...argv) => {
    const { stderr, code } = await terminal.run(...argv.filter((word) => word !== undefined));
    expect(code).toBe(2);
    expect(stderr).toContain("nobody is there to confirm: use --force");
    expect(daemon.asked("POST /jobs")).toEqual([]);
  });

  test("a trial tells what would be done, what is lost and what does not fit", async () => {
    cluster.outcome = "failed";
    const refusals = ["default/b exists: --drop-existing replaces it"];
    cluster.result = {
      dryRun: true,
      steps: ["make default/a"],
      warnings: ["users are left out"],
      refusals,
      rows: 0,
    };
    const { stdout, code } = await terminal.run("restore-backup", "nightly", "--dry-run");
    expect(code).toBe(1);
    expect(stdout).toMatch(/would be done +make default\/a/);
    expect(stdout).toMatch(/warning +users are left out/);
    expect(stdout).toMatch(/refused +default\/b exists/);
  });
});
