import { MilvusCluster, MilvusVersion, MinioHostPools, Peer, SmokeTest } from "cdktf-milvus-onprem";
import { App, DataResource, TerraformOutput, TerraformStack } from "cdktf";
import { settings, vms } from "../inventory";

const app = new App();
const stack = new TerraformStack(app, "standalone");

const [vm] = vms(1);
const version = MilvusVersion.of("v2.3.5");
const cluster = new MilvusCluster(stack, "vectors", { version, mode: "standalone", ...settings });
const peer = new Peer(cluster, "peer-1", vm);
new MinioHostPools(cluster, "storage", { peers: [peer], drivesPerPeer: 1 });
const smoke = new SmokeTest(cluster, "smoke");

// Stands for whatever your application is deployed with: it takes the endpoint, and waits until Milvus has been tried.
new DataResource(stack, "app", { input: { milvus: `http://${cluster.endpoint}` }, dependsOn: [smoke] });

new TerraformOutput(stack, "endpoint", { value: cluster.endpoint });
new TerraformOutput(stack, "rootPassword", { value: cluster.rootPassword, sensitive: true });
app.synth();
