import { hostPort } from "../spec/host";
import { CA_CERT, PEER_CERT, PEER_KEY, RENDER_DIR } from "../spec/paths";
import { driveDirs, hostRange, minioOf, minioPeers, poolHosts, poolsAreRanges, poolsOf } from "../spec/pool";
import { masked, type ClusterSecrets } from "../spec/secrets";
import { parityOf } from "../spec/storage-facts";
import type { ClusterSpec, MinioStorage, PeerSpec, PoolSpec } from "../spec/spec";
import { contents, type RenderedFile } from "./file";
import type { Service } from "./service";
import { toYaml } from "./yaml";

/** Environment file with the root credentials: kept out of `docker inspect`. */
export const MINIO_ENV = "minio.env";
/** Pool description for hosts whose names do not count up; see `minioFiles`. */
export const MINIO_POOL = "minio-pool.yaml";

const CERTS_DIR = "/certs";
const DRIVES_DIR = "/drives";

/** MinIO node of a peer that belongs to the pool. Arguments and MINIO_* must be equal on all nodes, or none starts. */
export function minioService(spec: ClusterSpec, peer: PeerSpec, pool: PoolSpec): Service {
  const { minio, minioConsole } = spec.ports;
  const address = hostPort(peer.address, minio);
  return {
    component: "minio",
    image: spec.images.minio,
    command: [
      "server",
      "--certs-dir",
      CERTS_DIR,
      "--address",
      address,
      "--console-address",
      `127.0.0.1:${minioConsole}`,
      ...(poolArguments(spec) ?? ["--config", `/${MINIO_POOL}`]),
    ],
    environment: { MINIO_CONFIG_ENV_FILE: `/${MINIO_ENV}` },
    files: [
      `${RENDER_DIR}/${MINIO_ENV}:/${MINIO_ENV}`,
      ...(poolArguments(spec) ? [] : [`${RENDER_DIR}/${MINIO_POOL}:/${MINIO_POOL}`]),
      `${PEER_CERT}:${CERTS_DIR}/public.crt`,
      `${PEER_KEY}:${CERTS_DIR}/private.key`,
      `${CA_CERT}:${CERTS_DIR}/CAs/ca.crt`,
    ],
    data: driveDirs(spec, pool).map((source, i) => ({
      ...{ source, target: `${DRIVES_DIR}/drive${i + 1}` },
      ...(pool.mountPoints.length > 0 ? { below: source } : {}),
    })),
    // Nodes know each other by names, and where these are from their start on.
    reads: {
      ...contents(minioFiles(spec, minioOf(spec)!, masked(spec))),
      ...Object.fromEntries(minioPeers(spec).map((p) => [`address of ${p.name}`, p.address])),
    },
    tmpfs: ["/tmp"],
    // Liveness of this node only: the pool's health goes up and down on all nodes together.
    healthcheck: {
      test: [
        "CMD",
        "curl",
        "-fsS",
        "--cacert",
        `${CERTS_DIR}/CAs/ca.crt`,
        `https://${address}/minio/health/live`,
      ],
      startPeriod: "60s",
    },
    stopGraceSeconds: 10,
  };
}

/** Files that the MinIO node reads. */
export function minioFiles(
  spec: ClusterSpec,
  storage: MinioStorage,
  secrets: ClusterSecrets,
): RenderedFile[] {
  const env: RenderedFile = { name: MINIO_ENV, content: environment(spec, storage, secrets), mode: 0o600 };
  if (poolArguments(spec)) return [env];
  return [env, { name: MINIO_POOL, content: toYaml(poolFile(spec)), mode: 0o644 }];
}

/**
 * Each pool as one argument, e.g. `https://peer-{1...3}:9000/drives/drive{1...4}`; undefined when the hosts of one do not count
 * up. Then the pools are described in a file: a plain list of URLs would form a pool that can never be expanded.
 */
function poolArguments(spec: ClusterSpec): string[] | undefined {
  const pools = poolsOf(spec);
  const [first] = pools;
  // MinIO takes a single drive by its path alone.
  if (pools.length === 1 && first!.peers.length * first!.drivesPerPeer === 1) return [`${DRIVES_DIR}/drive1`];
  if (!poolsAreRanges(spec)) return undefined;
  return pools.map((pool) => {
    const all = poolHosts(spec, pool);
    const range = hostRange(all);
    const hosts = range ? `${range.prefix}{${range.first}...${range.last}}${range.suffix}` : all[0]!;
    return url(spec, hosts, pool);
  });
}

function poolFile(spec: ClusterSpec): object {
  const pools = poolsOf(spec).map((pool) => ({
    args: poolHosts(spec, pool).map((host) => url(spec, host, pool)),
  }));
  return { version: "v2", pools };
}

function url({ ports }: ClusterSpec, host: string, { drivesPerPeer }: PoolSpec): string {
  return `https://${host}:${ports.minio}${DRIVES_DIR}/drive{1...${drivesPerPeer}}`;
}

function environment(spec: ClusterSpec, storage: MinioStorage, secrets: ClusterSecrets): string {
  return [
    `MINIO_ROOT_USER=${secrets.minioRootUser}`,
    `MINIO_ROOT_PASSWORD=${secrets.minioRootPassword}`,
    // Said even when it is the default: a later pool of another size must not change it.
    `MINIO_STORAGE_CLASS_STANDARD=EC:${parityOf(spec, storage)}`,
    "",
  ].join("\n");
}
