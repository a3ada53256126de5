import { z } from "zod";
import { ALERT_FORMATS, LOAD_BALANCING, WATCHDOG_MODES } from "../../spec/spec";

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
});

const images = z.strictObject({
  milvus: image,
  etcd: image,
  minio: image,
  pulsar: image,
  nginx: image,
  daemon: image,
});

const storage = z.strictObject({
  kind: z.literal("widePool"),
  peers: z.array(name).min(1),
  drivesPerPeer: z.number().int().positive(),
  parity: z.number().int().nonnegative().optional(),
  bucket: z.string().min(1),
});

const queue = z.strictObject({
  kind: z.literal("pulsarSingleton"),
  host: name,
  heapMb: megabytes,
  directMemoryMb: megabytes,
});

export const clusterSpec = z.strictObject({
  name,
  version: z.string().regex(/^v\d+\.\d+\.\d+/),
  peers: z.array(z.strictObject({ name, address: z.string().min(1) })).min(1),
  storage,
  queue,
  ports,
  images,
  dataRoot: z.string().regex(/^\/[^\0]+$/, "must be an absolute path"),
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  sessionTtlSeconds: z.number().positive(),
  loadBalancing: z.enum(LOAD_BALANCING),
  control: z.strictObject({
    leaderTtlSeconds: z.number().int().min(3).max(60),
    jobRetentionDays: z.number().int().positive(),
    watchdog: z.enum(WATCHDOG_MODES),
    alertFormat: z.enum(ALERT_FORMATS),
  }),
});

const secret = z.string().min(1).max(256);
/** Others make longer ones: a signed token with many claims has some thousand characters. */
const foreign = z.string().min(1).max(8192).optional();

const secrets = z.strictObject({
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
    })
    .optional(),
});

export const formRequest = z.strictObject({
  spec: clusterSpec,
  secrets,
  registryAuth: z.strictObject({ username: z.string().min(1), password: secret }).optional(),
  alertWebhookUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  caKeyPem: z.string().max(4096).optional(),
});

export const teardownRequest = z.strictObject({ deleteData: z.boolean() });
