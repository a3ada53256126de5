import type { IConstruct } from "constructs";
import type { Peer } from "../peer";
import type { Members, PoolConstruct } from "./members";
import { outsideSecretProblems } from "./outside-secrets";
import { isPulsarSingleton } from "./queue-input";
import { isTagged, MINIO_WIDE_POOL } from "./tag";
import type { PlacedProblem } from "./placed-problem";
import { literalSecrets } from "./ssh-problems";

/** What is wrong with the construct tree itself, and so cannot be seen in the specification made from it. */
export function treeProblems(cluster: IConstruct, members: Members): PlacedProblem[] {
  const { peers, pools, stores, queues } = members;
  return [
    ...missingStorage(cluster, members),
    ...surplus(
      [...(pools.length > 0 && stores.length > 0 ? pools.slice(0, 1) : []), ...stores],
      "object store",
    ),
    ...surplus(queues, "message queue"),
    ...narrowPools(members),
    ...oneDeployment(pools),
    ...pools.flatMap((pool) => foreigners(pool, "peers", pool.peers, members)),
    ...queues.filter(isPulsarSingleton).flatMap((queue) => foreigners(queue, "host", [queue.host], members)),
    ...outsideSecretProblems(members),
    ...peers.flatMap(exposedSecrets),
  ];
}

function missingStorage(cluster: IConstruct, { pools, stores }: Members): PlacedProblem[] {
  if (pools.length + stores.length > 0) return [];
  const message =
    'the cluster has no object storage; give it one with new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 }), or an ExternalS3';
  return [{ severity: "error", construct: cluster, message }];
}

/** A pool of one host is made on purpose only. */
function narrowPools({ pools, peers }: Members): PlacedProblem[] {
  return pools
    .filter((pool) => isTagged(pool, MINIO_WIDE_POOL) && pool.peers.length < 2 && peers.length > 1)
    .map((construct) => ({
      severity: "error",
      construct,
      message: `peers: a wide pool spreads over at least 2 peers and this one has ${construct.peers.length}; add peers, or use MinioHostPools`,
    }));
}

/** Parity and bucket are the deployment's, which the first pool begins. */
function oneDeployment(pools: readonly PoolConstruct[]): PlacedProblem[] {
  return pools.slice(1).flatMap((construct) =>
    (["parity", "bucket"] as const)
      .filter((name) => construct.settings[name] !== undefined)
      .map((name) => ({
        severity: "error",
        construct,
        message: `${name}: all pools have that of the first; say it on ${pools[0]!.node.path}`,
      })),
  );
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
