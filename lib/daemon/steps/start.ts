import type { Service } from "../../render/service";
import { servicesOf, type Ports, type StepExecutor } from "./step";

/** Makes the data directories, then starts all containers of this peer together. */
export const start: StepExecutor = {
  kind: "start",
  isDone: async (ctx) => {
    const running = new Map((await ctx.ports.containers.list()).map((c) => [c.service, c]));
    return servicesOf(ctx).every(([name, { image }]) => {
      const container = running.get(name);
      return container !== undefined && container.health !== "stopped" && container.image === image;
    });
  },
  run: async (ctx) => {
    const services = servicesOf(ctx);
    for (const [, service] of services) await makeDataDirs(ctx.ports, service);
    ctx.detail(`starting ${services.length} containers`);
    await ctx.ports.compose.up(ctx.signal);
  },
};

/** Throws where a disk is not mounted. */
export async function makeDataDirs(
  ports: Pick<Ports, "containers" | "files">,
  service: Service,
): Promise<void> {
  const { data = [] } = service;
  if (data.length === 0) return;
  const user = service.user ?? (await ports.containers.imageUser(service.image));
  const [uid, gid] = ids(user, service);
  for (const { source, below } of data) {
    if (below !== undefined && !(await ports.files.isDirectory(below))) throw new Error(unmounted(below));
    await ports.files.makeDataDir(source, 0o700, uid, gid);
  }
}

function unmounted(path: string): string {
  return `${path} is missing: it was made when the VM was prepared, so its disk is not mounted; mount it, and apply again`;
}

/** Names would have to be looked up inside the image; the images that we render for have numbers, or root. */
function ids(user: string, service: Service): [number, number] {
  const [uid = "", gid = "0"] = (user === "" || user === "root" ? "0:0" : user).split(":");
  if (/^\d+$/.test(uid) && /^\d+$/.test(gid)) return [Number(uid), Number(gid)];
  throw new Error(
    `image ${service.image} runs as user "${user}", whose number is unknown outside of it: use an image with a numeric USER`,
  );
}
