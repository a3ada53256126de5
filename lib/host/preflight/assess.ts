import { isIP } from "node:net";
import { hostPort } from "../../spec/host";
import { assessDataDirs } from "./assess-data-dirs";
import { assessDocker } from "./assess-docker";
import { assessMachine } from "./assess-machine";
import { assessMounts } from "./assess-mounts";
import { assessProxy } from "./assess-proxy";
import { assessSelinux } from "./assess-selinux";
import type { HostFacts, Listener } from "./facts";
import { duration, error, warning, type Finding } from "./finding";
import { ADVISED_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS, type Requirements } from "./requirements";
import { hostOf } from "./script";

/** Everything that is wrong with a VM, at once; errors first. Pure. */
export function assess(facts: HostFacts, r: Requirements): Finding[] {
  const findings = [
    ...assessMachine(facts),
    ...assessMounts(facts, r),
    ...assessDataDirs(facts, r),
    ...assessDocker(facts, r),
    ...assessSelinux(facts, r),
    ...assessProxy(facts, r),
    ...membership(facts, r),
    ...clock(facts),
    ...address(facts, r),
    ...ports(facts, r),
    ...names(facts, r),
    ...reachability(facts, r),
  ];
  return [
    ...findings.filter((f) => f.severity === "error"),
    ...findings.filter((f) => f.severity === "warning"),
  ];
}

function membership({ identity }: HostFacts, r: Requirements): Finding[] {
  if (identity === undefined || r.clusterId === undefined || identity.clusterId === r.clusterId) return [];
  return [
    error(
      "other-cluster",
      "the VM belongs to another cluster",
      `it is peer ${JSON.stringify(identity.name)} of cluster ${identity.clusterId}`,
      "Remove it there first, or use another VM; nothing on it has been changed",
    ),
  ];
}

function clock({ clock: { offsetMs, uncertaintyMs, synchronised } }: HostFacts): Finding[] {
  const certain = Math.abs(offsetMs) - uncertaintyMs;
  const why = `it is ${duration(offsetMs)} ${offsetMs > 0 ? "ahead of" : "behind"} the clock of this machine`;
  const fix =
    "Run a time service (chrony or systemd-timesyncd) on the VM, and see whether this machine's own clock is right";
  if (certain > MAX_CLOCK_OFFSET_MS) return [error("clock", "the clock is wrong", why, fix)];
  if (certain > ADVISED_CLOCK_OFFSET_MS) return [warning("clock", "the clock is off", why, fix)];
  if (synchronised !== false) return [];
  return [warning("clock-unsynchronised", "the clock is not synchronised", "timedatectl says so", fix)];
}

function address(facts: HostFacts, r: Requirements): Finding[] {
  if (r.address === undefined || facts.addresses.length === 0) return [];
  const found = isIP(r.address) ? [canonical(r.address)] : (facts.names[r.address] ?? []);
  const loopback = found.filter((a) => a.startsWith("127.") || a === "::1");
  const fix = "Give an address that is on one of the VM's interfaces: etcd, MinIO and Milvus listen on it";
  if (loopback.length > 0) {
    const why = `on the VM itself, ${r.address} is ${loopback.join(", ")}`;
    return [
      error(
        "address",
        "the peer's address leads to loopback",
        why,
        `Remove that line from /etc/hosts on the VM. ${fix}`,
      ),
    ];
  }
  if (found.length === 0 || found.some((a) => facts.addresses.includes(a))) return [];
  const why = `${found.join(", ")} is not among ${facts.addresses.filter((a) => !/^(127\.|::1|fe80)/.test(a)).join(", ")}`;
  return [error("address", "the peer's address is not one of the VM", why, fix)];
}

/** As the VM itself writes it: an IPv6 address has many spellings. */
function canonical(ip: string): string {
  return isIP(ip) === 6 ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip;
}

function ports(facts: HostFacts, r: Requirements): Finding[] {
  if (r.requiredPorts.length === 0) return [];
  if (facts.listeners === undefined) {
    const fix = "Install iproute2, or make sure yourself that they are free";
    return [warning("ports-unknown", "cannot tell whether the ports are free", "the VM has no ss", fix)];
  }
  const foreign = facts.listeners.filter((l) => !l.own && r.requiredPorts.includes(l.port));
  const taken = new Map(foreign.map((l) => [l.port, l])); // one finding a port, though it may listen on IPv4 and IPv6
  return [...taken.values()].map((l) =>
    error(
      "port-taken",
      `port ${l.port} is taken`,
      `${ownerOf(l)} listens on ${hostPort(l.address, l.port)}`,
      "Stop it, or choose another port for the cluster",
    ),
  );
}

function ownerOf(l: Listener): string {
  const process = l.process ?? "another process";
  return l.container === undefined ? process : `${process} in container ${l.container}`;
}

function names(facts: HostFacts, r: Requirements): Finding[] {
  const unknown = Object.keys(facts.names).filter((name) => facts.names[name]?.length === 0);
  return unknown.map((name) => {
    const whose = name === r.address ? "its own address" : "another peer's address";
    return error(
      "name",
      `cannot resolve ${name}`,
      `the VM finds no address for it, which is ${whose}`,
      "Add it to DNS or to /etc/hosts of the VM, or use IP addresses",
    );
  });
}

function reachability(facts: HostFacts, r: Requirements): Finding[] {
  return r.reachability.flatMap((target) => {
    const result = facts.reachability[target] ?? "unknown";
    const resolves = (facts.names[hostOf(target)] ?? ["an IP address"]).length > 0;
    if (result === "open" || result === "refused" || !resolves) return []; // an unknown name has its own finding
    if (result === "unknown") {
      return [
        warning(
          "reachability-unknown",
          `cannot tell whether ${target} can be reached`,
          "the VM has no bash or no timeout to try with",
          "Install bash and coreutils, or make sure yourself",
        ),
      ];
    }
    const why =
      result === "timeout"
        ? "no answer: packets are dropped on the way"
        : "there is no route to it, or a firewall forbids it";
    return [
      error(
        "unreachable",
        `cannot reach ${target} from the VM`,
        why,
        "Open the port between the peers in firewalls and security groups, and see that the other VM is up",
      ),
    ];
  });
}
