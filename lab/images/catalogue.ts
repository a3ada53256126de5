/** Versions of everything that the lab installs or builds, except Debian packages: those follow the release named here. */
const versions = {
  DEBIAN_SUITE: "bookworm",
  REGISTRY_VERSION: "v3.0.0",
  ETCD_VERSION: "v3.5.21",
  MINIO_RELEASE: "RELEASE.2025-09-07T16-13-09Z",
  MINIO_VERSION: "v0.0.0-20250907161309-07c3a429bfed",
  MC_VERSION: "v0.0.0-20250313080218-cf909e1063a9",
  NODE_VERSION: "20.20.2",
  COMPOSE_VERSION: "v2.40.3",
  DOCKER_CLI_VERSION: "28.5.1",
  PULSAR_VERSION: "3.0.0",
  MAVEN_VERSION: "3.9.9",
  GRPC_TOOLS_VERSION: "1.85.1",
} as const;

export interface Recipe {
  /** Local image name: `lab/<name>`. */
  readonly name: string;
  /** Folder beside this file with a Dockerfile and, where something must be fetched first, a prepare.sh. */
  readonly folder: string;
  readonly base?: Recipe;
  /** Environment of prepare.sh. */
  readonly env: Readonly<Record<string, string>>;
  /** Compiles for minutes: such recipes are built one after the other. */
  readonly heavy?: boolean;
  /** Names under which the lab registry offers it: those of the official image, without a registry. */
  readonly published?: readonly string[];
  /** The official image that is used instead where it can be pulled. */
  readonly official?: string;
}

const pick = (...names: (keyof typeof versions)[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, versions[name]]));

export const base: Recipe = { name: "base", folder: "base", env: pick("DEBIAN_SUITE") };
export const vmNoDocker: Recipe = { name: "vm-nodocker", folder: "vm-nodocker", base, env: {} };
export const vm: Recipe = { name: "vm", folder: "vm", base: vmNoDocker, env: {} };

export const registry: Recipe = {
  name: "registry",
  folder: "registry",
  env: pick("REGISTRY_VERSION"),
  heavy: true,
};

/** What the image of our own daemon is made from: Node, the Docker CLI and its compose plugin. */
export const daemonBase: Recipe = {
  name: "daemon-base",
  folder: "daemon-base",
  base,
  env: pick("NODE_VERSION", "COMPOSE_VERSION", "DOCKER_CLI_VERSION"),
  heavy: true,
};

const milvus = (version: string): Recipe => ({
  name: `milvus-${version}`,
  folder: "milvus",
  base,
  env: { MILVUS_VERSION: version },
  published: [`milvusdb/milvus:v${version}`],
  official: `milvusdb/milvus:v${version}`,
});

/** No program of Milvus 2.6 is in a package registry: a stand-in takes the image's name. */
const milvusStandIn = (version: string): Recipe => ({
  name: `milvus-standin-${version}`,
  folder: "milvus-standin",
  base,
  env: { MILVUS_VERSION: version, ...pick("GRPC_TOOLS_VERSION") },
  published: [`milvusdb/milvus:v${version}`],
});

const etcd: Recipe = {
  name: "etcd",
  folder: "etcd",
  env: pick("ETCD_VERSION"),
  heavy: true,
  published: [`coreos/etcd:${versions.ETCD_VERSION}`],
  official: `quay.io/coreos/etcd:${versions.ETCD_VERSION}`,
};

const minio: Recipe = {
  name: "minio",
  folder: "minio",
  base,
  env: pick("MINIO_RELEASE", "MINIO_VERSION", "MC_VERSION"),
  heavy: true,
  published: [`minio/minio:${versions.MINIO_RELEASE}`],
  official: `minio/minio:${versions.MINIO_RELEASE}`,
};

const nginx: Recipe = {
  name: "nginx",
  folder: "nginx",
  base,
  env: {},
  published: ["library/nginx:1.22.1", "nginx:1.22.1"],
  official: "nginx:1.22.1",
};

const pulsar: Recipe = {
  name: "pulsar",
  folder: "pulsar",
  base,
  env: pick("PULSAR_VERSION", "MAVEN_VERSION"),
  published: [`apachepulsar/pulsar:${versions.PULSAR_VERSION}`],
  official: `apachepulsar/pulsar:${versions.PULSAR_VERSION}`,
};

/** The parts of a cluster, in the order in which they are wanted. */
export const services: readonly Recipe[] = [
  ...[etcd, minio, nginx, milvus("2.3.5"), milvus("2.3.4"), pulsar],
  ...[milvusStandIn("2.6.11"), milvusStandIn("2.6.12")],
];
