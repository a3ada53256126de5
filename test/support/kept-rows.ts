import { DataType, MilvusClient, type ResStatus } from "@zilliz/milvus2-sdk-node";
import type { Lab } from "../../lab";
import type { Deployment } from "./deployment";
import { rootPassword } from "./peers";

const NAME = "kept";

/** A collection of two shards and two replicas whose rows are numbered, written and read through VMs that a test names. */
export class KeptRows {
  constructor(
    private readonly lab: Lab,
    private readonly deployment: Deployment,
  ) {}

  async create(vm: number): Promise<void> {
    await this.through(vm, async (client) => {
      const fields = [
        { name: "id", data_type: DataType.Int64, is_primary_key: true },
        { name: "v", data_type: DataType.FloatVector, dim: 4 },
      ];
      done(await client.createCollection({ collection_name: NAME, fields, shards_num: 2 }));
      const index = { collection_name: NAME, field_name: "v", index_type: "FLAT", metric_type: "L2" };
      done(await client.createIndex({ ...index, params: {} }));
      done(await client.loadCollectionSync({ collection_name: NAME, replica_number: 2 }));
    });
  }

  async insert(vm: number, from: number, count: number): Promise<void> {
    const data = range(from, count).map((id) => ({ id, v: [id, 1, 2, 3] }));
    await this.through(vm, async (client) =>
      done((await client.insert({ collection_name: NAME, data })).status),
    );
  }

  async flush(vm: number): Promise<void> {
    await this.through(vm, (client) => client.flushSync({ collection_names: [NAME] }));
  }

  /** Ids that a strongly consistent query finds, in order. */
  async found(vm: number, expr: string): Promise<number[]> {
    return this.through(vm, async (client) => {
      const query = { collection_name: NAME, expr, output_fields: ["id"], limit: 10_000 };
      const { status, data } = await client.query({ ...query, consistency_level: 0 });
      done(status);
      return data.map((row) => Number(row.id)).sort((a, b) => a - b);
    });
  }

  private async through<T>(vm: number, work: (client: MilvusClient) => Promise<T>): Promise<T> {
    const client = new MilvusClient({
      ...{ address: `${this.lab.vm(vm).address}:19537`, timeout: 30_000, logLevel: "error" },
      ...{ username: "root", password: await rootPassword(this.deployment) },
    });
    try {
      await client.connectPromise;
      return await work(client);
    } finally {
      await client.closeConnection();
    }
  }
}

export const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

function done({ error_code: code, reason }: Pick<ResStatus, "error_code" | "reason">): void {
  expect([code, reason]).toEqual(["Success", ""]);
}
