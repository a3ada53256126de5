import type { ComponentHealth } from "../../api/wire";

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
}

/** What the daemon needs of the Docker engine on its own host. */
export interface Containers {
  /** Containers of the compose project, running or not. */
  list(): Promise<ContainerState[]>;
  /** Id of the image that a reference leads to on this host, if any. */
  imageId(reference: string): Promise<string | undefined>;
  /** Pulls an image; `onProgress` gets short lines such as "12 of 40 MiB". */
  pull(
    reference: string,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
    onProgress: (text: string) => void,
  ): Promise<void>;
  /** USER of an image as it was built, "" for root. */
  imageUser(reference: string): Promise<string>;
}

export interface ContainerState {
  /** Compose service that it runs. */
  readonly service: string;
  readonly image: string;
  /** Id of the very image that it was made of, whatever its reference leads to by now. */
  readonly imageId?: string;
  /** What it was made for; see lib/render/fingerprint.ts. */
  readonly fingerprint?: string;
  /** When it was made, in seconds since 1970 by the host's clock. */
  readonly createdSeconds?: number;
  /** Of a role of Milvus: the members of etcd (`host:port`) that it was told of when it was made. */
  readonly etcd?: readonly string[];
  readonly health: Exclude<ComponentHealth, "missing">;
  /** The engine's words for its state, e.g. "Up 3 minutes (healthy)". */
  readonly status: string;
}

/** The compose project of everything but the daemon. */
export interface Compose {
  up(signal: AbortSignal): Promise<void>;
  /** Makes the containers of some services anew, as the rendered file has them; the others are left alone. */
  recreate(services: readonly string[], signal: AbortSignal): Promise<void>;
  /**
   * Stops and removes all containers of the project, whether or not the rendered files are still there. SIGKILL after so many seconds.
   * @default - each has its own grace period
   */
  down(graceSeconds?: number): Promise<void>;
}

/** HTTP or HTTPS; the cluster CA is trusted, and the peer's certificate is presented. */
export interface Http {
  get(url: string, timeoutMs: number): Promise<HttpAnswer>;
  send(request: HttpRequest): Promise<HttpAnswer>;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}
