import { z } from "zod";
import { version } from "../../../package.json";
import type { ComponentStatus } from "../../api/wire";
import { containerName, fingerprints } from "../../render";
import { peerOf } from "../../spec/host";
import type { ClusterSpec } from "../../spec/spec";
import { clusterSpec } from "../api/schemas";
import { specDigest } from "../digest";
import { localComponent, localStatus, type LocalView } from "../status/local";
import { images } from "../steps/images";
import { until } from "../wait";
import type { PeerTask, TaskContext } from "./task";

const spec = clusterSpec as unknown as z.ZodType<ClusterSpec>;
const target = z.strictObject({ spec });
type Target = z.infer<typeof target>;

/** From the start of a new container until its component answers; none takes longer on a healthy host. */
export const HEALTHY_MS = 240_000;
/** Stopping, making and starting anew come on top. */
const MARK_MS = HEALTHY_MS + 200_000;

/** The peer pulls what a spec's containers are made of. */
export const pullImages: PeerTask<Target, Record<string, never>> = {
  name: "pull-images",
  params: target,
  run: async ({ spec }, ctx) => {
    const { registryAuth, cluster } = await ctx.secrets();
    const { identity } = ctx.config;
    const base = { spec, specDigest: specDigest(spec), secrets: cluster, registryAuth, identity };
    await images.run({ ...base, ports: ctx.ports, signal: ctx.signal, detail: () => undefined });
    return {};
  },
};

const one = z.strictObject({ spec, service: z.string().min(1) });

/** The peer makes one container as a spec wants it, unless it is so, and waits until its component answers. */
export const recreateWithin = (healthyMs: number): PeerTask<z.infer<typeof one>, { changed: boolean }> => ({
  name: "recreate",
  params: one,
  run: async ({ spec, service }, ctx) => {
    const { ports, marks, signal } = ctx;
    const { name } = ctx.config.identity;
    const wanted = fingerprints(spec, peerOf(spec, name))[service];
    if (wanted === undefined) throw new Error(`the spec has no ${service} on ${name}`);
    await ports.files.write(spec, (await ctx.secrets()).cluster);
    const found = (await ports.containers.list()).find((c) => c.service === service);
    const changed = found?.fingerprint !== wanted;
    marks.set(service, "a change of the cluster makes it anew", MARK_MS);
    try {
      if (changed) await ports.compose.recreate(service, signal);
      await until(() => missing(ctx, spec, service), {
        what: `${service} on ${name}`,
        deadlineMs: healthyMs,
        everyMs: 500,
        signal,
      });
    } finally {
      marks.clear(service);
    }
    return { changed };
  },
});

export const recreate = recreateWithin(HEALTHY_MS);

/** What keeps a component from being healthy, if anything. */
async function missing(ctx: TaskContext, spec: ClusterSpec, service: string): Promise<string | undefined> {
  const found = await localComponent(localView(ctx, spec), spec, service);
  if (found.health === "healthy" && !found.detail?.startsWith("no session")) return undefined;
  const detail = found.detail === undefined ? "" : ` (${found.detail})`;
  return `it is ${found.health}${detail}: see docker logs ${containerName(service)} there`;
}

const files = z.strictObject({ spec, reload: z.boolean() });

/** The peer writes what a spec renders to; with `reload`, nginx reads its file again, without losing a connection. */
export const writeFiles: PeerTask<z.infer<typeof files>, Record<string, never>> = {
  name: "write-files",
  params: files,
  run: async ({ spec, reload }, { ports, secrets }) => {
    await ports.files.write(spec, (await secrets()).cluster);
    if (reload) await ports.components.signal("nginx", "SIGHUP");
    return {};
  },
};

/** How the components of the peer are. */
export const reportComponents: PeerTask<Record<string, never>, { components: readonly ComponentStatus[] }> = {
  name: "report-components",
  params: z.strictObject({}),
  run: async (_, ctx) => {
    const { components, error } = await localStatus(localView(ctx, ctx.spec));
    if (error !== undefined) throw new Error(error);
    return { components };
  },
};

function localView({ config, ports }: TaskContext, spec: ClusterSpec): LocalView {
  return { identity: config.identity, state: { state: "member", spec }, daemonVersion: version, ports };
}
