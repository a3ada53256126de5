import { DISK, DOCKER, HOSTNAME, LAB, label } from "./labels";
import { attachRegistry, detachRegistry, registryOn } from "./registry";
import { docker, tryRun } from "./run";

/** What all VMs of a lab have in common; the network's labels keep it for other processes. */
export interface LabSettings {
  /** Whether VMs come with a Docker engine. */
  readonly docker: boolean;
  /** Size of each VM's data disk; undefined: as large as the host's. */
  readonly dataDiskMiB?: number;
  /** One name for all VMs, where a test needs machines that cannot be told apart by name. */
  readonly hostname?: string;
}

export interface LabNetwork {
  readonly name: string;
  /** `198.18.10` */
  readonly prefix: string;
  readonly registry: string;
  readonly settings: LabSettings;
}

const networkName = (lab: string): string => `lab-${lab}`;

/** Each lab has a bridge network of its own within 198.18.0.0/15, the range that is set aside for tests of networks. */
export async function ensureNetwork(lab: string, settings: LabSettings): Promise<LabNetwork> {
  const network = (await findNetwork(lab)) ?? (await createNetwork(lab, settings));
  await attachRegistry(network.name, registryOn(network.prefix).ip);
  return network;
}

export async function findNetwork(lab: string): Promise<LabNetwork | undefined> {
  const found = await tryRun("docker", ["network", "inspect", networkName(lab)]);
  if (found.code !== 0) return undefined;
  const [network] = JSON.parse(found.stdout) as [
    { IPAM: { Config: [{ Subnet: string }] }; Labels: Record<string, string> },
  ];
  const prefix = network.IPAM.Config[0].Subnet.split(".").slice(0, 3).join(".");
  return {
    name: networkName(lab),
    prefix,
    registry: registryOn(prefix).address,
    settings: settingsOf(network.Labels),
  };
}

export async function removeNetwork(lab: string): Promise<void> {
  if (!(await findNetwork(lab))) return;
  await detachRegistry(networkName(lab));
  await docker("network", "rm", networkName(lab));
}

/** Docker refuses a subnet that is in use, which makes it the one place where labs of all processes agree on slices. */
async function createNetwork(lab: string, settings: LabSettings): Promise<LabNetwork> {
  for (const octet of slicesFor(lab)) {
    const created = await tryRun("docker", [
      ...["network", "create", "--subnet", `198.18.${octet}.0/24`],
      // Below the usual 1500, for hosts whose own uplink is a tunnel.
      ...["--opt", "com.docker.network.driver.mtu=1400"],
      ...settingLabels(lab, settings),
      networkName(lab),
    ]);
    if (created.code === 0) return (await findNetwork(lab))!;
    if (!/overlap/i.test(created.stderr))
      throw new Error(`cannot create the network of lab ${lab}: ${created.stderr}`);
  }
  throw new Error(
    `no free /24 in 198.18.0.0/16 for lab ${lab}; remove labs with "npm run lab -- down --name NAME"`,
  );
}

/** "demo" is always 198.18.10.0/24, so that documents can name its addresses. */
function slicesFor(lab: string): number[] {
  if (lab === "demo") return [10];
  const first = [...lab].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 230, 7);
  return Array.from({ length: 230 }, (_, step) => 20 + ((first + step) % 230));
}

function settingLabels(lab: string, settings: LabSettings): string[] {
  return [
    ...label(LAB, lab),
    ...label(DOCKER, settings.docker),
    ...(settings.dataDiskMiB ? label(DISK, settings.dataDiskMiB) : []),
    ...(settings.hostname ? label(HOSTNAME, settings.hostname) : []),
  ];
}

const settingsOf = (labels: Record<string, string>): LabSettings => ({
  docker: labels[DOCKER] !== "false",
  dataDiskMiB: labels[DISK] ? Number(labels[DISK]) : undefined,
  hostname: labels[HOSTNAME],
});
