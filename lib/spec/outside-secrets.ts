import type { ExternalSecrets } from "./secrets";
import type { ClusterSpecInput, KafkaProtocol, S3Auth } from "./spec";

/** Whether a layout asks for one secret of a service outside the cluster. */
export interface SecretNeed {
  readonly secret: keyof ExternalSecrets;
  readonly wanted: boolean;
  /** Path of the attribute that decides it: of the service itself where the layout has no such service. */
  readonly path: string;
  /** What that attribute says; undefined where the layout has no such service. */
  readonly value: string | boolean | undefined;
}

/** What decides which of them are asked for. */
export type LayoutInput = Pick<ClusterSpecInput, "storage" | "queue" | "backups">;

/** Every secret of services outside the cluster, wanted or not. */
export function secretNeeds({
  storage: { s3 },
  queue: { externalPulsar: pulsar, externalKafka: kafka } = {},
  backups: { target, encryption } = {},
}: LayoutInput): SecretNeed[] {
  const keys = s3
    ? { wanted: wantsKeys(s3.auth), path: "storage.s3.auth", value: s3.auth ?? DEFAULT_AUTH }
    : none("storage.s3");
  const token = pulsar
    ? {
        wanted: pulsar.token === true,
        path: "queue.externalPulsar.token",
        value: pulsar.token ?? false,
      }
    : none("queue.externalPulsar");
  const login = kafka
    ? {
        wanted: wantsLogin(kafka.protocol),
        path: "queue.externalKafka.protocol",
        value: kafka.protocol ?? DEFAULT_PROTOCOL,
      }
    : none("queue.externalKafka");
  const backups = target?.s3
    ? { wanted: true, path: "backups.target.s3.endpoint", value: target.s3.endpoint }
    : none(target ? "backups.target.s3" : "backups.target");
  const identity = encryption
    ? { wanted: true, path: "backups.encryption", value: encryption }
    : none("backups.encryption");
  return [
    { secret: "s3AccessKey", ...keys },
    { secret: "s3SecretKey", ...keys },
    { secret: "pulsarToken", ...token },
    { secret: "kafkaUser", ...login },
    { secret: "kafkaPassword", ...login },
    { secret: "backupAccessKey", ...backups },
    { secret: "backupSecretKey", ...backups },
    { secret: "backupIdentity", ...identity },
  ];
}

const DEFAULT_AUTH: S3Auth = "keys";
const DEFAULT_PROTOCOL: KafkaProtocol = "PLAINTEXT";

const none = (path: string): Omit<SecretNeed, "secret"> => ({ wanted: false, path, value: undefined });

/** Whether an S3 is asked with an access key and its secret. */
export function wantsKeys(auth: S3Auth = DEFAULT_AUTH): boolean {
  return auth === "keys";
}

/** Whether a Kafka is asked with a user and a password. */
export function wantsLogin(protocol: KafkaProtocol = DEFAULT_PROTOCOL): boolean {
  return protocol.startsWith("SASL");
}
