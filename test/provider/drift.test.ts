import { compileSpec } from "../../lib/spec/compile";
import { inputOf } from "../../lib/spec/input";
import type { ClusterSpec, ClusterSpecInput } from "../../lib/spec/spec";
import { FakeCluster } from "./support/fake-cluster";
import { milvusWorkspace } from "./support/milvus";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(180_000);

let fake: FakeCluster;
let workspace: Workspace;

beforeEach(async () => {
  fake = await FakeCluster.start();
  workspace = await milvusWorkspace(fake.hcl());
  expect((await workspace.apply()).output).toContain("1 added");
});
afterEach(async () => {
  workspace.remove();
  await fake.stop();
});

/** Another working copy, or somebody with the CLI, has changed the cluster. */
function changeElsewhere(change: Partial<ClusterSpecInput>): void {
  const { spec } = compileSpec({ ...inputOf(fake.inForce!.spec), ...change });
  fake.inForce = { generation: 2, spec: spec as ClusterSpec };
}

/** An apply does what was shown, and then there is nothing left to do. */
async function expectMended(shown: string[]): Promise<void> {
  expect((await workspace.apply()).output).toContain("1 changed");
  expect(fake.jobs.map(({ steps }) => steps)).toEqual([shown]);
  const { code, output } = await workspace.plan();
  expect(output).toContain("No changes");
  expect(code).toBe(0);
}

async function rollout(): Promise<string[]> {
  await workspace.plan("-out=plan");
  const { output } = await workspace.terraform(["show", "-json", "plan"]);
  const plan = JSON.parse(output) as {
    resource_changes: { change: { after: { rollout: string[] } } }[];
  };
  return plan.resource_changes[0]!.change.after.rollout;
}

test("a version that another apply has put in force is a diff, told with its cause, and an apply takes it back", async () => {
  changeElsewhere({ version: "v2.3.4" });
  const { code, output } = await workspace.plan();
  expect(code).toBe(2);
  expect(output).toMatch(/~ version += "v2.3.4" -> "v2.3.5"/);
  expect(output).not.toMatch(/[~+-] (storage|queue|ports|images|config) /);
  expect(unboxed(output)).toContain("Warning: Cluster vectors was changed by other means than this state");
  expect(unboxed(output)).toContain(
    "Generation 2 is in force, and this state knows of 1: image: milvusdb/milvus:v2.3.5 → milvusdb/milvus:v2.3.4.",
  );
  await expectMended(await rollout());
  expect(fake.inForce!.spec.version).toBe("v2.3.5");
});

test("what the program says by then is no change", async () => {
  changeElsewhere({ version: "v2.3.4", config: { "proxy.maxTaskNum": 2048 } });
  workspace.configure(fake.hcl({ version: '"v2.3.4"', config: '{ "proxy.maxTaskNum" = "2048" }' }));
  const { code, output } = await workspace.plan();
  expect(output).toContain("No changes");
  expect(code).toBe(0);
});

test("a peer that joined by other means is shown as one that an apply would take out", async () => {
  const { peers } = inputOf(fake.inForce!.spec);
  changeElsewhere({ peers: [...peers, { name: "peer-4", address: "198.18.0.14" }] });
  const { code, output } = await workspace.plan();
  expect(code).toBe(2);
  expect(unboxed(output)).toContain("peer-4 at 198.18.0.14 is a member");
  expect(output).toMatch(/- name += "peer-4"/);
  expect(output).toMatch(/\+ "take peer-4 out of etcd/);
  await expectMended(await rollout());
});

test("a peer that left by other means is shown as one that an apply would take in", async () => {
  const { peers } = inputOf(fake.inForce!.spec);
  const four = [...peers, { name: "peer-4", address: "198.18.0.14" }];
  changeElsewhere({ peers: four });
  fake.peers.push({ ...fake.peers[2]!, name: "peer-4", address: "198.18.0.14" });
  workspace.configure(fake.hcl());
  expect((await workspace.apply()).output).toContain("1 changed");
  fake.inForce = { generation: 3, spec: compileSpec({ ...inputOf(fake.inForce!.spec), peers }).spec! };
  const { output } = await workspace.plan();
  expect(unboxed(output)).toContain("peer-4 at 198.18.0.14 is no member any more");
  expect(output).toMatch(/\+ "start .* on peer-4/);
});

test("a file that was edited on a VM is a diff with what mends it, and so is a container", async () => {
  fake.drift = [
    {
      peer: "peer-2",
      kind: "file",
      name: "nginx.conf",
      expected: "sha256:aa, mode 644",
      found: "sha256:bb, mode 644",
    },
    {
      peer: "peer-3",
      kind: "container",
      name: "coord",
      expected: "image milvusdb/milvus:v2.3.5",
      found: "image milvus:mine",
    },
  ];
  const { code, output } = await workspace.plan();
  expect(code).toBe(2);
  expect(output).toMatch(/- found += "sha256:bb, mode 644"/);
  expect(unboxed(output)).toContain("peer-2: nginx.conf: sha256:bb, mode 644 instead of sha256:aa, mode 644");
  expect(output).toMatch(/\+ "write nginx.conf on peer-2, and have nginx read its own again"/);
  expect(output).toMatch(
    /\+ "restart coord on peer-3 \(image milvus:mine → image milvusdb\/milvus:v2.3.5\)"/,
  );
  expect(unboxed(output)).toContain("Warning: Peers of vectors are not as the cluster has set them up");
  await expectMended(await rollout());
});

test("while no peer answers, what was known of it stays a diff, and nothing is removed", async () => {
  changeElsewhere({ loadBalancing: "spread" });
  expect((await workspace.terraform(["apply", "-refresh-only", "-auto-approve"])).code).toBe(0);
  await Promise.all(fake.peers.map((p) => p.ssh.stop()));
  const { code, output } = await workspace.plan();
  expect(code).toBe(2);
  expect(unboxed(output)).toContain("Warning: No peer of the cluster could be asked");
  expect(output).toMatch(/- load_balancing += "spread" -> null/);
  expect(output).toContain("0 to add, 1 to change, 0 to destroy");
});
