import { hostPort, peerOf } from "../spec/host";
import { CA_CERT, PEER_CERT, PEER_KEY, RENDER_DIR, TLS_DIR } from "../spec/paths";
import { pulsarHost } from "../spec/queue";
import { poolPeers } from "../spec/pool";
import { peersWith } from "../spec/roles";
import type { ClusterSpec, MinioStorage, PeerSpec } from "../spec/spec";
import type { Service } from "./service";

export const NGINX_CONF = "nginx.conf";

/** In a tmpfs, so that a killed nginx leaves no socket behind that stops the next one. */
const SOCKET_DIR = "/run/nginx";
const STATUS_SOCKET = `${SOCKET_DIR}/status.sock`;
/** What nginx makes at its start, where it was built to unless told: its root file system is read-only. */
const TEMP_PATHS = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** A proxy is out after one failed connection, for so long: a dead VM costs one client one second, not all of them. */
const OUT = "max_fails=1 fail_timeout=5s";

/**
 * How long a connection may be silent. Milvus pings an idle client every 60 s (internal/distributed/proxy/service.go), so
 * only one whose VM is gone is silent for longer.
 */
const SILENT = "2m";

/** Load balancer of a peer. */
export function nginxService(spec: ClusterSpec): Service {
  return {
    component: "nginx",
    image: spec.images.nginx,
    files: [`${RENDER_DIR}/${NGINX_CONF}:/etc/nginx/nginx.conf`, `${TLS_DIR}:${TLS_DIR}`],
    tmpfs: [SOCKET_DIR, "/tmp"],
    // The master hands its workers to another user.
    capabilities: ["CHOWN", "SETGID", "SETUID"],
    healthcheck: {
      test: ["CMD", "curl", "-fsS", "--unix-socket", STATUS_SOCKET, "http://localhost/status"],
      startPeriod: "10s",
    },
    stopGraceSeconds: 5,
  };
}

/**
 * nginx.conf of a peer: clients come in at `ports.lb` and reach Milvus' proxies as `loadBalancing` says; the peer's own Milvus
 * roles come in at loopback `ports.minioLocal` and reach MinIO, their own node first. TLS passes through.
 */
export function nginxConf(spec: ClusterSpec, peer: PeerSpec): string {
  return `worker_processes auto;
worker_rlimit_nofile 16384;
pid ${SOCKET_DIR}/nginx.pid;
error_log stderr warn;

events {
  worker_connections 8192;
}

http {
  access_log off;
${TEMP_PATHS.map((name) => `  ${name}_temp_path ${SOCKET_DIR}/${name};`).join("\n")}
  server {
    listen unix:${STATUS_SOCKET};
    location = /status {
      stub_status;
    }
  }
}

stream {
  proxy_connect_timeout 1s;
  proxy_timeout ${SILENT};
  proxy_next_upstream on;
  proxy_socket_keepalive on;

  upstream milvus {
${directives(milvusServers(spec, peer))}
  }
  server {
${listens(peer.address, spec.ports.lb)}
    proxy_pass milvus;
  }
${spec.storage.kind === "minio" ? minio(spec, spec.storage, peer) : ""}${pulsar(spec, peer)}}
`;
}

/**
 * The one broker listens on loopback of its host alone. There nginx lets in peers that show their certificate; on all others it
 * offers the broker on the same loopback ports, so that Milvus, whom the broker redirects to where it is, finds it everywhere.
 */
function pulsar(spec: ClusterSpec, peer: PeerSpec): string {
  const host = pulsarHost(spec);
  if (host === undefined) return "";
  const ports = [spec.ports.pulsar, spec.ports.pulsarHttp];
  const servers = ports.map((port) =>
    host === peer.name ? pulsarDoor(peer, port) : pulsarWay(spec, host, port),
  );
  return servers.join("");
}

function pulsarDoor({ address }: PeerSpec, port: number): string {
  return `
  server {
    listen ${hostPort(address, port)} ssl;
    ssl_certificate ${PEER_CERT};
    ssl_certificate_key ${PEER_KEY};
    ssl_client_certificate ${CA_CERT};
    ssl_verify_client on;
    ssl_protocols TLSv1.3;
    proxy_pass 127.0.0.1:${port};
  }
`;
}

/** The certificate is checked for the peer's name: nginx does not look at the addresses in it. */
function pulsarWay(spec: ClusterSpec, host: string, port: number): string {
  return `
  server {
    listen 127.0.0.1:${port};
    proxy_ssl on;
    proxy_ssl_certificate ${PEER_CERT};
    proxy_ssl_certificate_key ${PEER_KEY};
    proxy_ssl_trusted_certificate ${CA_CERT};
    proxy_ssl_verify on;
    proxy_ssl_name ${host};
    proxy_ssl_protocols TLSv1.3;
    proxy_pass ${hostPort(peerOf(spec, host).address, port)};
  }
`;
}

function minio(spec: ClusterSpec, storage: MinioStorage, peer: PeerSpec): string {
  return `
  upstream minio {
${directives(minioServers(spec, storage, peer))}
  }
  server {
    listen 127.0.0.1:${spec.ports.minioLocal};
    proxy_pass minio;
  }
`;
}

/** Proxies of the peers that have one; a peer without sends its clients to all others alike. */
function milvusServers(spec: ClusterSpec, peer: PeerSpec): string[] {
  const all = peersWith(spec, "proxy").map((p) => p.name);
  const local = spec.loadBalancing === "local" && all.includes(peer.name) ? peer.name : undefined;
  return [...(local ? [] : ["least_conn"]), ...preferring(local, all, spec, spec.ports.milvus)];
}

/** A peer with a node of its own asks that and the others only when it fails; any other peer asks all. */
function minioServers(spec: ClusterSpec, storage: MinioStorage, peer: PeerSpec): string[] {
  const nodes = poolPeers(storage);
  return preferring(nodes.includes(peer.name) ? peer.name : undefined, nodes, spec, spec.ports.minio);
}

/** The preferred peer's server takes every connection, the others only while it is out; without one, all are equal. */
function preferring(
  first: string | undefined,
  names: readonly string[],
  spec: ClusterSpec,
  port: number,
): string[] {
  return names.map((name) => {
    const server = `server ${hostPort(peerOf(spec, name).address, port)} ${OUT}`;
    return first !== undefined && name !== first ? `${server} backup` : server;
  });
}

function directives(list: string[]): string {
  return list.map((directive) => `    ${directive};`).join("\n");
}

function listens(address: string, port: number): string {
  const addresses = new Set([address, "127.0.0.1"]);
  return [...addresses].map((a) => `    listen ${hostPort(a, port)};`).join("\n");
}
