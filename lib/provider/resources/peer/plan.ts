import { hasUnknown, UNKNOWN, type Draft, type PlanContext, type Value } from "../../framework";
import type { peerAttributes, PeerModel } from "./schema";

type Peer = typeof peerAttributes;
type Name = keyof Peer & string;

/** What the daemon of a member, and every other member, is configured with. */
const OF_THE_MEMBERSHIP: readonly Name[] = ["name", "address", "daemon_port", "data_root"];
/** What the identity on the VM is made of. */
export const OF_THE_IDENTITY: readonly Name[] = ["ca_cert_pem", "ca_key_pem", "cluster_id"];

/**
 * At another address is another VM, which takes the peer's place. Before it is a member, another name makes another peer, too; as a
 * member it stays what it is, for its data and the other members depend on it. A daemon that no longer runs is to be started again.
 */
export function planPeer(c: PlanContext<Peer>): void {
  const { prior, planned } = c;
  if (prior === null) return;
  keepFirstLook(c, prior);
  if (planned.cluster_id !== prior.cluster_id) refuseOtherCluster(c);
  for (const name of OF_THE_MEMBERSHIP.filter((n) => c.changed(n))) {
    const isMember = c.private.member === true;
    if (name === "address" && !(isMember && planned.address === UNKNOWN)) c.replace([name]);
    else if (name === "name" && !isMember) c.replace([name]);
    else if (isMember && name !== "address" && planned[name] !== UNKNOWN) refuseMembershipChange(c, name);
  }
  if (prior.daemon_version === null || c.changed("daemon_image")) planned.daemon_version = UNKNOWN;
  if (c.private.due === true) planRenewal(c);
  if (endpointChanged(c)) planned.recorded_host_key = UNKNOWN;
}

/** What a VM is looked at for when it is made ready, or gets other disks, and at no other time: another peer is no change of this one. */
function keepFirstLook({ changed, planned }: PlanContext<Peer>, prior: PeerModel): void {
  if (changed("mount_points") || changed("data_dirs")) return;
  planned.required_ports = sameOr(prior.required_ports, planned.required_ports);
  planned.reachability = sameOr(prior.reachability, planned.reachability);
}

/** Terraform takes what was there for the same, where there was something and is. */
function sameOr<T>(
  before: readonly T[] | null,
  after: Draft<readonly T[] | null>,
): Draft<readonly T[] | null> {
  return before === null || after === null ? after : ([...before] as Draft<readonly T[] | null>);
}

/** Found at the last look. A daemon that does not run is started by the same update. */
function planRenewal({ prior, planned, diagnostics }: PlanContext<Peer>): void {
  planned.certificates_end = UNKNOWN;
  diagnostics.warning(
    `Certificates of ${prior?.name} are renewed`,
    `They end on ${prior?.certificates_end}, and less than a third of their life is left. Nothing is restarted for it but Milvus' ` +
      "roles, one at a time, as the rollout of the milvus_cluster shows.",
  );
}

/** Another server, or another pin, brings another host key. */
function endpointChanged({ prior, planned }: PlanContext<Peer>): boolean {
  if (prior === null) return false;
  const { ssh, address } = planned;
  const known = ssh !== UNKNOWN && address !== UNKNOWN && !hasUnknown(ssh as Value);
  return !known || endpointChangedBetween(prior, { ssh: ssh as PeerModel["ssh"], address });
}

export function endpointChangedBetween(
  prior: Pick<PeerModel, "ssh" | "address">,
  next: Pick<PeerModel, "ssh" | "address">,
): boolean {
  const keys = ["host", "port", "host_key"] as const;
  if (keys.some((key) => prior.ssh[key] !== next.ssh[key])) return true;
  return prior.ssh.host === null && prior.address !== next.address;
}

function refuseOtherCluster({ diagnostics, prior }: PlanContext<Peer>): void {
  diagnostics.error(
    `${prior?.name} belongs to cluster ${prior?.cluster_id}`,
    "A prepared VM stays with its cluster: the credentials are to be replaced, or another cluster's are given. " +
      "Keep the credentials; to give the VM to another cluster, destroy this milvus_peer first.",
    ["cluster_id"],
  );
}

function refuseMembershipChange({ diagnostics, prior }: PlanContext<Peer>, name: Name): void {
  const before = prior?.[name] as string | number;
  diagnostics.error(
    `Cannot change ${name} of ${prior?.name}`,
    `It is a member of a formed cluster, which knows it by that. Put ${name} back to ${JSON.stringify(before)}.`,
    [name],
  );
}
