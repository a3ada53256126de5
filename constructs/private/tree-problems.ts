import type { IConstruct } from "constructs";
import type { Peer } from "../peer";
import type { Members } from "./members";
import type { PlacedProblem } from "./placed-problem";
import { literalSecrets } from "./ssh-problems";

/** What is wrong with the construct tree itself, and so cannot be seen in the specification made from it. */
export function treeProblems(cluster: IConstruct, members: Members): PlacedProblem[] {
  return [
    ...missingPool(cluster, members),
    ...surplus(members.pools, "MinioWidePool"),
    ...surplus(members.queues, "PulsarSingleton"),
    ...members.pools.flatMap((pool) => foreigners(pool, "peers", pool.peers, members)),
    ...members.queues.flatMap((queue) => foreigners(queue, "host", [queue.host], members)),
    ...members.peers.flatMap(exposedSecrets),
  ];
}

function missingPool(cluster: IConstruct, { pools }: Members): PlacedProblem[] {
  if (pools.length > 0) return [];
  const message =
    'the cluster has no object storage; give it one with new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 })';
  return [{ severity: "error", construct: cluster, message }];
}

function surplus(constructs: readonly IConstruct[], name: string): PlacedProblem[] {
  return constructs.slice(1).map((construct) => ({
    severity: "error",
    construct,
    message: `a cluster has one ${name} only, and ${constructs[0]?.node.path} is there already`,
  }));
}

function foreigners(
  construct: IConstruct,
  property: string,
  peers: readonly Peer[],
  members: Members,
): PlacedProblem[] {
  return peers
    .filter((peer) => !members.peers.includes(peer))
    .map((peer) => ({
      severity: "error",
      construct,
      message: `${property}: ${peer.node.path} is a peer of another cluster`,
    }));
}

function exposedSecrets(peer: Peer): PlacedProblem[] {
  return literalSecrets(peer.ssh).map((path) => ({
    severity: "warning",
    construct: peer,
    message: `${path} is a literal and will stand readable in cdk.tf.json; use privateKeyFile, the agent, or a sensitive TerraformVariable`,
  }));
}
