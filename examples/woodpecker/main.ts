import {
  MilvusCluster,
  MilvusVersion,
  MinioWidePool,
  Peer,
  SmokeTest,
  Woodpecker,
} from "cdktf-milvus-onprem";
import { Resource as NullResource } from "@cdktf/provider-null/lib/resource";
import { App, Fn, TerraformOutput, TerraformStack } from "cdktf";
import { settings, vms } from "../inventory";

const app = new App();
const stack = new TerraformStack(app, "woodpecker");

const version = MilvusVersion.of("v2.6.11");
const cluster = new MilvusCluster(stack, "vectors", { version, ...settings });
const peers = vms(3).map((vm, i) => new Peer(cluster, `peer-${i + 1}`, vm));
new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 });
new Woodpecker(cluster, "log");
const smoke = new SmokeTest(cluster, "smoke");

// What is to be done on the machine that runs Terraform once Milvus has been tried, and again when it is elsewhere.
const MILVUS = Fn.join(",", cluster.endpoints);
new NullResource(stack, "announce", {
  dependsOn: [smoke],
  triggers: { MILVUS },
  provisioners: [
    { type: "local-exec", command: 'echo "vectors are served at $MILVUS"', environment: { MILVUS } },
  ],
});

new TerraformOutput(stack, "endpoints", { value: cluster.endpoints });
new TerraformOutput(stack, "rootPassword", { value: cluster.rootPassword, sensitive: true });
app.synth();
