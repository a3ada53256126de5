import { specDigest } from "../../../lib/daemon/digest";
import type { ChangeParams } from "../../../lib/daemon/jobs/converge";
import { converge } from "../../../lib/daemon/jobs/types/converge";
import { keys, MILVUS_SESSIONS } from "../../../lib/daemon/keys";
import type { CommittedSpec } from "../../../lib/daemon/steps/commit";
import type { UnfinishedChange } from "../../../lib/daemon/store/records";
import { recreateWithin } from "../../../lib/daemon/tasks/converge";
import type { PeerTask } from "../../../lib/daemon/tasks/task";
import { fingerprints } from "../../../lib/render";
import { peerOf } from "../../../lib/spec/host";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { Peers, TestJob } from "./peers-support";
import { SECRETS } from "./support";

const KEYS = keys("c1");
export const NAMES = ["peer-1", "peer-2", "peer-3"];

/** A peer waits so long for a container to become healthy; only its leader waits for its own as long as in earnest. */
const HEALTHY_MS = 300;

/** A formed cluster that runs what its spec says, coordinators active on the first peer. */
export async function formed(dir: string, o?: Parameters<typeof Peers.start>[2]): Promise<Peers> {
  const peers = await Peers.start(dir, [recreateWithin(HEALTHY_MS) as unknown as PeerTask], o);
  const { spec, store } = peers;
  const value: CommittedSpec = { generation: 1, digest: specDigest(spec), spec };
  store.put(KEYS.spec, JSON.stringify(value));
  store.leaderAddress = spec.peers[0]!.address;
  activeOn(peers, "peer-1");
  for (const { name } of spec.peers) {
    const { ports, host } = peers.of(name);
    await ports.files.write(spec, SECRETS);
    await ports.compose.up(new AbortController().signal);
    host.events.length = 0;
  }
  return peers;
}

/** Coordinators of every peer have sessions, also those that have yet to join; those of this one are active. */
export function activeOn({ store, everyone }: Peers, active: string): void {
  for (const [i, { name, address }] of everyone.entries()) {
    const session = JSON.stringify({ Address: `${address}:22125` });
    for (const coordinator of ["rootcoord", "datacoord", "querycoord"]) {
      store.put(`${MILVUS_SESSIONS}${coordinator}-${i}`, session);
      if (name === active) store.put(`${MILVUS_SESSIONS}${coordinator}`, session);
    }
  }
}

/** The cluster's spec with other members. */
export const changed = ({ spec }: Peers, change: Partial<ClusterSpec>): ClusterSpec => ({
  ...spec,
  ...change,
});

export const WARM = { config: { "queryNode.cache.warmup": "sync" } };

export const withImage = (peers: Peers, name: "etcd" | "nginx", reference: string): ClusterSpec =>
  changed(peers, { images: { ...peers.spec.images, [name]: reference } });

/** Fingerprints of a service's containers, peer by peer. */
export const running = ({ all }: Peers, service: string): (string | undefined)[] =>
  all.map(({ host }) => host.containers.find((c) => c.service === service)!.fingerprint);

export const wanted = (spec: ClusterSpec, service: string): (string | undefined)[] =>
  spec.peers.map(({ name }) => fingerprints(spec, peerOf(spec, name))[service]);

export function sicken(peers: Peers, peer: string, service: string): void {
  const { host } = peers.of(peer);
  host.containers = host.containers.map((c) =>
    c.service === service ? { ...c, health: "unhealthy", status: "Up 2 minutes (unhealthy)" } : c,
  );
}

export const jobOf = (peers: Peers, params: ChangeParams, id?: string): TestJob<ChangeParams> =>
  new TestJob(peers, converge, params, id);

export const committed = ({ store }: Peers): CommittedSpec =>
  JSON.parse(store.kv.get(KEYS.spec)!.value) as CommittedSpec;

export function unfinished({ store }: Peers): UnfinishedChange | undefined {
  const found = store.kv.get(KEYS.change);
  return found && (JSON.parse(found.value) as UnfinishedChange);
}

/** What was done to containers on each peer. */
export const events = ({ all }: Peers): string[][] => all.map(({ host }) => host.events);

/** What was made anew, in order over all peers: "peer-1: querynode". */
export const anew = ({ lines }: TestJob<ChangeParams>): string[] =>
  lines.flatMap((line) => /^info: (\S+: \S+) was made anew$/.exec(line)?.[1] ?? []);
