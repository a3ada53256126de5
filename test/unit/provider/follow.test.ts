import { follow } from "../../../lib/provider/resources/cluster/follow";
import type { ClusterModel } from "../../../lib/provider/resources/cluster/schema";
import { specInput } from "../../../lib/provider/resources/cluster/spec-input";
import { compileSpec } from "../../../lib/spec/compile";
import type { ClusterSpec, ClusterSpecInput } from "../../../lib/spec/spec";
import { CONFIG } from "./cluster-config";
import { cluster } from "../../../lib/provider/resources/cluster/cluster";
import { Codec } from "../../../lib/provider/framework/codec";
import type { Fields } from "../../../lib/provider/framework/schema";

/** With every attribute, as Terraform has it. */
function state(change: object = {}): ClusterModel {
  const codec = new Codec(cluster.schema as never);
  return codec.decode(codec.encode({ ...CONFIG, ...change } as unknown as Fields)) as unknown as ClusterModel;
}

function inForce(change: Partial<ClusterSpecInput>, of: ClusterModel = state()): ClusterSpec {
  const { spec, problems } = compileSpec({ ...specInput(of), ...change });
  if (!spec) throw new Error(JSON.stringify(problems));
  return spec;
}

/** Attributes that differ from those of the state. */
function changed(from: ClusterModel, to: ClusterModel): object {
  const names = Object.keys(from) as (keyof ClusterModel)[];
  const others = names.filter((name) => JSON.stringify(from[name]) !== JSON.stringify(to[name]));
  return Object.fromEntries(others.map((name) => [name, to[name]]));
}

test("a state that says what is in force stays as it is, however it says it", () => {
  const said = state({ mode: "cluster", ports: { lb: 19537 }, load_balancing: "local" });
  expect(follow(said, inForce({}))).toEqual({ state: said, missed: [] });
});

test("a VM that has taken another one's place is none that a program could speak of", () => {
  const spec = inForce({});
  const peers = spec.peers.map((peer) => ({ ...peer, instance: "5eed" }));
  expect(follow(state(), { ...spec, peers })).toEqual({ state: state(), missed: [] });
});
test.each([{ secretsGeneration: 2 }, { outsideSecrets: "1a2b3c4d" }, { backupSecrets: "1a2b3c4d" }])(
  "which secrets are in force is nothing that a state missed: it has those that it has (%j)",
  (change) => {
    expect(follow(state(), inForce(change))).toEqual({ state: state(), missed: [] });
    const said = state({ secrets_generation: 3 });
    expect(follow(said, inForce(change))).toEqual({ state: said, missed: [] });
  },
);

test.each<[string, Partial<ClusterSpecInput>, object, string]>([
  [
    "a version",
    { version: "v2.3.4" },
    { version: "v2.3.4" },
    "image: milvusdb/milvus:v2.3.5 → milvusdb/milvus:v2.3.4",
  ],
  [
    "a setting",
    { config: { "proxy.maxTaskNum": 2048, "log.level": "warn" } },
    { config: { "proxy.maxTaskNum": "2048", "log.level": "warn" } },
    "proxy.maxTaskNum: nothing → 2048",
  ],
  [
    "how load is balanced",
    { loadBalancing: "spread" },
    { load_balancing: "spread" },
    "write nginx.conf on peer-1, peer-2, peer-3, and have nginx read its own again",
  ],
  [
    "a limit",
    { resources: { nginx: { memoryMb: 512 } } },
    { resources: { nginx: { memory_mb: 512 } } },
    "mem_limit: nothing → 512m",
  ],
])(
  "%s that was changed elsewhere is what the state says, and nothing else is",
  (_what, change, attributes, why) => {
    const before = state({ mode: "cluster", session_ttl_seconds: 5 });
    const { state: found, missed } = follow(before, inForce(change));
    expect(changed(before, found)).toEqual(attributes);
    expect(missed).toContain(why);
  },
);

test("images of a registry stay unsaid while the registry says them", () => {
  const before = state({ registry: "registry.example:5000" });
  const { state: found } = follow(before, inForce({ version: "v2.3.4" }, before));
  expect(changed(before, found)).toEqual({ version: "v2.3.4" });
});

test("a member that joined by other means has no login; the others keep theirs", () => {
  const peers = [...specInput(state()).peers, { name: "peer-4", address: "198.18.0.14" }];
  const { state: found, missed } = follow(state(), inForce({ peers }));
  expect(found.peers.slice(0, 3)).toEqual(state().peers);
  expect(found.peers[3]).toMatchObject({
    name: "peer-4",
    address: "198.18.0.14",
    peer_id: "",
    ssh: { user: "" },
  });
  expect(missed).toContain("peer-4 at 198.18.0.14 is a member");
});

test("a member that left by other means is gone from the state", () => {
  const four = state({
    peers: [...CONFIG.peers, { ...CONFIG.peers[0], name: "peer-4", address: "198.18.0.14" }],
  });
  const { state: found, missed } = follow(four, inForce({}));
  expect(found.peers).toEqual(state().peers);
  expect(missed).toContain("peer-4 at 198.18.0.14 is no member any more");
});

test("roles that all were named stay named", () => {
  const roles = ["coord", "proxy", "query", "data", "index"];
  const named = state({ peers: CONFIG.peers.map((peer) => ({ ...peer, roles })) });
  const { state: found } = follow(named, inForce({ version: "v2.3.4" }));
  expect(found.peers).toEqual(named.peers);
});

test("a version that this release does not know is left alone", () => {
  const before = state();
  expect(follow(before, { ...inForce({}), version: "v9.9.9" })).toEqual({ state: before, missed: [] });
});
