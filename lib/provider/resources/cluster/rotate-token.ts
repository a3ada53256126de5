import { tokenSha256 } from "../../../api/token";
import { DiagnosticsError } from "../../framework";
import { log } from "../../log";
import type { PeerSession } from "../peer-session";
import { soonest } from "../soonest";

const JOB_MS = 300_000;

/**
 * Puts a new token in force on all peers, by the cluster's own job and under the authority of a peer: so it does not matter
 * whether the token in Terraform's state is still the one in force. Any peer that can be reached will do.
 */
export async function rotateToken(sessions: readonly PeerSession[], token: string): Promise<void> {
  const problems: string[] = [];
  // First one that is there, for each that is away takes its time to be known as such.
  const there = await soonest(sessions, (session) => session.host().then(() => session)).catch(
    () => undefined,
  );
  for (const session of there ? [there, ...sessions.filter((s) => s !== there)] : sessions) {
    try {
      const host = await session.host();
      const command = `milvus-onprem rotate-token --sha256 ${tokenSha256(token)}`;
      await host.check(command, { what: "rotate the token", deadlineMs: JOB_MS });
      log.info(`${session.name}: the new token is in force`);
      return;
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const detail = `${problems.join("\n")}\nThe old token stays in force; apply again once a peer answers and etcd has a quorum.`;
  throw new DiagnosticsError([{ severity: "error", summary: "The token was not rotated", detail }]);
}
