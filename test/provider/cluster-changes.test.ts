/** A formed cluster that is planned and applied again, by the real terraform; its peers are simulated. */
import { FakeCluster, SECRETS, type FakePeer } from "./support/fake-cluster";
import { eventually } from "../support/eventually";
import { milvusWorkspace } from "./support/milvus";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(180_000);

let fake: FakeCluster;
let workspace: Workspace;

async function formed(more: Record<string, string> = {}): Promise<void> {
  fake = await FakeCluster.start();
  workspace = await milvusWorkspace(fake.hcl(more));
  expect((await workspace.apply()).output).toContain("1 added");
}

async function end(): Promise<void> {
  workspace.remove();
  await fake.stop();
}

const peer = (i: number): FakePeer => fake.peers[i - 1] as FakePeer;
const EXCHANGED = ["minio_root_password", "milvus_root_password", "minio_user", "minio_password"];
const asked = (what: string): string[] =>
  fake.peers.filter((p) => p.requests.includes(what)).map((p) => p.name);

describe("a plan for a formed cluster", () => {
  beforeAll(() => formed());
  afterEach(() => void (fake.loaded = []));
  afterAll(end);

  const refused: [string, Record<string, string>, RegExp][] = [
    [
      "another line",
      { version: '"v2.4.24"' },
      /version .*"v2\.3\.5" to "v2\.4\.24".*only patches of one line/,
    ],
    ["another port of etcd", { ports: "{ etcd_peer = 22380 }" }, /ports\.etcdPeer .*know each other by it/],
    [
      "another pool",
      { storage: '{ pools = [{ peers = ["peer-1", "peer-2"], drives_per_peer = 4 }] }' },
      /storage.*for life/,
    ],
    ["another queue", { queue: '{ external_kafka = { brokers = ["kafka:9092"] } }' }, /queue.*would be lost/],
    [
      "another password",
      { minio_root_password: '"other"' },
      /Cannot replace the credentials of cluster vectors/,
    ],
  ];

  test("refuses what cannot be carried out, while planning, and is never replaced", async () => {
    for (const [, change, message] of refused) {
      workspace.configure(fake.hcl(change));
      const { code, output } = await workspace.plan();
      expect(code).toBe(1);
      expect(unboxed(output)).toMatch(message);
      expect(output).not.toMatch(/replaced|destroyed/);
    }
    const two = '{ pools = [{ peers = ["peer-1", "peer-2"], drives_per_peer = 4 }] }';
    workspace.configure(fake.hcl({ storage: two }, fake.peers.slice(0, 2)));
    const { output } = await workspace.plan();
    expect(unboxed(output)).toMatch(/a MinIO pool keeps its hosts, drives and parity for life/);
  });

  test("keeps query nodes that replicas of a loaded collection need: the plan refuses that one goes", async () => {
    const without = 'name = "peer-3", roles = ["coord", "proxy", "data", "index"]';
    workspace.configure(fake.hcl().replace('name = "peer-3"', without));
    fake.loaded = [
      { collection: "films", replicas: 2 },
      { collection: "shop/goods", replicas: 3 },
    ];
    const { code, output } = await workspace.plan();
    expect(code).toBe(1);
    expect(unboxed(output)).toContain(
      "2 query node(s) would stay, and more replicas than that are loaded of shop/goods: release each of them, and load it with 2 at most",
    );
    fake.loaded = [{ collection: "shop/goods", replicas: 2 }];
    expect((await workspace.plan()).output).toContain("1 to change, 0 to destroy");
  });

  test.each<[string, Record<string, string>, string]>([
    [
      "another patch",
      { version: '"v2.3.4"' },
      "restart coord on peer-1, peer-2, peer-3, one at a time, standbys first",
    ],
    [
      "other settings",
      { config: '{ "queryNode.gracefulStopTimeout" = "60" }' },
      "restart querynode on peer-1, peer-2, peer-3, one at a time (queryNode.gracefulStopTimeout: 25 → 60)",
    ],
    ["another TTL", { session_ttl_seconds: "9" }, "restart proxy on peer-1, peer-2, peer-3, one at a time"],
  ])("plans %s as steps, in place", async (_, change, step) => {
    workspace.configure(fake.hcl(change));
    const { code, output } = await workspace.plan();
    expect(code).toBe(2);
    expect(output).toContain("1 to change, 0 to destroy");
    expect(output).toContain(`"${step}`);
  });
});

