import type { Milvus, MilvusSession, Row } from "../../../lib/daemon/ports/milvus";
import { nearest } from "../../../lib/daemon/smoke-data";

/** Milvus in memory behind three load balancers. */
export class FakeMilvus implements Milvus {
  constructor(public rootPassword = "pw") {}

  readonly collections = new Map<string, Map<number, Row>>();
  readonly calls: string[] = [];
  open = 0;
  queryNodeCount = 3;
  /** Of collections that users have loaded. */
  readonly replicas = new Map<string, number>();
  /** Addresses at which nobody answers. */
  readonly dead = new Set<string>();
  /** By method: errors that the next calls fail with, one each. */
  readonly errors = new Map<string, Error[]>();
  losesRow = false;
  /** How many of the farthest neighbours no search finds. */
  forgets = 0;
  ignoresFilters = false;
  onCall: (name: string, address: string) => unknown = () => undefined;

  async accepts(_address: string, password: string): Promise<boolean> {
    return password === this.rootPassword;
  }
  async changeRootPassword(_address: string, from: string, to: string): Promise<void> {
    if (from !== this.rootPassword) throw new Error("auth check failure");
    this.rootPassword = to;
  }

  async session(address: string, password: string): Promise<MilvusSession> {
    if (this.dead.has(address)) throw new Error(`connect ECONNREFUSED ${address}`);
    if (password !== this.rootPassword) throw new Error("auth check failure");
    this.open += 1;
    const call = <T>(name: string, result: () => T): Promise<T> => {
      this.calls.push(`${name} ${address}`);
      this.onCall(name, address);
      const error = this.errors.get(name)?.shift();
      return error ? Promise.reject(error) : Promise.resolve(result());
    };
    const rows = (name: string) => [...this.collections.get(name)!.values()];
    return {
      recovering: async () => [],
      loaded: async () => [...this.replicas].map(([collection, replicas]) => ({ collection, replicas })),
      queryNodes: () => call("queryNodes", () => this.queryNodeCount),
      createCollection: ({ name, vectorFields }) =>
        call(`create with ${vectorFields} vector field(s)`, () => void this.collections.set(name, new Map())),
      insert: (name, batch) =>
        call("insert", () => {
          for (const row of batch) this.collections.get(name)!.set(row.id, row);
          return batch.length;
        }),
      createIndex: () => call("index", () => undefined),
      load: (_, replicas) => call(`load x${replicas}`, () => undefined),
      loadProgress: () => call("progress", () => 100),
      search: (name, vectors, limit, bucket) =>
        call(bucket === undefined ? "search" : "filtered", () => {
          const among = rows(name).filter(
            (row) => this.ignoresFilters || row.bucket === (bucket ?? row.bucket),
          );
          return vectors.map((v) => nearest(among, v, limit).slice(0, limit - this.forgets));
        }),
      hybridSearch: (name, [first], limit) => call("hybrid", () => nearest(rows(name), first!, limit)),
      query: (_, ids) => call("query", () => (this.losesRow ? ids.slice(1) : [...ids])),
      collections: () => call("list", () => [...this.collections.keys()]),
      drop: (name) => call("drop", () => void this.collections.delete(name)),
      close: async () => void (this.open -= 1),
    };
  }
}
