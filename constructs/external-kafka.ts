import type { Construct } from "constructs";
import type { KafkaProtocol, SaslMechanism } from "../lib/spec/spec";
import { ClusterPart } from "./private/part";
import { EXTERNAL_KAFKA, isTagged } from "./private/tag";

export interface ExternalKafkaProps {
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];

  /**
   * `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`.
   * @default "PLAINTEXT"
   */
  readonly protocol?: KafkaProtocol;

  /** With a SASL protocol: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`. */
  readonly saslMechanism?: SaslMechanism;

  /** With a SASL protocol: the user. */
  readonly username?: string;

  /** With a SASL protocol: the password; give it as a sensitive token, never as a literal. */
  readonly password?: string;

  /**
   * Certificate of the authority that vouches for the brokers, PEM.
   * @default - public authorities
   */
  readonly caPem?: string;
}

/** Message queue of a cluster: a Kafka that is there already. */
export class ExternalKafka extends ClusterPart {
  public static isExternalKafka(x: unknown): x is ExternalKafka {
    return isTagged(x, EXTERNAL_KAFKA);
  }

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(
    scope: Construct,
    id: string,
    public readonly props: ExternalKafkaProps,
  ) {
    super(scope, id, EXTERNAL_KAFKA);
  }
}
