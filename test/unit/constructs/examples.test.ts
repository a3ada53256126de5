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

// cdktf asks the terraform on this machine for its version before it takes a terraform_data.
jest.setTimeout(60_000);

type Block = Readonly<Record<string, unknown>>;
interface Synthesised {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly output: Readonly<Record<string, Block>>;
  readonly variable?: Readonly<Record<string, Block>>;
}

function synth(example: string, inventory?: object): string {
  const outdir = mkdtempSync(join(tmpdir(), "cdktf.out-"));
  const file = join(outdir, "inventory.json");
  process.env.CDKTF_OUTDIR = outdir;
  delete process.env.MILVUS_ONPREM_INVENTORY;
  if (inventory) {
    writeFileSync(file, JSON.stringify(inventory));
    process.env.MILVUS_ONPREM_INVENTORY = file;
  }
  jest.isolateModules(() => void jest.requireActual(`../../../examples/${example}/main`));
  return readFileSync(join(outdir, "stacks", example, "cdk.tf.json"), "utf8");
}

const parsed = (example: string, inventory?: object): Synthesised =>
  JSON.parse(synth(example, inventory)) as Synthesised;
const cluster = (example: string, inventory?: object): Block =>
  parsed(example, inventory).resource.milvus_cluster!.vectors!;

function addresses({ resource, output, variable = {} }: Synthesised): string[] {
  const resources = Object.entries(resource).flatMap(([type, of]) =>
    Object.keys(of).map((id) => `${type}.${id}`),
  );
  const named = (kind: string, of: object): string[] => Object.keys(of).map((id) => `${kind}.${id}`);
  return [...resources, ...named("output", output), ...named("var", variable)].sort();
}

const SMOKED = [
  "milvus_cluster.vectors",
  "milvus_credentials.vectors_credentials_6077026C",
  "milvus_peer.vectors_peer-1_6218EDFB",
  "null_resource.vectors_smoke_44DE2DC1",
  "output.rootPassword",
];
const THREE = [...SMOKED, "milvus_peer.vectors_peer-2_220A1E9A", "milvus_peer.vectors_peer-3_50AA5B08"];

const EXAMPLES: Record<string, string[]> = {
  "three-peers": [...THREE, "output.endpoint", "output.endpoints"],
  "host-pools": [
    ...THREE,
    "output.endpoints",
    ...["terraform_data.vm-1", "terraform_data.vm-2", "terraform_data.vm-3"],
  ],
  "external-s3": [
    ...THREE,
    "output.endpoints",
    ...["terraform_data.bucket", "var.s3AccessKey", "var.s3SecretKey"],
  ],
  standalone: [...SMOKED, "output.endpoint", "terraform_data.app"],
  woodpecker: [...THREE, "null_resource.announce", "output.endpoints"],
};

const vm = (n: number): object => ({
  ...{ name: `vm${n}`, address: `198.18.0.1${n}`, user: "root", privateKeyFile: "/keys/id" },
});
const INVENTORY = {
  vms: [1, 2, 3].map(vm),
  registry: "198.18.0.2:5000",
  images: { nginx: "198.18.0.2:5000/nginx:1.22.1" },
  deletionProtection: false,
};

describe.each(Object.entries(EXAMPLES))("examples/%s", (example, expected) => {
  it("keeps its addresses", () => {
    expect(addresses(parsed(example))).toEqual([...expected].sort());
  });

  it("synthesises to the same bytes twice", () => {
    expect(synth(example)).toBe(synth(example));
  });

  it("takes registry, images and protection from an inventory", () => {
    expect(cluster(example, INVENTORY)).toMatchObject({
      registry: "198.18.0.2:5000",
      images: { nginx: "198.18.0.2:5000/nginx:1.22.1" },
      deletion_protection: false,
    });
  });

  it("says so when the inventory has too few VMs", () => {
    expect(() => synth(example, { vms: [] })).toThrow(/inventory\.json: vms: this example wants \d/);
  });
});

describe("what the examples are made of", () => {
  const peers = (example: string): unknown[] =>
    (cluster(example, INVENTORY).peers as Block[]).map(({ address }) => address);

  it("three VMs of the inventory, or the one that is needed", () => {
    expect(peers("three-peers")).toEqual(["198.18.0.11", "198.18.0.12", "198.18.0.13"]);
    expect(peers("standalone")).toEqual(["198.18.0.11"]);
  });

  it("addresses that another resource brings", () => {
    expect(peers("host-pools")).toEqual([1, 2, 3].map((n) => `\${terraform_data.vm-${n}.output["address"]}`));
  });

  it("an S3 whose endpoint another resource brings, and whose keys are nowhere in the program", () => {
    const s3 = { endpoint: "http://198.18.0.3:9000", bucket: "outside" };
    const { resource, variable } = parsed("external-s3", { ...INVENTORY, s3 });
    expect(resource.milvus_cluster!.vectors).toMatchObject({
      storage: { bucket: "outside", s3: { endpoint: '${terraform_data.bucket.output["endpoint"]}' } },
      s3_access_key: "${var.s3AccessKey}",
      s3_secret_key: "${var.s3SecretKey}",
    });
    expect(resource.terraform_data!.bucket).toMatchObject({ input: { endpoint: s3.endpoint } });
    expect(variable).toMatchObject({ s3AccessKey: { sensitive: true }, s3SecretKey: { sensitive: true } });
  });

  it("Milvus 2.6 with its own log, told by name", () => {
    expect(cluster("woodpecker")).toMatchObject({ version: "v2.6.11", queue: { embedded: "woodpecker" } });
  });
});
