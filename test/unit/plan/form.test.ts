import { FORM_STEP_KINDS, formSteps } from "../../../lib/plan/form";
import { names, peers, pool, spec } from "../spec/fixture";

test("three peers: what will happen, where, and what it will survive", () => {
  expect(formSteps(spec()).map((step) => step.title)).toEqual([
    "write configuration on peer-1, peer-2, peer-3",
    "pull images on peer-1, peer-2, peer-3",
    "start all containers on peer-1, peer-2, peer-3, together",
    "wait for etcd: 3 members, quorum of 2",
    "limit Milvus to by-dev/ in etcd",
    "wait for MinIO: 1 pool of 3 peers x 4 drives, parity 4; reads survive the loss of 1 peer, writes of 1",
    "make bucket milvus-bucket and a MinIO user for Milvus that sees no other",
    "wait for Pulsar on peer-2",
    "wait for Milvus v2.3.5 roles on peer-1, peer-2, peer-3",
    "replace Milvus' well-known root password",
    "record the cluster's spec as generation 1",
  ]);
});

test("numbers follow the spec", () => {
  const later = { peers: ["peer-5"], drivesPerPeer: 4 };
  const five = formSteps(
    spec({ peers: peers(5), storage: { pools: [...pool(names(1, 4), 1).pools!, later] } }),
  );
  expect(five.find((s) => s.kind === "etcd")?.title).toBe("wait for etcd: 5 members, quorum of 3");
  expect(five.find((s) => s.kind === "storage")?.title).toBe(
    "wait for MinIO: 2 pools of 4 peers x 1 drive, parity 2 and of 1 peer x 4 drives, parity 2; reads survive the loss of 0 peers, writes of 0",
  );
});

test("what is outside is reached first, and nothing of the cluster's own is awaited that is not there", () => {
  const steps = formSteps(
    spec({
      ...{ mode: "standalone", version: "v2.6.22", peers: peers(1), security: { authentication: false } },
      storage: { s3: { endpoint: "https://s3.example" } },
      queue: { externalKafka: { brokers: ["kafka:9092"] } },
    }),
  );
  expect(steps.map((step) => step.title)).toEqual([
    "reach S3 at s3.example:443, Kafka at kafka:9092 from peer-1",
    "write configuration on peer-1",
    "pull images on peer-1",
    "start all containers on peer-1, together",
    "wait for etcd: 1 member, quorum of 1",
    "limit Milvus to by-dev/ and woodpecker/ in etcd",
    "wait for Milvus v2.6.22 roles on peer-1",
    "record the cluster's spec as generation 1",
  ]);
});

test("steps come in the order of their kinds, each once", () => {
  const outside = formSteps(spec({ queue: { externalKafka: { brokers: ["kafka:9092"] } } }));
  for (const steps of [formSteps(spec()), outside]) {
    const order = steps.map((step) => FORM_STEP_KINDS.indexOf(step.kind));
    expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
  }
  const kinds = new Set([...formSteps(spec()), ...outside].map((step) => step.kind));
  expect([...kinds].sort()).toEqual([...FORM_STEP_KINDS].sort());
});

test("all peers take part in every step but Pulsar's; what is done once is done by the leader", () => {
  const steps = formSteps(spec());
  for (const { kind, peers: members } of steps) {
    expect([kind, members]).toEqual([kind, kind === "queue" ? ["peer-2"] : ["peer-1", "peer-2", "peer-3"]]);
  }
  expect(steps.filter((s) => s.once).map((s) => s.kind)).toEqual([
    "etcdAccess",
    "storageAccess",
    "credentials",
    "commit",
  ]);
});
