import {
  bool,
  list,
  map,
  number,
  object,
  objects,
  string,
  type Attributes,
  type Model,
} from "../../framework";
import { checkAgeIdentity } from "../../../spec/age";
import { checkBackupName } from "../../../spec/restore-from";
import { checkWebhookUrl } from "../../../spec/validators";
import { oneOf, secondsProblem } from "../checks";
import { ON_DESTROY, type OnDestroy } from "../../../spec/on-destroy";
import { BACKUP_ENCRYPTIONS, BACKUP_ENGINES, COMPONENTS, type Component } from "../../../spec/spec";
import { peersAttribute } from "../peer-reference";
import { backupTarget, queue, security, storage } from "./layout-schema";

/** Forming pulls images of some GB on every VM. */
export const DEFAULT_CREATE_SECONDS = 1800;
export const DEFAULT_DELETE_SECONDS = 600;
/** A rolling upgrade of fifty peers takes its time. */
export const DEFAULT_UPDATE_SECONDS = 7200;

const optional = { optional: true } as const;

const limits = object(
  {
    memory_mb: number({ ...optional, description: "MiB." }),
    cpus: number({ ...optional, description: "CPUs, in whole and tenths." }),
  },
  optional,
);

/** The same attribute for every component. */
function mapComponents<A>(attribute: A): { [C in Component]: A } {
  return Object.fromEntries(COMPONENTS.map((name) => [name, attribute])) as { [C in Component]: A };
}
const secret = { required: true, sensitive: true } as const;
const outside = { optional: true, sensitive: true } as const;
const computed = { computed: true, keep: true } as const;

