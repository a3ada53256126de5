import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { loaded, recovering } from "../../../lib/daemon/milvus-replicas";

const OK = { error_code: "Success", reason: "" };
/** Leader and nodes by channel, of one replica. */
type Replica = Readonly<Record<string, readonly [leader: string, ...nodes: string[]]>>;

interface Collection {
  readonly channels: readonly string[];
  readonly replicas: readonly Replica[];
  /** It was dropped since it was listed. */
  readonly gone?: boolean;
}

/** As much of Milvus as is asked, by database and name. */
class FakeClient {
  /** By method: it fails with this. */
  readonly errors = new Map<string, unknown>();
  asked: { readonly timeout: number }[] = [];
  atOnce = 0;
  most = 0;

  constructor(private readonly databases: Readonly<Record<string, Readonly<Record<string, Collection>>>>) {}

  listDatabases(o: { timeout: number }): Promise<unknown> {
    return this.answer("listDatabases", o, { status: OK, db_names: Object.keys(this.databases) });
  }
  showCollections({ db_name, ...o }: { db_name: string; timeout: number }): Promise<unknown> {
    const data = Object.keys(this.databases[db_name]!).map((name) => ({ name, id: `${db_name}/${name}` }));
    return this.answer("showCollections", o, { status: OK, data });
  }
  describeCollection(o: { db_name: string; collection_name: string; timeout: number }): Promise<unknown> {
    const { channels, gone } = this.databases[o.db_name]![o.collection_name]!;
    const status = gone ? { error_code: "CollectionNotExists", reason: "can't find collection" } : OK;
    return this.answer("describeCollection", o, { status, virtual_channel_names: gone ? [] : channels });
  }
  getReplicas({ collectionID, ...o }: { collectionID: string; timeout: number }): Promise<unknown> {
    const [db, name] = collectionID.split("/");
    const replicas = this.databases[db!]![name!]!.replicas.map((replica) => ({
      shard_replicas: Object.entries(replica).map(([dm_channel_name, [leaderID, ...node_ids]]) => ({
        ...{ dm_channel_name, leaderID, node_ids },
      })),
    }));
    return this.answer("getReplicas", o, { status: OK, replicas });
  }

  private async answer(method: string, o: { timeout: number }, reply: object): Promise<unknown> {
    this.asked.push(o);
    this.most = Math.max(this.most, (this.atOnce += 1));
    await new Promise(setImmediate);
    this.atOnce -= 1;
    const error = this.errors.get(method);
    if (error instanceof Error) throw error;
    return error ? { ...reply, status: error } : reply;
  }
}

const ask = (client: FakeClient): Promise<string[]> => recovering(client as unknown as MilvusClient, 1_000);
const whole: Collection = {
  channels: ["ch-0", "ch-1"],
  replicas: [{ "ch-0": ["7", "7", "8"], "ch-1": ["8", "8"] }],
};
const withReplicas = (...replicas: Replica[]): Collection => ({ ...whole, replicas });
const unimplemented = Object.assign(new Error("12 UNIMPLEMENTED"), { code: 12 });

test("those that are loaded are told with their replicas, by their database", async () => {
  const three = withReplicas(...Array<Replica>(3).fill(whole.replicas[0]!));
  const client = new FakeClient({ default: { one: whole }, shop: { wide: three } });
  const told = () => loaded(client as unknown as MilvusClient, 1_000);
  expect(await told()).toEqual([
    { collection: "one", replicas: 1 },
    { collection: "shop/wide", replicas: 3 },
  ]);
  client.errors.set("getReplicas", unimplemented);
  expect((await told()).map(({ replicas }) => replicas)).toEqual([1, 1]);
});

test("collections whose replicas all serve every channel lack nothing", async () => {
  const client = new FakeClient({ default: { one: whole, two: whole } });
  expect(await ask(client)).toEqual([]);
  expect(client.asked.every(({ timeout }) => timeout === 1_000)).toBe(true);
});

test.each<[string, Replica]>([
  ["a channel that nobody serves", { "ch-0": ["7", "7"] }],
  ["a channel without a leader", { "ch-0": ["7", "7"], "ch-1": ["-1", "8"] }],
  ["a leader that is not known yet", { "ch-0": ["7", "7"], "ch-1": ["0", "8"] }],
  ["a leader without nodes", { "ch-0": ["7", "7"], "ch-1": ["8"] }],
])("one replica of two with %s is not whole, although the other one serves", async (_title, replica) => {
  const lacking = withReplicas(whole.replicas[0]!, replica);
  expect(await ask(new FakeClient({ default: { whole, lacking } }))).toEqual(["lacking"]);
});

test("those of other databases are found, too, and named by them", async () => {
  const lacking = withReplicas({});
  const client = new FakeClient({ default: { whole }, tenants: { whole, lacking } });
  expect(await ask(client)).toEqual(["tenants/lacking"]);
});

test("one that was dropped since it was listed lacks nothing", async () => {
  expect(await ask(new FakeClient({ default: { gone: { ...withReplicas({}), gone: true } } }))).toEqual([]);
});

test("a server that knows no databases is asked for its only one", async () => {
  const client = new FakeClient({ default: { lacking: withReplicas({}) } });
  client.errors.set("listDatabases", unimplemented);
  expect(await ask(client)).toEqual(["lacking"]);
});

test("a server that knows no replicas has none that could lack a node", async () => {
  const client = new FakeClient({ default: { lacking: withReplicas({}) } });
  client.errors.set("getReplicas", unimplemented);
  expect(await ask(client)).toEqual([]);
});

test.each<[string, unknown, string]>([
  ["listDatabases", new Error("14 UNAVAILABLE"), "14 UNAVAILABLE"],
  [
    "showCollections",
    { error_code: "UnexpectedError", reason: "service is not ready" },
    "service is not ready",
  ],
  ["getReplicas", { error_code: "MetaFailed", reason: "" }, "error MetaFailed"],
])("what %s fails with is no answer", async (method, error, message) => {
  const client = new FakeClient({ default: { whole } });
  client.errors.set(method, error);
  await expect(ask(client)).rejects.toThrow(message);
});

test("thousands of collections are not asked for all at once", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`c${i}`, i === 40 ? withReplicas({}) : whole]),
  );
  const client = new FakeClient({ default: many });
  expect(await ask(client)).toEqual(["c40"]);
  expect(client.most).toBe(32);
});
