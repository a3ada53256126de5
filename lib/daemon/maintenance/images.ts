import { milvusBackupImage } from "../../spec/backups";
import type { ClusterSpec } from "../../spec/spec";
import type { Engine, ImageOnHost } from "../ports/engine";
import type { Waste } from "./waste";

/** Images that the cluster needs no more: see isWaste. */
export async function wasteImages(spec: ClusterSpec, engine: Engine): Promise<Waste[]> {
  return (await engine.images())
    .filter((image) => isWaste(image, spec))
    .map(({ id, references, bytes }) => ({
      kind: "image",
      name: references.join(", ") || id,
      bytes,
      remove: () => engine.removeImage(id),
    }));
}

/**
 * Whether an image may go: it has no name, or is another version of what the cluster runs. Never one that a container was made
 * from or that the spec names; and what else is on the host belongs to somebody else. Pure.
 */
export function isWaste({ references, used }: ImageOnHost, spec: ClusterSpec): boolean {
  const own = Object.values(spec.images as unknown as Record<string, string>);
  const wanted = [...own, milvusBackupImage(spec)].map(plain);
  if (used || references.some((r) => wanted.includes(plain(r)))) return false;
  const repositories = new Set(wanted.map(repository));
  return references.every((r) => repositories.has(repository(plain(r))));
}

/** As the engine lists it: Docker Hub unnamed, a tag always there, and a digest instead of both. */
function plain(reference: string): string {
  const [name = "", digest] = reference
    .replace(/^(index\.)?docker\.io\//, "")
    .replace(/^library\//, "")
    .split("@");
  if (digest !== undefined) return `${repository(name)}@${digest}`;
  return name === repository(name) ? `${name}:latest` : name;
}

/** Without tag and digest; a colon before a slash is the port of a registry. */
function repository(reference: string): string {
  return reference.split("@")[0]!.replace(/:[^/:]*$/, "");
}
