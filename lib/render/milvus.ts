import type { RoleSpec } from "../spec/families";
import { CA_CERT, RENDER_DIR, TLS_DIR } from "../spec/paths";
import type { ClusterSpec } from "../spec/spec";
import { familyOf } from "../spec/version";
import { MILVUS_DATA, MILVUS_YAML } from "./milvus-yaml";
import type { Service } from "./service";

/**
 * Where programs look for the CAs that they trust, on Debian and on Red Hat. The cluster's CA takes their place: MinIO is
 * the only TLS server outside etcd that Milvus talks to, by Go and by libcurl, and libcurl heeds no SSL_CERT_FILE.
 */
const TRUST_STORES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/** One role of Milvus. Each has a data directory of its own: a query node clears the one it finds at start. */
export function milvusService(spec: ClusterSpec, role: RoleSpec): Service {
  const metricsPort = spec.ports.milvusMetricsBase + role.metricsIndex;
  const { configFile } = familyOf(spec.version);
  return {
    image: spec.images.milvus,
    command: ["milvus", "run", ...role.args],
    environment: { METRICS_PORT: String(metricsPort) },
    volumes: [
      `${RENDER_DIR}/${MILVUS_YAML}:/milvus/configs/${configFile}:ro`,
      `${TLS_DIR}:${TLS_DIR}:ro`,
      ...TRUST_STORES.map((path) => `${CA_CERT}:${path}:ro`),
      `${spec.dataRoot}/milvus/${role.name}:${MILVUS_DATA}`,
    ],
    healthcheck: {
      test: ["CMD", "curl", "-fsS", `http://127.0.0.1:${metricsPort}/healthz`],
      startPeriod: "90s",
    },
    stopGraceSeconds: role.stopGraceSeconds,
  };
}
