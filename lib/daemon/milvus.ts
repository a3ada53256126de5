import {
  ConsistencyLevelEnum,
  DataType,
  ErrorCode,
  MilvusClient,
  RRFRanker,
  type ClientConfig,
  type ResStatus,
} from "@zilliz/milvus2-sdk-node";
import type { Loaded } from "../plan/crowded";
import { CA_CERT, MILVUS_INTERNAL_NAME, PEER_CERT, PEER_KEY } from "../spec/paths";
import { loaded, recovering } from "./milvus-replicas";
import type { Collection, Milvus, MilvusSession, Row } from "./ports/milvus";
import { messageOf } from "./wait";

const CALL_MS = 10_000;
/** Connecting may find a proxy that has not taken up work yet. */
const CONNECT_MS = 5_000;
/** gRPC status UNAUTHENTICATED. */
const UNAUTHENTICATED = 16;

/** Milvus through its own SDK. */
export class MilvusSdk implements Milvus {
  async accepts(address: string, password: string): Promise<boolean> {
    const client = connect(address, password);
    try {
      await client.connectPromise;
      // Connecting alone is answered without a look at the password by some versions.
      await must(client.listUsers());
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    } finally {
      await close(client);
    }
  }

  async changeRootPassword(address: string, from: string, to: string): Promise<void> {
    const client = connect(address, from);
    try {
      await client.connectPromise;
      await must(
        client.updatePassword({ username: "root", oldPassword: from, newPassword: to, timeout: CALL_MS }),
      );
    } finally {
      await close(client);
    }
  }

  async session(address: string, password: string): Promise<MilvusSession> {
    return new SdkSession(await openMilvus(address, password));
  }
}

/** A client that is connected, as root; whoever asked for it closes it. */
export async function openMilvus(address: string, password: string): Promise<MilvusClient> {
  const client = connect(address, password);
  try {
    await client.connectPromise;
    return client;
  } catch (error) {
    await close(client);
    throw error;
  }
}

const ID = "id";
const BUCKET = "bucket";
/** Names of the vector fields; a collection has the first, or both. */
const VECTORS = ["vector", "vector2"] as const;

class SdkSession implements MilvusSession {
  constructor(private readonly client: MilvusClient) {}

  async queryNodes(): Promise<number> {
    const { response } = await this.client.getMetric({ request: { metric_type: "system_info" } });
    const nodes = (response as { nodes_info?: { infos?: { type?: string } }[] }).nodes_info ?? [];
    return nodes.filter((n) => n.infos?.type === "querynode").length;
  }

  async createCollection({ name, dimension, vectorFields }: Collection): Promise<void> {
    const fields = [
      { name: ID, data_type: DataType.Int64, is_primary_key: true, autoID: false },
      { name: BUCKET, data_type: DataType.Int64 },
      ...VECTORS.slice(0, vectorFields).map((field) => ({
        name: field,
        data_type: DataType.FloatVector,
        dim: dimension,
      })),
    ];
    await must(this.client.createCollection({ collection_name: name, fields, timeout: CALL_MS }));
  }

  async insert(name: string, rows: readonly Row[]): Promise<number> {
    const data = rows.map(({ id, bucket, vectors }) => ({
      ...{ [ID]: id, [BUCKET]: bucket },
      ...Object.fromEntries(vectors.map((vector, i) => [VECTORS[i]!, [...vector]])),
    }));
    const reply = await this.client.insert({ collection_name: name, data, timeout: CALL_MS });
    check(reply.status);
    return Number(reply.insert_cnt);
  }

  async createIndex({ name, vectorFields }: Collection): Promise<void> {
    const extra_params = { index_type: "FLAT", metric_type: "L2", params: "{}" };
    for (const field_name of VECTORS.slice(0, vectorFields)) {
      await must(
        this.client.createIndex({ collection_name: name, field_name, extra_params, timeout: CALL_MS }),
      );
    }
  }

  async load(name: string, replicas: number): Promise<void> {
    await must(
      this.client.loadCollectionAsync({ collection_name: name, replica_number: replicas, timeout: CALL_MS }),
    );
  }

