import { ErrorCode, ShowCollectionsType, type MilvusClient, type ResStatus } from "@zilliz/milvus2-sdk-node";
import type { Loaded } from "../plan/crowded";

/** Questions that are asked at once: a cluster may have thousands of collections. */
const AT_ONCE = 16;
/** gRPC status UNIMPLEMENTED: a server that knows no databases, or no replicas. */
const UNIMPLEMENTED = 12;

interface Collection {
  readonly db: string;
  readonly name: string;
  readonly id: string;
}

/** Loaded collections of which some replica is not whole. A search on one may be served all the same, by another replica. */
export async function recovering(client: MilvusClient, timeout: number): Promise<string[]> {
  const all = await ofLoaded(client, timeout, (collection) => isWhole(client, collection, timeout));
  return all.flatMap(([name, whole]) => (whole ? [] : [name]));
}

/** Loaded collections with their replicas; those of a server that knows none have one. */
export async function loaded(client: MilvusClient, timeout: number): Promise<Loaded[]> {
  const all = await ofLoaded(client, timeout, async ({ id }) => {
    const reply = await known(client.getReplicas({ collectionID: id, timeout }));
    return reply?.replicas.length ?? 1;
  });
  return all.map(([collection, replicas]) => ({ collection, replicas }));
}

/** What is found of each loaded collection, by its name. */
async function ofLoaded<T>(
  client: MilvusClient,
  timeout: number,
  ask: (collection: Collection) => Promise<T>,
): Promise<[name: string, found: T][]> {
  const loaded = (
    await Promise.all((await databases(client, timeout)).map((db) => loadedIn(client, db, timeout)))
  ).flat();
  const found: [string, T][] = [];
  for (let at = 0; at < loaded.length; at += AT_ONCE) {
    const batch = loaded.slice(at, at + AT_ONCE);
    const answers = await Promise.all(batch.map(ask));
    found.push(
      ...batch.map(({ db, name }, i): [string, T] => [
        db === "default" ? name : `${db}/${name}`,
        answers[i]!,
      ]),
    );
  }
  return found;
}

async function databases(client: MilvusClient, timeout: number): Promise<string[]> {
  const reply = await known(client.listDatabases({ timeout }));
  return reply?.db_names ?? ["default"];
}

async function loadedIn(client: MilvusClient, db: string, timeout: number): Promise<Collection[]> {
  const reply = await client.showCollections({ db_name: db, type: ShowCollectionsType.Loaded, timeout });
  check(reply.status);
  return reply.data.map(({ name, id }) => ({ db, name, id }));
}

/** One that was dropped or released meanwhile lacks nothing. */
async function isWhole(
  client: MilvusClient,
  { db, name, id }: Collection,
  timeout: number,
): Promise<boolean> {
  const [described, replies] = await Promise.all([
    client.describeCollection({ db_name: db, collection_name: name, timeout }),
    known(client.getReplicas({ collectionID: id, timeout })),
  ]);
  if (described.status.error_code !== ErrorCode.SUCCESS || !replies) return true;
  const channels = described.virtual_channel_names;
  return replies.replicas.every(({ shard_replicas: shards }) =>
    channels.every((channel) =>
      shards.some(
        ({ dm_channel_name, leaderID, node_ids }) =>
          dm_channel_name === channel && Number(leaderID) > 0 && node_ids.length > 0,
      ),
    ),
  );
}

async function known<R extends { status: ResStatus }>(call: Promise<R>): Promise<R | undefined> {
  try {
    const reply = await call;
    check(reply.status);
    return reply;
  } catch (error) {
    if ((error as { code?: number }).code === UNIMPLEMENTED) return undefined;
    throw error;
  }
}

function check(status: ResStatus): void {
  if (status.error_code !== ErrorCode.SUCCESS) throw new Error(status.reason || `error ${status.error_code}`);
}
