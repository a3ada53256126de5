import { z } from "zod";
import { clusterSpec as spec } from "../api/schemas";
import { probeTarget } from "../backups/probe";
import type { PeerTask } from "./task";

const params = z.strictObject({ spec });

/** The peer tries the target that a spec has for backups, with the keys that the spec goes by. */
export const probeBackups: PeerTask<z.infer<typeof params>, Record<string, never>> = {
  name: "probe-backups",
  params,
  run: async ({ spec }, { ports, config, secrets, signal }) => {
    const { cluster } = await secrets(spec);
    await probeTarget(ports.backups.target(spec, cluster, { patienceMs: 0 }), config.identity.name, signal);
    return {};
  },
};
