import type { Machine } from "../../host";
import { checkAddress, checkName } from "../../spec/validators";
import { UsageError } from "../exit";

/** How a VM is called and where the others reach it. */
export interface VmName {
  readonly name: string;
  readonly address: string;
  readonly hostname: string;
  readonly machineId?: string;
}

export interface NameOptions {
  readonly name?: string;
  readonly advertiseAddress?: string;
}

/** The source of a packet to an address for documentation is that of the default route; nothing is sent. */
const DESCRIBE = `
uname -n
{ ip -4 route get 198.51.100.1 || ip -6 route get 2001:db8::1; } 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p' | head -n 1 | grep . || echo
cat /etc/machine-id 2>/dev/null || echo
`;

/** What the user says, or else the first part of the host name and the address of the default route's interface. */
export async function describeVm(machine: Machine, o: NameOptions): Promise<VmName> {
  const { stdout } = await machine.check(DESCRIBE, { what: "look how this VM is called" });
  const [hostname = "", source = "", machineId = ""] = stdout.split("\n");
  const name = o.name ?? (hostname.split(".")[0] ?? "").toLowerCase();
  const address = o.advertiseAddress ?? source;
  if (address === "")
    throw new UsageError("this VM has no default route; give its address with --advertise-address");
  const wrong = [problem("--name", checkName(name)), problem("--advertise-address", checkAddress(address))];
  const problems = wrong.filter((p) => p !== undefined);
  if (problems.length > 0) throw new UsageError(problems.join("\n  "));
  return { name, address, hostname, machineId: machineId || undefined };
}

const problem = (option: string, why: string | undefined): string | undefined => why && `${option}: ${why}`;
