import { clientAddress, ownFirst } from "../../../spec/host";
import type { ClusterSecrets } from "../../../spec/secrets";
import { minioAccess } from "../../minio";
import { hasMinio, nearestFirst } from "../../minio/pool";
import { until } from "../../wait";
import { beginChange } from "./claim";
import type { ChangeContext, ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";
import { rootPassword, secretsOnTheWay } from "./secrets";

/** For every proxy to forget what it has cached of root. */
const PASSWORD_MS = 60_000;

export const revoke: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    await beginChange(ctx);
    const [wanted, ...others] = await secretsOnTheWay(ctx);
    if (ctx.params.to.security.authentication) await changePassword(ctx, wanted, others);
    await removeUsers(ctx, wanted, others);
    await new ServiceGate(ctx).pass("with the new secrets");
  },
};

/** Until every load balancer leads to a proxy that takes the new password, and no other one. */
async function changePassword(
  ctx: ChangeContext,
  { milvusRootPassword: wanted }: ClusterSecrets,
  others: readonly ClusterSecrets[],
): Promise<void> {
  const { identity, ports, signal, params } = ctx;
  const { milvus } = ports;
  const { to } = params;
  const old = others.map((secrets) => secrets.milvusRootPassword).filter((password) => password !== wanted);
  const missing = async (): Promise<string | undefined> => {
    for (const { name, address } of ownFirst(to.peers, identity.name)) {
      const proxy = clientAddress(to, address, to.ports.lb);
      const found = await rootPassword(ctx, proxy);
      if (found !== wanted) {
        await milvus.changeRootPassword(proxy, found, wanted);
        return `it was changed through ${name}, and is looked at once more`;
      }
      for (const password of old)
        if (await milvus.accepts(proxy, password)) return `${name} takes the old one still`;
    }
    return undefined;
  };
  const what = "the new password of Milvus' root";
  await until(missing, { what, deadlineMs: PASSWORD_MS, everyMs: 500, signal, onDetail: ctx.detail });
  ctx.log("Milvus' root has its new password; the old one is refused");
}

async function removeUsers(
  ctx: ChangeContext,
  wanted: ClusterSecrets,
  others: readonly ClusterSecrets[],
): Promise<void> {
  const { to } = ctx.params;
  if (!hasMinio(to)) return;
  const access = minioAccess(ctx.ports.http, to, wanted, others);
  const [via] = nearestFirst(to, ctx.identity.name);
  const users = others.map(({ minioUser }) => minioUser).filter((user) => user !== wanted.minioUser);
  for (const user of users) await access.remove(via!, user);
  ctx.log("MinIO knows Milvus by its new user alone");
}
