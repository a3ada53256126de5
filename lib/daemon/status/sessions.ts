import type { ProcessSpec } from "../../spec/families";
import { MILVUS_SESSIONS } from "../keys";

/** Milvus' sessions in etcd by key, as `store.list(MILVUS_SESSIONS)` gives them. */
export type Sessions = Readonly<Record<string, string>>;

const COORDINATORS = ["rootcoord", "datacoord", "querycoord", "mixcoord"];

/** The session key without a number belongs to the active one; each coordinator elects on its own. */
export function activeCoordinators(sessions: Sessions, address: string): string {
  const active = activeAt(sessions, address);
  return active.length > 0 ? `active: ${active.join(", ")}` : "standby";
}

export function activeCoordinatorCount(sessions: Sessions, address: string): number {
  return activeAt(sessions, address).length;
}

function activeAt(sessions: Sessions, address: string): string[] {
  return COORDINATORS.filter((name) => isAt(sessions[`${MILVUS_SESSIONS}${name}`], address));
}

/**
 * Coordinators in a role's process of this peer that have no session of their own, active or standby. Seen with Milvus 2.3.5: a
 * standby whose lease ended while its connection led to an etcd member that had vanished stays up, calls itself healthy, and tries
 * for ever to take over with the dead lease ("requested lease not found"). Only a restart helps.
 */
export function lostSessions({ activeStandby }: ProcessSpec, sessions: Sessions, address: string): string[] {
  return activeStandby
    .map((section) => section.toLowerCase())
    .filter((name) => !numbered(sessions, name).some((session) => isAt(session, address)));
}

/** What of Milvus lives at an address, by name: a session ends seconds after its process. */
export function livingAt(sessions: Sessions, address: string): string[] {
  const names = Object.keys(sessions).map((key) => key.slice(MILVUS_SESSIONS.length));
  const own = names.filter((name) => NUMBER.test(name) || COORDINATORS.includes(name));
  const there = own.filter((name) => isAt(sessions[`${MILVUS_SESSIONS}${name}`], address));
  return [...new Set(there.map((name) => name.replace(NUMBER, "")))];
}

/** Beside sessions, their prefix holds a counter and a version. */
const NUMBER = /-\d+$/;

/** Sessions of every process that runs this coordinator. */
function numbered(sessions: Sessions, name: string): string[] {
  const keys = Object.keys(sessions).filter((key) => key.startsWith(`${MILVUS_SESSIONS}${name}-`));
  return keys.map((key) => sessions[key]!);
}

function isAt(session: string | undefined, address: string): boolean {
  if (session === undefined) return false;
  const at = (JSON.parse(session) as { Address?: string }).Address ?? "";
  return at.slice(0, at.lastIndexOf(":")).replace(/^\[|\]$/g, "") === address;
}
