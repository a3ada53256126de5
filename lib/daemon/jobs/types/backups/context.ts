import { z } from "zod";
import { clientAddress, peerOf } from "../../../../spec/host";
import { milvusBackupFiles } from "../../../../render/milvus-backup";
import type { PhysicalContext } from "../../../backups/physical";
import type { EngineContext } from "../../../backups/portable";
import { BACKUP_NAME, milvusBackupImage } from "../../../../spec/backups";
import { Shelf } from "../../../backups/shelf";
import { fetchImage } from "../../../steps/images";
import { removeJobContainers } from "../../../tasks/job-containers";
import { messageOf } from "../../../wait";
import type { JobContext } from "../../type";

export const backupName = z
  .string()
  .regex(BACKUP_NAME, "must be 1 to 63 letters, digits, _ or -, and begin with a letter or a digit");

export const collectionNames = z
  .array(z.string().min(1))
  .min(1)
  .describe('`database/collection`; a bare name is one of the database "default"');

/** For a peer to remove a container or two. */
const STOP_MS = 30_000;

type Context = Pick<
  JobContext,
  "spec" | "secrets" | "ports" | "identity" | "signal" | "log" | "progress" | "detail" | "safePoint" | "tasks"
>;

/** What the engine works with: the object store of the cluster, and Milvus through this peer's load balancer. */
export function engineOf(ctx: Context): EngineContext {
  const { spec, secrets, ports, identity, signal } = ctx;
  const address = clientAddress(spec, peerOf(spec, identity.name).address, spec.ports.lb);
  return {
    milvus: ports.backups.milvus(address, secrets.cluster.milvusRootPassword),
    target: ports.backups.target(spec, secrets.cluster),
    imports: ports.backups.imports(spec, secrets.cluster),
    signal,
    log: (text) => ctx.log(text),
    progress: (part, detail) => {
      ctx.progress(part);
      ctx.detail(detail);
    },
  };
}

/** The same for the engine that has milvus-backup do the work, on this peer. */
export function physicalOf(ctx: Context): PhysicalContext {
  const { spec, secrets, ports, identity, signal } = ctx;
  const image = milvusBackupImage(spec);
  const { registryAuth } = secrets;
  return {
    ...{ ...engineOf(ctx), image, containers: ports.jobContainers },
    ...{ safePoint: () => ctx.safePoint(), detail: (text) => ctx.detail(text) },
    stopLeftovers: () => stopLeftovers(ctx),
    fetchImage: () =>
      fetchImage({ ports, registryAuth, signal }, image, (at) => ctx.detail(`${image}: ${at}`)),
    files: (folder) =>
      milvusBackupFiles(spec, secrets.cluster, { peer: identity.name, folder, tls: ports.backups.tls() }),
  };
}

/** A peer that does not answer is told: what a leader began there may still be at work. */
async function stopLeftovers({ spec, tasks, signal, log }: Context): Promise<void> {
  const stopped = spec.peers.map(async ({ name }) => {
    try {
      const { removed } = await tasks.run(name, removeJobContainers, {}, { deadlineMs: STOP_MS, signal });
      if (removed > 0) log(`${name}: ${removed} container(s) of an earlier leader are removed`);
    } catch (error) {
      signal.throwIfAborted();
      log(`${name} cannot be asked for containers of an earlier leader: ${messageOf(error)}`, "warn");
    }
  });
  await Promise.all(stopped);
}

/** To clean up when the job itself is to stop. */
export function shelfFor({ spec, secrets, ports }: Context, signal: AbortSignal): Shelf {
  return new Shelf(ports.backups.target(spec, secrets.cluster), signal);
}

export function shelfOf(ctx: Context): Shelf {
  return shelfFor(ctx, ctx.signal);
}
