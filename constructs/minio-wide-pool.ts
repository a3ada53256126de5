import type { Construct } from "constructs";
import type { Peer } from "./peer";
import { ClusterPart } from "./private/part";
import { isTagged, MINIO_WIDE_POOL } from "./private/tag";

export interface MinioDrivesProps {
  /**
   * Drives (directories under the data root) that each peer contributes. Cannot change once the cluster is formed.
   * @default - one for each mount point
   */
  readonly drivesPerPeer?: number;

  /**
   * Mount points of drives of their own, the same on every peer, e.g. `["/mnt/disk1", "/mnt/disk2"]`. Each must be the root of a
   * mounted file system; MinIO uses the folder `milvus-onprem` on it.
   * @default - directories under the data root
   */
  readonly mountPoints?: readonly string[];

  /**
   * Size of each drive in GiB: the plan then tells capacities.
   * @default - the plan tells shares
   */
  readonly driveGib?: number;
}

/** What holds for all pools of a cluster: said on the first. */
export interface MinioDeploymentProps {
  /**
   * Parity drives per erasure set: how many may be lost without losing data.
   * @default - MinIO's own default for the size of the first pool's sets
   */
  readonly parity?: number;

  /**
   * Bucket that Milvus keeps its data in.
   * @default "milvus-bucket"
   */
  readonly bucket?: string;
}

export interface MinioWidePoolProps extends MinioDrivesProps, MinioDeploymentProps {
  /** Peers whose drives form the pool: two at least. Their number cannot change once the cluster is formed. */
  readonly peers: readonly Peer[];
}

/**
 * Object storage of a cluster: one erasure-coded MinIO pool over several peers. Further ones of it, or `MinioHostPools`, stand
 * beside the first as pools of the same deployment; any that loses its quorum stops them all.
 */
export class MinioWidePool extends ClusterPart {
  public static isMinioWidePool(x: unknown): x is MinioWidePool {
    return isTagged(x, MINIO_WIDE_POOL);
  }

  public readonly peers: readonly Peer[];
  /** Everything but the peers. */
  public readonly settings: Omit<MinioWidePoolProps, "peers">;

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(scope: Construct, id: string, { peers, ...settings }: MinioWidePoolProps) {
    super(scope, id, MINIO_WIDE_POOL);
    this.peers = [...peers];
    this.settings = settings;
  }
}
