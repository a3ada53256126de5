import { minioAdmin } from "../../minio";
import { hasMinio, nearestFirst } from "../../minio/pool";
import { until } from "../../wait";
import { beginChange } from "./claim";
import type { ChangeContext, ChangeExecutor } from "./context";

/** Disks of some TiB take hours. */
const HEAL_MS = 24 * 3_600_000;

/** The daemon that saw the drives come up may have begun the same: MinIO refuses a second heal until the first has ended. */
export const heal: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers }) => {
    await beginChange(ctx);
    await rebuilt(ctx, peers);
  },
};

/** Waits until the drives of some peers are online, and every object is whole again. */
export async function rebuilt(ctx: ChangeContext, peers: readonly string[]): Promise<void> {
  const { identity, ports, params, signal } = ctx;
  if (!hasMinio(params.to)) return;
  const admin = minioAdmin(ports.http, params.to, (await ctx.secretsOf(params.to)).cluster);
  const [via] = nearestFirst(params.to, identity.name);
  const missing = async (): Promise<string | undefined> => {
    ctx.safePoint();
    const offline = (await admin.nodes(via!)).filter((n) => n.drivesOnline < n.drives);
    if (offline.length > 0) return `drives of ${offline.map((n) => n.peer).join(", ")} are offline`;
    await admin.heal(via!, signal, () => ctx.safePoint());
    return undefined;
  };
  const what = `the drives of ${peers.join(", ")}, rebuilt by MinIO`;
  await until(missing, { what, deadlineMs: HEAL_MS, everyMs: 1_000, signal, onDetail: ctx.detail });
  ctx.log(`MinIO has rebuilt the drives of ${peers.join(", ")}`);
}
