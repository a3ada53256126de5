import type { ClusterSpec } from "../../../spec/spec";
import { DiagnosticsError } from "../../framework";
import type { PeerSession } from "../peer-session";
import { everyPeer } from "./form";

/**
 * Reaches every VM and its daemon before anything is changed, and compares the VMs with one another. Throws with every peer
 * that cannot be reached and everything that keeps them from being one cluster.
 */
export async function checkHosts(sessions: readonly PeerSession[], spec: ClusterSpec): Promise<void> {
  const { compareHosts, preflight } = await import("../../../host/index.js");
  const nothing = { requiredPorts: [], reachability: [] };
  const facts = await everyPeer(
    sessions,
    async (session) => {
      const host = await session.host();
      const look = preflight(host, { ...nothing, dataRoot: spec.dataRoot });
      const [found] = await Promise.all([look, session.daemon.health()]);
      return { name: session.name, facts: found.facts };
    },
    "cannot be reached",
  );
  const findings = compareHosts(facts).filter((f) => f.severity === "error");
  if (findings.length === 0) return;
  throw new DiagnosticsError(
    findings.map((f) => ({ severity: "error", summary: capitalised(f.what), detail: `${f.why}. ${f.fix}.` })),
  );
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
