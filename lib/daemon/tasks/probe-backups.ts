import { z } from "zod";
import { clusterSpec as spec } from "../api/schemas";
import { probeTarget } from "../backups/probe";
import { refuseAnother } from "../backups/shared";
import type { PeerTask } from "./task";

const params = z.strictObject({
  spec,
  /** What another peer has written there, where that may be another place. */
  written: z.strictObject({ peer: z.string().min(1), word: z.string().min(1) }).optional(),
});

/** The peer tries the target that a spec has for backups, with the keys that the spec goes by. */
export const probeBackups: PeerTask<z.infer<typeof params>, Record<string, never>> = {
  name: "probe-backups",
  params,
  run: async ({ spec, written }, { ports, config, secrets, signal }) => {
    const { cluster } = await secrets(spec);
    const target = ports.backups.target(spec, cluster, { patienceMs: 0 });
    await probeTarget(target, config.identity.name, signal);
    if (written) await refuseAnother(target, written, signal);
    return {};
  },
};
