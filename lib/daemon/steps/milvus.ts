import type { ProcessSpec } from "../../spec/families";
import { peerOf } from "../../spec/host";
import { rolesOf } from "../../spec/roles";
import { MILVUS_SESSIONS } from "../keys";
import { lostSessions } from "../status/sessions";
import { messageOf } from "../wait";
import { gate, tally } from "./gate";
import type { StepContext } from "./step";

/** Every role of this peer; a standby coordinator counts as healthy. Source: milvus-images.md, "HTTP on 9091". */
export const milvus = gate({
  kind: "milvus",
  what: "Milvus",
  deadlineMs: 300_000,
  services: (ctx) => ownRoles(ctx).map((role) => role.name),
  missing: async (ctx) => {
    const roles = ownRoles(ctx);
    const found = tally("roles are healthy", await Promise.all(roles.map((role) => problemOf(ctx, role))));
    if (found !== undefined) await revive(ctx, roles);
    return found;
  },
});

/**
 * Starts coordinators anew that Docker calls unhealthy and that have no session: on a host so busy that a lease ends while the
 * cluster is being formed, Milvus 2.3.5 goes on with the dead one for ever (see status/sessions.ts). The watchdog begins later.
 */
async function revive({ ports, identity }: StepContext, roles: readonly ProcessSpec[]): Promise<void> {
  const sick = (await ports.containers.list()).filter((c) => c.health === "unhealthy");
  const coordinators = roles.filter((role) => role.activeStandby.length > 0);
  const suspects = coordinators.filter(({ name }) => sick.some(({ service }) => service === name));
  if (suspects.length === 0) return;
  const sessions = await ports.store.list(MILVUS_SESSIONS);
  for (const role of suspects) {
    if (lostSessions(role, sessions, identity.address).length > 0) await ports.components.restart(role.name);
  }
}

function ownRoles({ spec, identity }: StepContext): readonly ProcessSpec[] {
  return rolesOf(spec, peerOf(spec, identity.name));
}

async function problemOf(
  { ports, identity, spec }: StepContext,
  role: ProcessSpec,
): Promise<string | undefined> {
  const at = `127.0.0.1:${spec.ports.milvusMetricsBase + role.metricsIndex}`;
  try {
    const { status, body } = await ports.http.get(`http://${at}/healthz`, 3_000);
    return status === 200
      ? undefined
      : `${role.name} on ${identity.name}: ${body.trim().slice(0, 200) || status}`;
  } catch (error) {
    return `${role.name} on ${identity.name} (${at}): ${messageOf(error)}`;
  }
}
