import type { ComposeService } from "../compose-file";
import { composeOf } from "./compose";
import type { StepContext, StepExecutor } from "./step";

/** Makes the data directories, then starts all containers of this peer together. */
export const start: StepExecutor = {
  kind: "start",
  isDone: async (ctx) => {
    const { services } = await composeOf(ctx);
    const running = new Map((await ctx.ports.containers.list()).map((c) => [c.service, c]));
    return services.every((s) => {
      const container = running.get(s.name);
      return container !== undefined && container.health !== "stopped" && container.image === s.image;
    });
  },
  run: async (ctx) => {
    const { services } = await composeOf(ctx);
    for (const service of services) await makeDataDirs(ctx, service);
    ctx.detail(`starting ${services.length} containers`);
    await ctx.ports.compose.up(ctx.signal);
  },
};

async function makeDataDirs(ctx: StepContext, service: ComposeService): Promise<void> {
  const paths = service.mounts.filter((path) => path.startsWith(`${ctx.spec.dataRoot}/`));
  if (paths.length === 0) return;
  const user = service.user ?? (await ctx.ports.containers.imageUser(service.image));
  const [uid, gid] = ids(user, service);
  for (const path of paths) await ctx.ports.files.makeDataDir(path, 0o700, uid, gid);
}

/** Names would have to be looked up inside the image; the images that we render for have numbers, or root. */
function ids(user: string, service: ComposeService): [number, number] {
  const [uid = "", gid = "0"] = (user === "" || user === "root" ? "0:0" : user).split(":");
  if (/^\d+$/.test(uid) && /^\d+$/.test(gid)) return [Number(uid), Number(gid)];
  throw new Error(
    `image ${service.image} runs as user "${user}", whose number is unknown outside of it: use an image with a numeric USER`,
  );
}
