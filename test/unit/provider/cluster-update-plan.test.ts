import { UNKNOWN } from "../../../lib/provider/framework";
import type { Fields } from "../../../lib/provider/framework/schema";
import { cluster } from "../../../lib/provider/resources/cluster/cluster";
import { specInput } from "../../../lib/provider/resources/cluster/spec-input";
import { compileSpec } from "../../../lib/spec/compile";
import { CONFIG, peer, PEERS, pool } from "./cluster-config";
import { planResource } from "./plan-resource";

/** State as creating it leaves it. */
async function formed(change: object = {}): Promise<Fields> {
  const config = { ...CONFIG, ...change } as unknown as Fields;
  const { values, errors } = await planResource(cluster, { prior: null, config });
  expect(errors).toEqual([]);
  const seen = { id: "c1", context: "{}", leader: "peer-1", generation: 1, status: "ok" };
  return { ...values, ...seen };
}

async function update(change: object, o: { before?: object; inForce?: object } = {}) {
  const prior = await formed(o.before);
  const config = { ...CONFIG, ...o.before, ...change } as unknown as Fields;
  const kept = o.inForce ? { inForce: o.inForce } : {};
  return { prior, ...(await planResource(cluster, { prior, config, private: kept })) };
}

const compiled = async (change: object = {}) => compileSpec(specInput((await formed(change)) as never)).spec!;
const ALL = "peer-1, peer-2, peer-3";
const CHECK = "see that every peer and component is healthy, and that reads and writes work";
const VERIFY = `test inserts and searches through the load balancers of ${ALL}`;
const COMMIT = "record the new spec as the one in force";
const WARM = { config: { "queryNode.cache.warmup": "sync" } };
const restart = (what: string): string[] => [
  CHECK,
  `restart querynode on ${ALL}, one at a time (queryNode.cache.warmup: ${what})`,
  VERIFY,
  COMMIT,
];

test("shows the steps, and leaves open what only the cluster can tell afterwards", async () => {
  const { values, errors, warnings, replace, prior } = await update(WARM);
  expect([errors, warnings, replace]).toEqual([[], [], []]);
  expect(values.rollout).toEqual(restart("nothing → sync"));
  expect([values.generation, values.leader, values.status]).toEqual([UNKNOWN, UNKNOWN, UNKNOWN]);
  expect(values.rendered).not.toEqual(prior.rendered);
  expect(values).toMatchObject({ id: "c1", context: "{}", endpoints: prior.endpoints, links: prior.links });
});

test("says what is pulled for another version, and of a downgrade that it is one", async () => {
  const down = await update({ version: "v2.3.4" });
  expect((down.values.rollout as string[])[1]).toBe(
    `pull milvusdb/milvus:v2.3.4 on ${ALL}, before anything stops`,
  );
  expect(down.warnings).toEqual([
    "This change is worth a second look: Milvus goes back from v2.3.5 to v2.3.4: its makers promise nothing about that.",
  ]);
  expect(down.at).toEqual(["version"]);
});

test("warns where something stops, for all to see before they say yes", async () => {
  const { warnings, errors } = await update({
    queue: { pulsar_singleton: { host: "peer-1", heap_mb: 1024 } },
  });
  expect(errors).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/"restart pulsar on peer-1 .*" runs, writes stop: /)]);
});

test("says that nothing is restored into a cluster that is there", async () => {
  const target = { s3: { endpoint: "https://s3.elsewhere.example", bucket: "backups" } };
  const there = { backups: { target }, backup_access_key: "key", backup_secret_key: "secret" };
  const from = (backup: string): object => ({ ...there, restore_from: { backup } });
  for (const before of [there, from("older")]) {
    const { warnings, at, values, prior } = await update(from("latest"), { before });
    expect(warnings).toEqual([
      expect.stringMatching(/^Nothing is restored into a cluster that is there: .*restore-backup/),
    ]);
    expect([at, values.rollout]).toEqual([["restore_from"], prior.rollout]);
  }
  expect((await update({ ...there, restore_from: null }, { before: from("latest") })).warnings).toEqual([]);
});

describe("a milvus_peer that is made anew under the same name and address", () => {
  const ids = (last: unknown) => ({
    peers: PEERS.map((p, i) => ({ ...p, peer_id: i === 2 ? last : `c1/peer-${i + 1}` })),
  });
  const first = ids("c1/peer-3");
  const OUT = "take peer-3 at 198.18.0.13 out of etcd: 3 members, quorum of 2 → 2 members, quorum of 2";

  test("is another VM: what it takes is shown while its id is yet to come", async () => {
    const { values, errors } = await update(ids(UNKNOWN), { before: first });
    expect(errors).toEqual([]);
    expect(values.rollout).toContain(OUT);
    expect(values.rendered).toBe(UNKNOWN);
  });

  test("shows the same once its id is known, with what it renders to", async () => {
    const { values } = await update(ids("c1/peer-3/5eed"), { before: first });
    expect(values.rollout).toContain(OUT);
    expect(Object.values(values.rendered as Record<string, string>).join()).toContain("--name=peer-3.5eed");
  });

  test("is the VM that is there where the state has lost the one before, as after a terraform that was killed", async () => {
    for (const id of [UNKNOWN, "c1/peer-3/5eed"]) {
      const { values, prior, errors } = await update(ids(id), { before: ids("") });
      expect([errors, values.rollout]).toEqual([[], prior.rollout]);
    }
  });

  test("is nothing new when it is in force, whatever the state says of the one before", async () => {
    const spec = await compiled(first);
    const peers = spec.peers.map((p, i) => (i === 2 ? { ...p, instance: "5eed" } : p));
    const inForce = { generation: 2, spec: { ...spec, peers } };
    const { values, prior } = await update(ids("c1/peer-3/5eed"), { before: first, inForce });
    expect(values.rollout).toEqual(prior.rollout);
    const again = await update(ids("c1/peer-3/0ther"), { before: first, inForce });
    expect(again.values.rollout).toContain(OUT);
  });
});

