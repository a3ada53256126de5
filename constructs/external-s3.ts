import type { Construct } from "constructs";
import type { S3Auth, S3Provider } from "../lib/spec/spec";
import { ClusterPart } from "./private/part";
import { EXTERNAL_S3, isTagged } from "./private/tag";

export interface ExternalS3Props {
  /** `https://host[:port]` or `http://host[:port]`. */
  readonly endpoint: string;

  /**
   * Bucket that Milvus keeps its data in; Milvus makes it when it is missing and its user may.
   * @default "milvus-bucket"
   */
  readonly bucket?: string;

  /**
   * Prefix of every object: what keeps two clusters in one bucket apart.
   * @default "files"
   */
  readonly rootPath?: string;

  /**
   * Region of the bucket.
   * @default - none is said
   */
  readonly region?: string;

  /**
   * `https://host/bucket` instead of `https://bucket.host`: what most stores but Amazon's want.
   * @default true
   */
  readonly pathStyle?: boolean;

  /**
   * `keys`: an access key and its secret. `iam`: the role that each VM has at its cloud.
   * @default "keys"
   */
  readonly auth?: S3Auth;

  /**
   * Cloud whose dialect is spoken; `aws` is also that of MinIO, Ceph and the like.
   * @default "aws"
   */
  readonly provider?: S3Provider;

  /** With `keys`: the access key. */
  readonly accessKey?: string;

  /** With `keys`: its secret; give it as a sensitive token, never as a literal. */
  readonly secretKey?: string;

  /**
   * Certificate of the authority that vouches for the endpoint, PEM.
   * @default - public authorities
   */
  readonly caPem?: string;
}

/** Object storage of a cluster: an S3 that is there already. */
export class ExternalS3 extends ClusterPart {
  public static isExternalS3(x: unknown): x is ExternalS3 {
    return isTagged(x, EXTERNAL_S3);
  }

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(
    scope: Construct,
    id: string,
    public readonly props: ExternalS3Props,
  ) {
    super(scope, id, EXTERNAL_S3);
  }
}
