export {
  MilvusCluster,
  type FirewallProps,
  type ImportProps,
  type MilvusClusterProps,
} from "./milvus-cluster";
export { Peer, type PeerProps } from "./peer";
export {
  MinioWidePool,
  type MinioDeploymentProps,
  type MinioDrivesProps,
  type MinioWidePoolProps,
} from "./minio-wide-pool";
export { MinioHostPools, type MinioHostPoolsProps } from "./minio-host-pools";
export { ExternalS3, type ExternalS3Props } from "./external-s3";
export type {
  BackupEncryptionProps,
  BackupsProps,
  BackupTargetProps,
  RestoreFromProps,
  S3BackupTargetProps,
} from "./backups";
export { PulsarSingleton, type PulsarSingletonProps } from "./pulsar-singleton";
export { ExternalPulsar, type ExternalPulsarProps } from "./external-pulsar";
export { ExternalKafka, type ExternalKafkaProps } from "./external-kafka";
export { Woodpecker } from "./woodpecker";
export { SmokeTest } from "./smoke-test";
export { MilvusVersion } from "./milvus-version";
export { MilvusProvider } from "./milvus-provider";
export type { SshProps, SshLoginProps } from "./ssh";
export type { RegistryAuth } from "./registry-auth";
export type { CommonConfig, MilvusConfig } from "../lib/spec/common-config";
export type { OnDestroy } from "../lib/spec/on-destroy";
export type {
  BackupEngine,
  ClientTls,
  Component,
  ConfigValue,
  DataDir,
  Images,
  KafkaProtocol,
  Limits,
  Mode,
  Ports,
  RoleName,
  S3Auth,
  S3Provider,
  SaslMechanism,
} from "../lib/spec/spec";

export { MilvusCredentials, type MilvusCredentialsConfig } from "./bindings/milvus-credentials";
export { MilvusPeerResource, type MilvusPeerResourceConfig } from "./bindings/milvus-peer-resource";
export { MilvusClusterResource, type MilvusClusterResourceConfig } from "./bindings/milvus-cluster-resource";
export { DataMilvusStatus, type DataMilvusStatusConfig } from "./bindings/data-milvus-status";
export type { PeerReference } from "./bindings/peer-attributes";
