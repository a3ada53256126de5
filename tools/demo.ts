/** `npm run demo`: a lab of three VMs, and examples/three-peers deployed onto it by `cdktf deploy`. */
import { rmSync } from "node:fs";
import { join, relative } from "node:path";
import { dataCentre, type DataCentre } from "./data-centre";
import { bin, must, ROOT, run } from "./exec";
import { stage } from "./stage";

const EXAMPLE = join(ROOT, "examples/three-peers");

async function main(): Promise<void> {
  const centre = await stage("lab: three VMs, a registry, every image", () => dataCentre({ name: "demo" }));
  const env = { ...centre.env, CI: "1" }; // plain lines instead of a spinner
  // The stand-in for hashicorp/null may have been rebuilt since: its old hash would be refused.
  rmSync(join(EXAMPLE, "cdktf.out/stacks/three-peers/.terraform.lock.hcl"), { force: true });
  await stage("cdktf deploy: from TypeScript to a running cluster, with a smoke test", () =>
    must(bin("cdktf"), ["deploy", "--auto-approve"], { cwd: EXAMPLE, env }),
  );
  await stage("milvus-onprem status, as any peer tells it", () => status(centre));
  console.log(howToGoOn(centre));
}

async function status({ lab }: DataCentre): Promise<void> {
  const vm = lab.vm(1);
  const ssh = [
    "--ssh",
    `${vm.user}@${vm.address}`,
    "--identity-file",
    vm.privateKeyFile,
    "--host-key",
    vm.hostKey,
  ];
  const code = await run(join(ROOT, "dist/milvus-onprem"), ["status", ...ssh]);
  if (code !== 0)
    throw new Error(`the cluster is not healthy: milvus-onprem status ended with exit code ${code}`);
}

const howToGoOn = ({ lab, envFile }: DataCentre): string => `
The cluster runs. Clients connect to any of ${lab.vms.map((vm) => `${vm.address}:19537`).join(", ")}
as "root"; its password: terraform -chdir=examples/three-peers/cdktf.out/stacks/three-peers output -raw rootPassword

  npm run lab -- ssh 1                    a shell on the first VM; then: milvus-onprem status, milvus-onprem smoke
  npm run lab -- kill 1                   cut its power; "npm run lab -- start 1" brings it back
  . ${relative(ROOT, envFile)} && cd examples/three-peers && npx cdktf diff
                                          no changes; edit main.ts and look again
  npm run demo:down                       remove the VMs, and the cluster with them`;

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