test.each<[string, object]>([
  ["nothing", {}],
  ["a default that is said", { load_balancing: "local", mode: "cluster" }],
])("changes nothing where the program says %s that is new", async (_title, change) => {
  const { values, prior, errors, warnings } = await update(change, { before: change });
  expect([errors, warnings]).toEqual([[], []]);
  expect(values).toEqual(prior);
});

test.each<[string, object]>([
  ["a note for later", { deletion_protection: false }],
  ["how long it may take", { timeouts: { update: 60 } }],
  ["a default that is said for the first time", { load_balancing: "local" }],
])("has no steps for %s", async (_title, change) => {
  const { values, prior, errors } = await update(change);
  expect(errors).toEqual([]);
  for (const name of ["rollout", "generation", "leader", "status", "rendered"])
    expect([name, values[name]]).toEqual([name, prior[name]]);
});

test("starts at what the peers said last, whatever the state says", async () => {
  const inForce = { generation: 4, spec: await compiled(WARM) };
  expect((await update({}, { inForce })).values.rollout).toEqual(restart("sync → nothing"));
  const already = await update(WARM, { inForce });
  expect([already.errors, already.values.generation]).toEqual([[], 1]);
});

test("goes on with a change that has not ended, though nothing in the program has changed", async () => {
  const unfinished = { job: "0mijk2x9a-4f8q1z", spec: await compiled(WARM) };
  const inForce = { generation: 1, spec: await compiled(), unfinished };
  const back = await update({}, { inForce });
  expect(back.values.rollout).toEqual(restart("sync → nothing"));
  expect(back.values.generation).toBe(UNKNOWN);
  expect(back.warnings).toEqual([
    "This change is worth a second look: an earlier change has not ended: what it has changed is taken along.",
  ]);
  const on = await update({}, { before: WARM, inForce });
  expect(on.values.rollout).toEqual(restart("nothing → sync"));
});

test("keeps the daemon's image out of it: that is each milvus_peer's own matter", async () => {
  const { values, errors, prior } = await update({ images: { daemon: "registry.example/daemon:2" } });
  expect([errors, values.rollout, values.generation]).toEqual([[], prior.rollout, 1]);
});

test.each<[string, object, string, string]>([
  ["another queue", { queue: { external_kafka: { brokers: ["kafka:9092"] } } }, "queue", "externalKafka"],
  ["drives", { storage: pool(["peer-1", "peer-2", "peer-3"], 3) }, "storage", "drivesPerPeer"],
  ["another line", { version: "v2.4.24" }, "version", "version"],
  ["a port of etcd", { ports: { etcd_peer: 22380 } }, "ports", "ports.etcdPeer"],
  ["where data is", { data_root: "/srv/milvus" }, "data_root", "dataRoot"],
])("refuses %s, at the attribute that has it", async (_title, change, at, words) => {
  const { errors, at: shown, values, prior } = await update(change);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(
    /^A formed cluster cannot be changed this way: cannot change .*put the old value back\.$/,
  );
  expect(errors[0]).toContain(words);
  expect(shown).toEqual([at]);
  expect([values.rollout, values.generation]).toEqual([prior.rollout, 1]);
});

test("while addresses are not known, says nothing of steps, and promises nothing that they may change", async () => {
  const unknown = [1, 2, 3].map((n) => peer(`peer-${n}`, UNKNOWN));
  const { values, errors } = await update({ ...WARM, peers: unknown });
  expect(errors).toEqual([]);
  for (const name of ["rollout", "generation", "leader", "status", "rendered", "endpoint", "endpoints"])
    expect([name, values[name]]).toEqual([name, UNKNOWN]);
  expect(values.id).toBe("c1");
});

test("while something else is not known, promises nothing either", async () => {
  const { values, errors } = await update({ config: UNKNOWN });
  expect(errors).toEqual([]);
  for (const name of ["rollout", "generation", "status", "rendered", "links"])
    expect([name, values[name]]).toEqual([name, UNKNOWN]);
});

describe("a change that comes to be known only at apply", () => {
  const prior = { ...CONFIG, deletion_protection: true, on_destroy: "keep_data" } as unknown as Fields;

  test("of a formed cluster is refused then, and nothing is recorded", async () => {
    const context = { signal: new AbortController().signal, private: {} };
    const planned = { ...prior, storage: pool(["peer-1", "peer-2"]) };
    const update = cluster.update!({ ...context, planned, prior } as unknown as Parameters<
      NonNullable<typeof cluster.update>
    >[0]);
    await expect(update).rejects.toThrow("A formed cluster cannot be changed this way");
  });

  test("of nothing asks no peer, and everything stays as it was planned", async () => {
    const context = { signal: new AbortController().signal, private: {} };
    const state = await formed();
    const planned = { ...state, deletion_protection: false };
    const update = cluster.update!({ ...context, planned, prior: state } as unknown as Parameters<
      NonNullable<typeof cluster.update>
    >[0]);
    expect(await update).toEqual({});
  });
});
