import type { Construct } from "constructs";
import { ClusterPart } from "./private/part";
import { isTagged, WOODPECKER } from "./private/tag";

/**
 * Message queue of a cluster of Milvus 2.6: its own log in the object store, with metadata in etcd. What 2.6 has by itself; the
 * construct says so in the program.
 */
export class Woodpecker extends ClusterPart {
  public static isWoodpecker(x: unknown): x is Woodpecker {
    return isTagged(x, WOODPECKER);
  }

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(scope: Construct, id: string) {
    super(scope, id, WOODPECKER);
  }
}
