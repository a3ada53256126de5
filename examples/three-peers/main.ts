import {
  MilvusCluster,
  MilvusVersion,
  MinioWidePool,
  Peer,
  PulsarSingleton,
  SmokeTest,
} from "cdktf-milvus-onprem";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import { settings, vms } from "../inventory";

const app = new App();
const stack = new TerraformStack(app, "three-peers");

const [vm1, vm2, vm3] = vms(3);
const cluster = new MilvusCluster(stack, "vectors", { version: MilvusVersion.of("v2.3.5"), ...settings });
const first = new Peer(cluster, "peer-1", vm1);
const second = new Peer(cluster, "peer-2", vm2);
const third = new Peer(cluster, "peer-3", vm3);
new MinioWidePool(cluster, "storage", { peers: [first, second, third], drivesPerPeer: 4 });
new PulsarSingleton(cluster, "pulsar", { host: second });
// A null_resource of hashicorp/null, whose provider comes along with it.
new SmokeTest(cluster, "smoke");

new TerraformOutput(stack, "endpoint", { value: cluster.endpoint });
new TerraformOutput(stack, "endpoints", { value: cluster.endpoints });
new TerraformOutput(stack, "rootPassword", { value: cluster.rootPassword, sensitive: true });
app.synth();
