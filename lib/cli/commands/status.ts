import type { Command } from "commander";
import type { PeerStatus, StatusReply, StorageCapacity } from "../../api/wire";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { print } from "../output";
import { tinted } from "../style";
import { facts, table } from "../table";

export function addStatus(program: Command): void {
  const command = program.command("status").description("show every peer and component of the cluster");
  clusterCommand(command, async ({ cluster, o }) => {
    const reply = await cluster.ask((client) => client.status());
    print(o.output, reply, statusText);
    return statusExit(reply);
  });
}

export function statusExit({ health }: StatusReply): number {
  if (health === "degraded") return EXIT.degraded;
  return health === "ok" ? EXIT.ok : EXIT.failed;
}

/** For people. */
export function statusText(reply: StatusReply): string {
  const { cluster, leader, endpoints, waitingFor, health, peers, resilience, capacity } = reply;
  const name = cluster
    ? `${cluster.name}, Milvus ${cluster.version}, generation ${cluster.generation}`
    : "none";
  const head = facts([
    ["cluster", name],
    ["health", tinted(health)],
    ...(waitingFor === undefined ? [] : [["waits for", waitingFor] as const]),
    ["leader", leader ? `${leader.peer} (term ${leader.term})` : "none"],
    ["endpoints", endpoints.join(", ") || "none"],
    ...(capacity ? [["capacity", capacityText(capacity)] as const] : []),
    ...certificateFact(peers),
    ...resilience.map((line, i) => [i === 0 ? "survives" : "", line] as const),
  ]);
  return `${head}\n\n${table(["peer", "address", "state", "component", "health", "detail"], peers.flatMap(peerRows))}`;
}

/** The peer that has to do with it first. */
function certificateFact(peers: readonly PeerStatus[]): (readonly [string, string])[] {
  const ends = peers.flatMap(({ name, certificatesEnd: end }) => (end === undefined ? [] : [{ name, end }]));
  const first = ends.sort((a, b) => a.end.localeCompare(b.end))[0];
  return first ? [["certificates", `valid until ${first.end.slice(0, 10)} (${first.name} first)`]] : [];
}

/** Parity takes its share of what is used, too. */
function capacityText({ raw, usable, used }: StorageCapacity): string {
  const share = raw === 0 ? 0 : usable / raw;
  return `${gib(used * share)} of ${gib(usable)} usable (${gib(raw)} raw)`;
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function peerRows(peer: PeerStatus): string[][] {
  const state = tinted(peer.reachable ? (peer.state ?? "") : "unreachable");
  const components = peer.components.map((c) => [c.name, tinted(c.health), c.detail ?? ""]);
  const rows =
    peer.error !== undefined || components.length === 0
      ? [["", "", peer.error ?? ""], ...components]
      : components;
  return rows.map((row, i) => [...(i === 0 ? [peer.name, peer.address, state] : ["", "", ""]), ...row]);
}
