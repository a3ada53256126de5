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
  /** Port of /healthz and /metrics, on Milvus' roles. */
  readonly metricsPort?: number;
}

interface RawService {
  image: string;
  user?: string;
  volumes?: (string | { type?: string; source?: string })[];
  environment?: Record<string, string | number> | string[];
}

export function parseCompose(text: string): ComposeFile {
  const { services } = parse(text) as { services: Record<string, RawService> };
  return { services: Object.entries(services).map(([name, raw]) => service(name, raw)) };
}

function service(name: string, raw: RawService): ComposeService {
  const port = environment(raw).METRICS_PORT;
  return {
    name,
    image: raw.image,
    user: raw.user,
    mounts: (raw.volumes ?? []).flatMap(mountSource).filter((path) => path.startsWith("/")),
    metricsPort: port === undefined ? undefined : Number(port),
  };
}

function mountSource(volume: string | { type?: string; source?: string }): string[] {
  if (typeof volume === "string") return volume.split(":").slice(0, 1);
  return volume.type === "bind" && volume.source ? [volume.source] : [];
}

function environment({ environment: env }: RawService): Record<string, string | number> {
  if (!Array.isArray(env)) return env ?? {};
  return Object.fromEntries(env.map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)]));
}
