import { Construct } from "constructs";
import { MilvusCluster } from "./milvus-cluster";
import type { Peer } from "./peer";
import { isTagged, MINIO_WIDE_POOL, tag } from "./private/tag";

export interface MinioWidePoolProps {
  /** Peers whose drives form the pool: two at least. Their number cannot change once the cluster is formed. */
  readonly peers: readonly Peer[];

  /** Drives (directories under the data root) that each peer contributes. Cannot change once the cluster is formed. */
  readonly drivesPerPeer: number;

  /**
   * Parity drives per erasure set: how many may be lost without losing data.
   * @default - MinIO's own default for the size of the set
   */
  readonly parity?: number;

  /**
   * Bucket that Milvus keeps its data in.
   * @default "milvus-bucket"
   */
  readonly bucket?: string;
}

/** Object storage of a cluster: one erasure-coded MinIO pool over several peers. */
export class MinioWidePool extends Construct {
  public static isMinioWidePool(x: unknown): x is MinioWidePool {
    return isTagged(x, MINIO_WIDE_POOL);
  }

  public readonly peers: readonly Peer[];
  /** Everything but the peers. */
  public readonly settings: Omit<MinioWidePoolProps, "peers">;

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(scope: Construct, id: string, props: MinioWidePoolProps) {
    super(scope, id);
    tag(this, MINIO_WIDE_POOL);
    const cluster = MilvusCluster.of(this);
    this.node.addValidation({ validate: () => cluster.model.errorsOf(this) });
    const { peers, ...settings } = props;
    this.peers = [...peers];
    this.settings = settings;
  }
}
