import {
  MilvusCluster,
  MilvusVersion,
  MinioWidePool,
  Peer,
  PulsarSingleton,
  SmokeTest,
} from "cdktf-milvus-onprem";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import { settings, vms } from "./inventory";

const app = new App();
const stack = new TerraformStack(app, "three-peers");

const cluster = new MilvusCluster(stack, "vectors", { version: MilvusVersion.of("v2.3.5"), ...settings });
const first = new Peer(cluster, "peer-1", vms[0]);
const second = new Peer(cluster, "peer-2", vms[1]);
const third = new Peer(cluster, "peer-3", vms[2]);
new MinioWidePool(cluster, "storage", { peers: [first, second, third], drivesPerPeer: 4 });
new PulsarSingleton(cluster, "pulsar", { host: second });
new SmokeTest(cluster, "smoke");

new TerraformOutput(stack, "endpoint", { value: cluster.endpoint });
new TerraformOutput(stack, "endpoints", { value: cluster.endpoints });
new TerraformOutput(stack, "rootPassword", { value: cluster.rootPassword, sensitive: true });
app.synth();
