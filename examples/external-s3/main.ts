import {
  ExternalS3,
  MilvusCluster,
  MilvusVersion,
  Peer,
  PulsarSingleton,
  SmokeTest,
} from "cdktf-milvus-onprem";
import { App, DataResource, TerraformOutput, TerraformStack, TerraformVariable } from "cdktf";
import { s3, settings, vms } from "../inventory";

const app = new App();
const stack = new TerraformStack(app, "external-s3");

// Stands for the bucket resource of your store's provider: its endpoint is known only once the bucket is there.
const bucket = new DataResource(stack, "bucket", { input: { endpoint: s3.endpoint } });
const secret = (id: string): string =>
  new TerraformVariable(stack, id, { type: "string", sensitive: true, nullable: false }).stringValue;

const [vm1, vm2, vm3] = vms(3);
const version = MilvusVersion.of("v2.3.5");
// Clients trust the cluster's CA, and check for the name that all proxies share: see docs/hardening.md.
const cluster = new MilvusCluster(stack, "vectors", { version, clientTls: "server", ...settings });
const first = new Peer(cluster, "peer-1", vm1);
new Peer(cluster, "peer-2", vm2);
new Peer(cluster, "peer-3", vm3);
new ExternalS3(cluster, "storage", {
  ...s3,
  endpoint: bucket.output.lookup("endpoint"),
  accessKey: secret("s3AccessKey"),
  secretKey: secret("s3SecretKey"),
});
new PulsarSingleton(cluster, "pulsar", { host: first });
new SmokeTest(cluster, "smoke");

new TerraformOutput(stack, "endpoints", { value: cluster.endpoints });
new TerraformOutput(stack, "rootPassword", { value: cluster.rootPassword, sensitive: true });
app.synth();