describe("a formed cluster", () => {
  afterEach(end);

  test("is given other passwords as steps; they are sent ahead of the job, and are in no plan, job or log", async () => {
    const second = Object.fromEntries(EXCHANGED.map((name) => [name, `${name.replace(/_/g, "-")}-2`]));
    const quoted = Object.entries(second).map(([name, value]) => [name, `"${value}"`] as const);
    await formed();
    workspace.configure(fake.hcl({ ...Object.fromEntries(quoted), secrets_generation: "2" }));
    const planned = await workspace.plan();
    expect(planned.output).toContain("1 to change, 0 to destroy");
    const shown = [
      "let Milvus' new user into",
      "restart minio on",
      "restart coord on",
      "give Milvus' root its",
    ];
    const at = shown.map((text) => planned.output.indexOf(`"${text}`));
    expect(at.every((position) => position > 0)).toBe(true);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
    expect(unboxed(planned.output)).toContain("who is root in Milvus is refused with the old password");
    const applied = await workspace.apply({ TF_LOG: "info" });
    expect(applied.output).toContain("1 changed");
    expect(fake.staged).toEqual([
      {
        of: "2",
        cluster: expect.objectContaining({
          minioRootPassword: second.minio_root_password,
          milvusRootPassword: second.milvus_root_password,
          minioUser: second.minio_user,
          minioPassword: second.minio_password,
          pulsarToken: SECRETS.pulsar_token,
        }) as object,
      },
    ]);
    const again = await workspace.plan();
    expect(again.output).toContain("No changes");
    const told = [planned.output, applied.output, again.output, JSON.stringify(fake.jobs)].join("\n");
    for (const secret of [...Object.values(SECRETS), ...Object.values(second)])
      expect(told).not.toContain(secret);
  });

  test.each<[string, boolean, RegExp, string[]]>([
    ["stops", true, /Job 1 stops at its next safe point/, ["1"]],
    ["goes on, where nobody hears it,", false, /Job 1 could not be told to stop and goes on by itself/, []],
  ])("that is interrupted while it is changed %s, and that is said", async (_, hears, said, cancelled) => {
    await formed();
    Object.assign(fake, { jobState: "running", hearsCancel: hears });
    workspace.configure(fake.hcl({ session_ttl_seconds: "9" }));
    const run = workspace.start(["apply", "-auto-approve"]);
    await eventually("the job is followed", 60_000, async () => asked("GET /jobs/1").length > 0, 50);
    process.kill(-(run.process.pid as number), "SIGINT");
    const { code, output } = await run.ended;
    expect(code).toBe(1);
    expect(unboxed(output)).toMatch(/Error: Interrupted while the cluster was being changed/);
    expect(unboxed(output)).toMatch(said);
    expect(fake.cancelled).toEqual(cancelled);
    fake.jobState = "succeeded";
    expect((await workspace.apply()).output).toContain("1 changed");
  });

  test("whose change takes too long says which job goes on", async () => {
    await formed();
    fake.jobState = "running";
    workspace.configure(fake.hcl({ session_ttl_seconds: "9", timeouts: "{ update = 2 }" }));
    const { code, output } = await workspace.apply();
    expect(code).toBe(1);
    expect(unboxed(output)).toMatch(/Error: The change has not ended within 2 s .*Job 1 goes on: /);
    expect(fake.cancelled).toEqual([]);
  });

  test("takes trivial changes in place, is protected, and is torn down when that is lifted", async () => {
    await formed();
    const guarded = await workspace.terraform(["plan", "-destroy"]);
    expect(guarded.code).toBe(1);
    expect(unboxed(guarded.output)).toContain("Error: Cluster vectors is protected against deletion");
    const forced = await workspace.terraform(["apply", "-auto-approve", "-replace=milvus_cluster.c"]);
    expect(forced.code).toBe(1);
    expect(asked("POST /teardown")).toEqual([]);

    workspace.configure(fake.hcl({ deletion_protection: "false", on_destroy: '"delete_data"' }));
    expect((await workspace.apply()).output).toContain("1 changed");
    await peer(3).ssh.stop();
    const destroyed = await workspace.terraform(["destroy", "-auto-approve"]);
    expect(destroyed.output).toContain("1 destroyed");
    expect(unboxed(destroyed.output)).toContain("Warning: peer-3 was left as it is");
    expect(asked("POST /teardown")).toEqual(["peer-1", "peer-2"]);
    expect(peer(1).requests).toContain('{"deleteData":true}');
  });

  test("is recorded as the change has left it, also where peers have not heard of that yet", async () => {
    await formed();
    workspace.configure(fake.hcl({ version: '"v2.3.4"' }));
    fake.staleAnswers = 6;
    await workspace.apply();
    expect(await workspace.attributes("milvus_cluster.c")).toMatchObject({ generation: 2 });
    expect((await workspace.plan()).output).toContain("No changes");
  });

  test("moves to another name without a change", async () => {
    await formed();
    const moved = "moved {\n  from = milvus_cluster.c\n  to = milvus_cluster.d\n}\n";
    workspace.configure(moved + fake.hcl().replace('"milvus_cluster" "c"', '"milvus_cluster" "d"'));
    const { output } = await workspace.apply();
    expect(output).toContain("milvus_cluster.c has moved to milvus_cluster.d");
    expect(output).toContain("0 added, 0 changed, 0 destroyed");
    expect((await workspace.plan()).code).toBe(0);
  });

  test("whose state an earlier release has written keeps what it says of its data", async () => {
    await formed({ on_destroy: '"delete_data"' });
    const state = JSON.parse(workspace.read("terraform.tfstate")) as {
      resources: { instances: { schema_version: number; attributes: Record<string, unknown> }[] }[];
    };
    const [instance] = state.resources[0]!.instances;
    const attributes = Object.entries(instance!.attributes).filter(
      ([name]) => name !== "on_destroy" && name !== "drift",
    );
    const earlier = { ...Object.fromEntries(attributes), delete_data: true };
    Object.assign(instance!, { schema_version: 0, attributes: earlier });
    workspace.write("terraform.tfstate", JSON.stringify(state));
    const { code, output } = await workspace.plan();
    expect(output).toContain("No changes");
    expect(code).toBe(0);
    workspace.configure(fake.hcl({ on_destroy: '"keep"' }));
    expect(unboxed((await workspace.plan()).output)).toContain('"keep" is none of keep_data, delete_data');
  });

  test("that cannot be reached is a warning and keeps its last known state", async () => {
    await formed();
    await Promise.all(fake.peers.map((p) => p.ssh.stop()));
    const { code, output } = await workspace.plan();
    expect(code).toBe(0);
    expect(unboxed(output)).toContain("Warning: No peer of the cluster could be asked");
    expect(output).toContain("No changes");
  });

  test("whose peers know no cluster is not formed anew by itself", async () => {
    await formed();
    fake.peers.forEach((p) => (p.state = "unjoined"));
    const { code, output } = await workspace.plan();
    expect(code).toBe(0);
    expect(unboxed(output)).toContain("Warning: The peers of vectors say that they belong to no cluster");
  });
});
