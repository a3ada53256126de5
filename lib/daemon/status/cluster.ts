import { DaemonUnreachableError } from "../../api/client";
import type { PeerStatus, StatusReply, StorageCapacity } from "../../api/wire";
import { summary } from "../../plan/summary";
import { hostPort } from "../../spec/host";
import type { PeerIdentity } from "../../spec/identity";
import type { PeerAddress } from "../../spec/spec";
import type { DaemonState } from "../state";
import { messageOf, within } from "../wait";
import { clusterHealth } from "./health";

export interface ClusterView {
  readonly identity: PeerIdentity;
  readonly state: DaemonState;
  readonly local: () => Promise<PeerStatus>;
  /** What another peer says of itself. */
  readonly ask: (peer: PeerAddress) => Promise<StatusReply>;
  readonly leader: () => Promise<StatusReply["leader"]>;
  /** What MinIO told of its drives at the last look. */
  readonly capacity?: () => StorageCapacity | undefined;
  /** Whether somebody has stopped the cluster, and it has come to rest. */
  readonly stopped?: boolean;
  /** What a cluster that is not formed yet waits for. */
  readonly waitingFor?: () => string | undefined;
}

const ASK_MS = 2_000;

/** The whole cluster, or this peer alone. Peers that do not answer in time are reported as unreachable, never an error. */
export async function clusterStatus(view: ClusterView, localOnly: boolean): Promise<StatusReply> {
  const { spec, generation } = view.state;
  const others = localOnly || !spec ? [] : spec.peers.filter((p) => p.name !== view.identity.name);
  const [leader, self, ...answers] = await Promise.all([
    within(ASK_MS, "leader", view.leader()).catch(() => undefined),
    view.local(),
    ...others.map((peer) => askPeer(view, peer)),
  ]);
  const peers = inOrder(spec?.peers ?? [], [self, ...answers]);
  return {
    cluster: spec && {
      id: view.identity.clusterId,
      name: spec.name,
      version: spec.version,
      generation: generation ?? 0,
    },
    leader,
    endpoints: (spec?.peers ?? []).map((p) => hostPort(p.address, spec!.ports.lb)),
    waitingFor: view.waitingFor?.(),
    resilience: spec ? summary(spec) : [],
    capacity: view.capacity?.(),
    health: clusterHealth(spec, peers, view.stopped),
    peers,
  };
}

async function askPeer(view: ClusterView, peer: PeerAddress): Promise<PeerStatus> {
  const { name, address } = peer;
  try {
    const reply = await within(ASK_MS, `daemon of ${name}`, view.ask(peer));
    const status = reply.peers.find((p) => p.name === name);
    return (
      status ?? {
        name,
        address,
        reachable: false,
        components: [],
        error: `another peer answers at ${address}`,
      }
    );
  } catch (error) {
    return {
      name,
      address,
      reachable: false,
      components: [],
      error: error instanceof DaemonUnreachableError ? error.reason : messageOf(error),
    };
  }
}

function inOrder(members: readonly PeerAddress[], peers: readonly PeerStatus[]): PeerStatus[] {
  const position = (p: PeerStatus): number => members.findIndex((m) => m.name === p.name);
  return [...peers].sort((a, b) => position(a) - position(b));
}
