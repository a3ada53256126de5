import type { IConstruct } from "constructs";
import { compileSpec } from "../../lib/spec/compile";
import { hostPort } from "../../lib/spec/host";
import { portsOf, type PortUse } from "../../lib/spec/ports";
import { checkBackupName, restoreProblem } from "../../lib/spec/restore-from";
import type { ClusterSpec, CompileResult, Problem } from "../../lib/spec/spec";
import type { MilvusCluster } from "../milvus-cluster";
import type { Peer } from "../peer";
import { literalBackupSecrets } from "./backups-input";
import { known } from "./known";
import { membersOf, sameMembers, type Members } from "./members";
import { place, type PlacedProblem } from "./placed-problem";
import { isPulsarSingleton } from "./queue-input";
import { specInput, UNKNOWN_REGISTRY } from "./spec-input";
import { treeProblems } from "./tree-problems";

/** What a cluster's part of the construct tree means: its members, its compiled specification and what is wrong with it. */
export class ClusterModel {
  private last?: Compiled;

  constructor(private readonly cluster: MilvusCluster) {}

  get members(): Members {
    return this.compiled.members;
  }

  /** Problems that belong to one construct, worded from its point of view: once each, also where it makes several pools. */
  errorsOf(construct: IConstruct): string[] {
    const own = this.problems.filter((p) => p.construct === construct && p.severity === "error");
    return [...new Set(own.map((p) => p.message))];
  }

  get warnings(): readonly PlacedProblem[] {
    return this.problems.filter((p) => p.severity === "warning");
  }

  /** Empty while the specification is not valid: validation then says why. */
  get daemonImage(): string {
    const { registry, images } = this.cluster.props;
    const image = images?.daemon ?? this.compiled.result.spec?.images.daemon ?? "";
    return image.replace(UNKNOWN_REGISTRY, registry ?? "");
  }

  /** Ports that a peer listens on once the cluster runs; none while the specification is not valid. */
  portsOf(peer: Peer): number[] {
    return portNumbers(this.compiled.listeners.get(peer) ?? []);
  }

  /** host:port of every listener of the other peers that this one connects to. */
  reachabilityOf(peer: Peer): string[] {
    const others = [...this.compiled.listeners].filter(([other]) => other !== peer);
    return others.flatMap(([{ address }, uses]) =>
      portNumbers(uses.filter((use) => use.remote)).map((port) => hostPort(address, port)),
    );
  }

  /** Mount points that a peer needs, tokens included; undefined when there are none. */
  mountPointsOf(peer: Peer): string[] | undefined {
    const pool = this.members.pools.find(({ peers }) => peers.includes(peer));
    return listed(pool?.settings.mountPoints);
  }

  /** Data directories of a peer outside of the data root, tokens included; undefined when there are none. */
  dataDirsOf(peer: Peer): string[] | undefined {
    const [queue] = this.members.queues;
    const runsPulsar = queue !== undefined && isPulsarSingleton(queue) && queue.host === peer;
    const { etcd, milvus, pulsar } = this.cluster.props.dataDirs ?? {};
    return listed([etcd, milvus, runsPulsar ? pulsar : undefined].filter((dir) => dir !== undefined));
  }

  private get problems(): PlacedProblem[] {
    const { members, result } = this.compiled;
    // Without storage the specification has a stand-in, whose problems are nobody's.
    const stored = members.pools.length + members.stores.length > 0;
    const real = ({ path }: Problem) => stored || !path.startsWith("storage");
    const inSpec = result.problems.filter(real);
    return [
      ...treeProblems(this.cluster, members),
      ...this.exposedSecrets,
      ...this.restoration,
      ...inSpec.map((p) => place(p, this.cluster, members)),
    ];
  }

  private get restoration(): PlacedProblem[] {
    const { restoreFrom } = this.cluster.props;
    const { spec } = this.compiled.result;
    if (!restoreFrom || !spec) return [];
    const backup = known(restoreFrom.backup);
    const problems = {
      restoreFrom: restoreProblem(spec),
      "restoreFrom.backup": backup === undefined ? undefined : checkBackupName(backup),
    };
    return Object.entries(problems).flatMap(([path, problem]): PlacedProblem[] =>
      problem === undefined
        ? []
        : [{ severity: "error", construct: this.cluster, message: `${path}: ${problem}` }],
    );
  }

  private get exposedSecrets(): PlacedProblem[] {
    const { backups } = this.cluster.props;
    return (backups ? literalBackupSecrets(backups) : []).map((path) => ({
      severity: "warning",
      construct: this.cluster,
      message: `${path} is a literal and will stand readable in cdk.tf.json; use a sensitive TerraformVariable, or another resource's attribute`,
    }));
  }

  /** Compiled anew when the tree has other members than last time; constructs themselves never change. */
  private get compiled(): Compiled {
    const members = membersOf(this.cluster);
    if (!this.last || !sameMembers(this.last.members, members)) {
      const result = compileSpec(specInput(this.cluster.clusterName, this.cluster.props, members));
      this.last = { members, result, listeners: listenersOf(members, result.spec) };
    }
    return this.last;
  }
}

interface Compiled {
  readonly members: Members;
  readonly result: CompileResult;
  readonly listeners: ReadonlyMap<Peer, readonly PortUse[]>;
}

function listenersOf({ peers }: Members, spec: ClusterSpec | undefined): Compiled["listeners"] {
  return new Map(spec ? peers.map((peer) => [peer, portsOf(spec, peer.peerName)]) : []);
}

function listed(values: readonly string[] = []): string[] | undefined {
  return values.length > 0 ? [...new Set(values)] : undefined;
}

/** Each once, in an order that a reader of the plan can follow. */
function portNumbers(uses: readonly PortUse[]): number[] {
  return [...new Set(uses.map((use) => use.port))].sort((a, b) => a - b);
}
