const symbol = (name: string): symbol => Symbol.for(`cdktf-milvus-onprem/${name}`);

export const MILVUS_CLUSTER = symbol("MilvusCluster");
export const PEER = symbol("Peer");
export const MINIO_WIDE_POOL = symbol("MinioWidePool");
export const MINIO_HOST_POOLS = symbol("MinioHostPools");
export const EXTERNAL_S3 = symbol("ExternalS3");
export const PULSAR_SINGLETON = symbol("PulsarSingleton");
export const EXTERNAL_PULSAR = symbol("ExternalPulsar");
export const EXTERNAL_KAFKA = symbol("ExternalKafka");
export const WOODPECKER = symbol("Woodpecker");

/** Marks an object as of a class; unlike `instanceof` this also holds between two copies of this package. */
export function tag(object: object, symbol: symbol): void {
  Object.defineProperty(object, symbol, { value: true });
}

export function isTagged<T>(x: unknown, symbol: symbol): x is T {
  return x !== null && typeof x === "object" && symbol in x;
}
