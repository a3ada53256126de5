import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { Lab } from "./data-centre";
import { stopEngine } from "./engine";
import { tryRun } from "./run";
import type { Vm } from "./vm";

const usage = `npm run lab -- COMMAND [--name NAME]
  up [--vms N] [--disk MIB] [--no-docker]   bring up N VMs (3), the registry and all images
  down [--engine]                           remove the VMs; with --engine, also stop a Docker engine that the lab started
  status                                    addresses and states
  ssh N [-- COMMAND]                        a shell in VM N, or one command
  kill | start | pause | unpause N          power cut, power on, stand still, go on
  partition | heal N                        cut VM N off the network, connect it again
  wipe N                                    a fresh VM in the place of VM N
  add                                       one VM more`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: "string", default: "demo" },
    vms: { type: "string", default: "3" },
    disk: { type: "string" },
    "no-docker": { type: "boolean", default: false },
    engine: { type: "boolean", default: false },
  },
});
const [command = "", number, ...rest] = positionals;
const attach = (): Promise<Lab> => Lab.attach(values.name);

/** A command on one VM: finds it by its number. */
const onVm = (work: (lab: Lab, vm: Vm) => Promise<unknown>) => async () => {
  const lab = await attach();
  await work(lab, lab.vm(Number(number)));
};

const commands: Record<string, () => Promise<unknown>> = {
  up: async () => {
    const dataDiskMiB = values.disk ? Number(values.disk) : undefined;
    const lab = await Lab.up({
      name: values.name,
      vms: Number(values.vms),
      docker: !values["no-docker"],
      dataDiskMiB,
    });
    await status(lab);
  },
  down: async () => {
    await Lab.remove(values.name);
    if (values.engine) await stopEngine();
  },
  status: async () => status(await attach()),
  ssh: onVm((_, vm) => ssh(vm, rest)),
  kill: onVm((lab, vm) => lab.kill(vm)),
  start: onVm((lab, vm) => lab.start(vm)),
  pause: onVm((lab, vm) => lab.pause(vm)),
  unpause: onVm((lab, vm) => lab.unpause(vm)),
  partition: onVm((lab, vm) => lab.partition(vm)),
  heal: onVm((lab, vm) => lab.heal(vm)),
  wipe: onVm((lab, vm) => lab.wipe(vm)),
  add: async () => {
    const vm = await (await attach()).addVm();
    console.log(`${vm.name}  ${vm.address}`);
  },
};

async function status(lab: Lab): Promise<void> {
  console.log(`lab ${lab.name}, registry ${lab.registry}`);
  for (const vm of lab.vms) {
    const state = await tryRun("docker", ["inspect", "--format", "{{.State.Status}}", vm.container]);
    console.log(
      `${vm.name}  ${vm.address}  ${state.stdout.trim()}  ssh -i ${vm.privateKeyFile} root@${vm.address}`,
    );
  }
}

/** The host key is pinned to the one that the lab read from the VM's disk; known_hosts of the user is left alone. */
function ssh(vm: Vm, words: string[]): Promise<void> {
  const options = [`KnownHostsCommand=/bin/echo ${vm.address} ${vm.hostKey}`, "UserKnownHostsFile=/dev/null"];
  const child = spawn(
    "ssh",
    ["-i", vm.privateKeyFile, ...options.flatMap((o) => ["-o", o]), `${vm.user}@${vm.address}`, ...words],
    { stdio: "inherit" },
  );
  return new Promise((resolve) => {
    child.on("exit", (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}

async function main(): Promise<void> {
  const run = commands[command];
  if (!run) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  await run();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
