import { peerOf } from "../spec/host";
import type { MilvusBackupConfig } from "../spec/milvus-backup";
import { MILVUS_INTERNAL_NAME } from "../spec/paths";
import { rolesOf } from "../spec/roles";
import { s3TargetOf } from "../spec/backups";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec } from "../spec/spec";
import type { RenderedFile } from "./file";
import { storagesOf } from "./milvus-backup-storage";
import { toYaml } from "./yaml";

/** In the container, and nowhere else: they hold secrets, and go with it. */
const DIR = "/run/milvus-onprem";
export const MILVUS_BACKUP_YAML = `${DIR}/backup.yaml`;
/** Every authority that vouches for Milvus or for a store. */
export const MILVUS_BACKUP_TRUST = `${DIR}/trust.crt`;
const CERT = `${DIR}/peer.crt`;
const KEY = `${DIR}/peer.key`;

export interface MilvusBackupRun {
  /** Peer that it runs on, in the host's network: it goes through that peer's load balancers. */
  readonly peer: string;
  /** Folder below the one in which backups lie. */
  readonly folder: string;
  /** The cluster's authority and the peer's certificate with its key, PEM. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** What milvus-backup is told; names are paths in its container. All of it is for its eyes only. */
export function milvusBackupFiles(
  spec: ClusterSpec,
  secrets: ClusterSecrets,
  run: MilvusBackupRun,
): RenderedFile[] {
  const { storage, security } = spec;
  const outside = [storage.kind === "s3" ? storage.caPem : undefined, s3TargetOf(spec)?.caPem];
  const trust = [run.tls.ca, ...outside].flatMap((pem) => (pem === undefined ? [] : `${pem.trim()}\n`));
  const files = {
    [MILVUS_BACKUP_YAML]: toYaml(configOf(spec, secrets, run)),
    [MILVUS_BACKUP_TRUST]: [...new Set(trust)].join(""),
    ...(security.clientTls === "mutual" ? { [CERT]: run.tls.cert, [KEY]: run.tls.key } : {}),
  };
  return Object.entries(files).map(([name, content]) => ({ name, content, mode: 0o600 }));
}

function configOf(spec: ClusterSpec, secrets: ClusterSecrets, run: MilvusBackupRun): MilvusBackupConfig {
  return {
    log: { level: "info", console: true, file: { filename: "" } },
    milvus: milvus(spec, secrets, run.peer),
    minio: storagesOf(spec, secrets, run.folder),
    backup: { gcPause: gcPause(spec, run.peer) },
  };
}

function milvus(
  spec: ClusterSpec,
  { milvusRootPassword }: ClusterSecrets,
  peer: string,
): MilvusBackupConfig["milvus"] {
  const { clientTls } = spec.security;
  const tls = { caCertPath: MILVUS_BACKUP_TRUST, serverName: MILVUS_INTERNAL_NAME };
  return {
    ...{ address: peerOf(spec, peer).address, port: spec.ports.lb },
    ...{ user: "root", password: milvusRootPassword },
    tlsMode: ({ off: 0, server: 1, mutual: 2 } as const)[clientTls],
    ...(clientTls === "off" ? {} : tls),
    ...(clientTls === "mutual" ? { mtlsCertPath: CERT, mtlsKeyPath: KEY } : {}),
  };
}

/** Proxies serve it, from Milvus 2.3.4 on (milvus-io/milvus#29212): a peer without one leaves it, and so does an older Milvus. */
function gcPause(spec: ClusterSpec, peer: string): MilvusBackupConfig["backup"]["gcPause"] {
  const proxy = rolesOf(spec, peerOf(spec, peer)).find(({ listens }) =>
    listens.some(({ port }) => port === "milvus"),
  );
  if (!proxy) return { enable: false };
  const port = spec.ports.milvusMetricsBase + proxy.metricsIndex;
  return { enable: true, address: `http://127.0.0.1:${port}` };
}
