/** What the daemon needs of a Milvus proxy. `address` is host:port. */
export interface Milvus {
  /** Whether root may log in with this password; throws when the proxy cannot be asked. */
  accepts(address: string, password: string): Promise<boolean>;
  changeRootPassword(address: string, from: string, to: string): Promise<void>;
  /** Opens a session as root for the smoke test. */
  session(address: string, password: string): Promise<MilvusSession>;
}

/** One collection's life as the smoke test needs it; every call has a deadline of its own. */
export interface MilvusSession {
  queryNodes(): Promise<number>;
  createCollection(name: string, dimension: number): Promise<void>;
  insert(name: string, vectors: readonly number[][]): Promise<string[]>;
  createIndex(name: string): Promise<void>;
  /** Returns at once; see loadProgress. */
  load(name: string, replicas: number): Promise<void>;
  /** Percent, 100 when the collection can be searched. */
  loadProgress(name: string): Promise<number>;
  /** Ids of the nearest vectors, nearest first. */
  search(name: string, vector: readonly number[], limit: number): Promise<string[]>;
  /** Those of the ids that are found. */
  query(name: string, ids: readonly string[]): Promise<string[]>;
  collections(): Promise<string[]>;
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}
