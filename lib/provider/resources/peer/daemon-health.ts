import type { PeerSession } from "../peer-session";

/** Waits until the daemon answers, and returns its version. Throws with its last words when it does not within a minute. */
export async function daemonVersion(session: PeerSession): Promise<string> {
  const { daemonAnswers } = await import("../../../host/index.js");
  const ask = (): Promise<unknown> => session.daemon.health();
  await daemonAnswers({ name: session.name, ask, machine: () => session.host(), again: "apply again" });
  return (await session.daemon.version()).version;
}
