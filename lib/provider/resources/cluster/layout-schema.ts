import { bool, list, number, object, objects, string } from "../../framework";

const optional = { optional: true } as const;

/** Where objects are stored: see StorageInput in lib/spec/spec.ts. */
export const storage = object(
  {
    pools: objects(
      {
        peers: list("string", { required: true, description: "Names of the peers in the pool." }),
        drives_per_peer: number({ ...optional, description: "Default: one for each mount point." }),
        mount_points: list("string", { ...optional, description: "Default: directories below data_root." }),
        drive_gib: number({ ...optional, description: "Size of a drive, for capacities in the plan." }),
        accept_single_host: bool({
          ...optional,
          description:
            "Let a pool of one peer be added to others that survive the loss of one; default false.",
        }),
      },
      { ...optional, description: "Pools of the cluster's own MinIO, each erasure-coded over its peers." },
    ),
    parity: number({
      ...optional,
      description: "Parity drives of an erasure set; default: as MinIO decides.",
    }),
    bucket: string({ ...optional, description: "Default: milvus-bucket." }),
    s3: object(
      {
        endpoint: string({ required: true, description: "https://host[:port] or http://host[:port]." }),
        root_path: string({ ...optional, description: "Prefix of every object; default: files." }),
        region: string(optional),
        path_style: bool({ ...optional, description: "https://host/bucket; default: true." }),
        auth: string({ ...optional, description: '"keys" (default) or "iam".' }),
        provider: string({ ...optional, description: '"aws" (default), "gcp" or "aliyun".' }),
        ca_pem: string({ ...optional, description: "Authority of the endpoint's certificate, PEM." }),
      },
      { ...optional, description: "An object store outside the cluster, in the place of pools." },
    ),
  },
  { required: true, description: "Where objects are stored: pools of MinIO, or an S3." },
);

/** Milvus' write-ahead log: see QueueInput in lib/spec/spec.ts. */
export const queue = object(
  {
    pulsar_singleton: object(
      {
        host: string({ required: true, description: "Name of the peer that runs Pulsar." }),
        lost_host: string({
          ...optional,
          description:
            "Name of the peer that ran Pulsar and whose VM is lost for good: what it held and Milvus has not flushed is given up, and Pulsar begins empty on host.",
        }),
        failover: object(
          {
            host: string({ required: true, description: "Name of the peer on which Pulsar begins empty." }),
            after_seconds: number({
              required: true,
              description: "Seconds that its host is gone and Pulsar does not answer, 60 or more.",
            }),
          },
          {
            ...optional,
            description:
              "Have Pulsar begin on another peer by itself; what it held and Milvus has not flushed is lost then. Default: a person decides that.",
          },
        ),
        heap_mb: number({ ...optional, description: "Heap in MiB; default 512." }),
        direct_memory_mb: number({ ...optional, description: "Direct memory in MiB; default 512." }),
        retention_minutes: number({ ...optional, description: "Default 10080." }),
        retention_mb: number({ ...optional, description: "MiB per topic; default -1: no limit." }),
      },
      optional,
    ),
    external_pulsar: object(
      {
        service_url: string({ required: true, description: "pulsar+ssl://host:port or pulsar://host:port." }),
        admin_port: number({ ...optional, description: "Of the admin API in plain HTTP." }),
        tenant: string({ ...optional, description: "Default: public." }),
        namespace: string({ ...optional, description: "Default: default." }),
        token: bool({ ...optional, description: "Whether external_pulsar_token is presented." }),
        ca_pem: string({ ...optional, description: "Authority of the broker's certificate, PEM." }),
      },
      optional,
    ),
    external_kafka: object(
      {
        brokers: list("string", { required: true, description: "host:port of each." }),
        protocol: string({
          ...optional,
          description: "PLAINTEXT (default), SSL, SASL_PLAINTEXT or SASL_SSL.",
        }),
        sasl_mechanism: string({ ...optional, description: "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512." }),
        ca_pem: string({ ...optional, description: "Authority of the brokers' certificates, PEM." }),
      },
      optional,
    ),
    embedded: string({ ...optional, description: "woodpecker (2.6) or rocksmq (standalone)." }),
  },
  { ...optional, description: "Message queue; default: what the version brings along." },
);

/** See SecuritySpec in lib/spec/spec.ts. */
export const security = object(
  {
    authentication: bool({ ...optional, description: "Default: true." }),
    client_tls: string({ ...optional, description: '"off" (default), "server" or "mutual".' }),
    internal_tls: bool({ ...optional, description: "TLS among the roles; default: false." }),
    firewall: object(
      {
        clients: list("string", { required: true, description: "Networks (CIDR) of clients." }),
        operators: list("string", { ...optional, description: "Networks (CIDR) of operators." }),
      },
      { ...optional, description: "Generates an nftables ruleset on every peer." },
    ),
  },
  { ...optional, description: "How the data plane is protected." },
);

/** Where backups lie: see BackupTargetInput in lib/spec/spec.ts. */
export const backupTarget = object(
  {
    s3: object(
      {
        endpoint: string({ required: true, description: "https://host[:port] or http://host[:port]." }),
        bucket: string({ required: true, description: "It must be there already." }),
        prefix: string({ ...optional, description: "Folder of this cluster's own; default: its name." }),
        region: string(optional),
        path_style: bool({ ...optional, description: "https://host/bucket; default: true." }),
        ca_pem: string({ ...optional, description: "Authority of the endpoint's certificate, PEM." }),
      },
      { ...optional, description: "An object store outside the cluster." },
    ),
    directory: string({
      ...optional,
      description: "In place of s3: where a share (NFS …) is mounted on every peer, below /mnt.",
    }),
    prefix: string({ ...optional, description: "Folder of directory; default: the cluster's name." }),
  },
  { ...optional, description: "Where backups lie; default: the cluster's own bucket." },
);
