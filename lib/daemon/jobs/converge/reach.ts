import { probeBackups } from "../../tasks/probe-backups";
import { steadyPeers, type ChangeExecutor } from "./context";

/** Four requests of a minute each at most. */
const PROBE_MS = 300_000;

/** From every peer, for whoever leads then makes the backups. Those that are to join look for themselves. */
export const reach: ChangeExecutor = {
  isDone: async () => false,
  run: async ({ params, tasks, signal, log }) => {
    const { to: spec } = params;
    const o = { deadlineMs: PROBE_MS, signal };
    const peers = steadyPeers(params).map(({ name }) => name);
    await Promise.all(peers.map((peer) => tasks.run(peer, probeBackups, { spec }, o)));
    log(`backups can be written, read and deleted there from ${peers.join(", ")}`);
  },
};
