import { milvusWorkspace } from "./milvus";
import type { Workspace } from "./workspace";

/** What a test varies of the program below; each is text of HCL. */
export interface Variation {
  readonly version?: string;
  /** Further attributes of the cluster. */
  readonly more?: string;
  /** Of peer-2; an expression. */
  readonly address?: string;
  /** Without it nothing of the cluster is left. */
  readonly gone?: boolean;
  /** Other resources. */
  readonly others?: string;
}

/** Where a plan starts from: another variation that has been applied, and what the provider has kept beside its state. */
export interface Start {
  readonly applied?: Variation;
  readonly private?: object;
  /** Attributes of the cluster that the last look at it has told. */
  readonly found?: Record<string, Json>;
}

export interface ReviewPlan {
  readonly start: Start;
  readonly wanted: Variation;
  /** More of `terraform plan`. */
  readonly args?: readonly string[];
  /** Whether the compose files stay in it. */
  readonly whole?: boolean;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Attributes = Record<string, Json>;

interface PlannedResource {
  readonly type: string;
  readonly name: string;
  readonly index?: string | number;
  readonly provider_name: string;
  readonly change: {
    readonly after: Attributes;
    readonly after_unknown: Attributes;
    readonly after_sensitive: Json;
  };
}

interface PlanJson {
  readonly resource_changes?: readonly PlannedResource[];
}

/** Made up, so that a test can look for them: none of them may be printed. */
export const MADE_UP: Readonly<Record<string, string>> = {
  ca_cert_pem: "-----BEGIN CERTIFICATE-----\nbWFkZSB1cA==\n-----END CERTIFICATE-----\n",
  ca_key_pem: "made-up-key-of-the-ca",
  token: "made-up-token",
  minio_root_user: "made-up-minio-root-user",
  minio_root_password: "made-up-minio-root-password",
  milvus_root_password: "made-up-milvus-root-password",
  minio_user: "made-up-minio-user",
  minio_password: "made-up-minio-password",
  pulsar_token_key: "made-up-pulsar-token-key",
  pulsar_token: "made-up-pulsar-token",
  context: "made-up-context",
  alert_webhook_url: "https://hooks.example/made-up-path",
};

/**
 * The JSON of a plan that the real terraform has made with the project's provider, without what a review does not read; to keep
 * it small, without the compose files unless it is to be `whole`.
 */
export async function reviewPlan({ start, wanted, args = [], whole }: ReviewPlan): Promise<string> {
  const workspace = await milvusWorkspace(program(start.applied ?? wanted));
  try {
    if (start.applied) await applied(workspace, start);
    workspace.configure(program(wanted));
    const { resource_changes = [], ...plan } = await planned(workspace, args);
    const kept = ["format_version", "applyable", "complete", "errored"];
    const facts = Object.fromEntries(Object.entries(plan).filter(([name]) => kept.includes(name)));
    const small = (name: string, value: Json): Json | undefined =>
      !whole && name.endsWith("/docker-compose.yml") ? undefined : value;
    return `${JSON.stringify({ ...facts, planned_values: {}, resource_changes }, small, 1)}\n`;
  } finally {
    workspace.remove();
  }
}

async function planned(workspace: Workspace, args: readonly string[]): Promise<PlanJson> {
  const made = await workspace.terraform(["plan", "-refresh=false", "-out=plan", ...args]);
  const shown = await workspace.terraform(["show", "-json", "plan"]);
  if (shown.code !== 0) throw new Error(made.output + shown.output);
  return JSON.parse(shown.output) as PlanJson;
}

/** A state as an apply would leave it, without any VM: what is planned, and made-up values for what would be known then. */
async function applied(workspace: Workspace, { private: kept = {}, found }: Start): Promise<void> {
  const { resource_changes: changes = [] } = await planned(workspace, []);
  const names = [...new Set(changes.map(({ type, name }) => `${type}.${name}`))];
  const resources = names.map((full) => {
    const instances = changes.filter(({ type, name }) => `${type}.${name}` === full);
    const { type, name, provider_name } = instances[0]!;
    return {
      ...{ mode: "managed", type, name, provider: `provider["${provider_name}"]` },
      instances: instances.map((instance) => ({
        ...{ index_key: instance.index, schema_version: type === "milvus_cluster" ? 1 : 0 },
        attributes: { ...attributesOf(instance), ...(type === "milvus_cluster" ? found : {}) },
        // Without them Terraform takes it for an update that only makes something sensitive.
        sensitive_attributes: sensitivePaths(instance.change.after_sensitive),
        private: Buffer.from(JSON.stringify(type === "milvus_cluster" ? kept : {})).toString("base64"),
      })),
    };
  });
  const state = { version: 4, serial: 1, lineage: "made-up", outputs: {}, resources };
  workspace.write("terraform.tfstate", JSON.stringify(state));
}

function attributesOf({ type, name, index, change }: PlannedResource): Attributes {
  const own = type === "milvus_peer" ? `${name}-${Number(index) + 1}` : "vectors-1";
  const known: Record<string, Json> = {
    ...MADE_UP,
    ...{ id: own, cluster_id: "vectors-1", daemon_version: "0.1.0", status: "ok" },
    ...{ leader: "peer-1", generation: 1, facts: null, recorded_host_key: "ssh-ed25519 AAAAmadeup" },
    host_key: "ssh-ed25519 AAAAmadeup",
  };
  return filled(change.after, change.after_unknown, known, "") as Attributes;
}

function filled(value: Json | undefined, unknown: Json | undefined, known: Attributes, name: string): Json {
  if (unknown === true) return known[name] ?? null;
  if (Array.isArray(value))
    return value.map((item, i) => filled(item, (unknown as Json[] | undefined)?.[i], known, name));
  if (typeof unknown !== "object" || unknown === null || Array.isArray(unknown)) return value ?? null;
  const record = (value ?? {}) as Attributes;
  if (value === null) return null;
  const names = new Set([...Object.keys(record), ...Object.keys(unknown)]);
  const all = { ...known, peer_id: record.name ?? null };
  return Object.fromEntries([...names].map((key) => [key, filled(record[key], unknown[key], all, key)]));
}

function sensitivePaths(marks: Json | undefined): object[][] {
  if (marks === true) return [[]];
  if (typeof marks !== "object" || marks === null) return [];
  return Object.entries(marks).flatMap(([key, below]) => {
    const at = Array.isArray(marks)
      ? { type: "index", value: { value: Number(key), type: "number" } }
      : { type: "get_attr", value: key };
    return sensitivePaths(below).map((path) => [at, ...path]);
  });
}

/** Three peers as the library's constructs declare them. */
function program({ version = "v2.3.5", more = "", address = '"198.18.0.12"', gone, others = "" }: Variation) {
  if (gone) return others;
  const addresses = `["198.18.0.11", ${address}, "198.18.0.13"]`;
  const given = "ca_cert_pem token minio_root_user minio_root_password milvus_root_password minio_user";
  const secrets = `${given} minio_password pulsar_token_key pulsar_token`.split(" ");
  return `${others}
locals {
  addresses = ${addresses}
}
resource "milvus_credentials" "vectors" {
  cluster_name = "vectors"
}
resource "milvus_peer" "peer" {
  count        = 3
  name         = "peer-\${count.index + 1}"
  address      = local.addresses[count.index]
  ssh          = { user = "ops", private_key_file = "~/.ssh/id_ed25519" }
  cluster_id   = milvus_credentials.vectors.id
  ca_cert_pem  = milvus_credentials.vectors.ca_cert_pem
  ca_key_pem   = milvus_credentials.vectors.ca_key_pem
  token        = milvus_credentials.vectors.token
  daemon_image = "milvus-onprem/daemon:0.1.0"
}
resource "milvus_cluster" "vectors" {
  name       = "vectors"
  version    = "${version}"
  peers      = [for i, p in milvus_peer.peer : {
    name = "peer-\${i + 1}", address = local.addresses[i], peer_id = p.id, host_key = p.recorded_host_key
    ssh  = { user = "ops", private_key_file = "~/.ssh/id_ed25519" }
  }]
  storage    = { pools = [{ peers = ["peer-1", "peer-2", "peer-3"], drives_per_peer = 4 }] }
  queue      = { pulsar_singleton = { host = "peer-2" } }
  cluster_id = milvus_credentials.vectors.id
${secrets.map((name) => `  ${name} = milvus_credentials.vectors.${name}`).join("\n")}
  ${more}
}`;
}
