import type { ProcessSpec } from "../spec/families";
import { MILVUS_CA, MILVUS_CERT, MILVUS_DATA, MILVUS_INTERNAL_NAME, MILVUS_KEY } from "../spec/paths";
import { rolesOf } from "../spec/roles";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec, PeerSpec, SecuritySpec } from "../spec/spec";
import { isIPv6 } from "../spec/validators";
import { familyOf } from "../spec/version";
import { etcdEndpoints } from "./etcd";
import { queueSettings } from "./milvus-queue";
import { storageSettings } from "./milvus-storage";
import { sortDeep, toYaml } from "./yaml";
import type { Settings } from "./settings";

/** Rendered for every line under one name; where it is mounted is the family's matter. */
export const MILVUS_YAML = "milvus.yaml";

/** Settings of Milvus by dotted key, without the user's: what the layout decides, then what makes failover quick. */
export function milvusSettings(spec: ClusterSpec, peer: PeerSpec, secrets: ClusterSecrets): Settings {
  return {
    ...metadata(spec),
    ...storageSettings(spec, secrets),
    ...queueSettings(spec, secrets),
    ...Object.assign({}, ...processes(spec, peer).map((role) => listeners(spec, peer, role))),
    ...familyOf(spec.version).fixed,
    ...FAILOVER,
    ...security(spec.security, spec),
    "common.session.ttl": spec.sessionTtlSeconds,
    "queryNode.gracefulStopTimeout": spec.mode === "standalone" ? 1 : HAND_OVER_SECONDS,
    "localStorage.path": `${MILVUS_DATA}/data`,
    // The code of Milvus has no default for it, and 2.3 reads no other file than this one.
    "log.level": "info",
    "log.stdout": true,
  };
}

/** Our settings, the user's laid over them. */
export function allSettings(spec: ClusterSpec, peer: PeerSpec, secrets: ClusterSecrets): Settings {
  return { ...milvusSettings(spec, peer, secrets), ...spec.config };
}

/** milvus.yaml of a peer. */
export function milvusYaml(spec: ClusterSpec, peer: PeerSpec, secrets: ClusterSecrets): string {
  return toYaml(sortDeep(nest(allSettings(spec, peer, secrets))));
}

/**
 * How Milvus' roles call each other. A call that hangs on a dead coordinator is not saved by its own retries: with the
 * default of 10 attempts and pauses of up to 10 s, reads stalled for 53 s, and with these for 10 s. And a connection to a
 * VM that vanished is given up after 3 s without an answer instead of 20.
 */
const FAILOVER: Settings = {
  "grpc.client.maxMaxAttempts": 5,
  "grpc.client.maxBackoff": 1,
  "grpc.client.keepAliveTimeout": 3000,
};

/**
 * In which a stopping query node hands what it serves to others. It ends just before Docker would kill it (30 s): one that is killed
 * is searched in vain until its session has ended. Left out, 2.3 hands nothing over ("migrate data timed out" at once, seen with 2.3.5).
 */
const HAND_OVER_SECONDS = 25;

function metadata(spec: ClusterSpec): Settings {
  return {
    "etcd.endpoints": etcdEndpoints(spec).join(","),
    "etcd.rootPath": "by-dev",
    "etcd.ssl.enabled": true,
    "etcd.ssl.tlsCert": MILVUS_CERT,
    "etcd.ssl.tlsKey": MILVUS_KEY,
    "etcd.ssl.tlsCACert": MILVUS_CA,
    "metastore.type": "etcd",
  };
}

/**
 * Every process that a line has, whether or not this peer runs it: the same keys on all peers, so that a role which moves finds
 * its port as the others know it.
 */
function processes(spec: ClusterSpec, peer: PeerSpec): readonly ProcessSpec[] {
  return spec.mode === "standalone" ? rolesOf(spec, peer) : familyOf(spec.version).roles;
}

/**
 * REST cannot share a port that speaks TLS (internal/distributed/proxy/service.go), so it has one of its own then, with the same
 * certificate. Milvus verifies the certificates of its roles against one name.
 */
function security(
  { authentication, clientTls, internalTls }: SecuritySpec,
  { ports }: ClusterSpec,
): Settings {
  return {
    "common.security.authorizationEnabled": authentication,
    "common.security.tlsMode": TLS_MODE[clientTls],
    ...(clientTls === "off" ? {} : { "proxy.http.port": ports.milvusRest, ...certificates("tls") }),
    ...(internalTls
      ? {
          "common.security.internaltlsEnabled": true,
          ...certificates("internaltls"),
          "internaltls.sni": MILVUS_INTERNAL_NAME,
        }
      : {}),
  };
}

/** Values of common.security.tlsMode (milvus-io/milvus v2.3.22 configs/milvus.yaml). */
const TLS_MODE = { off: 0, server: 1, mutual: 2 } as const;

function certificates(section: string): Settings {
  return {
    [`${section}.serverPemPath`]: MILVUS_CERT,
    [`${section}.serverKeyPath`]: MILVUS_KEY,
    [`${section}.caPemPath`]: MILVUS_CA,
  };
}

/**
 * Address and ports are said for each role: the address that Milvus finds by itself may be that of a bridge. Milvus puts ":port"
 * behind it as it is, so an IPv6 address has its brackets here (pkg/util/paramtable/grpc_param.go).
 */
function listeners(spec: ClusterSpec, peer: PeerSpec, role: ProcessSpec): Settings {
  const settings: Settings = {};
  for (const { section, port, key, variable } of role.listens) {
    settings[`${section}.ip`] = isIPv6(peer.address) ? `[${peer.address}]` : peer.address;
    if (variable !== undefined) continue;
    settings[`${section}.${key ?? "port"}`] = port === "milvus" ? spec.ports.milvus : port;
  }
  for (const section of role.activeStandby) settings[`${section}.enableActiveStandby`] = true;
  return settings;
}

function nest(settings: Settings): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(settings)) {
    const path = key.split(".");
    const last = path.pop()!;
    const section = path.reduce((at, name) => (at[name] ??= {}) as Record<string, unknown>, root);
    section[last] = value;
  }
  return root;
}
