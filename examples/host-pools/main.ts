import {
  MilvusCluster,
  MilvusVersion,
  MinioHostPools,
  Peer,
  PulsarSingleton,
  SmokeTest,
} from "cdktf-milvus-onprem";
import { App, DataResource, TerraformOutput, TerraformStack } from "cdktf";
import { settings, vms } from "../inventory";

const app = new App();
const stack = new TerraformStack(app, "host-pools");

// Each stands for the VM resource of your platform's provider: its address is known only once the VM is there.
const machines = vms(3).map(({ address, ssh }, i) => {
  const machine = new DataResource(stack, `vm-${i + 1}`, { input: { address } });
  return { address: machine.output.lookup("address"), ssh };
});

const cluster = new MilvusCluster(stack, "vectors", { version: MilvusVersion.of("v2.3.5"), ...settings });
const peers = machines.map((vm, i) => new Peer(cluster, `peer-${i + 1}`, vm));
// Simple to extend, but the loss of any peer stops all reads and writes: see three-peers for a pool that survives it.
new MinioHostPools(cluster, "storage", { peers, drivesPerPeer: 2 });
new PulsarSingleton(cluster, "pulsar", { host: peers[0]! });
new SmokeTest(cluster, "smoke");

new TerraformOutput(stack, "endpoints", { value: cluster.endpoints });
new TerraformOutput(stack, "rootPassword", { value: cluster.rootPassword, sensitive: true });
app.synth();
