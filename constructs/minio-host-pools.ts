import type { Construct } from "constructs";
import type { MinioDeploymentProps, MinioDrivesProps } from "./minio-wide-pool";
import type { Peer } from "./peer";
import { ClusterPart } from "./private/part";
import { isTagged, MINIO_HOST_POOLS } from "./private/tag";

export interface MinioHostPoolsProps extends MinioDrivesProps, MinioDeploymentProps {
  /** Peers that are a pool each. */
  readonly peers: readonly Peer[];

  /**
   * Let these pools be added to a formed cluster whose other pools survive the loss of a peer: from then on the loss of one of these stops
   * all reads and writes. The plan refuses it unless this is said, and warns of it then.
   * @default false
   */
  readonly acceptSingleHost?: boolean;
}

/**
 * Object storage of a cluster: a MinIO pool on each peer. Simple to extend, but the loss of any peer stops all reads and writes:
 * use a `MinioWidePool` where that is not wanted. Each of several peers needs two drives or more; a peer alone may have one.
 */
export class MinioHostPools extends ClusterPart {
  public static isMinioHostPools(x: unknown): x is MinioHostPools {
    return isTagged(x, MINIO_HOST_POOLS);
  }

  public readonly peers: readonly Peer[];
  /** Everything but the peers. */
  public readonly settings: Omit<MinioHostPoolsProps, "peers">;

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(scope: Construct, id: string, { peers, ...settings }: MinioHostPoolsProps) {
    super(scope, id, MINIO_HOST_POOLS);
    this.peers = [...peers];
    this.settings = settings;
  }
}
