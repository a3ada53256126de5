import { erasureLayout } from "../spec/erasure";
import { hostPort } from "../spec/host";
import { CA_CERT, PEER_CERT, PEER_KEY, RENDER_DIR } from "../spec/paths";
import { hostRange, poolHosts, poolShape } from "../spec/pool";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import type { RenderedFile } from "./file";
import type { Service } from "./service";
import { toYaml } from "./yaml";

/** Environment file with the root credentials: kept out of `docker inspect`. */
export const MINIO_ENV = "minio.env";
/** Pool description for hosts whose names do not count up; see `minioFiles`. */
export const MINIO_POOL = "minio-pool.yaml";

const CERTS_DIR = "/certs";
const DRIVES_DIR = "/drives";

/** MinIO node of a peer that belongs to the pool. Arguments and MINIO_* must be equal on all nodes, or none starts. */
export function minioService(spec: ClusterSpec, peer: PeerSpec): Service {
  const { minio, minioConsole } = spec.ports;
  const address = hostPort(peer.address, minio);
  return {
    image: spec.images.minio,
    command: [
      "server",
      "--certs-dir",
      CERTS_DIR,
      "--address",
      address,
      "--console-address",
      `127.0.0.1:${minioConsole}`,
      ...(poolRange(spec) ?? ["--config", `/${MINIO_POOL}`]),
    ],
    environment: { MINIO_CONFIG_ENV_FILE: `/${MINIO_ENV}` },
    volumes: [
      ...drives(spec).map((drive) => `${spec.dataRoot}/minio/${drive}:${DRIVES_DIR}/${drive}`),
      `${RENDER_DIR}/${MINIO_ENV}:/${MINIO_ENV}:ro`,
      ...(poolRange(spec) ? [] : [`${RENDER_DIR}/${MINIO_POOL}:/${MINIO_POOL}:ro`]),
      `${PEER_CERT}:${CERTS_DIR}/public.crt:ro`,
      `${PEER_KEY}:${CERTS_DIR}/private.key:ro`,
      `${CA_CERT}:${CERTS_DIR}/CAs/ca.crt:ro`,
    ],
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
export function minioFiles(spec: ClusterSpec, secrets: ClusterSecrets): RenderedFile[] {
  const env: RenderedFile = { name: MINIO_ENV, content: environment(spec, secrets), mode: 0o600 };
  if (poolRange(spec)) return [env];
  return [env, { name: MINIO_POOL, content: toYaml(poolFile(spec)), mode: 0o644 }];
}

/**
 * The pool as one argument, e.g. `https://peer-{1...3}:9000/drives/drive{1...4}`; undefined when host names do not count
 * up. Then the pool is described in a file: a plain list of URLs would form a pool that can never be expanded.
 */
function poolRange(spec: ClusterSpec): string[] | undefined {
  const all = poolHosts(spec);
  const range = hostRange(all);
  // MinIO takes a single drive by its path alone, and one host by its plain name.
  if (all.length === 1 && spec.storage.drivesPerPeer === 1) return [`${DRIVES_DIR}/drive1`];
  if (!range && all.length > 1) return undefined;
  const hosts = range ? `${range.prefix}{${range.first}...${range.last}}${range.suffix}` : all[0]!;
  return [`https://${hosts}:${spec.ports.minio}${DRIVES_DIR}/drive{1...${spec.storage.drivesPerPeer}}`];
}

function poolFile(spec: ClusterSpec): object {
  const drive = `${DRIVES_DIR}/drive{1...${spec.storage.drivesPerPeer}}`;
  const urls = poolHosts(spec).map((host) => `https://${host}:${spec.ports.minio}${drive}`);
  return { version: "v2", pools: [{ args: urls }] };
}

function environment(spec: ClusterSpec, secrets: ClusterSecrets): string {
  const layout = erasureLayout(poolShape(spec));
  if (typeof layout === "string") throw new Error(layout);
  return [
    `MINIO_ROOT_USER=${secrets.minioRootUser}`,
    `MINIO_ROOT_PASSWORD=${secrets.minioRootPassword}`,
    // Said even when it is the default: a later pool of another size must not change it.
    `MINIO_STORAGE_CLASS_STANDARD=EC:${layout.parity}`,
    "",
  ].join("\n");
}

function drives(spec: ClusterSpec): string[] {
  return Array.from({ length: spec.storage.drivesPerPeer }, (_, i) => `drive${i + 1}`);
}
