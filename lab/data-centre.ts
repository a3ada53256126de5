import * as faults from "./faults";
import { withLock } from "./lock";
import { ensureNetwork, findNetwork, removeNetwork, type LabNetwork } from "./network";
import { stage } from "./progress";
import { ensureRegistry } from "./registry";
import { docker, tryRun, type RunOptions, type RunResult } from "./run";
import { waitFor } from "./wait";
import { describeVm, ensureVm, removeVm, removeVms, untilReady, vmIndexes, type Slot, type Vm } from "./vm";

export interface LabOptions {
  /** Labs of different names run side by side and do not see each other. */
  name: string;
  /** @default 3 */
  vms?: number;
  /** Whether VMs come with a Docker engine. @default true */
  docker?: boolean;
  /** Size of each VM's data disk, mounted at /var/lib/milvus-onprem. @default - as large as the host's disk */
  dataDiskMiB?: number;
  /** One host name for all VMs. @default - each VM is called by its own name (vm1, vm2, …) */
  hostname?: string;
  /**
   * Whether all images of a cluster must be in the registry before `up` returns.
   * @default true
   */
  images?: boolean;
}

/** A small data centre: VMs on one network with a registry, and the accidents that befall them. */
export class Lab {
  private constructor(
    readonly name: string,
    private readonly network: LabNetwork,
    private machines: Vm[],
  ) {}

  /** Brings up what is missing; VMs that run are left as they are. */
  static async up(options: LabOptions): Promise<Lab> {
    const { name, dataDiskMiB, hostname } = options;
    checkName(name);
    const settings = { docker: options.docker ?? true, dataDiskMiB, hostname };
    await ensureRegistry(options.images ?? true);
    const network = await withLock("networks", () => ensureNetwork(name, settings));
    const indexes = Array.from({ length: options.vms ?? 3 }, (_, position) => position + 1);
    const vms = await stage(`lab ${name}: ${indexes.length} VMs up`, () =>
      Promise.all(indexes.map((index) => ensureVm({ lab: name, network, index }))),
    );
    return new Lab(name, network, vms);
  }

  /** A lab that runs already, for instance for another process. */
  static async attach(name: string): Promise<Lab> {
    const network = await findNetwork(name);
    if (!network)
      throw new Error(`there is no lab ${name}; start it with "npm run lab -- up --name ${name}"`);
    const slots = (await vmIndexes(name)).map((index) => ({ lab: name, network, index }));
    return new Lab(name, network, await Promise.all(slots.map(describeVm)));
  }

  get vms(): readonly Vm[] {
    return this.machines;
  }

  /** Address of the lab's registry, as the VMs see it: `198.18.10.2:5000`. */
  get registry(): string {
    return this.network.registry;
  }

  /** This machine, as the VMs see it. */
  get host(): faults.Endpoint {
    return { address: `${this.network.prefix}.1` };
  }

  /** The VM of a number, counted from 1. */
  vm(index: number): Vm {
    const found = this.machines.find((vm) => vm.index === index);
    if (!found)
      throw new Error(`lab ${this.name} has no vm${index}; it has ${this.machines.map((vm) => vm.name)}`);
    return found;
  }

  /** Runs a shell command in a VM, by the hypervisor's door: also when the VM's network is cut. */
  exec(vm: Vm, command: string, options?: RunOptions): Promise<RunResult> {
    return tryRun("docker", ["exec", "--interactive", vm.container, "bash", "-c", command], options);
  }

  /** A power cut. */
  async kill(vm: Vm): Promise<void> {
    await docker("kill", vm.container);
  }

  /** Power on; returns when sshd and the Docker engine answer. */
  async start(vm: Vm): Promise<void> {
    await docker("start", vm.container);
    await untilReady(this.slot(vm.index));
  }

  /** The VM and all its containers stand still. A kernel under load does not freeze so many processes at the first try. */
  async pause(vm: Vm): Promise<void> {
    const pause = (): Promise<boolean> => docker("pause", vm.container).then(() => true);
    await waitFor(`${vm.name} to stand still`, pause, { timeoutMs: 60_000, intervalMs: 1_000 });
  }

  async unpause(vm: Vm): Promise<void> {
    await docker("unpause", vm.container);
  }

  /** Cuts a VM off, silently: from some VMs (or `lab.host`), or from all of them, the registry and the host. */
  partition(vm: Vm, from?: readonly faults.Endpoint[]): Promise<void> {
    return faults.partition(vm, from);
  }

  heal(vm: Vm): Promise<void> {
    return faults.heal(vm);
  }

  fillDisk(vm: Vm, folder: string): Promise<void> {
    return faults.fillDisk(vm, folder);
  }

  freeDisk(vm: Vm, folder: string): Promise<void> {
    return faults.freeDisk(vm, folder);
  }

  /** What `date` says in the VM is wrong by so many seconds; 0 sets it right. */
  skew(vm: Vm, seconds: number): Promise<void> {
    return faults.skewClock(vm, seconds);
  }

  /** One VM more, with the next number. */
  async addVm(): Promise<Vm> {
    const index = Math.max(0, ...this.machines.map((vm) => vm.index)) + 1;
    const vm = await ensureVm(this.slot(index));
    this.machines = [...this.machines, vm];
    return vm;
  }

  /** A new VM in the place of the old: same name and address, empty disks, another host key. */
  async wipe(vm: Vm): Promise<Vm> {
    await removeVm(this.slot(vm.index));
    const fresh = await ensureVm(this.slot(vm.index));
    this.machines = this.machines.map((old) => (old.index === vm.index ? fresh : old));
    return fresh;
  }

  /** Removes this lab's VMs, disks and network; images and the registry stay for the next. */
  async down(): Promise<void> {
    await Lab.remove(this.name);
    this.machines = [];
  }

  /** As `down`, for a lab of which perhaps only parts are there. */
  static remove(name: string): Promise<void> {
    return stage(`lab ${name} removed`, async () => {
      await removeVms(name);
      await removeNetwork(name);
    });
  }

  private slot(index: number): Slot {
    return { lab: this.name, network: this.network, index };
  }
}

/** The name becomes part of names of containers, volumes and networks. */
function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw new Error(`lab name "${name}": use up to 31 lower-case letters, digits and hyphens`);
  }
}
