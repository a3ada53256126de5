import { writeFileSync } from "node:fs";
import { App, Testing, TerraformStack } from "cdktf";
import {
  MilvusCluster,
  MilvusVersion,
  MinioWidePool,
  Peer,
  PulsarSingleton,
  type MilvusClusterProps,
} from "../../constructs";
import { FakeCluster, SECRETS, type FakePeer } from "./support/fake-cluster";
import { adjusted } from "./support/adjusted";
import { milvusWorkspace } from "./support/milvus";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(180_000);

let fake: FakeCluster;
let workspace: Workspace;

beforeEach(async () => {
  fake = await FakeCluster.start();
  workspace = await milvusWorkspace("");
});
afterEach(async () => {
  workspace.remove();
  await fake.stop();
});

const peer = (i: number): FakePeer => fake.peers[i - 1] as FakePeer;
const GENERATED = "generated.tf";
const block = (to: string, id: string): string => `import {\n  to = ${to}\n  id = ${JSON.stringify(id)}\n}\n`;

/** Import blocks for everything, as docs/import.md has them. */
function blocks(more: object = {}): string {
  const peers = fake.peers.map((p, i) => block(`milvus_peer.p${i + 1}`, fake.importId([p], more)));
  const all = fake.importId(fake.peers, more);
  return [block("milvus_credentials.cluster", all), ...peers, block("milvus_cluster.c", all)].join("");
}

/** Has Terraform write the configuration, and adjusts it as docs/import.md says. */
async function generate(more: object = {}): Promise<string> {
  workspace.configure(blocks(more));
  const { output } = await workspace.plan(`-generate-config-out=${GENERATED}`);
  expect(unboxed(output)).toContain("Error: Secrets of cluster vectors are missing");
  expect(output.match(/Error: /g)).toHaveLength(1);
  const text = adjusted(workspace.read(GENERATED));
  workspace.write(GENERATED, text);
  return output + text;
}

async function refusedWith(to: string, id: string): Promise<string> {
  workspace.configure(
    `resource "milvus_credentials" "cluster" { cluster_name = "vectors" }\n${block(to, id)}`,
  );
  const { code, output } = await workspace.plan();
  expect(code).toBe(1);
  return unboxed(output);
}

test("a cluster made by hand is imported with generated configuration that plans to no change; then it is changed by steps", async () => {
  fake.madeElsewhere({
    by: "init",
    input: { config: { "proxy.maxTaskNum": 2048 }, registry: "registry.example:5000" },
  });
  const written = await generate();
  const planned = await workspace.plan();
  expect(planned.output).toContain("5 to import, 0 to add, 0 to change, 0 to destroy");
  const applied = await workspace.apply({ TF_LOG: "info" });
  expect(applied.output).toContain("5 imported, 0 added, 0 changed, 0 destroyed");
  workspace.configure("");
  const again = await workspace.plan();
  expect(again.output).toContain("No changes");
  expect(again.code).toBe(0);
  for (const secret of [...Object.values(SECRETS), fake.token, "PRIVATE KEY"])
    for (const text of [written, planned.output, applied.output, again.output])
      expect(text).not.toContain(secret);
  expect(fake.jobs).toEqual([]);
  expect(await workspace.attributes("milvus_credentials.cluster")).toMatchObject({
    ...{
      id: "vectors-1",
      token: fake.token,
      ca_key_pem: fake.caKeyPem,
      ...SECRETS,
      minio_user: "minio-user-of-milvus",
    },
  });
  expect(await workspace.attributes("milvus_cluster.c")).toMatchObject({
    ...{
      generation: 4,
      status: "ok",
      leader: "peer-2",
      deletion_protection: true,
      registry: "registry.example:5000",
    },
    endpoint: "198.18.0.11:19537",
  });

  workspace.write(GENERATED, workspace.read(GENERATED).replace('"2048"', '"4096"'));
  const changed = await workspace.plan();
  expect(changed.output).toContain("0 to add, 1 to change, 0 to destroy");
  expect(changed.output).toContain('+ "restart proxy on peer-1, peer-2, peer-3, one at a time');
  expect((await workspace.apply()).output).toContain("1 changed");
  expect(fake.jobs).toHaveLength(1);
  expect(fake.inForce!.spec.config["proxy.maxTaskNum"]).toBe(4096);
  expect((await workspace.plan()).code).toBe(0);
});

test("a cluster whose Terraform has lost its state is imported with the CA's key from a file, exchanged secrets and replaced VMs included", async () => {
  fake.madeElsewhere({ by: "terraform", input: { secretsGeneration: 2 }, secrets: { of: "2" } });
  const { spec } = fake.inForce!;
  fake.inForce!.spec = {
    ...spec,
    peers: spec.peers.map((p, i) => (i === 1 ? { ...p, instance: "5eed5eed" } : p)),
  };
  const more = { caKeyFile: fake.caKeyFile, tokenGeneration: 3 };
  await generate(more);
  const planned = await workspace.plan();
  expect(planned.output).toContain("5 to import, 0 to add, 0 to change, 0 to destroy");
  expect((await workspace.apply()).output).toContain("5 imported, 0 added, 0 changed, 0 destroyed");
  workspace.configure("");
  expect((await workspace.plan()).code).toBe(0);
  expect(await workspace.attributes("milvus_credentials.cluster")).toMatchObject({
    token_generation: 3,
    secrets_generation: 2,
  });
  expect((await workspace.attributes("milvus_peer.p2")).id).toBe("vectors-1/peer-2/5eed5eed");
});

