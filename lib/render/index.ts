import { peerOf } from "../spec/host";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec } from "../spec/spec";
import { COMPOSE_FILE, composeFile } from "./compose";
import type { EtcdMember } from "./etcd";
import type { RenderedFile } from "./file";
import { poolWith } from "../spec/pool";
import { pulsarHost } from "../spec/queue";
import { MILVUS_YAML, milvusYaml } from "./milvus-yaml";
import { minioFiles } from "./minio-pool";
import { NFTABLES_CONF, nftablesConf } from "./nftables";
import { NGINX_CONF, nginxConf } from "./nginx";
import { pulsarFiles } from "./pulsar";
import { trustFiles } from "./trust";

export {
  COMPOSE_FILE,
  containerName,
  definitions,
  fingerprints,
  peerServices,
  type Definition,
} from "./compose";
export { etcdClientUrl, etcdEndpoints, etcdMemberName, etcdPeerUrl, type EtcdMember } from "./etcd";
export type { RenderedFile } from "./file";
export { peerImages } from "./images";
export { ETCD_LABEL, FINGERPRINT_LABEL } from "./fingerprint";

/**
 * All files of one peer, to be written under RENDER_DIR. Equal input gives equal bytes. `joins`: members of etcd, where the peer's own
 * is to join them.
 */
export function renderPeer(
  spec: ClusterSpec,
  peerName: string,
  secrets: ClusterSecrets,
  joins?: readonly EtcdMember[],
): RenderedFile[] {
  const peer = peerOf(spec, peerName);
  const { storage, queue, security } = spec;
  return [
    { name: COMPOSE_FILE, content: composeFile(spec, peer, joins), mode: 0o644 },
    { name: MILVUS_YAML, content: milvusYaml(spec, peer, secrets), mode: 0o600 },
    { name: NGINX_CONF, content: nginxConf(spec, peer), mode: 0o644, live: true },
    ...(storage.kind === "minio" && poolWith(spec, peerName) ? minioFiles(spec, storage, secrets) : []),
    ...(queue.kind === "pulsarSingleton" && pulsarHost(spec) === peerName
      ? pulsarFiles(spec, queue, secrets)
      : []),
    ...trustFiles(spec),
    ...(security.firewall
      ? [{ name: NFTABLES_CONF, content: nftablesConf(spec, peer, security.firewall), mode: 0o644 } as const]
      : []),
  ];
}

/** Every file of every peer by "peer/file", for a plan: render it with what masked() gives. */
export function renderAll(spec: ClusterSpec, secrets: ClusterSecrets): Record<string, string> {
  const files = spec.peers.flatMap((peer) =>
    renderPeer(spec, peer.name, secrets).map((file) => [`${peer.name}/${file.name}`, file.content]),
  );
  return Object.fromEntries(files);
}
