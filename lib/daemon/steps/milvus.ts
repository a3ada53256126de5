import type { ProcessSpec } from "../../spec/families";
import { peerOf } from "../../spec/host";
import { rolesOf } from "../../spec/roles";
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
    return tally("roles are healthy", await Promise.all(roles.map((role) => problemOf(ctx, role))));
  },
});

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
