import { checkGeneration, checkName } from "../../spec/validators";
import type { ClusterSecrets } from "../../spec/secrets";
import { newClusterId, newSecrets } from "../../api/credentials";
import { newToken } from "../../api/token";
import {
  number,
  string,
  UNKNOWN,
  type Attributes,
  type Model,
  type PlanContext,
  type Resource,
} from "../framework";
import { caKeyOf } from "./import/ca-key";
import { readId } from "./import/login";
import { memberAt } from "./import/member";

const secret = { computed: true, keep: true, sensitive: true } as const;

const attributes = {
  cluster_name: string({
    required: true,
    validate: checkName,
    description: "Name of the cluster, a DNS label.",
  }),
  token_generation: number({ default: 1, description: "Another number asks for another token." }),
  secrets_generation: number({
    optional: true,
    validate: checkGeneration,
    description: "Another number asks for other passwords of Milvus and MinIO; default 1.",
  }),
  id: string({ computed: true, keep: true, description: "Id of the cluster." }),
  ca_cert_pem: string({
    computed: true,
    keep: true,
    description: "Certificate of the cluster's authority, PEM.",
  }),
  ca_key_pem: string({ ...secret, description: "Private key of the cluster's authority, PEM." }),
  token: string({ ...secret, description: "Bearer token of the daemons' API." }),
  minio_root_user: string({ ...secret }),
  minio_root_password: string({ ...secret }),
  milvus_root_password: string({ ...secret, description: "Password of Milvus' user root." }),
  minio_user: string({ ...secret, description: "MinIO user that Milvus is." }),
  minio_password: string({ ...secret }),
  pulsar_token_key: string({ ...secret, description: "Key with which Pulsar checks tokens, base64." }),
  pulsar_token: string({ ...secret, description: "Token that Milvus presents to Pulsar." }),
} satisfies Attributes;

/** What a state that an earlier release has written lacks. */
const LATER = ["minio_user", "minio_password", "pulsar_token_key", "pulsar_token"] as const;

/** What another secrets_generation exchanges. MinIO's root keeps its name: who it is says nothing. */
const EXCHANGED = ["minio_root_password", "milvus_root_password", "minio_user", "minio_password"] as const;

/** Every secret of a cluster, generated once. They rest in Terraform's state; deleting the resource forgets them. */
export const credentials: Resource<typeof attributes> = {
  type: "milvus_credentials",
  schema: { attributes, description: "Certificate authority and secrets of one cluster." },

  plan,

  async create({ planned }) {
    const { createCa } = await import("../../pki/index.js");
    const ca = await createCa(`${planned.cluster_name} CA`);
    return {
      id: newClusterId(planned.cluster_name!),
      ca_cert_pem: ca.certPem,
      ca_key_pem: ca.keyPem,
      token: newToken(ca.certPem),
      ...secretAttributes(newSecrets()),
    };
  },

  async import(text, { signal }) {
    const id = readId("milvus_credentials", text);
    const member = await memberAt(id, signal);
    const { name, secrets: { generation } = { generation: 1 } } = member.inForce.spec;
    return {
      ...{ cluster_name: name, id: member.identity.clusterId, token_generation: id.tokenGeneration },
      secrets_generation: generation > 1 ? generation : null,
      ...{ ca_cert_pem: member.caPem, ca_key_pem: await caKeyOf(member, id), token: member.token },
      ...secretAttributes(member.cluster),
    };
  },

  /** What is new is in force once the milvus_cluster has been updated with it. */
  async update({ planned, prior }) {
    const rotated = planned.token_generation !== prior.token_generation;
    return {
      ...(rotated && { token: newToken(prior.ca_cert_pem!) }),
      ...(isEarlier(prior) && fresh(LATER)),
      ...(isExchange(planned, prior) && fresh(EXCHANGED)),
    };
  },
};

type CredentialsModel = Model<typeof attributes>;

const isEarlier = (prior: CredentialsModel): boolean => LATER.some((name) => prior[name] === null);

function secretAttributes(s: ClusterSecrets): Partial<CredentialsModel> {
  return {
    minio_root_user: s.minioRootUser,
    minio_root_password: s.minioRootPassword,
    milvus_root_password: s.milvusRootPassword,
    minio_user: s.minioUser,
    minio_password: s.minioPassword,
    pulsar_token_key: s.pulsarTokenKey,
    pulsar_token: s.pulsarToken,
  };
}

/** All of them at once: key and token belong together. */
function fresh(names: readonly (typeof LATER | typeof EXCHANGED)[number][]): Partial<CredentialsModel> {
  const all = secretAttributes(newSecrets());
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

type Generation = Pick<CredentialsModel, "secrets_generation">;

function isExchange(planned: Generation, prior: Generation): boolean {
  return (planned.secrets_generation ?? 1) !== (prior.secrets_generation ?? 1);
}

function plan({ changed, diagnostics, planned, prior }: PlanContext<typeof attributes>): void {
  if (prior !== null && changed("token_generation")) planned.token = UNKNOWN;
  if (prior !== null && isEarlier(prior)) for (const name of LATER) planned[name] = UNKNOWN;
  if (prior !== null && isExchange(planned as Generation, prior))
    for (const name of EXCHANGED) planned[name] = UNKNOWN;
  if (changed("cluster_name")) {
    diagnostics.error(
      `Cannot rename cluster ${prior?.cluster_name}`,
      `Its name is part of its certificates and its id. Put cluster_name back to "${prior?.cluster_name}", or make another cluster with credentials of its own.`,
      ["cluster_name"],
    );
  }
}
