import { COMPOSE_FILE } from "../../render";
import { NGINX_CONF } from "../../render/nginx";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";
import { peersText } from "../names-text";

/** Files that no restart brings along. A peer whose container is made anew has its files written just before. */
export function writeStep({ to, files }: Transition, restarts: readonly ChangeStep[]): ChangeStep[] {
  // Nginx has read its own by then, and no peer comes or goes in such a change.
  if (restarts.some(({ kind }) => kind === "movePulsar" || kind === "movePorts")) return [];
  const restarted = new Set(restarts.flatMap((step) => step.peers));
  const nginxReads = (peer: string): boolean => files.get(peer)?.includes(NGINX_CONF) ?? false;
  const peers = to.peers
    .map(({ name }) => name)
    .filter((name) => files.has(name) && (!restarted.has(name) || nginxReads(name)));
  if (peers.length === 0) return [];
  const names = [...new Set(peers.flatMap((peer) => files.get(peer) ?? []))].filter(
    (name) => name !== COMPOSE_FILE,
  );
  const reload = peers.some(nginxReads);
  const what = names.length === 0 ? COMPOSE_FILE : names.join(" and ");
  return [
    {
      name: "write",
      kind: "write",
      title: `write ${what} on ${peersText(peers, to)}${reload ? ", and have nginx read its own again" : ""}`,
      why: [],
      peers,
      reload,
      impact: reload ? { ...UNNOTICED, detail: "connections that are open stay open" } : UNNOTICED,
    },
  ];
}
