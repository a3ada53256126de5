import type { Loaded } from "../../plan/crowded";

/** What the daemon needs of a Milvus proxy. `address` is host:port, with `https://` in front where it speaks TLS. */
export interface Milvus {
  /** Whether root may log in with this password; throws when the proxy cannot be asked. */
  accepts(address: string, password: string): Promise<boolean>;
  changeRootPassword(address: string, from: string, to: string): Promise<void>;
  /** Opens a session as root for the smoke test. */
  session(address: string, password: string): Promise<MilvusSession>;
}

/** A row of the collection that the smoke test makes. */
export interface Row {
  readonly id: number;
  /** What filters look at. */
  readonly bucket: number;
  /** One vector for each vector field. */
  readonly vectors: readonly (readonly number[])[];
}

export interface Collection {
  readonly name: string;
  readonly dimension: number;
  /** Vector fields that it has; more than one where a search may look at several. */
  readonly vectorFields: 1 | 2;
}

/** One collection's life as the smoke test needs it; every call has a deadline of its own. */
export interface MilvusSession {
  queryNodes(): Promise<number>;
  createCollection(collection: Collection): Promise<void>;
  /** Rows that were accepted. */
  insert(name: string, rows: readonly Row[]): Promise<number>;
  /** On every vector field: one that finds the true neighbours, by Euclidean distance. */
  createIndex(collection: Collection): Promise<void>;
  /** Returns at once; see loadProgress. */
  load(name: string, replicas: number): Promise<void>;
  /** Percent, 100 when the collection can be searched. */
  loadProgress(name: string): Promise<number>;
  /** For each vector the ids of its nearest in the first vector field, nearest first; of one bucket only if one is given. */
  search(
    name: string,
    vectors: readonly (readonly number[])[],
    limit: number,
    bucket?: number,
  ): Promise<number[][]>;
  /** Ids of the rows that are nearest in both vector fields together, nearest first. */
  hybridSearch(name: string, vectors: readonly (readonly number[])[], limit: number): Promise<number[]>;
  /** Those of the ids that are found. */
  query(name: string, ids: readonly number[]): Promise<number[]>;
  collections(): Promise<string[]>;
  /** Collections of all databases that are loaded, and of which a replica lacks a query node that answers for a shard right now. */
  recovering(): Promise<string[]>;
  /** Collections of all databases that are loaded. */
  loaded(): Promise<Loaded[]>;
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}
