import {
  Aspects,
  dependable,
  TerraformDataSource,
  TerraformResource,
  type IAspect,
  type TerraformStack,
} from "cdktf";
import type { IConstruct } from "constructs";
import type { MilvusCluster } from "../milvus-cluster";
import type { Peer } from "../peer";
import { isTagged, MILVUS_CLUSTER, PEER } from "./tag";

/**
 * Makes `something.node.addDependency(cluster)` (or a peer) a depends_on of every resource below `something`: cdktf itself
 * takes no notice of dependencies between constructs.
 */
export function honourNodeDependencies(stack: TerraformStack): void {
  const aspects = Aspects.of(stack);
  if (!aspects.all.some((a) => a instanceof NodeDependencies)) aspects.add(new NodeDependencies());
}

type Dependency = MilvusCluster | Peer;

class NodeDependencies implements IAspect {
  private readonly references = new Map<Dependency, string>();

  visit(node: IConstruct): void {
    if (!TerraformResource.isTerraformResource(node) && !TerraformDataSource.isTerraformDataSource(node))
      return;
    const added = this.dependenciesOf(node).map((d) => this.reference(d));
    if (added.length > 0) node.dependsOn = [...new Set([...(node.dependsOn ?? []), ...added])];
  }

  private dependenciesOf(node: IConstruct): Dependency[] {
    return node.node.scopes
      .flatMap((scope) => scope.node.dependencies)
      .filter((d): d is Dependency => isTagged(d, MILVUS_CLUSTER) || isTagged(d, PEER))
      .filter((d) => !node.node.scopes.includes(d));
  }

  /** One token for each, so that a second synthesis adds nothing. */
  private reference(dependency: Dependency): string {
    const known = this.references.get(dependency) ?? dependable(dependency);
    this.references.set(dependency, known);
    return known;
  }
}
