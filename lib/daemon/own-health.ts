import type { FormProgress, HealthReply, PeerState } from "../api/wire";
import type { Records } from "./store/records";

/** What this daemon says of itself to anybody: so no address, and no reason that is for the holder of the token alone. */
export function ownHealth(
  state: PeerState,
  forming: FormProgress["state"],
  trouble: Records["trouble"],
): HealthReply {
  const degraded = (reason: string): HealthReply => ({ status: "degraded", state, reason });
  if (forming === "failed") return degraded("forming failed: see GET /form");
  // Before it is formed, nobody expects etcd to be there.
  if (state === "member" && trouble) {
    const seconds = Math.round(trouble.sinceMs / 1000);
    return degraded(`etcd has not answered for ${seconds} s: ${trouble.reason}`);
  }
  return { status: "ok", state };
}
