import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { tokenSha256 } from "../../lib/api/token";
import { OTHER, startServer } from "../unit/host/ssh-server";
import { FakeCluster, SECRETS, TOKEN, type FakePeer } from "./support/fake-cluster";
import { milvusWorkspace } from "./support/milvus";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(180_000);

let fake: FakeCluster;
let workspace: Workspace;

async function begin(more: Record<string, string> = {}, o: { sameHostName?: boolean } = {}): Promise<void> {
  fake = await FakeCluster.start(o);
  workspace = await milvusWorkspace(fake.hcl(more));
}
afterEach(async () => {
  workspace.remove();
  await fake.stop();
});

const peer = (i: number): FakePeer => fake.peers[i - 1] as FakePeer;
const asked = (what: string): string[] =>
  fake.peers.filter((p) => p.requests.includes(what)).map((p) => p.name);

test("forms the cluster on every peer; the next plan is empty; no secret is shown or logged", async () => {
  await begin();
  const planned = await workspace.plan();
  expect(planned.code).toBe(2);
  expect(planned.output).toContain('+ "wait for etcd: 3 members, quorum');
  expect(planned.output).toContain('+ "peer-2/docker-compose.yml"');
  const applied = await workspace.apply({ TF_LOG: "info" });
  expect(applied.output).toContain("1 added");
  expect(applied.output).toMatch(/\[INFO\] .*forming vectors on peer-1, peer-2, peer-3/);
  expect(asked("POST /form")).toEqual(["peer-1", "peer-2", "peer-3"]);
  expect(peer(1).lastForm?.spec.peers).toHaveLength(3);
  expect(peer(3).lastForm?.secrets).toEqual({
    minioRootUser: "minio-user",
    minioRootPassword: SECRETS.minio_root_password,
    milvusRootPassword: SECRETS.milvus_root_password,
    minioUser: "minio-user-of-milvus",
    minioPassword: SECRETS.minio_password,
    pulsarTokenKey: SECRETS.pulsar_token_key,
    pulsarToken: SECRETS.pulsar_token,
  });
  expect(await workspace.attributes("milvus_cluster.c")).toMatchObject({
    ...{ id: "vectors-1", endpoint: "198.18.0.11:19537", leader: "peer-2", generation: 1, status: "ok" },
    endpoints: ["198.18.0.11:19537", "198.18.0.12:19537", "198.18.0.13:19537"],
  });
  const { context } = await workspace.attributes("milvus_cluster.c");
  expect(JSON.parse(String(context))).toEqual({
    ...{ name: "vectors", caCertPem: expect.stringContaining("BEGIN CERTIFICATE"), token: TOKEN },
    endpoints: [11, 12, 13].map((n) => `198.18.0.${n}:${fake.daemonPort}`),
  });
  const again = await workspace.plan();
  expect(again.output).toContain("No changes");
  for (const secret of [...Object.values(SECRETS), TOKEN]) {
    for (const { output } of [planned, applied, again]) expect(output).not.toContain(secret);
  }
});

test("a new token is put in force by the cluster's own job, through a peer that answers, and stays a secret", async () => {
  await begin();
  await workspace.apply();
  await peer(1).ssh.stop();
  const token = "another-token-of-the-daemons-api";
  workspace.configure(fake.hcl({ token: `"${token}"` }));
  const applied = await workspace.apply({ TF_LOG: "trace" });
  expect(applied.output).toContain("1 changed");
  expect(readFileSync(fake.cliCalls, "utf8")).toBe(`rotate-token --sha256 ${tokenSha256(token)}\n`);
  expect(applied.output).not.toContain(token);
  const { context } = await workspace.attributes("milvus_cluster.c");
  expect(JSON.parse(String(context))).toMatchObject({ token });
});

test("a token that cannot be put in force leaves the old one recorded", async () => {
  await begin();
  await workspace.apply();
  await Promise.all(fake.peers.map((p) => p.ssh.stop()));
  workspace.configure(fake.hcl({ token: '"another"' }));
  const { code, output } = await workspace.apply();
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(
    /The token was not rotated.*peer-1|The token was not rotated[\s\S]*127\.0\.0\.1/,
  );
  expect(unboxed(output)).toContain("The old token stays in force");
  expect((await workspace.attributes("milvus_cluster.c")).token).toBe(TOKEN);
});

