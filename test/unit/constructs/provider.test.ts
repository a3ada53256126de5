import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { Testing } from "cdktf";
import { version } from "../../../package.json";
import { MilvusCredentials, MilvusProvider } from "../../../constructs";
import { newStack, synth, threePeers, validationErrors } from "./support";

jest.mock("../../../constructs/private/package", () => {
  const original = jest.requireActual("../../../constructs/private/package");
  return { ...original, builtProgram: (name: string) => join(mockDist, name) };
});
const mockDist = mkdtempSync(join(tmpdir(), "dist-"));
const PROGRAM = "#!/usr/bin/env node\n";
writeFileSync(join(mockDist, "terraform-provider-milvus"), PROGRAM);
writeFileSync(join(mockDist, "milvus-onprem"), PROGRAM);

const PLUGINS = `terraform.d/plugins/milvus-onprem.internal/milvus-onprem/milvus/${version}`;

describe("providers of a stack", () => {
  it("are there without being asked for, once", () => {
    const { provider, terraform } = synth(threePeers().stack);
    expect(provider).toEqual({ milvus: [{}], null: [{}] });
    expect(terraform).toMatchObject({
      required_version: ">= 1.3.0",
      required_providers: { milvus: { source: "milvus-onprem.internal/milvus-onprem/milvus", version } },
    });
  });

  it("leave the stack's own ones alone, wherever in the program they are made", () => {
    const { stack } = threePeers();
    new NullProvider(stack, "null");
    new MilvusProvider(stack, "milvus");
    expect(synth(stack).provider).toEqual({ milvus: [{}], null: [{}] });
    expect(validationErrors(stack)).toEqual([]);
  });

  it("come with the raw bindings, too, and no more of them than needed", () => {
    const stack = newStack();
    new MilvusCredentials(stack, "credentials", { clusterName: "vectors" });
    expect(synth(stack).provider).toEqual({ milvus: [{}] });
  });
});

describe("synthesis", () => {
  const stackFolder = () => join(Testing.fullSynth(threePeers().stack), "stacks/search");

  it("places the provider where Terraform looks for it, for every platform it runs on", () => {
    const folder = stackFolder();
    expect(readdirSync(join(folder, PLUGINS)).sort()).toEqual([
      "darwin_amd64",
      "darwin_arm64",
      "linux_amd64",
      "linux_arm64",
    ]);
    const file = join(folder, PLUGINS, "linux_arm64", `terraform-provider-milvus_v${version}`);
    expect(readFileSync(file, "utf8")).toBe(PROGRAM);
    expect(statSync(file).mode & 0o777).toBe(0o755);
  });

  it("locks it, and names hashicorp/null to cdktf", () => {
    const lock = readFileSync(join(stackFolder(), ".terraform.lock.hcl"), "utf8");
    expect(lock).toMatch(/^provider "milvus-onprem.internal\/milvus-onprem\/milvus" \{\n {2}version +/m);
    expect(lock).toMatch(/\/\*[^*]*provider "registry.terraform.io\/hashicorp\/null"[^*]*\*\//);
  });

  it("places the CLI that the smoke test runs", () => {
    const cli = join(stackFolder(), "bin/milvus-onprem");
    expect(statSync(cli).mode & 0o777).toBe(0o755);
  });
});
