import { DaemonUnreachableError } from "../../../api/client";
import type { Context } from "../../framework";
import { DiagnosticsError, type Diagnostic } from "../../framework";
import { log } from "../../log";
import type { PeerSession } from "../peer-session";

/** Takes every peer out of the cluster at once. A peer out of reach is warned about; one that fails is an error. */
export async function teardown(
  sessions: readonly PeerSession[],
  deleteData: boolean,
  { diagnostics }: Context,
): Promise<void> {
  const problems = await Promise.all(sessions.map((session) => teardownPeer(session, deleteData)));
  const found = problems.filter((p) => p !== undefined);
  const errors = found.filter((p) => p.severity === "error");
  if (errors.length > 0) throw new DiagnosticsError(found);
  diagnostics.add(...found);
}

async function teardownPeer(session: PeerSession, deleteData: boolean): Promise<Diagnostic | undefined> {
  try {
    await session.daemon.teardown({ deleteData });
    log.info(`${session.name}: torn down${deleteData ? ", data deleted" : ", data kept"}`);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof DaemonUnreachableError)) {
      const detail = `${message}. The cluster stays recorded: correct this, and destroy again.`;
      return { severity: "error", summary: `${session.name} could not be torn down`, detail };
    }
    const left = `${message}. Its containers and data stay as they are; remove them by hand if it comes back.`;
    return { severity: "warning", summary: `${session.name} was left as it is`, detail: left };
  }
}
