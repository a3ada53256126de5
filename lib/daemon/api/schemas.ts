import { z } from "zod";
import { BACKUP_NAME } from "../../spec/backups";
import {
  ALERT_FORMATS,
  BACKUP_ENCRYPTIONS,
  BACKUP_ENGINES,
  CLIENT_TLS,
  COMPONENTS,
  DATA_DIR_NAMES,
  KAFKA_PROTOCOLS,
  LOAD_BALANCING,
  MODES,
  ROLES,
  S3_AUTHS,
  S3_PROVIDERS,
  SASL_MECHANISMS,
  WATCHDOG_MODES,
  type ClusterSpec,
} from "../../spec/spec";

/** Shape of what comes over the wire. Sense (quorum, parity …) is checked by compileSpec where the spec is made. */

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a DNS label");
const port = z.number().int().min(1).max(65535);
const image = z.string().min(1).max(512);
const megabytes = z.number().int().positive();

const ports = z.strictObject({
  lb: port,
  milvus: port,
  daemon: port,
  etcdClient: port,
  etcdPeer: port,
  minio: port,
  minioConsole: port,
  minioLocal: port,
  pulsar: port,
  pulsarHttp: port,
  milvusMetricsBase: port,
  milvusRest: port,
});

const images = z.strictObject({
  milvus: image,
  etcd: image,
  minio: image,
  pulsar: image,
  nginx: image,
  daemon: image,
  milvusBackup: image.optional(),
});

const path = z.string().regex(/^\/[^\0]+$/, "must be an absolute path");
const pem = z.string().max(65_536).optional();

const minioStorage = z.strictObject({
  kind: z.literal("minio"),
  pools: z
    .array(
      z.strictObject({
        peers: z.array(name).min(1),
        drivesPerPeer: z.number().int().positive(),
        mountPoints: z.array(path),
        driveGib: z.number().int().positive().optional(),
        acceptSingleHost: z.literal(true).optional(),
      }),
    )
    .min(1),
  parity: z.number().int().nonnegative().optional(),
  bucket: z.string().min(1),
});

const s3Storage = z.strictObject({
  kind: z.literal("s3"),
  host: z.string().min(1),
  port,
  tls: z.boolean(),
  bucket: z.string().min(1),
  rootPath: z.string().min(1),
  region: z.string().optional(),
  pathStyle: z.boolean(),
  auth: z.enum(S3_AUTHS),
  provider: z.enum(S3_PROVIDERS),
  caPem: pem,
});

const backupTarget = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("s3"),
    host: z.string().min(1),
    port,
    tls: z.boolean(),
    bucket: z.string().min(1),
    prefix: z.string().min(1),
    region: z.string().optional(),
    pathStyle: z.boolean(),
    caPem: pem,
  }),
  z.strictObject({ kind: z.literal("directory"), path: z.string().min(1), prefix: z.string().min(1) }),
]);

const queue = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("pulsarSingleton"),
    host: name,
    lostHost: name.optional(),
    failover: z.strictObject({ host: name, afterSeconds: z.number().int().positive() }).optional(),
    heapMb: megabytes,
    directMemoryMb: megabytes,
    retentionMinutes: z.number().int().positive(),
    retentionMb: z.number().int().min(-1),
  }),
  z.strictObject({
    kind: z.literal("externalPulsar"),
    serviceUrl: z.string().min(1),
    adminPort: port.optional(),
    tenant: z.string().min(1),
    namespace: z.string().min(1),
    token: z.boolean(),
    caPem: pem,
  }),
  z.strictObject({
    kind: z.literal("externalKafka"),
    brokers: z.array(z.string().min(1)).min(1),
    protocol: z.enum(KAFKA_PROTOCOLS),
    saslMechanism: z.enum(SASL_MECHANISMS).optional(),
    caPem: pem,
  }),
  z.strictObject({ kind: z.literal("woodpecker") }),
  z.strictObject({ kind: z.literal("rocksmq") }),
]);

const security = z.strictObject({
  authentication: z.boolean(),
  clientTls: z.enum(CLIENT_TLS),
  internalTls: z.boolean(),
  firewall: z.strictObject({ clients: z.array(z.string()), operators: z.array(z.string()) }).optional(),
});

