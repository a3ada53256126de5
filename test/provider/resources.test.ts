import { isPinned } from "../../lib/api/token";
import { milvusWorkspace, nullWorkspace } from "./support/milvus";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(120_000);

let workspace: Workspace;
afterEach(() => workspace.remove());

describe("milvus_credentials", () => {
  const SECRET = [
    ...["ca_key_pem", "token", "minio_root_user", "minio_root_password", "milvus_root_password"],
    ...["minio_user", "minio_password", "pulsar_token_key", "pulsar_token"],
  ];

  test("are made once, kept, and never shown", async () => {
    workspace = await milvusWorkspace(`resource "milvus_credentials" "c" { cluster_name = "vectors" }`);
    const applied = await workspace.apply({ TF_LOG: "trace" });
    expect(applied.output).toContain("1 added");
    const values = await workspace.attributes("milvus_credentials.c");
    expect(values.id).toMatch(/^vectors-[0-9a-f]{8}$/);
    expect(values.ca_cert_pem).toContain("BEGIN CERTIFICATE");
    const again = await workspace.plan();
    expect(again.code).toBe(0);
    for (const name of SECRET) {
      expect(String(values[name]).length).toBeGreaterThan(15);
      expect(applied.output).not.toContain(values[name]);
      expect(again.output).not.toContain(values[name]);
    }
    expect(new Set(SECRET.map((name) => values[name])).size).toBe(SECRET.length);
  });

  test("make another token, and nothing else, when its generation changes", async () => {
    workspace = await milvusWorkspace(`resource "milvus_credentials" "c" { cluster_name = "vectors" }`);
    await workspace.apply();
    const before = await workspace.attributes("milvus_credentials.c");
    workspace.configure(`resource "milvus_credentials" "c" {
      cluster_name = "vectors"
      token_generation = 2
    }`);
    const { output } = await workspace.apply();
    expect(output).toContain("1 changed");
    const { token, ...rest } = await workspace.attributes("milvus_credentials.c");
    expect(token).toMatch(/^mop1\./);
    expect(token).not.toBe(before.token);
    expect(isPinned(token as string, before.ca_cert_pem as string)).toBe(true);
    expect({ ...rest, token: before.token, token_generation: 1 }).toEqual(before);
    expect((await workspace.plan()).code).toBe(0);
  });

  test("refuse another name while planning, and say what to do", async () => {
    workspace = await milvusWorkspace(`resource "milvus_credentials" "c" { cluster_name = "vectors" }`);
    await workspace.apply();
    workspace.configure(`resource "milvus_credentials" "c" {
      cluster_name = "tensors"
    }`);
    const { code, output } = await workspace.plan();
    expect(code).toBe(1);
    expect(unboxed(output)).toMatch(/Cannot rename cluster vectors .* Put cluster_name back to "vectors"/);
  });

  test("refuse a name that is no DNS label", async () => {
    workspace = await milvusWorkspace(`resource "milvus_credentials" "c" { cluster_name = "My Cluster" }`);
    const { code, output } = await workspace.terraform(["validate"]);
    expect(code).toBe(1);
    expect(unboxed(output)).toContain('"My Cluster" is not a DNS label');
  });
});

/** Three VMs of another provider, their addresses known only after the apply. */
const VMS = `
resource "terraform_data" "vm" {
  count = 3
  input = "198.18.0.\${count.index + 11}"
}
resource "milvus_credentials" "c" { cluster_name = "vectors" }
locals { ssh = { user = "root", private_key_file = "/nonexistent", timeout_seconds = 1 } }
`;

const PEERS = `
resource "milvus_peer" "p" {
  count = 3
  name = "peer-\${count.index + 1}"
  address = terraform_data.vm[count.index].output
  ssh = local.ssh
  cluster_id = milvus_credentials.c.id
  ca_cert_pem = milvus_credentials.c.ca_cert_pem
  ca_key_pem = milvus_credentials.c.ca_key_pem
  token = milvus_credentials.c.token
  daemon_image = "registry.internal/milvus-onprem:0.1.0"
}
`;

