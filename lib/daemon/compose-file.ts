import { parse } from "yaml";

/** The rendered docker-compose.yml of this peer, as far as the daemon needs to read it. */
export interface ComposeFile {
  readonly services: readonly ComposeService[];
}

export interface ComposeService {
  readonly name: string;
  readonly image: string;
  /** `user:` of the service, which overrides the image's. */
  readonly user?: string;
  /** Host paths of its bind mounts. */
  readonly mounts: readonly string[];
}

interface RawService {
  image: string;
  user?: string;
  volumes?: (string | { type?: string; source?: string })[];
}

export function parseCompose(text: string): ComposeFile {
  const { services } = parse(text) as { services: Record<string, RawService> };
  return { services: Object.entries(services).map(([name, raw]) => service(name, raw)) };
}

function service(name: string, raw: RawService): ComposeService {
  return {
    name,
    image: raw.image,
    user: raw.user,
    mounts: (raw.volumes ?? []).flatMap(mountSource).filter((path) => path.startsWith("/")),
  };
}

function mountSource(volume: string | { type?: string; source?: string }): string[] {
  if (typeof volume === "string") return volume.split(":").slice(0, 1);
  return volume.type === "bind" && volume.source ? [volume.source] : [];
}