test("every peer that cannot be reached is named, and nothing is changed; the next apply forms it", async () => {
  await begin();
  const { port } = peer(2).ssh;
  await Promise.all([peer(2).ssh.stop(), peer(3).ssh.stop()]);
  const failed = await workspace.apply();
  expect(failed.code).toBe(1);
  expect(unboxed(failed.output)).toContain("Error: peer-2 cannot be reached");
  expect(unboxed(failed.output)).toContain("Error: peer-3 cannot be reached");
  expect(asked("POST /form")).toEqual([]);

  const back = await Promise.all([startServer({ port }), startServer({ port: peer(3).ssh.port })]);
  const again = await workspace.apply();
  await Promise.all(back.map((server) => server.stop()));
  // Their host names are now this machine's, both the same: that is found before anything is changed, too.
  expect(unboxed(again.output)).toMatch(/same host name .*peer-2, peer-3/);
  expect(asked("POST /form")).toEqual([]);
});

test("a step that fails is reported with its peer and reason; a second apply continues", async () => {
  await begin();
  peer(2).outcome = "failed";
  const failed = await workspace.apply();
  expect(failed.code).toBe(1);
  expect(unboxed(failed.output)).toMatch(
    /Error: peer-2 failed to wait for MinIO: one pool .*drive3 is corrupt\. /,
  );
  expect(unboxed(failed.output)).toContain("the next apply continues from here");
  await expect(workspace.attributes("milvus_cluster.c")).rejects.toThrow("not in the state");

  peer(2).outcome = "done";
  expect((await workspace.apply()).output).toContain("1 added");
});

test("forming that takes too long ends with what each peer waits for", async () => {
  await begin({ timeouts: "{ create = 2 }" });
  peer(3).outcome = "running";
  const { code, output } = await workspace.apply();
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(/not formed within 2 s .*peer-3: wait for MinIO: one pool \(2 of 3\)/);
});

test("Ctrl-C while forming ends soon and says where it stopped; the next apply continues", async () => {
  await begin();
  peer(1).outcome = "running";
  const run = workspace.start(["apply", "-auto-approve"]);
  const deadline = Date.now() + 60_000;
  while (!peer(1).requests.includes("GET /form") && Date.now() < deadline) await sleep(50);
  process.kill(-(run.process.pid as number), "SIGINT");
  const { code, output } = await run.ended;
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(/Error: Interrupted while the cluster was being formed/);
  peer(1).outcome = "done";
  expect((await workspace.apply()).output).toContain("1 added");
});

test("VMs with one host name are refused before anything is changed", async () => {
  await begin({}, { sameHostName: true });
  const { code, output } = await workspace.apply();
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(
    /Error: Peers have the same host name .*peer-1, peer-2, peer-3 are all called "same"/,
  );
  expect(asked("POST /form")).toEqual([]);
});

test("a VM that shows another host key is refused", async () => {
  await begin();
  const { port } = peer(2).ssh;
  await peer(2).ssh.stop();
  const stranger = await startServer({ port, hostKeys: [OTHER.private] });
  const { code, output } = await workspace.apply();
  await stranger.stop();
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(/Error: peer-2 cannot be reached .*host key/);
  expect(stranger.commands).toEqual([]);
  expect(asked("POST /form")).toEqual([]);
});

test("the status of a cluster is data, also when nobody answers", async () => {
  fake = await FakeCluster.start();
  workspace = await milvusWorkspace(`${fake.statusHcl()}
    output "all" { value = "\${data.milvus_status.s.health} \${jsonencode(data.milvus_status.s.members[*].name)}" }`);
  fake.peers.forEach((p) => (p.state = "member"));
  expect(unboxed((await workspace.apply()).output)).toContain(
    'all = "ok [\\"peer-1\\",\\"peer-2\\",\\"peer-3\\"]"',
  );
  await Promise.all(fake.peers.map((p) => p.ssh.stop()));
  const { code, output } = await workspace.apply();
  expect(code).toBe(0);
  expect(unboxed(output)).toContain("Warning: No peer could be asked");
  expect(output).toContain('all = "unreachable []"');
});
