export { MilvusCluster, type MilvusClusterProps } from "./milvus-cluster";
export { Peer, type PeerProps } from "./peer";
export { MinioWidePool, type MinioWidePoolProps } from "./minio-wide-pool";
export { PulsarSingleton, type PulsarSingletonProps } from "./pulsar-singleton";
export { SmokeTest } from "./smoke-test";
export { MilvusVersion } from "./milvus-version";
export { MilvusProvider } from "./milvus-provider";
export type { SshProps, SshLoginProps } from "./ssh";
export type { RegistryAuth } from "./registry-auth";
export type { ConfigValue, Images, Ports } from "../lib/spec/spec";

export { MilvusCredentials, type MilvusCredentialsConfig } from "./bindings/milvus-credentials";
export { MilvusPeerResource, type MilvusPeerResourceConfig } from "./bindings/milvus-peer-resource";
export {
  MilvusClusterResource,
  type MilvusClusterResourceConfig,
  type QueueConfig,
  type StorageConfig,
} from "./bindings/milvus-cluster-resource";
export { DataMilvusStatus, type DataMilvusStatusConfig } from "./bindings/data-milvus-status";
export type { PeerReference } from "./bindings/peer-attributes";
