import type { HostFacts } from "./facts";
import { duration, error, warning, type Finding } from "./finding";
import { ADVISED_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS } from "./requirements";

/** What is known of one peer; `name` is how findings call it. Everything but `facts` may be what an earlier run recorded. */
export interface PeerFacts {
  readonly name: string;
  readonly facts: Pick<HostFacts, "hostname" | "machineId" | "clock">;
}

/** What is wrong between VMs that are fine each for itself: equal names, clones, clocks apart. Pure. */
export function compareHosts(peers: readonly PeerFacts[]): Finding[] {
  return [...hostnames(peers), ...machineIds(peers), ...clocks(peers)];
}

function hostnames(peers: readonly PeerFacts[]): Finding[] {
  return shared(peers, (p) => p.facts.hostname).map(([hostname, names]) =>
    error(
      "same-hostname",
      "peers have the same host name",
      `${names.join(", ")} are all called ${JSON.stringify(hostname)}; logs, metrics and Pulsar could not tell them apart`,
      "Give each VM a host name of its own (hostnamectl set-hostname)",
    ),
  );
}

function machineIds(peers: readonly PeerFacts[]): Finding[] {
  return shared(peers, (p) => p.facts.machineId).map(([, names]) =>
    warning(
      "same-machine-id",
      "peers have the same machine id",
      `${names.join(", ")} were cloned from one image, or are one and the same machine`,
      "See that the addresses lead to different VMs; on a clone: rm /etc/machine-id && systemd-machine-id-setup",
    ),
  );
}

/** Groups of two and more peers with the same value. */
function shared(
  peers: readonly PeerFacts[],
  valueOf: (p: PeerFacts) => string | undefined,
): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const peer of peers) {
    const value = valueOf(peer);
    if (value) groups.set(value, [...(groups.get(value) ?? []), peer.name]);
  }
  return [...groups].filter(([, names]) => names.length > 1);
}

/** Each offset was measured against the machine that runs this, so their difference is the offset between two peers. */
function clocks(peers: readonly PeerFacts[]): Finding[] {
  const sorted = [...peers].sort((a, b) => a.facts.clock.offsetMs - b.facts.clock.offsetMs);
  const [first, last] = [sorted[0], sorted[sorted.length - 1]];
  if (first === undefined || last === undefined) return [];
  const apart = last.facts.clock.offsetMs - first.facts.clock.offsetMs;
  const certain = apart - last.facts.clock.uncertaintyMs - first.facts.clock.uncertaintyMs;
  if (certain <= ADVISED_CLOCK_OFFSET_MS) return [];
  const make = certain > MAX_CLOCK_OFFSET_MS ? error : warning;
  const why = `${last.name} is ${duration(apart)} ahead of ${first.name}`;
  return [
    make(
      "clocks-apart",
      "the clocks of the peers differ",
      why,
      "Run a time service (chrony or systemd-timesyncd) on every VM",
    ),
  ];
}
