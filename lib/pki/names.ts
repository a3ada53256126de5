import { ETCD_PEER_NAME, MILVUS_INTERNAL_NAME, MILVUS_USER } from "../spec/paths";
import type { CertificateRequest } from "./certificate";

export interface PeerCertOptions {
  /** Name of the peer; also the common name of its own certificate. */
  name: string;
  /** IP address or host name at which other peers reach it. */
  address: string;
  days: number;
}

/** What the certificate of a peer says. */
export function peerRequest({ name, address, days }: PeerCertOptions): CertificateRequest {
  const names = [name, address, "localhost", "127.0.0.1", ETCD_PEER_NAME];
  return { subject: name, names: unique(names), ca: false, days };
}

/** What the certificate of Milvus on a peer says: who Milvus is, and every name at which clients and other roles look for it. */
export function milvusRequest({ name, address, days }: PeerCertOptions): CertificateRequest {
  const names = [name, address, "localhost", "127.0.0.1", "::1", MILVUS_INTERNAL_NAME];
  return { subject: MILVUS_USER, names: unique(names), ca: false, days };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];
