import { buildAll, imageOf } from "./build";
import { daemonBase, registry, services, vm, vmNoDocker, type Recipe } from "./images/catalogue";
import { withLock } from "./lock";
import { officialImage } from "./official";
import { stage } from "./progress";
import { docker, run, tryRun } from "./run";
import { waitFor } from "./wait";

const CONTAINER = "lab-registry";
const PORT = 5000;
/** Where the host pushes: every Docker engine accepts a registry without TLS on its own loopback. */
export const FROM_HOST = "127.0.0.1:15000";

/** The registry's address on the network of a lab. */
export const registryOn = (subnetPrefix: string): { ip: string; address: string } => {
  const ip = `${subnetPrefix}.2`;
  return { ip, address: `${ip}:${PORT}` };
};

/** One registry serves all labs and outlives them, so images are pushed once. Builds what VMs and registry need as well. */
export async function ensureRegistry(withServices: boolean): Promise<void> {
  await withLock("images", async () => {
    const wanted = withServices ? await publishable() : [];
    const ours = wanted.filter(({ official }) => !official).map(({ recipe }) => recipe);
    await buildAll([registry, vmNoDocker, vm, ...ours, ...(withServices ? [daemonBase] : [])]);
    await startRegistry();
    await Promise.all(wanted.map(publishService));
  });
}

/** Puts a local image into the registry under `name:tag`; nothing is sent when it is there already. */
export async function publish(image: string, reference: string): Promise<void> {
  if ((await publishedId(reference)) === (await docker("image", "inspect", "--format", "{{.Id}}", image)))
    return;
  await stage(`${reference} pushed`, async () => {
    const target = `${FROM_HOST}/${reference}`;
    await docker("tag", image, target);
    await run("docker", ["push", "--quiet", target], { timeoutMs: 5 * 60_000 });
    await docker("rmi", target);
  });
}

export async function attachRegistry(network: string, ip: string): Promise<void> {
  const networks = await docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", CONTAINER);
  if (!(network in (JSON.parse(networks) as object))) {
    await docker("network", "connect", "--ip", ip, network, CONTAINER);
  }
}

export async function detachRegistry(network: string): Promise<void> {
  await tryRun("docker", ["network", "disconnect", "--force", network, CONTAINER]);
}

interface Publishable {
  readonly recipe: Recipe;
  /** The official image, pulled; undefined: our own is built. */
  readonly official?: string;
}

const publishable = (): Promise<Publishable[]> =>
  Promise.all(services.map(async (recipe) => ({ recipe, official: await officialImage(recipe) })));

async function publishService({ recipe, official }: Publishable): Promise<void> {
  for (const reference of recipe.published ?? []) await publish(official ?? imageOf(recipe), reference);
}

async function startRegistry(): Promise<void> {
  const image = imageOf(registry);
  const state = await tryRun("docker", [
    "inspect",
    "--format",
    "{{.State.Running}} {{.Config.Image}}",
    CONTAINER,
  ]);
  if (state.stdout.trim() !== `true ${image}`) {
    await tryRun("docker", ["rm", "--force", CONTAINER]);
    await docker(
      ...["run", "--detach", "--name", CONTAINER, "--restart", "unless-stopped"],
      ...["--publish", `${FROM_HOST}:${PORT}`, "--volume", "lab-registry:/data", image],
    );
  }
  await waitFor(`the lab registry on ${FROM_HOST}`, async () => (await fetch(`http://${FROM_HOST}/v2/`)).ok, {
    timeoutMs: 20_000,
  });
}

/** The id of the image that the registry holds under a reference: the digest of its configuration. */
async function publishedId(reference: string): Promise<string | undefined> {
  const [name, tag] = reference.split(":");
  const response = await fetch(`http://${FROM_HOST}/v2/${name}/manifests/${tag}`, {
    headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
  });
  if (!response.ok) return undefined;
  return ((await response.json()) as { config?: { digest: string } }).config?.digest;
}
