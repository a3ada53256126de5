import { Construct } from "constructs";
import { MilvusCluster } from "./milvus-cluster";
import type { Peer } from "./peer";
import { isTagged, PULSAR_SINGLETON, tag } from "./private/tag";

export interface PulsarSingletonProps {
  /** Peer that runs it. While this peer is down, nothing can be written. */
  readonly host: Peer;

  /**
   * JVM heap in MiB.
   * @default 512
   */
  readonly heapMb?: number;

  /**
   * JVM direct memory in MiB.
   * @default 512
   */
  readonly directMemoryMb?: number;
}

/** Message queue of a cluster of Milvus 2.3 to 2.5: one Pulsar standalone on one peer. */
export class PulsarSingleton extends Construct {
  public static isPulsarSingleton(x: unknown): x is PulsarSingleton {
    return isTagged(x, PULSAR_SINGLETON);
  }

  public readonly host: Peer;
  /** Everything but the host. */
  public readonly settings: Omit<PulsarSingletonProps, "host">;

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(scope: Construct, id: string, props: PulsarSingletonProps) {
    super(scope, id);
    tag(this, PULSAR_SINGLETON);
    const cluster = MilvusCluster.of(this);
    this.node.addValidation({ validate: () => cluster.model.errorsOf(this) });
    const { host, ...settings } = props;
    this.host = host;
    this.settings = settings;
  }
}
