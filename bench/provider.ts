/** Start of the provider up to its handshake line, against a bare `node -e 0`; and a whole `terraform plan`. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "../tools/build";
import { ROOT } from "../tools/exec";
import { median, report } from "./report";

const RUNS = 9;
const PROVIDER = join(ROOT, "dist/terraform-provider-milvus");
/** go-plugin's magic cookie for Terraform: what tells a plugin that it was not started by a person. */
const COOKIE = {
  TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
  PLUGIN_PROTOCOL_VERSIONS: "6",
};

function handshake(): Promise<number> {
  const from = performance.now();
  const child = spawn(PROVIDER, { env: { ...process.env, ...COOKIE }, stdio: ["ignore", "pipe", "ignore"] });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stdout.once("data", () => {
      const took = performance.now() - from;
      child.once("exit", () => resolve(took));
      child.kill("SIGKILL");
    });
  });
}

function bareNode(): number {
  const from = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - from;
}

async function main(): Promise<void> {
  await build();
  const ours: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i <= RUNS; i++) {
    ours.push(await handshake());
    bare.push(bareNode());
  }
  report(
    "provider start to handshake",
    median(ours.slice(1)),
    "node -e 0",
    median(bare.slice(1)),
    "target: under 400 ms",
  );
}

void main();