  async loadProgress(name: string): Promise<number> {
    const reply = await this.client.getLoadingProgress({ collection_name: name, timeout: CALL_MS });
    check(reply.status);
    return Number(reply.progress);
  }

  async search(
    name: string,
    vectors: readonly (readonly number[])[],
    limit: number,
    bucket?: number,
  ): Promise<number[][]> {
    const reply = await this.client.search({
      collection_name: name,
      anns_field: VECTORS[0],
      data: vectors.map((vector) => [...vector]),
      limit,
      ...(bucket === undefined ? {} : { filter: `${BUCKET} == ${bucket}` }),
      consistency_level: ConsistencyLevelEnum.Strong,
      timeout: CALL_MS,
    });
    check(reply.status);
    // One vector is answered by one list, several by a list of lists.
    const hits = (vectors.length === 1 ? [reply.results] : reply.results) as { id: string }[][];
    return hits.map((nearest) => nearest.map((hit) => Number(hit.id)));
  }

  async hybridSearch(
    name: string,
    vectors: readonly (readonly number[])[],
    limit: number,
  ): Promise<number[]> {
    const reply = await this.client.hybridSearch({
      collection_name: name,
      data: vectors.map((vector, i) => ({ anns_field: VECTORS[i]!, data: [...vector], params: {} })),
      rerank: RRFRanker(),
      limit,
      consistency_level: ConsistencyLevelEnum.Strong,
      timeout: CALL_MS,
    });
    check(reply.status);
    return (reply.results as { id: string }[]).map((hit) => Number(hit.id));
  }

  async query(name: string, ids: readonly number[]): Promise<number[]> {
    const reply = await this.client.query({
      collection_name: name,
      filter: `${ID} in [${ids.join(",")}]`,
      output_fields: [ID],
      consistency_level: ConsistencyLevelEnum.Strong,
      timeout: CALL_MS,
    });
    check(reply.status);
    return reply.data.map((row) => Number(row[ID]));
  }

  async collections(): Promise<string[]> {
    const reply = await this.client.showCollections({ timeout: CALL_MS });
    check(reply.status);
    return reply.data.map((c) => c.name);
  }

  loaded(): Promise<Loaded[]> {
    return loaded(this.client, CALL_MS);
  }

  recovering(): Promise<string[]> {
    return recovering(this.client, CALL_MS);
  }

  async drop(name: string): Promise<void> {
    await must(this.client.dropCollection({ collection_name: name, timeout: CALL_MS }));
  }

  close(): Promise<void> {
    return close(this.client);
  }
}

function connect(address: string, password: string): MilvusClient {
  const client = new MilvusClient({
    address,
    username: "root",
    password,
    timeout: CONNECT_MS,
    logLevel: "error",
    ...(address.startsWith("https://") ? { tls: tls() } : {}),
  });
  // Awaited by whoever uses the client; a failure before that must not end the process.
  client.connectPromise.catch(() => undefined);
  return client;
}

/** With the peer's certificate, which the proxy asks for in mutual mode; whichever peer's proxy answers has the one name. */
function tls(): ClientConfig["tls"] {
  return {
    ...{ rootCertPath: CA_CERT, certChainPath: PEER_CERT, privateKeyPath: PEER_KEY },
    serverName: MILVUS_INTERNAL_NAME,
  };
}

async function close(client: MilvusClient): Promise<void> {
  await client.closeConnection().catch(() => undefined);
}

/** Some calls answer a bare status, some wrap it. */
async function must(call: Promise<ResStatus | { status: ResStatus }>): Promise<void> {
  const reply = await call;
  check("status" in reply ? reply.status : reply);
}

function check(status: ResStatus): void {
  if (status.error_code === ErrorCode.SUCCESS) return;
  throw new Error(status.reason || `error ${status.code ?? status.error_code}`);
}

function isRefusal(error: unknown): boolean {
  return (
    (error as { code?: number }).code === UNAUTHENTICATED ||
    /auth check failure|unauthenticated/i.test(messageOf(error))
  );
}
