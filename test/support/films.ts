import { ConsistencyLevelEnum, DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { openMilvus } from "../../lib/daemon/milvus";

const BATCH = 5_000;
/** Batches on their way at a time. */
const PARALLEL = 4;

/** Collections that anybody can count and search. */
export class Films {
  private constructor(
    private readonly client: MilvusClient,
    private readonly dim: number,
  ) {}

  static async at(endpoint: string, password: string, dim = 32): Promise<Films> {
    return new Films(await openMilvus(endpoint, password), dim);
  }

  /** Rows 0 to `rows` - 1, in memory. */
  async make(collection_name: string, rows: number): Promise<void> {
    const { client } = this;
    await client.createCollection({
      collection_name,
      fields: [
        { name: "id", data_type: DataType.Int64, is_primary_key: true, autoID: false },
        { name: "v", data_type: DataType.FloatVector, dim: this.dim },
      ],
    });
    let next = 0;
    const insert = async (): Promise<void> => {
      while (next < rows) {
        const from = next;
        next += BATCH;
        const data = Array.from({ length: Math.min(BATCH, rows - from) }, (_, i) => this.row(from + i));
        const { status } = await client.insert({ collection_name, data });
        if (status.error_code !== "Success")
          throw new Error(`insert into ${collection_name}: ${status.reason}`);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, insert));
    await client.flushSync({ collection_names: [collection_name] });
    const index = { field_name: "v", index_type: "FLAT", metric_type: "L2", params: {} };
    await client.createIndex({ collection_name, ...index });
    await client.loadCollectionSync({ collection_name });
  }

  async count(collection_name: string): Promise<number> {
    const { data } = await this.client.query({
      ...{ collection_name, expr: "", output_fields: ["count(*)"] },
      consistency_level: ConsistencyLevelEnum.Strong,
    });
    return Number(data[0]!["count(*)"]);
  }

  /** Ids that are nearest to some rows. */
  async nearest(collection_name: string): Promise<string[]> {
    const vectors = [7, 4_711, 19_999].map((id) => this.row(id).v);
    const { results } = await this.client.search({ collection_name, data: vectors, limit: 10 });
    return (results as unknown as { id: string }[][]).flatMap((hits) => hits.map(({ id }) => id));
  }

  /** Out of memory, and read anew from the object store. */
  async reload(collection_name: string): Promise<void> {
    await this.client.releaseCollection({ collection_name });
    await this.client.loadCollectionSync({ collection_name });
  }

  async drop(collection_name: string): Promise<void> {
    await this.client.dropCollection({ collection_name });
  }

  async close(): Promise<void> {
    await this.client.closeConnection();
  }

  /** Those of some ids that are not found, or not with the vector that was written. */
  async damaged(collection_name: string, ids: readonly number[]): Promise<number[]> {
    const { data } = await this.client.query({
      ...{ collection_name, expr: `id in [${ids.join()}]`, output_fields: ["id", "v"] },
      consistency_level: ConsistencyLevelEnum.Strong,
    });
    const found = new Map(data.map(({ id, v }) => [Number(id), v as number[]]));
    return ids.filter((id) => {
      const wanted = this.row(id).v.map(Math.fround);
      return found.get(id)?.some((value, i) => value !== wanted[i]) ?? true;
    });
  }

  /** The same at every call, and unlike every other. */
  private row(id: number): { id: number; v: number[] } {
    return { id, v: Array.from({ length: this.dim }, (_, i) => Math.sin(id * (i + 1) * 0.37) + id / 50_000) };
  }
}
