import type { Command } from "commander";
import type { PeerStatus, StatusReply } from "../../api/wire";
import { EXIT } from "../exit";
import { localClient } from "../local";
import { clusterOptions, type ClusterCommandOptions } from "../options";
import { isRemote, runRemotely } from "../remote";
import { table } from "../table";

export function addStatus(program: Command): void {
  clusterOptions(program.command("status"))
    .description("show every peer and component of the cluster")
    .action(async (o: ClusterCommandOptions) => {
      process.exitCode = isRemote(o)
        ? await runRemotely(["status", "--output", o.output], o)
        : await status(o);
    });
}

async function status({ output }: ClusterCommandOptions): Promise<number> {
  const reply = await (await localClient()).status();
  console.log(output === "json" ? JSON.stringify(reply, null, 2) : statusText(reply));
  return statusExit(reply);
}

export function statusExit({ health }: StatusReply): number {
  if (health === "degraded") return EXIT.degraded;
  return health === "ok" ? EXIT.ok : EXIT.failed;
}

/** For people. */
export function statusText({ cluster, leader, endpoints, health, peers }: StatusReply): string {
  const name = cluster
    ? `${cluster.name}, Milvus ${cluster.version}, generation ${cluster.generation}`
    : "none";
  const facts = [
    ["cluster", name],
    ["health", health],
    ["leader", leader ? `${leader.peer} (term ${leader.term})` : "none"],
    ["endpoints", endpoints.join(", ") || "none"],
  ];
  const head = facts.map(([key, value]) => `${key!.padEnd(9)}  ${value}`).join("\n");
  return `${head}\n\n${table(["peer", "address", "state", "component", "health", "detail"], peers.flatMap(peerRows))}`;
}

function peerRows(peer: PeerStatus): string[][] {
  const state = peer.reachable ? (peer.state ?? "") : "unreachable";
  const components = peer.components.map((c) => [c.name, c.health, c.detail ?? ""]);
  const rows =
    peer.error !== undefined || components.length === 0
      ? [["", "", peer.error ?? ""], ...components]
      : components;
  return rows.map((row, i) => [...(i === 0 ? [peer.name, peer.address, state] : ["", "", ""]), ...row]);
}
