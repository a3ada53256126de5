import { Resource as NullResource } from "@cdktf/provider-null/lib/resource";
import { TerraformOutput, Testing } from "cdktf";
import { Construct } from "constructs";
import { version } from "../../../package.json";
import { DataMilvusStatus, MinioWidePool, Peer, PulsarSingleton, SmokeTest } from "../../../constructs";
import { addPeers, addresses, newCluster, newStack, only, ssh, synth, threePeers } from "./support";

describe("MilvusCluster", () => {
  it("refers to its peers, pool and queue by name, and to every secret by reference", () => {
    const { stack } = threePeers({ config: { "queryNode.gracefulStopTimeout": 60 }, ports: { lb: 29530 } });
    expect(only(stack, "milvus_cluster")).toMatchObject({
      name: "vectors",
      version: "v2.3.5",
      storage: { pools: [{ peers: ["peer-1", "peer-2", "peer-3"], drives_per_peer: 4 }] },
      queue: { pulsar_singleton: { host: "peer-2" } },
      ports: { lb: 29530 },
      config: { "queryNode.gracefulStopTimeout": "60" },
      token: "${milvus_credentials.vectors_credentials_6077026C.token}",
      milvus_root_password: "${milvus_credentials.vectors_credentials_6077026C.milvus_root_password}",
    });
    expect(only(stack, "milvus_cluster").peers).toMatchObject([
      {
        name: "peer-1",
        address: addresses[0],
        ssh: { user: "ops", private_key_file: "/keys/id_ed25519" },
        peer_id: "${milvus_peer.vectors_peer-1_6218EDFB.id}",
        host_key: "${milvus_peer.vectors_peer-1_6218EDFB.recorded_host_key}",
      },
      { name: "peer-2" },
      { name: "peer-3" },
    ]);
  });

  it("gives Terraform only what was said, so that the provider's defaults hold", () => {
    const { stack } = threePeers();
    const given = Object.keys(only(stack, "milvus_cluster"));
    for (const silent of ["deletion_protection", "on_destroy", "data_root", "ports", "images", "timeouts"]) {
      expect(given).not.toContain(silent);
    }
  });

  it("does not depend on the order in which its parts are constructed", () => {
    const { stack } = threePeers();
    const other = newStack();
    const cluster = newCluster(other);
    new SmokeTest(cluster, "smoke");
    const parts = new Construct(cluster, "parts");
    const peers = addPeers(cluster) as [Peer, Peer, Peer];
    new PulsarSingleton(parts, "pulsar", { host: peers[1] });
    new MinioWidePool(parts, "storage", { peers, drivesPerPeer: 4 });
    expect(synth(other)).toEqual(synth(stack));
  });

  it("keeps what it was given: a list that changes later changes nothing", () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const peers = addPeers(cluster);
    new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 });
    peers.pop();
    cluster.peers.pop();
    expect(only(stack, "milvus_cluster")).toMatchObject({
      storage: { pools: [{ peers: ["peer-1", "peer-2", "peer-3"] }] },
    });
    expect(cluster.peers).toHaveLength(3);
  });

  it("leaves its outputs to other constructs as references", () => {
    const { stack, cluster, peers } = threePeers();
    new TerraformOutput(stack, "endpoint", { value: cluster.endpoint });
    new TerraformOutput(stack, "endpoints", { value: cluster.endpoints });
    new TerraformOutput(stack, "context", { value: cluster.context, sensitive: true });
    new TerraformOutput(stack, "leader", { value: cluster.leader });
    new TerraformOutput(stack, "generation", { value: cluster.generation });
    new TerraformOutput(stack, "rootPassword", { value: cluster.rootPassword, sensitive: true });
    new TerraformOutput(stack, "kernel", { value: peers[0].fact("kernel") });
    const values = Object.entries(synth(stack).output ?? {}).map(
      ([name, { value }]) => `${name} = ${String(value)}`,
    );
    expect(values.join("\n")).toMatchInlineSnapshot(`
     "context = \${milvus_cluster.vectors.context}
     endpoint = \${milvus_cluster.vectors.endpoint}
     endpoints = \${milvus_cluster.vectors.endpoints}
     generation = \${milvus_cluster.vectors.generation}
     kernel = \${milvus_peer.vectors_peer-1_6218EDFB.facts.kernel}
     leader = \${milvus_cluster.vectors.leader}
     rootPassword = \${milvus_credentials.vectors_credentials_6077026C.milvus_root_password}"
    `);
  });
});

