import { ConsistencyLevelEnum, DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { openMilvus } from "../../lib/daemon/milvus";

const DIM = 32;
const BATCH = 5_000;

/** Collections that anybody can count and search. */
export class Films {
  private constructor(private readonly client: MilvusClient) {}

  static async at(endpoint: string, password: string): Promise<Films> {
    return new Films(await openMilvus(endpoint, password));
  }

  /** Rows 0 to `rows` - 1, in memory. */
  async make(collection_name: string, rows: number): Promise<void> {
    const { client } = this;
    await client.createCollection({
      collection_name,
      fields: [
        { name: "id", data_type: DataType.Int64, is_primary_key: true, autoID: false },
        { name: "v", data_type: DataType.FloatVector, dim: DIM },
      ],
    });
    for (let from = 0; from < rows; from += BATCH) {
      const data = Array.from({ length: Math.min(BATCH, rows - from) }, (_, i) => row(from + i));
      const { status } = await client.insert({ collection_name, data });
      if (status.error_code !== "Success")
        throw new Error(`insert into ${collection_name}: ${status.reason}`);
    }
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
    const vectors = [7, 4_711, 19_999].map((id) => row(id).v);
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
}

/** The same at every call, and unlike every other. */
function row(id: number): { id: number; v: number[] } {
  return { id, v: Array.from({ length: DIM }, (_, i) => Math.sin(id * (i + 1) * 0.37) + id / 50_000) };
}
