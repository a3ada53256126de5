import { connect } from "node:net";
import { imageOf } from "./build";
import { createVolume, removeVolume } from "./disk";
import { vm as vmImage, vmNoDocker } from "./images/catalogue";
import { labPublicKey, PRIVATE_KEY } from "./keys";
import { filterBy, INDEX, LAB, label } from "./labels";
import type { LabNetwork } from "./network";
import { docker, run, tryRun } from "./run";
import { waitFor } from "./wait";

export interface Vm {
  readonly index: number;
  readonly name: string;
  readonly address: string;
  readonly user: "root";
  readonly privateKeyFile: string;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  /** The container that plays this VM. */
  readonly container: string;
}

/** Which VM of which lab, before it is known who answers there. */
export interface Slot {
  readonly lab: string;
  readonly network: LabNetwork;
  readonly index: number;
}

const containerOf = ({ lab, index }: Slot): string => `lab-${lab}-vm${index}`;
const addressOf = ({ network, index }: Slot): string => `${network.prefix}.${10 + index}`;
/** A directory that all VMs of a lab have in common, as a file server would give it: to be mounted where a test wants it. */
export const SHARE = "/srv/share";
const shareOf = (lab: string): string => `lab-${lab}-share`;

const volumesOf = (slot: Slot): { docker: string; data: string } => ({
  docker: `${containerOf(slot)}-docker`,
  data: `${containerOf(slot)}-data`,
});

/** The indexes of the VMs that a lab has, running or not, in order. */
export async function vmIndexes(lab: string): Promise<number[]> {
  const lines = await docker("ps", "--all", ...filterBy(lab), "--format", `{{.Label "${INDEX}"}}`);
  return lines
    .split("\n")
    .filter(Boolean)
    .map(Number)
    .sort((a, b) => a - b);
}

/** Makes the VM if it is not there, starts it if it is off, and waits until sshd (and Docker) answer. */
export async function ensureVm(slot: Slot): Promise<Vm> {
  const state = await tryRun("docker", [
    "inspect",
    "--format",
    "{{.State.Running}} {{.Config.Env}}",
    containerOf(slot),
  ]);
  if (state.code !== 0) await createVm(slot);
  else if (!state.stdout.includes(await labPublicKey())) throw new Error(foreign(slot));
  else if (!state.stdout.startsWith("true")) await docker("start", containerOf(slot));
  await untilReady(slot);
  return describeVm(slot);
}

/** Each checkout has a key of its own. */
const foreign = ({ lab }: Slot): string =>
  `lab ${lab} was brought up by another checkout, whose key opens its VMs; remove it: npm run lab -- down --name ${lab}`;

/** Works on a VM that is off, too. */
export async function describeVm(slot: Slot): Promise<Vm> {
  const container = containerOf(slot);
  const publicKey = await run("sh", [
    "-c",
    'docker cp "$0:/etc/ssh/ssh_host_ed25519_key.pub" - | tar -xO',
    container,
  ]);
  return {
    index: slot.index,
    name: `vm${slot.index}`,
    address: addressOf(slot),
    user: "root",
    privateKeyFile: PRIVATE_KEY,
    hostKey: publicKey.split(" ").slice(0, 2).join(" "),
    container,
  };
}

export async function removeVm(slot: Slot): Promise<void> {
  await docker("rm", "--force", containerOf(slot));
  await Promise.all(Object.values(volumesOf(slot)).map(removeVolume));
}

/** All VMs and disks that bear the lab's label, also those that were never finished. */
export async function removeVms(lab: string): Promise<void> {
  const containers = await docker("ps", "--all", "--quiet", ...filterBy(lab));
  if (containers) await docker("rm", "--force", ...containers.split("\n"));
  const volumes = await docker("volume", "ls", "--quiet", ...filterBy(lab));
  await Promise.all(volumes.split("\n").filter(Boolean).map(removeVolume));
}

export async function untilReady(slot: Slot): Promise<void> {
  const name = `vm${slot.index} of lab ${slot.lab}`;
  const address = addressOf(slot);
  await waitFor(`sshd of ${name} on ${address}:22`, () => answers(address, 22), { timeoutMs: 30_000 });
  if (!slot.network.settings.docker) return;
  const ping = ["exec", containerOf(slot), "docker", "version"];
  await waitFor(
    `the Docker engine of ${name} (its log: /var/log/dockerd.log in the VM)`,
    async () => (await tryRun("docker", ping)).code === 0,
    { timeoutMs: 60_000 },
  );
}

async function createVm(slot: Slot): Promise<void> {
  const { settings } = slot.network;
  const volumes = volumesOf(slot);
  await createVolume(slot.lab, volumes.docker);
  await createVolume(slot.lab, volumes.data, settings.dataDiskMiB);
  await createVolume(slot.lab, shareOf(slot.lab));
  await docker(
    ...["run", "--detach", "--name", containerOf(slot), "--hostname", settings.hostname ?? `vm${slot.index}`],
    ...["--network", slot.network.name, "--ip", addressOf(slot)],
    ...label(LAB, slot.lab),
    ...label(INDEX, slot.index),
    ...privileges,
    ...[
      "--volume",
      `${volumes.docker}:/var/lib/docker`,
      "--volume",
      `${volumes.data}:/var/lib/milvus-onprem`,
      "--volume",
      `${shareOf(slot.lab)}:${SHARE}`,
    ],
    ...["--env", `LAB_AUTHORIZED_KEY=${await labPublicKey()}`],
    imageOf(settings.docker ? vmImage : vmNoDocker),
  );
}

/**
 * What a Docker engine inside a container needs. Not `--privileged`: that asks for every capability, and some hosts lack
 * CAP_SYS_RESOURCE. /run is empty after each start, as on a real machine: no stale pid files.
 */
const privileges = [
  ...["--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE"],
  ...["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"].flatMap((o) => [
    "--security-opt",
    o,
  ]),
  ...["--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup", "--tmpfs", "/run:exec"],
];

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const done = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket
      .once("connect", () => done(true))
      .once("error", () => done(false))
      .once("timeout", () => done(false));
  });
}