const limits = z.strictObject({
  memoryMb: z.number().int().positive().optional(),
  cpus: z.number().positive().optional(),
});

const mark = z.string().regex(/^[0-9a-f]{8}$/);

export const clusterSpec = z.strictObject({
  name,
  version: z.string().regex(/^v\d+\.\d+\.\d+/),
  mode: z.enum(MODES),
  peers: z
    .array(
      z.strictObject({
        ...{ name, address: z.string().min(1), roles: z.array(z.enum(ROLES)) },
        instance: z.string().min(1).optional(),
      }),
    )
    .min(1),
  storage: z.discriminatedUnion("kind", [minioStorage, s3Storage]),
  queue,
  security,
  ports,
  images,
  dataRoot: path,
  dataDirs: z.partialRecord(z.enum(DATA_DIR_NAMES), path),
  resources: z.partialRecord(z.enum(COMPONENTS), limits),
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  sessionTtlSeconds: z.number().positive(),
  etcdQuotaMb: z.number().int().positive(),
  loadBalancing: z.enum(LOAD_BALANCING),
  control: z.strictObject({
    leaderTtlSeconds: z.number().int().min(3).max(60),
    jobRetentionDays: z.number().int().positive(),
    watchdog: z.enum(WATCHDOG_MODES),
    alertFormat: z.enum(ALERT_FORMATS),
    backupBeforeUpgrade: z.boolean(),
  }),
  backups: z
    .strictObject({
      schedule: z.string().min(1).optional(),
      timeZone: z.string().min(1),
      keep: z.strictObject({
        last: z.number().int().min(1),
        daily: z.number().int().min(0),
        weekly: z.number().int().min(0),
        monthly: z.number().int().min(0),
      }),
      drillSchedule: z.string().min(1).optional(),
      target: backupTarget.optional(),
      encryption: z.enum(BACKUP_ENCRYPTIONS).optional(),
      engine: z.enum(BACKUP_ENGINES).optional(),
    })
    .optional(),
  secrets: z
    .strictObject({
      generation: z.number().int().min(1),
      outside: mark.optional(),
      backups: mark.optional(),
    })
    .optional(),
  // What zod makes of it has members that may be undefined, which no JSON has.
}) as unknown as z.ZodType<ClusterSpec>;

const secret = z.string().min(1).max(256);
/** Others make longer ones: a signed token with many claims has some thousand characters. */
const foreign = z.string().min(1).max(8192).optional();

export const clusterSecrets = z.strictObject({
  minioRootUser: secret,
  minioRootPassword: secret,
  milvusRootPassword: secret,
  minioUser: secret,
  minioPassword: secret,
  pulsarTokenKey: secret,
  pulsarToken: secret,
  external: z
    .strictObject({
      s3AccessKey: foreign,
      s3SecretKey: foreign,
      pulsarToken: foreign,
      kafkaUser: foreign,
      kafkaPassword: foreign,
      backupAccessKey: foreign,
      backupSecretKey: foreign,
      backupIdentity: foreign,
    })
    .optional(),
});

export const formRequest = z.strictObject({
  spec: clusterSpec,
  secrets: clusterSecrets,
  registryAuth: z.strictObject({ username: z.string().min(1), password: secret }).optional(),
  alertWebhookUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  restoreFrom: z.string().regex(BACKUP_NAME).optional(),
  caKeyPem: z.string().max(4096).optional(),
});

export const stagedSecrets = z.strictObject({
  of: z.string().regex(/^[1-9]\d{0,9}(-[0-9a-f]{8})?(\+[0-9a-f]{8})?$/),
  cluster: clusterSecrets,
});

export const teardownRequest = z.strictObject({ deleteData: z.boolean() });

const certificate = z.string().min(1).max(16_384);

/** Certificates of a peer and of its Milvus, signed for the keys that they have. */
export const renewedCertificates = z.strictObject({
  certPem: certificate.describe("PEM"),
  milvusCertPem: certificate.describe("PEM"),
});
