import { parse } from "yaml";
import { renderPeer } from "../../../lib/render";
import type { ClusterSecrets } from "../../../lib/spec/secrets";
import type { ClusterSpec } from "../../../lib/spec/spec";

export const SECRETS: ClusterSecrets = {
  minioRootUser: "root-user-7f3a",
  minioRootPassword: "root-password-$9c1d",
  milvusRootPassword: "milvus-password-5e2b",
  minioUser: "minio-user-4a0c",
  minioPassword: "minio-password-b81f",
  pulsarTokenKey: "cHVsc2FyLXRva2VuLWtleQ==",
  pulsarToken: "pulsar-token-e6d5",
  external: {
    s3AccessKey: "s3-access-key-10f2",
    s3SecretKey: "s3-secret-key-77aa",
    pulsarToken: "external-pulsar-token-c3c3",
    kafkaUser: "kafka-user-d00d",
    kafkaPassword: "kafka-password-2b2b",
  },
};

/** Every secret value. */
export const SECRET_VALUES: readonly string[] = [
  ...Object.values(SECRETS),
  ...Object.values(SECRETS.external!),
].filter((value): value is string => typeof value === "string");

/** One rendered file of a peer, as text. */
export function file(spec: ClusterSpec, peer: string, name: string): string {
  const found = renderPeer(spec, peer, SECRETS).find((f) => f.name === name);
  if (!found) throw new Error(`${peer} has no ${name}`);
  return found.content;
}

export interface DataVolume {
  type: string;
  source: string;
  target: string;
  bind: { create_host_path: boolean };
}

export interface ComposeService {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  volumes: (string | DataVolume)[];
  extra_hosts?: string[];
  restart: string;
  network_mode: string;
  stop_grace_period: string;
  healthcheck: { test: string[]; interval: string; timeout: string; retries: number };
  logging: { driver: string; options: Record<string, string> };
  container_name: string;
  [other: string]: unknown;
}

/** Services of a peer's docker-compose.yml. */
export function services(spec: ClusterSpec, peer: string): Record<string, ComposeService> {
  const compose = parse(file(spec, peer, "docker-compose.yml")) as {
    services: Record<string, ComposeService>;
  };
  return compose.services;
}

/** A service of a peer, or a failure that names both. */
export function service(spec: ClusterSpec, peer: string, name: string): ComposeService {
  const found = services(spec, peer)[name];
  if (!found) throw new Error(`${peer} has no service ${name}`);
  return found;
}

/** Read-only files of a service, `host path:path in the container:ro`. */
export function filesOf({ volumes }: ComposeService): string[] {
  return volumes.filter((volume) => typeof volume === "string");
}

/** Directories of the host that a service writes to, `host path:path in the container`. */
export function dataOf({ volumes }: ComposeService): string[] {
  return volumes.flatMap((volume) =>
    typeof volume === "string" ? [] : [`${volume.source}:${volume.target}`],
  );
}

/** milvus.yaml of a peer by dotted key. */
export function milvusKeys(spec: ClusterSpec, peer: string): Record<string, unknown> {
  return flatten(parse(file(spec, peer, "milvus.yaml")) as Record<string, unknown>);
}

/** A tree of settings by dotted key. */
export function flatten(node: Record<string, unknown>, prefix = ""): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(node).map(([key, value]) =>
      typeof value === "object" && value !== null
        ? flatten(value as Record<string, unknown>, `${prefix}${key}.`)
        : { [`${prefix}${key}`]: value },
    ),
  ) as Record<string, unknown>;
}
