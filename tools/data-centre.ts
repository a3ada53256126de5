/** A lab filled with all that a deployment needs: VMs, images in its registry, providers where Terraform looks. */
import { createHash } from "node:crypto";
import { copyFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildDaemonImage, Lab, publish, type LabOptions } from "../lab";
import { build } from "./build";
import { bundle } from "./bundle";
import { ROOT } from "./exec";

const CACHE = join(ROOT, ".cache");
/** @cdktf/provider-null 11 asks for this version of hashicorp/null. */
const NULL_VERSION = "3.2.4";

export interface DataCentre {
  lab: Lab;
  /** File that describes the VMs, the registry and the images to an infra program. */
  inventory: string;
  /** Environment for terraform and cdktf: the inventory, no calls home, the stand-in for hashicorp/null where Terraform looks. */
  env: Record<string, string>;
  /** The same, for a shell to read. */
  envFile: string;
}

export async function dataCentre(options: LabOptions): Promise<DataCentre> {
  await build();
  const [lab, terraform] = await Promise.all([Lab.up(options), terraformEnv()]);
  const inventory = writeInventory(lab, await publishDaemon());
  const env = { ...terraform, MILVUS_ONPREM_INVENTORY: inventory };
  const envFile = join(dirname(inventory), "env");
  writeFileSync(
    envFile,
    Object.entries(env)
      .map(([name, value]) => `export ${name}='${value}'\n`)
      .join(""),
  );
  return { lab, inventory, env, envFile };
}

/** Tagged by its content: a rebuilt daemon is another image, so a second deployment onto the same VMs brings it along. */
async function publishDaemon(): Promise<string> {
  const program = join(ROOT, "dist/milvus-onprem");
  const digest = createHash("sha256").update(readFileSync(program)).digest("hex");
  const image = await buildDaemonImage(program);
  const published = `${image}-${digest.slice(0, 12)}`;
  await publish(image, published);
  return published;
}

/** What an infra program has to know about this lab; versions are those that the lab holds. */
function writeInventory(lab: Lab, daemon: string): string {
  const file = join(CACHE, "lab", lab.name, "inventory.json");
  const at = (image: string): string => `${lab.registry}/${image}`;
  const inventory = {
    vms: lab.vms.map(({ name, address, user, privateKeyFile, hostKey }) => ({
      name,
      address,
      user,
      privateKeyFile,
      hostKey,
    })),
    registry: lab.registry,
    images: { daemon: at(daemon), pulsar: at("apachepulsar/pulsar:3.0.0"), nginx: at("nginx:1.22.1") },
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(inventory, null, 2));
  return file;
}

/**
 * hashicorp/null cannot be had without a registry: a stand-in, built on our provider framework, lies in an implied mirror
 * (`$XDG_DATA_HOME/terraform/plugins`), where plain terraform looks by itself.
 */
async function terraformEnv(): Promise<Record<string, string>> {
  const data = join(CACHE, "lab/terraform-data");
  const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  const folder = join(data, "terraform/plugins/registry.terraform.io/hashicorp/null", NULL_VERSION, platform);
  const file = join(folder, `terraform-provider-null_v${NULL_VERSION}`);
  const fresh = join(CACHE, "lab/terraform-provider-null");
  await bundle(join(ROOT, "lab/null-provider/main.ts"), fresh);
  if (!existsSync(file) || !readFileSync(file).equals(readFileSync(fresh))) {
    mkdirSync(folder, { recursive: true });
    copyFileSync(fresh, file);
    chmodSync(file, 0o755);
  }
  return { CHECKPOINT_DISABLE: "1", XDG_DATA_HOME: data, TF_CLI_CONFIG_FILE: emptyConfig() };
}

/** A CLI configuration of the user's must not reach into the lab, and a missing one would be warned about. */
function emptyConfig(): string {
  const file = join(CACHE, "lab/terraformrc");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "");
  return file;
}
