import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Addresses are public: another one makes Terraform destroy and recreate. Change an expectation only with a `moved` block
 * or in a major version.
 */
jest.mock("../../../constructs/private/package", () => {
  const original = jest.requireActual("../../../constructs/private/package");
  return { ...original, builtProgram: () => mockProgram };
});
const mockProgram = join(mkdtempSync(join(tmpdir(), "dist-")), "program");
writeFileSync(mockProgram, "#!/usr/bin/env node\n");

type Blocks = Record<string, Record<string, object>>;

function synth(inventory?: object): string {
  const outdir = mkdtempSync(join(tmpdir(), "cdktf.out-"));
  const file = join(outdir, "inventory.json");
  process.env.CDKTF_OUTDIR = outdir;
  delete process.env.MILVUS_ONPREM_INVENTORY;
  if (inventory) {
    writeFileSync(file, JSON.stringify(inventory));
    process.env.MILVUS_ONPREM_INVENTORY = file;
  }
  jest.isolateModules(() => void jest.requireActual("../../../examples/three-peers/main"));
  return readFileSync(join(outdir, "stacks/three-peers/cdk.tf.json"), "utf8");
}

describe("examples/three-peers", () => {
  it("keeps its addresses", () => {
    const { resource, output } = JSON.parse(synth()) as { resource: Blocks; output: object };
    const addresses = Object.entries(resource).flatMap(([type, of]) =>
      Object.keys(of).map((id) => `${type}.${id}`),
    );
    expect([...addresses, ...Object.keys(output).map((id) => `output.${id}`)].sort()).toEqual([
      "milvus_cluster.vectors",
      "milvus_credentials.vectors_credentials_6077026C",
      "milvus_peer.vectors_peer-1_6218EDFB",
      "milvus_peer.vectors_peer-2_220A1E9A",
      "milvus_peer.vectors_peer-3_50AA5B08",
      "null_resource.vectors_smoke_44DE2DC1",
      "output.endpoint",
      "output.endpoints",
      "output.rootPassword",
    ]);
  });

  it("synthesises to the same bytes twice", () => {
    expect(synth()).toBe(synth());
  });

  it("takes VMs, registry, images and protection from an inventory", () => {
    const vm = (n: number) => ({
      name: `vm${n}`,
      address: `198.18.0.1${n}`,
      user: "root",
      privateKeyFile: "/keys/id",
    });
    const inventory = {
      vms: [1, 2, 3].map(vm),
      registry: "198.18.0.2:5000",
      images: { nginx: "198.18.0.2:5000/nginx:1.22.1" },
      deletionProtection: false,
    };
    const { resource } = JSON.parse(synth(inventory)) as { resource: Blocks };
    expect(resource.milvus_cluster?.vectors).toMatchObject({
      registry: "198.18.0.2:5000",
      images: { nginx: "198.18.0.2:5000/nginx:1.22.1" },
      deletion_protection: false,
      peers: [{ address: "198.18.0.11" }, { address: "198.18.0.12" }, { address: "198.18.0.13" }],
    });
  });
});
