import { setTimeout as sleep } from "node:timers/promises";
import type { PeerSession } from "../peer-session";

const START_MS = 60_000;
const POLL_MS = 250;

/** Waits until the daemon answers, and returns its version. Throws with its last words when it does not within a minute. */
export async function daemonVersion(session: PeerSession): Promise<string> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    try {
      await session.daemon.health();
      return (await session.daemon.version()).version;
    } catch (error) {
      if (performance.now() > deadline) throw await silent(session, error as Error);
    }
    const host = await session.host(); // throws when the operation was cancelled or the VM is gone
    await host.run("true", { what: "look whether the VM still answers" });
    await sleep(POLL_MS);
  }
}

async function silent(session: PeerSession, last: Error): Promise<Error> {
  const { daemonState, HostError } = await import("../../../host/index.js");
  const host = await session.host();
  const state = await daemonState(host);
  const restarts = state.restarts > 0 ? `, restarted ${state.restarts} times` : "";
  return new HostError(
    "deadline",
    host.target,
    {
      what: `the daemon of ${session.name} does not answer`,
      why: `no /health within ${START_MS / 1000} s (${last.message}); its container is ${state.status}${restarts}. It said:\n${state.log}`,
      fix: "Correct what it complains about, and apply again",
    },
    { cause: last },
  );
}
