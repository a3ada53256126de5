import { minioAccess } from "../minio";
import type { MinioAccess } from "../minio/access";
import { hasMinio, nearestFirst } from "../minio/pool";
import type { StepContext, StepExecutor } from "./step";

/** Milvus gets a user of MinIO that sees its bucket alone. A store outside the cluster is its owner's to guard. */
export const storageAccess: StepExecutor = {
  kind: "storageAccess",
  isDone: async (ctx) => {
    const found = accessOf(ctx);
    return found === undefined || found.access.hasAccess(found.via);
  },
  run: async (ctx) => {
    const found = accessOf(ctx);
    if (!found) return;
    await found.access.grantAccess(found.via);
    if (!(await found.access.hasAccess(found.via))) throw new Error(NOT_YET);
  },
};

const NOT_YET = "MinIO took Milvus' user and its policy, but does not let it into its bucket yet";

function accessOf(ctx: StepContext): { access: MinioAccess; via: string } | undefined {
  const { spec, secrets, identity, ports } = ctx;
  if (!hasMinio(spec)) return undefined;
  const via = nearestFirst(spec, identity.name)[0]!;
  return { access: minioAccess(ports.http, spec, secrets), via };
}
