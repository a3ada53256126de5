import type { Fields } from "../../../lib/provider/framework/schema";

export const peer = (name: string, address: unknown): Fields =>
  ({ name, address, peer_id: "id", ssh: { user: "root" } }) as unknown as Fields;
export const PEERS = [1, 2, 3].map((n) => peer(`peer-${n}`, `198.18.0.1${n}`));
export const pool = (peers: string[], drives = 4): Fields =>
  ({ pools: [{ peers, drives_per_peer: drives }] }) as unknown as Fields;
/** A cluster of three peers, as far as its attributes must be given. */
export const CONFIG = {
  ...{ name: "vectors", version: "v2.3.5", cluster_id: "c1", ca_cert_pem: "cert", token: "t" },
  ...{ minio_root_user: "root", minio_root_password: "pw", milvus_root_password: "pw2" },
  ...{ minio_user: "milvus-1", minio_password: "pw3", pulsar_token_key: "a2V5", pulsar_token: "a.b.c" },
  peers: PEERS,
  storage: pool(["peer-1", "peer-2", "peer-3"]),
  queue: { pulsar_singleton: { host: "peer-1" } },
};
