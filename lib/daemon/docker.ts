import Docker from "dockerode";
import { ETCD_LABEL, FINGERPRINT_LABEL } from "../render";
import { COMPOSE_PROJECT } from "../spec/paths";
import type { Containers, ContainerState, RegistryAuth } from "./ports/runtime";

const PROJECT_LABEL = `com.docker.compose.project=${COMPOSE_PROJECT}`;
const SERVICE_LABEL = "com.docker.compose.service";
/** Containers that compose starts for a single command (`compose run`) are no components. */
const ONEOFF_LABEL = "com.docker.compose.oneoff=False";

/** The engine behind /var/run/docker.sock. */
export class DockerContainers implements Containers {
  private readonly docker = new Docker({ socketPath: "/var/run/docker.sock" });

  async list(): Promise<ContainerState[]> {
    const found = await this.docker.listContainers({
      all: true,
      filters: { label: [PROJECT_LABEL, ONEOFF_LABEL] },
    });
    return found.map((c) => ({
      service: c.Labels[SERVICE_LABEL] ?? c.Names[0] ?? c.Id,
      image: c.Image,
      imageId: c.ImageID,
      fingerprint: c.Labels[FINGERPRINT_LABEL],
      createdSeconds: c.Created,
      etcd: c.Labels[ETCD_LABEL]?.split(" "),
      health: healthOf(c.State, c.Status),
      status: c.Status,
    }));
  }

  async imageId(reference: string): Promise<string | undefined> {
    try {
      return (await this.docker.getImage(reference).inspect()).Id;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return undefined;
      throw error;
    }
  }

  async pull(
    reference: string,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
    onProgress: (text: string) => void,
  ): Promise<void> {
    const stream = await this.docker.pull(reference, { authconfig: auth, abortSignal: signal });
    const layers = new Map<string, LayerProgress>();
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | null): void => (error ? reject(error) : resolve());
      this.docker.modem.followProgress(stream, done, (event: PullEvent) => {
        if (event.id && event.progressDetail?.total) layers.set(event.id, event.progressDetail);
        onProgress(summary([...layers.values()]));
      });
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  }

  async imageUser(reference: string): Promise<string> {
    const { Config } = await this.docker.getImage(reference).inspect();
    return Config.User ?? "";
  }
}

interface LayerProgress {
  current?: number;
  total?: number;
}

interface PullEvent {
  id?: string;
  progressDetail?: LayerProgress;
}

function summary(layers: readonly LayerProgress[]): string {
  const mib = (of: (l: LayerProgress) => number | undefined): number =>
    Math.round(layers.reduce((sum, l) => sum + (of(l) ?? 0), 0) / 2 ** 20);
  return `${mib((l) => l.current)} of ${mib((l) => l.total)} MiB`;
}

/** The list gives the health check's result only inside the text, e.g. "Up 3 minutes (health: starting)". */
function healthOf(state: string, status: string): ContainerState["health"] {
  if (state === "restarting" || status.includes("(unhealthy)")) return "unhealthy";
  if (state !== "running") return "stopped";
  return status.includes("(health: starting)") ? "starting" : "healthy";
}
