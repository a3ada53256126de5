import { docker } from "./run";
import type { Vm } from "./vm";

const inVm = (vm: Vm, ...command: string[]): Promise<string> => docker("exec", vm.container, ...command);

/** Anything with an address on the lab's network. */
export interface Endpoint {
  readonly address: string;
}

/**
 * Cuts a VM off: from some others, or from all the world. Packets are dropped and not refused, as when a cable is pulled:
 * nobody is told. The rules are gone after a restart of the VM.
 */
export async function partition(vm: Vm, from?: readonly Endpoint[]): Promise<void> {
  const peers = from?.map(({ address }) => address) ?? ["0.0.0.0/0"];
  for (const peer of peers) {
    await inVm(vm, ...incoming("--append"), "--in-interface", "eth0", "--source", peer, "--jump", "DROP");
    await inVm(
      vm,
      ...outgoing("--append"),
      "--out-interface",
      "eth0",
      "--destination",
      peer,
      "--jump",
      "DROP",
    );
  }
}

export async function heal(vm: Vm): Promise<void> {
  await inVm(vm, ...incoming("--flush"));
  await inVm(vm, ...outgoing("--flush"));
}

/** Tables that Docker leaves alone, and hooks that see all traffic: of the VM itself and of containers behind its bridges. */
const incoming = (verb: string): string[] => ["iptables", "--wait", "--table", "raw", verb, "PREROUTING"];
const outgoing = (verb: string): string[] => ["iptables", "--wait", "--table", "mangle", verb, "POSTROUTING"];

const FILLER = ".lab-filler";

/** Takes all free bytes of the file system that holds the folder: nearly all at once, then what is left in ever smaller blocks. */
export async function fillDisk(vm: Vm, folder: string): Promise<void> {
  const device = await inVm(vm, "sh", "-c", `df --output=source '${folder}' | tail -1`);
  if (!device.startsWith("/dev/loop")) {
    throw new Error(
      `${folder} of ${vm.name} lies on the host's disk: bring the lab up with dataDiskMiB to fill its data disk`,
    );
  }
  const most = `fallocate -l $(( $(df --output=avail -B1 '${folder}' | tail -1) - (16 << 20) )) '${folder}/${FILLER}'`;
  const write = (size: string): string =>
    `dd if=/dev/zero bs=${size} status=none >>'${folder}/${FILLER}' 2>/dev/null`;
  await inVm(vm, "sh", "-c", `${most}; ${write("1M")}; ${write("1K")}; sync`);
}

export async function freeDisk(vm: Vm, folder: string): Promise<void> {
  await inVm(vm, "rm", "-f", `${folder}/${FILLER}`);
}

/** Makes `date` in the VM, so also over SSH, err by so many seconds; programs that read the clock themselves are not fooled. */
export async function skewClock(vm: Vm, seconds: number): Promise<void> {
  const offset = seconds === 0 ? "" : `${seconds > 0 ? "+" : ""}${seconds}s`;
  await inVm(vm, "sh", "-c", `printf %s '${offset}' > /etc/lab-clock-skew`);
}
