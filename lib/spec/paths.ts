/** Where things live on a peer; one place, so that host, render and daemon cannot disagree. */
export const CONFIG_DIR = "/etc/milvus-onprem";
/** What does not outlive a boot of the VM: /run is empty after each. */
export const RUN_DIR = "/run/milvus-onprem";
/** A daemon asks for a reboot of its VM by this file, and may do so where that one is: see lib/host/reboot.ts. */
export const REBOOT_REQUEST = `${RUN_DIR}/reboot`;
export const MAY_REBOOT = `${CONFIG_DIR}/may-reboot`;
/** Shares for backups are mounted below it: what is mounted there later is seen in the daemon's container, too. */
export const MOUNT_PARENT = "/mnt";
export const DEFAULT_DATA_ROOT = "/var/lib/milvus-onprem";
/** Identity of the peer, written by the provider, read by its daemon: see lib/spec/identity.ts. Mode 0600. */
export const IDENTITY_FILE = `${CONFIG_DIR}/identity.json`;
/** Secrets of a formed cluster, written and read by the peer's daemon: see lib/daemon/secrets.ts. Mode 0600. */
export const SECRETS_FILE = `${CONFIG_DIR}/secrets.json`;
export const TLS_DIR = `${CONFIG_DIR}/tls`;
export const CA_CERT = `${TLS_DIR}/ca.crt`;
export const PEER_CERT = `${TLS_DIR}/peer.crt`;
export const PEER_KEY = `${TLS_DIR}/peer.key`;
/** What Milvus' containers see: certificates of a user of its own, never the peer's key. */
export const MILVUS_TLS_DIR = `${CONFIG_DIR}/milvus-tls`;
export const MILVUS_CA = `${MILVUS_TLS_DIR}/ca.crt`;
export const MILVUS_CERT = `${MILVUS_TLS_DIR}/milvus.crt`;
export const MILVUS_KEY = `${MILVUS_TLS_DIR}/milvus.key`;
/** Where every role keeps its files inside its container. */
export const MILVUS_DATA = "/var/lib/milvus";
/** Common name of Milvus' certificate, hence its user in etcd. No peer has this name: an underscore is in no DNS label. */
export const MILVUS_USER = "milvus_client";
/** Name in every Milvus' certificate: roles check each other for one name, whatever peer they are on. */
export const MILVUS_INTERNAL_NAME = "milvus.internal";
/**
 * Name in every peer's own certificate, for etcd's --peer-cert-allowed-hostname: etcd's peer port takes any certificate of the
 * CA otherwise, Milvus' too. No address can be this name, for the same reason as above.
 */
export const ETCD_PEER_NAME = "etcd_peer.internal";
/** Folder that is made on each mount point: a container that finds it missing does not start on an unmounted disk. */
export const MOUNT_FOLDER = "milvus-onprem";
/** Rendered files of the components (docker-compose.yml, milvus.yaml, nginx.conf …). */
export const RENDER_DIR = `${CONFIG_DIR}/rendered`;
/** Name of the daemon's container, and of the compose project of everything else. */
export const DAEMON_CONTAINER = "milvus-onprem";
export const COMPOSE_PROJECT = "milvus";
/** Wrapper on the host that runs the CLI inside the daemon's container. */
export const HOST_CLI = "/usr/local/bin/milvus-onprem";