export const clusterAttributes = {
  name: string({ required: true, description: "Name of the cluster, a DNS label." }),
  version: string({ required: true, description: "Version of Milvus, e.g. v2.3.5." }),
  peers: peersAttribute,
  mode: string({
    ...optional,
    description: '"cluster" (default): a process a role; "standalone": one process.',
  }),
  storage,
  queue,
  security,
  ports: object(
    {
      lb: number(optional),
      milvus: number(optional),
      daemon: number(optional),
      etcd_client: number(optional),
      etcd_peer: number(optional),
      minio: number(optional),
      minio_console: number(optional),
      minio_local: number(optional),
      pulsar: number(optional),
      pulsar_http: number(optional),
      milvus_metrics_base: number(optional),
      milvus_rest: number(optional),
    },
    { ...optional, description: "Ports that replace the default ones." },
  ),
  images: object(
    {
      milvus: string(optional),
      etcd: string(optional),
      minio: string(optional),
      pulsar: string(optional),
      nginx: string(optional),
      daemon: string(optional),
      milvus_backup: string(optional),
    },
    { ...optional, description: "Full image references that replace the default ones." },
  ),
  registry: string({
    ...optional,
    description: "Registry that takes the place of every default image's own.",
  }),
  registry_auth: object(
    { username: string({ required: true }), password: string(secret) },
    { ...optional, description: "Credentials of the image registry." },
  ),
  data_root: string({
    ...optional,
    description: "Absolute directory for all data; default /var/lib/milvus-onprem.",
  }),
  data_dirs: object(
    { etcd: string(optional), milvus: string(optional), pulsar: string(optional) },
    { ...optional, description: "Absolute directories of data that is on a disk of its own." },
  ),
  resources: object(mapComponents(limits), { ...optional, description: "Limits of components, by name." }),
  config: map("string", { ...optional, description: "Settings of Milvus by dotted key." }),
  session_ttl_seconds: number({
    ...optional,
    description: "Seconds that a dead process' session lives on; default 5.",
  }),
  etcd_quota_mb: number({
    ...optional,
    description: "MiB that etcd's database may take, 64 to 8192; default 4096.",
  }),
  load_balancing: string({
    ...optional,
    description: 'Whom a load balancer prefers: "local", its own peer\'s proxy (default), or "spread", any.',
  }),
  control: object(
    {
      leader_ttl_seconds: number({
        ...optional,
        description: "Seconds after which a dead leader is succeeded; default 10.",
      }),
      job_retention_days: number({
        ...optional,
        description: "Days that finished jobs are kept; default 30.",
      }),
      watchdog: string({
        ...optional,
        description: '"auto" restarts sick containers (default); "monitor" only tells of them.',
      }),
      alert_format: string({
        ...optional,
        description: 'What the alert webhook speaks: "alertmanager" (default) or "slack".',
      }),
      backup_before_upgrade: bool({
        ...optional,
        description: "Back up all that Milvus holds before another version of it runs; default false.",
      }),
    },
    { ...optional, description: "How the daemons run the cluster." },
  ),
  backups: object(
    {
      schedule: string({
        ...optional,
        description:
          'When backups are made by themselves, as five fields of cron, e.g. "30 2 * * *"; default never.',
      }),
      time_zone: string({
        ...optional,
        description: 'IANA name of the clock that the schedule goes by, e.g. "Europe/Berlin"; default UTC.',
      }),
      keep: object(
        {
          last: number({ ...optional, description: "Newest backups that stay; default 7." }),
          daily: number({ ...optional, description: "Days of which the newest stays; default 0." }),
          weekly: number({ ...optional, description: "Weeks of which the newest stays; default 0." }),
          monthly: number({ ...optional, description: "Months of which the newest stays; default 0." }),
        },
        { ...optional, description: "Which of them stay; the others are deleted after each new one." },
      ),
      drill_schedule: string({
        ...optional,
        description:
          "When the newest backup is restored into a scratch database, compared and dropped again, as five fields of cron; default never.",
      }),
      target: backupTarget,
      encryption: string({
        ...optional,
        validate: oneOf(BACKUP_ENCRYPTIONS),
        description:
          '"age": contents of backups are encrypted by backup_identity before they leave the peer; default none.',
      }),
      engine: string({
        ...optional,
        validate: oneOf(BACKUP_ENGINES),
        description:
          '"portable" (default) reads rows through the API of Milvus; "milvus-backup" has that tool copy the files of Milvus.',
      }),
    },
    { ...optional, description: "Backups: where they lie, and those that the leader makes by itself." },
  ),
  restore_from: object(
    {
      backup: string({
        required: true,
        validate: checkBackupName,
        description: 'Name of a backup in backups.target, or "latest": the newest one.',
      }),
    },
    {
      ...optional,
      description: "What the cluster is to hold once it is formed. Says nothing of a cluster that is there.",
    },
  ),
  alert_webhook_url: string({
    ...optional,
    sensitive: true,
    validate: checkWebhookUrl,
    description: "Where alerts are posted, besides the daemons' log.",
  }),
  cluster_id: string({ required: true, description: "Id of the milvus_credentials." }),
  ca_cert_pem: string({ required: true }),
  token: string(secret),
  minio_root_user: string(secret),
  minio_root_password: string(secret),
  milvus_root_password: string(secret),
  minio_user: string(secret),
  minio_password: string(secret),
  pulsar_token_key: string(secret),
  pulsar_token: string(secret),
  secrets_generation: number({
    optional: true,
    description: "That of the milvus_credentials: with another one, the secrets above may change; default 1.",
  }),
  s3_access_key: string({ ...outside, description: "Access key of an object store outside the cluster." }),
  s3_secret_key: string({ ...outside, description: "Its secret." }),
  external_pulsar_token: string({ ...outside, description: "Token for a Pulsar outside the cluster." }),
  kafka_user: string({ ...outside, description: "SASL user of a Kafka outside the cluster." }),
  kafka_password: string({ ...outside, description: "Its password." }),
  backup_access_key: string({ ...outside, description: "Access key of the store in backups.target." }),
  backup_secret_key: string({ ...outside, description: "Its secret." }),
  backup_identity: string({
    ...outside,
    validate: checkAgeIdentity,
    description: "age identities of backups.encryption, one a line: the first encrypts, each decrypts.",
  }),
  deletion_protection: bool({ default: true, description: "Refuse to destroy the cluster." }),
  on_destroy: string({
    default: "keep_data" satisfies OnDestroy,
    validate: oneOf(ON_DESTROY),
    description:
      'What becomes of the data when the cluster is destroyed: "keep_data" (default) or "delete_data".',
  }),
  timeouts: object(
    {
      create: number({ ...optional, validate: secondsProblem, description: "Seconds; default 1800." }),
      update: number({ ...optional, validate: secondsProblem, description: "Seconds; default 7200." }),
      delete: number({ ...optional, validate: secondsProblem, description: "Seconds; default 600." }),
    },
    { ...optional, description: "How long the cluster may take to form, to change and to be torn down." },
  ),
  id: string(computed),
  endpoint: string({ ...computed, description: "host:port of the first peer's load balancer." }),
  endpoints: list("string", { ...computed, description: "host:port of every peer's load balancer." }),
  context: string({
    ...computed,
    sensitive: true,
    description: "What `milvus-onprem context add NAME --from -` takes: daemons, CA and token, as JSON.",
  }),
  leader: string({ ...computed, description: "Peer that leads the control plane." }),
  generation: number({ ...computed, description: "Number of the spec in force." }),
  rollout: list("string", {
    ...computed,
    description: "Steps of what is planned, or was done last, in order.",
  }),
  drift: objects(
    {
      peer: string({ computed: true }),
      kind: string({ computed: true, description: "file, container or certificate." }),
      name: string({ computed: true, description: "Of the file, or of the component." }),
      expected: string({ computed: true }),
      found: string({ computed: true }),
    },
    {
      ...computed,
      description: "What was found on the peers that is not as the spec in force has it; an apply mends it.",
    },
  ),
  resilience: list("string", { ...computed, description: "What the layout survives, a line a layer." }),
  links: list("string", { ...computed, description: "How each link of the data plane is protected." }),
  rendered: map("string", { ...computed, description: "Every file of every peer, secrets masked." }),
  status: string({ ...computed, description: "ok, degraded, down or unformed." }),
} satisfies Attributes;

export type ClusterAttributes = typeof clusterAttributes;
export type ClusterModel = Model<ClusterAttributes>;