test("a program with importFrom plans to no change; its next edit is steps, and nothing is replaced", async () => {
  fake.madeElsewhere({ by: "init" });
  const importFrom = { tokenFile: fake.tokenFile };
  workspace.write("main.tf.json", program({ importFrom }));
  const planned = await workspace.plan();
  expect(planned.output).toContain("5 to import, 0 to add, 0 to change, 0 to destroy");
  expect((await workspace.apply()).output).toContain("5 imported, 0 added, 0 changed, 0 destroyed");
  workspace.write("main.tf.json", program({}));
  expect((await workspace.plan()).code).toBe(0);
  workspace.write("main.tf.json", program({ config: { "proxy.maxTaskNum": 4096 } }));
  const changed = await workspace.plan();
  expect(changed.output).toContain("0 to add, 1 to change, 0 to destroy");
  expect((await workspace.apply()).output).toContain("1 changed");
  expect(fake.jobs).toHaveLength(1);
});

/** The cluster in TypeScript, as Terraform's JSON. */
function program(props: Partial<MilvusClusterProps>): string {
  const stack = new TerraformStack(new App(), "search");
  const ports = { daemon: fake.daemonPort };
  const version = MilvusVersion.of("v2.3.5");
  const images = { daemon: "registry.example:5000/milvus-onprem:0.1.0" };
  const cluster = new MilvusCluster(stack, "vectors", { version, ports, images, ...props });
  const login = { user: "root", host: "127.0.0.1", privateKeyFile: fake.keyFile, timeoutSeconds: 3 };
  const peers = fake.peers.map(
    ({ name, address, ssh: { port, hostKey } }) =>
      new Peer(cluster, name, { address, ssh: { ...login, port, hostKey } }),
  );
  new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 });
  new PulsarSingleton(cluster, "pulsar", { host: peers[1]! });
  const { terraform, ...json } = JSON.parse(Testing.synth(stack, true)) as Record<string, unknown>;
  expect(terraform).toBeDefined();
  return JSON.stringify(json);
}

test("without the key of its authority nothing is imported, for no certificate could be renewed", async () => {
  fake.madeElsewhere({ by: "terraform" });
  const id = fake.importId([peer(1)]);
  expect(await refusedWith("milvus_credentials.cluster", id)).toMatch(
    /does not have the key of vectors-1's authority .*ca_key_file/,
  );
  writeFileSync(fake.caKeyFile, "no key");
  const wrong = await refusedWith(
    "milvus_credentials.cluster",
    fake.importId([peer(1)], { caKeyFile: fake.caKeyFile }),
  );
  expect(wrong).toMatch(/ca_key_file is not the key of vectors-1's authority/);
});

test("what an id lacks, or must not hold, is said; a secret in it is not repeated", async () => {
  fake.madeElsewhere({ by: "init" });
  const id = fake.importId([peer(1)]);
  const told = await refusedWith("milvus_credentials.cluster", `${id}&password=sesame-opens`);
  expect(told).toMatch(/import id of a milvus_credentials cannot be read .*password must not be given here/);
  // What the id is Terraform itself has said before.
  expect(told.slice(told.indexOf("Error:"))).not.toContain("sesame-opens");
  writeFileSync(fake.tokenFile, "mop1.another");
  expect(await refusedWith("milvus_credentials.cluster", id)).toMatch(
    /peer-1 refuses the token of .*rotate-token --print/,
  );
});

test("a member that is away is no obstacle to the import of its cluster: its host key comes later, and no step does", async () => {
  fake.madeElsewhere({ by: "init" });
  await generate();
  await peer(3).ssh.stop();
  const cluster = /resource "milvus_cluster"[\s\S]*?\n}\n/.exec(workspace.read(GENERATED))![0];
  const credentials = `resource "milvus_credentials" "cluster" { cluster_name = "vectors" }\n`;
  workspace.write(GENERATED, credentials + cluster);
  const ids = fake.importId(fake.peers);
  workspace.configure(block("milvus_credentials.cluster", ids) + block("milvus_cluster.c", ids));
  const { output } = await workspace.plan();
  expect(unboxed(output)).toContain("Warning: 127.0.0.1 could not be looked at");
  expect(output).toContain("2 to import, 0 to add, 1 to change, 0 to destroy");
  expect(output).toMatch(/\+ host_key/);
  expect(output).not.toMatch(/~ (rollout|rendered)/);
});
