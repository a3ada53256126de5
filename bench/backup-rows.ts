/** The rows that backups are measured with. */
import { DataType, promisify, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { DIM, NAME } from "./backup-terms";

/** What the engine settles on for such rows. */
export const PAGE = 1_000;

/** Collection `NAME` is in memory, to be read. */
export async function collection(client: MilvusClient, collection_name: string): Promise<void> {
  const fields = [
    { name: "id", data_type: DataType.Int64, is_primary_key: true, autoID: false },
    { name: "v", data_type: DataType.FloatVector, dim: DIM },
  ];
  await client.createCollection({ collection_name, fields });
  const index = { index_type: "FLAT", metric_type: "L2", params: "{}" };
  await client.createIndex({ collection_name, field_name: "v", extra_params: index });
  if (collection_name === NAME) await client.loadCollectionSync({ collection_name });
}

export async function fill(client: MilvusClient, rows: number): Promise<void> {
  for (let from = 0; from < rows; from += PAGE) {
    const data = Array.from({ length: PAGE * DIM }, () => Math.fround(Math.random()));
    const ids = Array.from({ length: PAGE }, (_, i) => String(from + i));
    const fields_data = [
      { type: "Int64", field_name: "id", scalars: { long_data: { data: ids } } },
      { type: "FloatVector", field_name: "v", vectors: { dim: DIM, float_vector: { data } } },
    ];
    const request = { collection_name: NAME, num_rows: PAGE, fields_data };
    const reply = await promisify(client.channelPool, "Insert", request, 60_000);
    if (reply.status.error_code !== "Success") throw new Error(reply.status.reason);
  }
  await client.flushSync({ collection_names: [NAME] });
}
