import { isIP } from "node:net";
import { HostError, messageOf } from "../errors";
import type { Machine } from "../machine";
import { assess } from "./assess";
import type { HostFacts } from "./facts";
import type { Finding } from "./finding";
import { parseFacts } from "./parse";
import type { Requirements } from "./requirements";
import { hostOf, preflightScript } from "./script";

export interface PreflightOptions extends Requirements {
  /** Seconds during which a peer that does not answer is tried again: it may be booting. @default 30 */
  readonly reachabilitySeconds?: number;
}

const DEFAULT_REACHABILITY_SECONDS = 30;
const SCRIPT_MS = 60_000;

/** Looks at a VM in one round trip, changes nothing, and tells everything that is wrong with it. Throws HostError. */
export async function preflight(
  host: Machine,
  o: PreflightOptions,
): Promise<{ findings: Finding[]; facts: HostFacts }> {
  const targetSeconds = o.reachabilitySeconds ?? DEFAULT_REACHABILITY_SECONDS;
  const script = preflightScript({
    ...{ dataRoot: o.dataRoot, mountPoints: o.mountPoints ?? [], dataDirs: o.dataDirs ?? [] },
    ...{ ports: o.requiredPorts, targets: o.reachability, targetSeconds },
    names: namesOf(o),
  });
  const trip = { sentAt: Date.now(), answeredAt: 0 };
  const { stdout } = await host.check(script, {
    what: "look at the host",
    deadlineMs: SCRIPT_MS + targetSeconds * 1000,
    onFirstOutput: () => (trip.answeredAt = Date.now()),
  });
  try {
    const facts = parseFacts(stdout, trip);
    return { findings: assess(facts, o), facts };
  } catch (error) {
    const fix = "Check that the user's shell is a POSIX shell and prints nothing of its own";
    const explanation = { what: "look at the host failed", why: messageOf(error), fix };
    throw new HostError("command", host.target, explanation, { cause: error });
  }
}

/** Addresses that are names; each once. */
function namesOf(o: Requirements): string[] {
  const hosts = [...o.reachability.map(hostOf), ...(o.address === undefined ? [] : [o.address])];
  return [...new Set(hosts.filter((h) => isIP(h) === 0))];
}
