import { minioAccess } from "../../minio";
import { hasMinio, nearestFirst } from "../../minio/pool";
import { until } from "../../wait";
import { beginChange } from "./claim";
import type { ChangeExecutor } from "./context";
import { secretsOnTheWay } from "./secrets";

/** MinIO's nodes tell each other of a user at once; one that was just busy may be late. */
const GRANT_MS = 60_000;

/** Whoever is root of MinIO right now: on a second try it may know the new password already. */
export const grant: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    await beginChange(ctx);
    const { identity, ports, signal } = ctx;
    const { to } = ctx.params;
    if (!hasMinio(to)) return;
    const [wanted, ...others] = await secretsOnTheWay(ctx);
    const access = minioAccess(ports.http, to, wanted, others);
    const nodes = nearestFirst(to, identity.name);
    const missing = async (): Promise<string | undefined> => {
      for (const via of nodes) {
        if (await access.hasAccess(via)) continue;
        await access.grantAccess(via);
        return `MinIO on ${via} does not let it in yet`;
      }
      return undefined;
    };
    const what = "Milvus' new user in MinIO";
    await until(missing, { what, deadlineMs: GRANT_MS, everyMs: 500, signal, onDetail: ctx.detail });
    ctx.log("MinIO lets Milvus in with its new user");
  },
};
