import type { Construct } from "constructs";
import { ClusterPart } from "./private/part";
import { EXTERNAL_PULSAR, isTagged } from "./private/tag";

export interface ExternalPulsarProps {
  /** `pulsar+ssl://host:port`, or `pulsar://host:port` without TLS. */
  readonly serviceUrl: string;

  /**
   * Port of the broker's admin API in plain HTTP: Milvus cleans up there what dead nodes leave behind; it knows no HTTPS, and with a
   * token it sends that readable, too.
   * @default - nothing is cleaned up; let subscriptions expire in Pulsar
   */
  readonly adminPort?: number;

  /** @default "public" */
  readonly tenant?: string;

  /**
   * Namespace in the tenant; two clusters must not share one.
   * @default "default"
   */
  readonly namespace?: string;

  /**
   * Token (JWT) that Milvus presents; give it as a sensitive token of Terraform, never as a literal.
   * @default - none is presented
   */
  readonly token?: string;

  /**
   * Certificate of the authority that vouches for the broker, PEM.
   * @default - public authorities
   */
  readonly caPem?: string;
}

/** Message queue of a cluster: a Pulsar that is there already. */
export class ExternalPulsar extends ClusterPart {
  public static isExternalPulsar(x: unknown): x is ExternalPulsar {
    return isTagged(x, EXTERNAL_PULSAR);
  }

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(
    scope: Construct,
    id: string,
    public readonly props: ExternalPulsarProps,
  ) {
    super(scope, id, EXTERNAL_PULSAR);
  }
}
