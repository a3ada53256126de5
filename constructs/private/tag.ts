export const MILVUS_CLUSTER = Symbol.for("cdktf-milvus-onprem/MilvusCluster");
export const PEER = Symbol.for("cdktf-milvus-onprem/Peer");
export const MINIO_WIDE_POOL = Symbol.for("cdktf-milvus-onprem/MinioWidePool");
export const PULSAR_SINGLETON = Symbol.for("cdktf-milvus-onprem/PulsarSingleton");

/** Marks an object as of a class; unlike `instanceof` this also holds between two copies of this package. */
export function tag(object: object, symbol: symbol): void {
  Object.defineProperty(object, symbol, { value: true });
}

export function isTagged<T>(x: unknown, symbol: symbol): x is T {
  return x !== null && typeof x === "object" && symbol in x;
}
