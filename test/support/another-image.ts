import type { Lab } from "../../lab";
import { FROM_HOST, publish } from "../../lab/registry";
import { docker } from "../../lab/run";
import { onPeer } from "./peers";

/** Reference of an image that does what the one of a running container does, and is another. */
export async function anotherImage(lab: Lab, container: string): Promise<string> {
  const now = await onPeer(lab, 2, `docker inspect -f '{{.Config.Image}}' ${container}`);
  const path = now.slice(lab.registry.length + 1);
  const other = path.replace(/:[^:/]+$/, ":another");
  const here = `${FROM_HOST}/${path}`;
  await docker("pull", "--quiet", here);
  const made = await docker("create", here);
  const image = await docker("commit", "--change", "LABEL another=true", made);
  await docker("rm", made);
  await publish(image, other);
  await docker("rmi", here);
  return `${lab.registry}/${other}`;
}
