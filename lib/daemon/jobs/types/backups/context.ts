import { z } from "zod";
import { clientAddress, peerOf } from "../../../../spec/host";
import type { EngineContext } from "../../../backups/portable";
import { BACKUP_NAME } from "../../../../spec/backups";
import { Shelf } from "../../../backups/shelf";
import type { JobContext } from "../../type";

export const backupName = z
  .string()
  .regex(BACKUP_NAME, "must be 1 to 63 letters, digits, _ or -, and begin with a letter or a digit");

export const collectionNames = z
  .array(z.string().min(1))
  .min(1)
  .describe('`database/collection`; a bare name is one of the database "default"');

type Context = Pick<
  JobContext,
  "spec" | "secrets" | "ports" | "identity" | "signal" | "log" | "progress" | "detail"
>;

/** What the engine works with: the object store of the cluster, and Milvus through this peer's load balancer. */
export function engineOf(ctx: Context): EngineContext {
  const { spec, secrets, ports, identity, signal } = ctx;
  const address = clientAddress(spec, peerOf(spec, identity.name).address, spec.ports.lb);
  return {
    milvus: ports.backups.milvus(address, secrets.cluster.milvusRootPassword),
    target: ports.backups.target(spec, secrets.cluster),
    signal,
    log: (text) => ctx.log(text),
    progress: (part, detail) => {
      ctx.progress(part);
      ctx.detail(detail);
    },
  };
}

export function shelfOf({ spec, secrets, ports, signal }: Context): Shelf {
  return new Shelf(ports.backups.target(spec, secrets.cluster), signal);
}
