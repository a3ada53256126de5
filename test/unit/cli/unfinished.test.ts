import type { SpecReply } from "../../../lib/api/wire";
import { planChange } from "../../../lib/plan/change";
import { specOf } from "../daemon/support";
import { FakeCluster, FakeDaemon } from "./fake-daemon";
import { Terminal } from "./terminal";

const spec = specOf("/data");
const wanted = specOf("/data", { sessionTtlSeconds: 20 });
const ASKED = "GET /spec?linearizable=true";
const reply: SpecReply = {
  ...{ generation: 1, digest: "d", spec },
  unfinished: { job: "job-0", spec: wanted },
};

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
  daemon.instead[ASKED] = [[200, reply]];
});
afterEach(async () => {
  await daemon.stop();
  terminal.close();
});

const submitted = (): unknown[] => daemon.asked("POST /jobs").map(({ body }) => body);

describe.each([
  ["resume", wanted],
  ["rollback", spec],
])("%s", (command, to) => {
  const steps = planChange(spec, to, wanted).steps;

  test("submits the change that leads there, and follows it", async () => {
    const { code, stdout, stderr } = await terminal.run(command);
    expect(submitted()).toEqual([
      expect.objectContaining({ type: "converge", params: { from: spec, to, unfinished: wanted } }),
    ]);
    expect([code, stdout]).toEqual([0, "converge succeeded after 12 s (job job-1)\n"]);
    expect(stderr).toContain("line 3");
    expect(stderr).toContain("warning: an earlier change has not ended");
  });

  test("--dry-run shows the steps, and does nothing", async () => {
    const { code, stdout } = await terminal.run(command, "--dry-run");
    expect([code, stdout.trimEnd().split("\n")]).toEqual([
      0,
      steps.map(({ title }, i) => `${i + 1}. ${title}`),
    ]);
    expect(submitted()).toEqual([]);
  });

  test("--dry-run -o json has the steps as a plan has them", async () => {
    const { stdout } = await terminal.run(command, "--dry-run", "-o", "json");
    expect(JSON.parse(stdout)).toEqual({ steps: JSON.parse(JSON.stringify(steps)) as unknown });
  });

  test("has nothing to do where no change has stopped half-way", async () => {
    daemon.instead[ASKED] = [[200, { ...reply, unfinished: undefined }]];
    const { code, stdout } = await terminal.run(command);
    expect([code, stdout]).toEqual([0, "no change has stopped half-way: there is nothing to do\n"]);
    expect(submitted()).toEqual([]);
  });

  test("that stops again is 1, and says what can be done", async () => {
    cluster.outcome = "failed";
    const { code, stdout, stderr } = await terminal.run(command);
    expect([code, stdout]).toEqual([1, expect.stringContaining("as it was told to")]);
    expect(stderr).toContain("milvus-onprem resume, or milvus-onprem rollback");
  });

  test("--detach does not wait for the end", async () => {
    const { code, stdout } = await terminal.run(command, "--detach", "-o", "json");
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ id: "job-1", state: "queued" }),
    ]);
  });
});
