import type { ProcessSpec } from "../spec/families";
import { dataDir } from "../spec/disks";
import { MILVUS_CA, MILVUS_DATA, MILVUS_TLS_DIR, RENDER_DIR } from "../spec/paths";
import { masked } from "../spec/secrets";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import { familyOf } from "../spec/version";
import { etcdEndpoints } from "./etcd";
import { ETCD_LABEL } from "./fingerprint";
import { settingsRead } from "./milvus-reads";
import { MILVUS_YAML } from "./milvus-yaml";
import type { Service } from "./service";
import { QUEUE_CA, QUEUE_CA_PATH, STORAGE_CA } from "./trust";

/**
 * Where programs look for the CAs that they trust, on Debian and on Red Hat. The CA of the object store takes their place: it is
 * spoken to by Go and by libcurl, and libcurl heeds no SSL_CERT_FILE.
 */
const TRUST_STORES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
/** Go also reads every file of this directory (crypto/x509 root_linux.go): enough for the queue, which Go alone talks to. */
const MORE_TRUST = "/etc/ssl/certs/milvus-onprem-queue.crt";

/** One process of Milvus. Each has a data directory of its own: a query node clears the one it finds at start. */
export function milvusService(spec: ClusterSpec, peer: PeerSpec, role: ProcessSpec): Service {
  const metricsPort = spec.ports.milvusMetricsBase + role.metricsIndex;
  const { configFile, roles } = familyOf(spec.version);
  return {
    component: roles.find(({ name }) => name === role.name)?.role ?? "standalone",
    image: spec.images.milvus,
    command: ["milvus", "run", ...role.args],
    environment: { METRICS_PORT: String(metricsPort), ...portVariables(role) },
    files: [
      `${RENDER_DIR}/${MILVUS_YAML}:/milvus/configs/${configFile}`,
      `${MILVUS_TLS_DIR}:${MILVUS_TLS_DIR}`,
      ...trust(spec),
    ],
    data: [
      {
        source: `${dataDir(spec, "milvus")}/${role.name}`,
        target: MILVUS_DATA,
        below: spec.dataDirs.milvus,
      },
    ],
    labels: { [ETCD_LABEL]: etcdEndpoints(spec).join(" ") },
    reads: settingsRead(spec, peer, role, masked(spec)),
    tmpfs: ["/tmp", "/run"],
    healthcheck: {
      test: ["CMD", "curl", "-fsS", `http://127.0.0.1:${metricsPort}/healthz`],
      startPeriod: "90s",
    },
    stopGraceSeconds: role.stopGraceSeconds,
  };
}

/** Ports that the file, which all roles of a peer read, has for another role. */
function portVariables({ listens }: ProcessSpec): Record<string, string> {
  const told = listens.filter(({ variable }) => variable !== undefined);
  return Object.fromEntries(told.map(({ variable, port }) => [variable!, String(port)]));
}

function trust({ storage, queue }: ClusterSpec): string[] {
  const store = storage.kind === "minio" ? MILVUS_CA : storage.caPem && `${RENDER_DIR}/${STORAGE_CA}`;
  const log = queue.kind === "externalPulsar" && queue.caPem ? `${RENDER_DIR}/${QUEUE_CA}` : undefined;
  return [
    ...(store ? TRUST_STORES.map((path) => `${store}:${path}`) : []),
    ...(log ? [`${log}:${MORE_TRUST}`] : []),
    ...(queue.kind === "externalKafka" && queue.caPem ? [`${QUEUE_CA_PATH}:${QUEUE_CA_PATH}`] : []),
  ];
}
