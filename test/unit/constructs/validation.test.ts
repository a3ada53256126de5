import { Testing, TerraformVariable } from "cdktf";
import { MilvusVersion, MinioWidePool, Peer, PulsarSingleton } from "../../../constructs";
import {
  addPeers,
  addresses,
  newCluster,
  newStack,
  ssh,
  threePeers,
  validationErrors,
  warnings as warningsOf,
} from "./support";

describe("validation", () => {
  it("finds nothing wrong with a sound cluster", () => {
    expect(validationErrors(threePeers().stack)).toEqual([]);
  });

  it("says what an empty cluster lacks", () => {
    const stack = newStack();
    newCluster(stack);
    expect(validationErrors(stack).join("\n")).toMatchInlineSnapshot(`
     "[search/vectors] the cluster has no object storage; give it one with new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 }), or an ExternalS3
     [search/vectors] peers: a cluster needs at least one peer; three survive the loss of one
     [search/vectors] queue: Milvus 2.3 needs a message queue; add one of a Pulsar singleton, an external Pulsar, an external Kafka"
    `);
  });

  it("reports every problem at once, each with the construct that has it", () => {
    const stack = newStack();
    const cluster = newCluster(stack, {
      name: "Vectors",
      version: MilvusVersion.of("2.3.99"),
      dataRoot: "var/milvus",
      config: { "queryNode.gracefulStopTimeuot": 60 },
      ports: { lb: 70000 },
      createTimeoutSeconds: -1,
      imageArchive: "images.tar",
    });
    const first = new Peer(cluster, "a", { address: "198.18.0.11/24", ssh });
    new Peer(cluster, "b", { address: "198.18.0.12", ssh, name: "a" });
    new MinioWidePool(cluster, "storage", { peers: [first], drivesPerPeer: 0 });
    new PulsarSingleton(cluster, "pulsar", { host: first, heapMb: 1 });
    expect(validationErrors(stack).join("\n")).toMatchInlineSnapshot(`
     "[search/vectors] name: "Vectors" is not a DNS label: use 1 to 63 of a-z, 0-9 and "-", with a letter or digit at both ends
     [search/vectors] version: unknown Milvus version "v2.3.99"; did you mean "v2.3.22"? (known are v2.3.0 to v2.3.22, v2.4.0 to v2.4.24, v2.5.0 to v2.5.27, v2.6.0 to v2.6.22)
     [search/vectors] ports.lb: 70000 is not a port: use a whole number from 1 to 65535
     [search/vectors] dataRoot: "var/milvus" is not an absolute path; start it with "/"
     [search/vectors] config["queryNode.gracefulStopTimeuot"]: unknown config key "queryNode.gracefulStopTimeuot" for Milvus 2.3; did you mean "queryNode.gracefulStopTimeout"?
     [search/vectors] imageArchive: "images.tar" must be absolute or start with ~/, because Terraform runs in the stack's output folder; path.resolve(…) makes it absolute
     [search/vectors] createTimeoutSeconds: -1 is not a whole number of seconds above 0
     [search/vectors/a] address: "198.18.0.11/24" is a network, not the address of a host; leave out "/…"
     [search/vectors/b] name: "a" is also the name of peers[0]; each peer needs its own
     [search/vectors/storage] peers: a wide pool spreads over at least 2 peers and this one has 1; add peers, or use MinioHostPools
     [search/vectors/storage] drivesPerPeer: a pool needs drives; say how many each peer has, or where they are mounted (mountPoints)
     [search/vectors/pulsar] heapMb: 1 is not a whole number of at least 256"
    `);
  });

  it("checks how to log in", () => {
    const { stack, cluster } = threePeers();
    new Peer(cluster, "peer-4", {
      address: "198.18.0.14",
      imageArchive: "./images.tar",
      ssh: {
        user: "",
        port: 0,
        privateKeyFile: "keys/id",
        hostKey: "ed25519",
        timeoutSeconds: 0,
        jump: { user: "hop", passphrase: "secret" },
      },
    });
    new Peer(cluster, "peer-5", { address: "198.18.0.15", ssh });
    expect(validationErrors(stack).join("\n")).toMatchInlineSnapshot(`
     "[search/vectors/peer-4] ssh.user: must not be empty
     [search/vectors/peer-4] ssh.port: 0 is not a port: use a whole number from 1 to 65535
     [search/vectors/peer-4] ssh.privateKeyFile: "keys/id" must be absolute or start with ~/, because Terraform runs in the stack's output folder; path.resolve(…) makes it absolute
     [search/vectors/peer-4] ssh.hostKey: "ed25519" is neither an OpenSSH public key (ssh-ed25519 AAAA…) nor a fingerprint (SHA256:…)
     [search/vectors/peer-4] ssh.timeoutSeconds: 0 is not a whole number of seconds above 0
     [search/vectors/peer-4] ssh.jump.host: a jump host needs an address
     [search/vectors/peer-4] ssh.jump.passphrase: there is no privateKey or privateKeyFile that it could belong to
     [search/vectors/peer-4] imageArchive: "./images.tar" must be absolute or start with ~/, because Terraform runs in the stack's output folder; path.resolve(…) makes it absolute"
    `);
  });

  it("finds colliding ports", () => {
    const { stack } = threePeers({ ports: { lb: 19530 } });
    expect(validationErrors(stack).join("\n")).toMatchInlineSnapshot(
      `"[search/vectors] ports.milvus: port 19530 is wanted by the load balancer and Milvus proxy (proxy.port); choose another port for Milvus proxy (proxy.port)"`,
    );
  });

  it("finds parts that are there twice, or belong to another cluster", () => {
    const { stack, cluster, peers } = threePeers();
    new MinioWidePool(cluster, "storage-2", { peers, drivesPerPeer: 4 });
    const other = newCluster(stack, {}, "other");
    const others = addPeers(other, ["198.18.1.11", "198.18.1.12", "198.18.1.13"]);
    new MinioWidePool(other, "storage", { peers: [...others, peers[0]], drivesPerPeer: 4 });
    new PulsarSingleton(other, "pulsar", { host: peers[1] });
    expect(validationErrors(stack).join("\n")).toMatchInlineSnapshot(`
     "[search/vectors/storage-2] peers[0]: "peer-1" is in pool 1 already; name each peer once
     [search/vectors/storage-2] peers[1]: "peer-2" is in pool 1 already; name each peer once
     [search/vectors/storage-2] peers[2]: "peer-3" is in pool 1 already; name each peer once
     [search/other/storage] peers: search/vectors/peer-1 is a peer of another cluster
     [search/other/pulsar] host: search/vectors/peer-2 is a peer of another cluster"
    `);
  });

  it("lets tokens pass, and still checks the rest", () => {
    const stack = newStack();
    const text = (id: string) => new TerraformVariable(stack, id, { type: "string" }).stringValue;
    const cluster = newCluster(stack, {
      registry: text("registry"),
      dataRoot: text("root"),
      sessionTtlSeconds: 1,
    });
    const peers = [1, 2, 3].map(
      (i) =>
        new Peer(cluster, `peer-${i}`, {
          address: text(`ip${i}`),
          ssh: { user: text(`user${i}`), privateKey: text(`key${i}`) },
        }),
    );
    new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4, bucket: text("bucket") });
    new PulsarSingleton(cluster, "pulsar", { host: peers[0] as Peer });
    expect(validationErrors(stack)).toEqual([
      "[search/vectors] sessionTtlSeconds: 1 is not a whole number from 3 to 300",
    ]);
    const { resource } = JSON.parse(Testing.synth(stack));
    expect(Object.values(resource.milvus_peer)[0]).toMatchObject({
      address: "${var.ip1}",
      ssh: { user: "${var.user1}", private_key: "${var.key1}" },
    });
  });

  it("takes the daemon's image from a registry that only Terraform will know", () => {
    const stack = newStack();
    const registry = new TerraformVariable(stack, "registry", { type: "string" }).stringValue;
    const cluster = newCluster(stack, { registry });
    const peers = addPeers(cluster);
    new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 });
    new PulsarSingleton(cluster, "pulsar", { host: peers[0] as Peer });
    const { resource } = JSON.parse(Testing.synth(stack));
    const images = Object.values<{ daemon_image: string }>(resource.milvus_peer).map((p) => p.daemon_image);
    expect(images).toEqual(Array(3).fill(expect.stringMatching(/^\$\{var\.registry\}\/milvus-onprem:\d/)));
  });

  it("refuses a name that is a token, because construct and plan are named by it", () => {
    const stack = newStack();
    const name = new TerraformVariable(stack, "name", {}).stringValue;
    expect(() => newCluster(stack, { name })).toThrow(
      "search/vectors: name must be known at synth, but it is a token; addresses may be tokens, names may not",
    );
  });
});