describe("Peer", () => {
  it("is made ready with what its cluster says, unless it says otherwise", () => {
    const stack = newStack();
    const cluster = newCluster(stack, {
      registry: "registry.example:5000",
      registryAuth: { username: "pull", password: "${var.secret}" },
      ports: { daemon: 29500 },
      dataRoot: "/data/milvus",
      installDocker: true,
    });
    const peers = addPeers(cluster);
    const jump = { user: "hop", host: "198.18.9.1", agent: true };
    const special = { address: "198.18.0.14", ssh: { ...ssh, jump }, installDocker: false, name: "odd" };
    peers.push(new Peer(cluster, "peer-4", special));
    new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 });
    new PulsarSingleton(cluster, "pulsar", { host: peers[0] as Peer });
    const [odd, , , plain] = Object.values(synth(stack).resource.milvus_peer ?? {}).sort(byName);
    expect(odd).toMatchObject({
      name: "odd",
      install_docker: false,
      ssh: { jump: { user: "hop", host: "198.18.9.1", agent: true } },
    });
    expect(plain).toMatchObject({
      name: "peer-3",
      daemon_image: `registry.example:5000/milvus-onprem:${version}`,
      daemon_port: 29500,
      data_root: "/data/milvus",
      install_docker: true,
      registry_auth: { username: "pull", password: "${var.secret}" },
    });
  });

  it("needs MinIO's ports only in the pool, and Pulsar's on every peer: where it is not, the load balancer leads to it", () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const peers = addPeers(cluster) as [Peer, Peer, Peer];
    new MinioWidePool(cluster, "storage", { peers: [peers[0], peers[1]], drivesPerPeer: 4 });
    new PulsarSingleton(cluster, "pulsar", { host: peers[0] });
    const ports = Object.values(synth(stack).resource.milvus_peer ?? {}).map(
      (p) => p.required_ports as number[],
    );
    expect(ports.map((p) => [6650, 9000, 2379].map((port) => p.includes(port)))).toEqual([
      [true, true, true],
      [true, true, true],
      [true, false, true],
    ]);
  });

  it("must reach every port of the other peers that is not for their own host only", () => {
    const { stack } = threePeers();
    const { reachability } = synth(stack).resource.milvus_peer?.["vectors_peer-1_6218EDFB"] ?? {};
    expect(reachability).toEqual(
      expect.arrayContaining([
        "198.18.0.12:6650",
        "198.18.0.12:2380",
        "198.18.0.13:9000",
        "198.18.0.13:19500",
      ]),
    );
    expect(String(reachability)).not.toMatch(/198\.18\.0\.11|198\.18\.0\.13:6650|:9002|:9001/);
  });

  it("fails outside of a cluster", () => {
    expect(() => new Peer(newStack(), "lonely", { address: "198.18.0.11", ssh })).toThrow(
      "search/lonely is not in a MilvusCluster; pass the cluster, or a construct below it, as scope",
    );
  });
});

describe("dependencies", () => {
  it("wait for the cluster, by dependsOn and by node.addDependency", () => {
    const { stack, cluster } = threePeers();
    new NullResource(stack, "explicit", { dependsOn: [cluster] });
    const app = new Construct(stack, "app");
    new NullResource(app, "worker");
    app.node.addDependency(cluster);
    const found = synth(stack).resource.null_resource ?? {};
    expect(Object.values(found).map((r) => r.depends_on)).toEqual(Array(3).fill(["milvus_cluster.vectors"]));
  });
});

describe("raw bindings", () => {
  it("read the status of a cluster", () => {
    const { stack, cluster, peers } = threePeers();
    const { caCertPem, token } = cluster.credentials;
    const status = new DataMilvusStatus(stack, "status", {
      peers: peers.map((p) => p.reference),
      caCertPem,
      token,
    });
    new TerraformOutput(stack, "health", { value: status.health });
    const { data, output } = synth(stack);
    expect(data?.milvus_status?.status).toMatchObject({ peers: [{ name: "peer-1" }, {}, {}] });
    expect(output?.health?.value).toBe("${data.milvus_status.status.health}");
  });
});

describe("cdktf synth --hcl", () => {
  it("writes nested attributes as arguments, with keys quoted where they need it", () => {
    const { stack } = threePeers({ config: { "queryNode.gracefulStopTimeout": 60 } });
    const hcl: string = Testing.synthHcl(stack);
    expect(hcl).toContain('resource "milvus_cluster" "vectors" {');
    expect(hcl).toMatch(/^ssh = \{\nuser = "ops"\nprivate_key_file = "\/keys\/id_ed25519"\n\}$/m);
    expect(hcl).toContain('"queryNode.gracefulStopTimeout" = 60');
  });
});

function byName(a: Record<string, unknown>, b: Record<string, unknown>): number {
  return String(a.name).localeCompare(String(b.name));
}
