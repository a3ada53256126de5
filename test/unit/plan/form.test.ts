import { FORM_STEP_KINDS, formSteps } from "../../../lib/plan/form";
import { peers, spec } from "../spec/fixture";

test("three peers: what will happen, where, and what it will survive", () => {
  expect(formSteps(spec()).map((step) => step.title)).toEqual([
    "write configuration on peer-1, peer-2, peer-3",
    "pull images on peer-1, peer-2, peer-3",
    "start all containers on peer-1, peer-2, peer-3, together",
    "wait for etcd: 3 members, quorum of 2",
    "wait for MinIO: one pool of 3 peers x 4 drives, parity 4; reads and writes survive the loss of 1 peer",
    "wait for Pulsar on peer-2",
    "wait for Milvus v2.3.5 roles on peer-1, peer-2, peer-3",
    "replace Milvus' well-known root password",
    "record the cluster's spec as generation 1",
  ]);
});

test("numbers follow the spec", () => {
  const five = formSteps(
    spec({ peers: peers(5), storage: { peers: peers(4).map((p) => p.name), drivesPerPeer: 1 } }),
  );
  expect(five.find((s) => s.kind === "etcd")?.title).toBe("wait for etcd: 5 members, quorum of 3");
  expect(five.find((s) => s.kind === "storage")?.title).toBe(
    "wait for MinIO: one pool of 4 peers x 1 drive, parity 2; reads and writes survive the loss of 1 peer",
  );
});

test("steps come in the order of their kinds, each once", () => {
  expect(formSteps(spec()).map((step) => step.kind)).toEqual([...FORM_STEP_KINDS]);
});

test("all peers take part in every step but Pulsar's; what is done once is done by the leader", () => {
  const steps = formSteps(spec());
  for (const { kind, peers: members } of steps) {
    expect([kind, members]).toEqual([kind, kind === "queue" ? ["peer-2"] : ["peer-1", "peer-2", "peer-3"]]);
  }
  expect(steps.filter((s) => s.once).map((s) => s.kind)).toEqual(["credentials", "commit"]);
});