describe("warnings", () => {
  const warnings = (peers: number, login: object = {}) => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const all = Array.from(
      { length: peers },
      (_, i) =>
        new Peer(cluster, `peer-${i + 1}`, { address: `198.18.0.${i + 11}`, ssh: { ...ssh, ...login } }),
    );
    new MinioWidePool(cluster, "storage", { peers: all, drivesPerPeer: 4 });
    new PulsarSingleton(cluster, "pulsar", { host: all[0] as Peer });
    Testing.synth(stack);
    return warningsOf(stack);
  };

  it("are none for three peers", () => {
    expect(warnings(3)).toEqual([]);
  });

  it("come once, with an even number of peers", () => {
    expect(warnings(4).join("\n")).toMatchInlineSnapshot(
      `"[search/vectors] peers: 4 peers survive the loss of 1, as 3 would: etcd needs a majority; use 3 or 5"`,
    );
  });

  it("name secrets that would stand readable in the output", () => {
    const jump = { user: "hop", host: "198.18.9.1", passphrase: "p", privateKey: "k" };
    expect(warnings(3, { password: "p", jump }).join("\n")).toMatchInlineSnapshot(`
     "[search/vectors/peer-1] ssh.password is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable
     [search/vectors/peer-1] ssh.jump.privateKey is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable
     [search/vectors/peer-1] ssh.jump.passphrase is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable
     [search/vectors/peer-2] ssh.password is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable
     [search/vectors/peer-2] ssh.jump.privateKey is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable
     [search/vectors/peer-2] ssh.jump.passphrase is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable
     [search/vectors/peer-3] ssh.password is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable
     [search/vectors/peer-3] ssh.jump.privateKey is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable
     [search/vectors/peer-3] ssh.jump.passphrase is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable"
    `);
  });

  it("makes import ids of what is known, and refuses what must not be in one", () => {
    const { stack } = threePeers({ importFrom: { tokenFile: "~/token" }, tokenGeneration: 2 });
    expect(validationErrors(stack)).toEqual([]);
    const blocks = JSON.parse(Testing.synth(stack)).import as { id: string }[];
    const own = (address: string): string => `ops@${address}?private_key_file=/keys/id_ed25519`;
    const cluster = "&token_file=~/token&token_generation=2";
    const [first, second, third] = addresses.map(own);
    const all = `${first}${cluster},${second},${third}`;
    expect(blocks.map(({ id }) => id)).toEqual([
      all,
      all,
      first + cluster,
      second + cluster,
      third + cluster,
    ]);

    const other = newStack();
    const secret = newCluster(other, { importFrom: { tokenFile: "token" } });
    const password = new TerraformVariable(other, "password", { sensitive: true }).stringValue;
    const address = new TerraformVariable(other, "address", {}).stringValue;
    const peer = new Peer(secret, "peer-1", { address, ssh: { user: "ops", password } });
    new MinioWidePool(secret, "storage", { peers: [peer], drivesPerPeer: 4 });
    const said = validationErrors(other).join("\n");
    expect(said).toContain('importFrom.tokenFile: "token" must be absolute or start with ~/');
    expect(said).toContain("importFrom: ssh.password of peer-1 cannot be in an import id");
    expect(said).toContain("importFrom: address of peer-1 is not known at synth");
  });
});
