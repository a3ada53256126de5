import { Construct } from "constructs";
import { MilvusCluster } from "../milvus-cluster";
import { tag } from "./tag";

/** A construct that says something about its cluster and makes no resource of its own. */
export abstract class ClusterPart extends Construct {
  /** @param scope the MilvusCluster, or a construct below it */
  constructor(scope: Construct, id: string, kind: symbol) {
    super(scope, id);
    tag(this, kind);
    const cluster = MilvusCluster.of(this);
    this.node.addValidation({ validate: () => cluster.model.errorsOf(this) });
  }
}
