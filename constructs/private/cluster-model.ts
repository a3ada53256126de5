import type { IConstruct } from "constructs";
import { compileSpec } from "../../lib/spec/compile";
import { hostPort } from "../../lib/spec/host";
import { portsOf, type PortUse } from "../../lib/spec/ports";
import type { ClusterSpec, CompileResult, Problem } from "../../lib/spec/spec";
import type { MilvusCluster } from "../milvus-cluster";
import type { Peer } from "../peer";
import { membersOf, type Members } from "./members";
import { place, type PlacedProblem } from "./placed-problem";
import { specInput, UNKNOWN_REGISTRY } from "./spec-input";
import { treeProblems } from "./tree-problems";

/** What a cluster's part of the construct tree means: its members, its compiled specification and what is wrong with it. */
export class ClusterModel {
  private compiled?: { readonly key: string; readonly result: CompileResult };

  constructor(private readonly cluster: MilvusCluster) {}

  get members(): Members {
    return membersOf(this.cluster);
  }

  /** Problems that belong to one construct, worded from its point of view. */
  errorsOf(construct: IConstruct): string[] {
    return this.problems
      .filter((p) => p.construct === construct && p.severity === "error")
      .map((p) => p.message);
  }

  get warnings(): readonly PlacedProblem[] {
    return this.problems.filter((p) => p.severity === "warning");
  }

  /** Empty while the specification is not valid: validation then says why. */
  get daemonImage(): string {
    const { registry, images } = this.cluster.props;
    const image = images?.daemon ?? this.spec?.images.daemon ?? "";
    return image.replace(UNKNOWN_REGISTRY, registry ?? "");
  }

  /** Ports that a peer listens on once the cluster runs; none while the specification is not valid. */
  portsOf(peer: Peer): number[] {
    return [...new Set(this.listeners(peer).map((use) => use.port))];
  }

  /** host:port of every listener of the other peers that this one connects to. */
  othersThan(peer: Peer): string[] {
    const others = this.members.peers.filter((p) => p !== peer);
    return others.flatMap((other) => {
      const ports = this.listeners(other).filter((use) => use.remote);
      return [...new Set(ports.map((use) => hostPort(other.address, use.port)))];
    });
  }

  private listeners(peer: Peer): PortUse[] {
    const { spec } = this;
    return spec ? portsOf(spec, peer.peerName) : [];
  }

  private get spec(): ClusterSpec | undefined {
    return this.compile(this.members).spec;
  }

  private get problems(): PlacedProblem[] {
    const { members } = this;
    // Without a pool the specification has a stand-in, whose problems are nobody's.
    const real = ({ path }: Problem) => members.pools.length > 0 || !path.startsWith("storage");
    const inSpec = this.compile(members).problems.filter(real);
    return [...treeProblems(this.cluster, members), ...inSpec.map((p) => place(p, this.cluster, members))];
  }

  /** Remembers the last result: every peer asks, and only a change of the tree can change the answer. */
  private compile(members: Members): CompileResult {
    const input = specInput(this.cluster.clusterName, this.cluster.props, members);
    const key = JSON.stringify(input);
    if (this.compiled?.key !== key) this.compiled = { key, result: compileSpec(input) };
    return this.compiled.result;
  }
}