const cluster = (more: string): string => `
resource "milvus_cluster" "m" {
  name = "vectors"
  version = "v2.3.5"
  peers = [for i, p in milvus_peer.p : {
    name = "peer-\${i + 1}", address = p.address, ssh = local.ssh, peer_id = p.id, host_key = p.recorded_host_key
  }]
  cluster_id = milvus_credentials.c.id
  ca_cert_pem = milvus_credentials.c.ca_cert_pem
  token = milvus_credentials.c.token
  minio_root_user = milvus_credentials.c.minio_root_user
  minio_root_password = milvus_credentials.c.minio_root_password
  milvus_root_password = milvus_credentials.c.milvus_root_password
  minio_user = milvus_credentials.c.minio_user
  minio_password = milvus_credentials.c.minio_password
  pulsar_token_key = milvus_credentials.c.pulsar_token_key
  pulsar_token = milvus_credentials.c.pulsar_token
${more}
}
`;
const SOUND = `
  storage = { pools = [{ peers = ["peer-1", "peer-2", "peer-3"], drives_per_peer = 4 }] }
  queue = { pulsar_singleton = { host = "peer-2" } }`;

test("unknown addresses of VMs are no obstacle: the steps are planned, what depends on them is not", async () => {
  workspace = await milvusWorkspace(VMS + PEERS + cluster(SOUND));
  const { code, output } = await workspace.plan();
  expect(code).toBe(2);
  expect(output).toMatch(/rollout\s+= \[/);
  expect(output).toMatch(
    /resilience\s+= \[[^\]]*MinIO: 1 erasure set of 12 drives[^\]]*survives the loss of 1 peer/,
  );
  expect(output).toContain('+ "wait for Pulsar on peer-2"');
  expect(output).toMatch(/rendered\s+= \(known after apply\)/);
  expect(output).toMatch(/endpoint\s+= \(known after apply\)/);
  expect(output).toContain("8 to add");
});

test("all problems of a spec come at once, even where addresses are unknown", async () => {
  workspace = await milvusWorkspace(
    VMS +
      PEERS +
      cluster(`
  storage = { pools = [{ peers = ["peer-1", "peer-9"], drives_per_peer = 4 }] }
  queue = { pulsar_singleton = { host = "peer-7" } }
  ports = { milvus = 70000 }
  config = { "queryNode.gracefulStopTimeut" = "60" }`),
  );
  const { code, output } = await workspace.plan();
  expect(code).toBe(1);
  const text = unboxed(output);
  for (const named of ["peer-9", "peer-7", "70000", "queryNode.gracefulStopTimeout"])
    expect(text).toContain(named);
  expect(text).toContain("ports = { milvus = 70000 }");
  expect(text).toContain('queue = { pulsar_singleton = { host = "peer-7" } }');
});

test("a peer's values are checked before anything is planned", async () => {
  workspace = await milvusWorkspace(`
    resource "milvus_peer" "p" {
      name = "Peer_1"
      address = "198.18.0.0/24"
      ssh = { user = "root", port = 99999 }
      cluster_id = "c"
      ca_cert_pem = "x"
      ca_key_pem = "x"
      token = "x"
      daemon_image = "milvus-onprem"
      data_root = "relative"
    }`);
  const { code, output } = await workspace.terraform(["validate"]);
  expect(code).toBe(1);
  const text = unboxed(output);
  for (const path of ["name", "address", "ssh.port", "daemon_image", "data_root"]) {
    expect(text).toContain(`Error: Invalid ${path}`);
  }
});

test("a peer that cannot be reached at creation is named with its address, and leaves no state", async () => {
  workspace = await milvusWorkspace(`
    resource "milvus_peer" "p" {
      name = "peer-1"
      address = "127.0.0.1"
      ssh = { user = "root", port = 9, password = "sesame-opens", timeout_seconds = 1 }
      cluster_id = "c"
      ca_cert_pem = "x"
      ca_key_pem = "x"
      token = "x"
      daemon_image = "milvus-onprem:0.1.0"
    }`);
  const { code, output } = await workspace.apply();
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(/Error: root@127\.0\.0\.1:9: cannot be reached .* no SSH login within 1 s/);
  expect(output).not.toContain("sesame-opens");
  await expect(workspace.attributes("milvus_peer.p")).rejects.toThrow("not in the state");
});

test("the stand-in for hashicorp/null replaces a null_resource when a trigger changes, and only then", async () => {
  const resource = (value: string): string =>
    `resource "null_resource" "n" { triggers = { v = "${value}" } }`;
  workspace = await nullWorkspace(resource("1"));
  expect((await workspace.apply()).output).toContain("1 added");
  expect((await workspace.plan()).code).toBe(0);
  workspace.configure(resource("2"));
  expect((await workspace.apply()).output).toContain("1 added, 0 changed, 1 destroyed");
});
