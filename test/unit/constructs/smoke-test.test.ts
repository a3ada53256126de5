import { TerraformVariable } from "cdktf";
import { MinioWidePool, Peer, PulsarSingleton, SmokeTest, type SshProps } from "../../../constructs";
import { newCluster, newStack, only, threePeers, validationErrors } from "./support";

function withLogins(...logins: SshProps[]) {
  const stack = newStack();
  const cluster = newCluster(stack);
  const peers = logins.map(
    (ssh, i) => new Peer(cluster, `peer-${i + 1}`, { address: `198.18.0.${i + 11}`, ssh }),
  );
  new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 });
  new PulsarSingleton(cluster, "pulsar", { host: peers[0] as Peer });
  new SmokeTest(cluster, "smoke");
  return stack;
}

function command(stack: ReturnType<typeof newStack>): string {
  const [provisioner] = only(stack, "null_resource").provisioner as { "local-exec": { command: string } }[];
  return provisioner?.["local-exec"].command ?? "";
}

describe("SmokeTest", () => {
  it("runs again with every generation of the cluster, after it is there", () => {
    expect(only(threePeers().stack, "null_resource")).toMatchObject({
      depends_on: ["milvus_cluster.vectors"],
      triggers: {
        cluster: "${milvus_cluster.vectors.id}",
        generation: "${milvus_cluster.vectors.generation}",
      },
    });
  });

  it("names every peer that the same key opens, with what its SSH server must present", () => {
    const stack = withLogins(
      { user: "ops", password: "secret" },
      { user: "ops", privateKeyFile: "/my keys/id", port: 2222 },
      { user: "ops", privateKeyFile: "/other/id" },
      { user: "ops", privateKeyFile: "/my keys/id", host: "2001:db8::1" },
    );
    expect(command(stack)).toMatchInlineSnapshot(
      `"./bin/milvus-onprem smoke --identity-file '/my keys/id' --ssh ops@198.18.0.12:2222 --host-key '\${replace(milvus_peer.vectors_peer-2_220A1E9A.recorded_host_key, "'", "")}' --ssh 'ops@[2001:db8::1]' --host-key '\${replace(milvus_peer.vectors_peer-4_C7D9C7D3.recorded_host_key, "'", "")}'"`,
    );
  });

  it("asks the agent where there is no key file", () => {
    const agent = { user: "ops", agent: true };
    expect(command(withLogins(agent))).not.toContain("--identity-file");
    expect(command(withLogins({ ...agent, privateKeyFile: "/keys/id", passphrase: "p" }))).not.toContain(
      "/keys/id",
    );
    expect(command(withLogins({ user: "ops" }))).toMatch(
      /^\.\/bin\/milvus-onprem smoke --ssh ops@198\.18\.0\.11 /,
    );
  });

  it("says no secret, neither in the command nor in its environment", () => {
    const stack = withLogins(
      { user: "ops", privateKeyFile: "/keys/id" },
      { user: "ops", privateKeyFile: "/keys/id", passphrase: "open sesame", password: "secret" },
      { user: "ops", privateKey: "BEGIN KEY" },
    );
    const [provisioner] = only(stack, "null_resource").provisioner as object[];
    expect(JSON.stringify(provisioner)).not.toMatch(/sesame|secret|BEGIN|environment/);
  });

  it("lets no value that comes at apply end its quotes", () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const user = new TerraformVariable(stack, "user", {}).stringValue;
    new Peer(cluster, "peer-1", { address: "198.18.0.11", ssh: { user } });
    new SmokeTest(cluster, "smoke");
    expect(command(stack)).toContain(`--ssh '\${replace("\${var.user}@198.18.0.11", "'", "")}'`);
  });

  it.each<[string, SshProps]>([
    ["with a password only", { user: "ops", password: "secret" }],
    ["with a key that is locked", { user: "ops", privateKeyFile: "/keys/id", passphrase: "p" }],
    ["through a jump host", { user: "ops", agent: true, jump: { user: "hop", host: "198.18.9.1" } }],
  ])("is refused when every peer is reached %s", (_, ssh) => {
    expect(validationErrors(withLogins(ssh, ssh, ssh))).toEqual([
      "[search/vectors/smoke] no peer can be reached from a command line, which takes neither secrets nor a jump host; give one peer ssh.privateKeyFile without a passphrase or ssh.agent, or leave the SmokeTest out",
    ]);
  });
});
