import { z } from "zod";
import { readdir } from "node:fs/promises";
import { dataDir } from "../../spec/disks";
import { peerOf } from "../../spec/host";
import { peerServices } from "../../render";
import { clusterSpec as spec } from "../api/schemas";
import { makeDataDirs } from "../steps/start";
import { handingOver, QUERY } from "./hand-over";
import type { PeerTask } from "./task";

const ETCD = "etcd";

const begin = z.strictObject({
  spec,
  /** All of them, with this peer's own. */
  members: z.array(z.strictObject({ name: z.string().min(1), peerUrl: z.string().min(1) })).min(2),
});

/** The peer starts its member of etcd, which joins the others; one that runs already is left alone. */
export const beginEtcd: PeerTask<z.infer<typeof begin>, Record<string, never>> = {
  name: "begin-etcd",
  params: begin,
  run: async ({ spec, members }, { config, ports, secrets, signal }) => {
    const running = (await ports.containers.list()).find((c) => c.service === ETCD);
    // One without data is of another life, and has lost it meanwhile.
    if (running && running.health !== "stopped" && (await namesIn(dataDir(spec, ETCD))).length > 0) return {};
    await ports.files.write(spec, (await secrets(spec)).cluster, members);
    await makeDataDirs(ports, peerServices(spec, peerOf(spec, config.identity.name))[ETCD]!);
    await ports.compose.recreate([ETCD], signal);
    return {};
  },
};

const look = z.strictObject({ spec });

/** Whether the peer's directory of etcd holds anything: data of another life, which no new member may begin with. */
export const lookForEtcdData: PeerTask<z.infer<typeof look>, { path: string; holdsData: boolean }> = {
  name: "look-for-etcd-data",
  params: look,
  run: async ({ spec }) => {
    const path = dataDir(spec, ETCD);
    return { path, holdsData: (await namesIn(path)).length > 0 };
  },
};

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

const stop = z.strictObject({
  services: z.array(z.string().min(1)),
  /** Others are to serve on meanwhile: what a query node serves goes to them first, where Milvus can be told. */
  handOver: z.boolean().optional(),
  /** Their containers stay: Docker starts them at the next boot. */
  keep: z.boolean().optional(),
});

/** A query node holds nothing of its own: without others to take over it need not wait for them. */
const ALONE_SECONDS = 2;

/** The peer stops components, each within its grace period: that is how long they hand over. */
export const stopServices: PeerTask<z.infer<typeof stop>, { handover?: string }> = {
  name: "stop-services",
  params: stop,
  run: async ({ services, handOver, keep }, ctx) => {
    const { ports, marks } = ctx;
    const why = keep ? "its VM is about to be rebooted" : "it is not wanted here any more";
    for (const service of services) marks.set(service, why, STOPPED_MS);
    const stopped = async (): Promise<void> => {
      for (const service of services) {
        const seconds = service === QUERY && !handOver ? ALONE_SECONDS : undefined;
        await ports.components[keep ? "stop" : "remove"](service, seconds);
      }
    };
    return { handover: await handingOver(ctx, ctx.spec, handOver ? services : [], stopped) };
  },
};

/** Until the spec that does not have them is in force here, or the VM has been rebooted. */
export const STOPPED_MS = 3_600_000;

/** The peer leaves the cluster once it has answered: its containers are removed, its data stays. */
export const dismissPeer: PeerTask<Record<string, never>, Record<string, never>> = {
  name: "dismiss",
  params: z.strictObject({}),
  run: async (_, { leave }) => {
    leave();
    return {};
  },
};
