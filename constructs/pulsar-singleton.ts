import type { Construct } from "constructs";
import type { Peer } from "./peer";
import { ClusterPart } from "./private/part";
import { isTagged, PULSAR_SINGLETON } from "./private/tag";

export interface PulsarSingletonProps {
  /** Peer that runs it. While this peer is down, nothing can be written. */
  readonly host: Peer;

  /**
   * The former host, whose VM is lost for good with its disk, in the change that removes it or has another VM take its place: Pulsar
   * begins empty on `host`. What was acknowledged and not yet flushed to the object store is given up. Says nothing once `host` is
   * the host in force, so it may stay in the program.
   * @default - Pulsar moves from one living host to another one, with all that it holds
   */
  readonly lostHost?: Peer | string;

  /**
   * Has Pulsar begin empty on another peer by itself once its host has been gone for so long. What was acknowledged and not yet
   * flushed to the object store is lost then. The host's daemon stops Pulsar when it loses touch with etcd, so that two never take
   * writes; a returning host goes by what has become of it meanwhile. It happens once: name the new host in the program afterwards.
   * @default - writes wait until the host is back, or a person gives it up
   */
  readonly failover?: PulsarFailoverProps;

  /**
   * JVM heap in MiB, 256 or more.
   * @default 512
   */
  readonly heapMb?: number;

  /**
   * JVM direct memory in MiB, 256 or more.
   * @default 512
   */
  readonly directMemoryMb?: number;

  /**
   * Minutes that messages are kept once Milvus has read them: longer than its longest outage, for what has not reached the object
   * store is read again.
   * @default 10080, a week
   */
  readonly retentionMinutes?: number;

  /**
   * MiB of read messages per topic beyond which the oldest go even earlier; -1: no such limit.
   * @default -1
   */
  readonly retentionMb?: number;
}

export interface PulsarFailoverProps {
  /** Peer on which it begins; not the host. */
  readonly host: Peer;
  /** Seconds without the host and without an answer of Pulsar's; 60 or more. */
  readonly afterSeconds: number;
}

/** Message queue of a cluster: one Pulsar standalone on one peer. Its data may be on a disk of its own: `dataDirs.pulsar`. */
export class PulsarSingleton extends ClusterPart {
  public static isPulsarSingleton(x: unknown): x is PulsarSingleton {
    return isTagged(x, PULSAR_SINGLETON);
  }

  public readonly host: Peer;
  /** Name of the former host that is given up. */
  public readonly lostHost?: string;
  /** Where and when it begins anew by itself. */
  public readonly failover?: PulsarFailoverProps;
  /** Everything but the hosts. */
  public readonly settings: Omit<PulsarSingletonProps, "host" | "lostHost" | "failover">;

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(scope: Construct, id: string, props: PulsarSingletonProps) {
    super(scope, id, PULSAR_SINGLETON);
    const { host, lostHost, failover, ...settings } = props;
    this.host = host;
    this.failover = failover;
    this.lostHost = typeof lostHost === "object" ? lostHost.peerName : lostHost;
    this.settings = settings;
  }
}
