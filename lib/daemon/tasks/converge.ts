import { z } from "zod";
import { version } from "../../../package.json";
import type { ComponentStatus } from "../../api/wire";
import { containerName, fingerprints, peerServices } from "../../render";
import { peerOf } from "../../spec/host";
import type { ClusterSpec } from "../../spec/spec";
import { clusterSpec as spec } from "../api/schemas";
import { specDigest } from "../digest";
import { localComponent, localStatus, type LocalView } from "../status/local";
import { images } from "../steps/images";
import { makeDataDirs } from "../steps/start";
import { until } from "../wait";
import { handingOver, MOVE_MS } from "./hand-over";
import type { PeerTask, TaskContext } from "./task";

const target = z.strictObject({ spec });
type Target = z.infer<typeof target>;

/** From the start of a new container until its component answers; none takes longer on a healthy host. */
const HEALTHY_MS = 240_000;
/** Stopping, making and starting anew come on top. */
export const RECREATE_MS = HEALTHY_MS + MOVE_MS + 200_000;

/** The peer pulls what a spec's containers are made of. */
export const pullImages: PeerTask<Target, Record<string, never>> = {
  name: "pull-images",
  params: target,
  run: async ({ spec }, ctx) => {
    const { registryAuth, cluster } = await ctx.secrets(spec);
    const { identity } = ctx.config;
    const base = { spec, specDigest: specDigest(spec), secrets: cluster, registryAuth, identity };
    await images.run({ ...base, ports: ctx.ports, signal: ctx.signal, detail: () => undefined });
    return {};
  },
};

const some = z.strictObject({
  spec,
  services: z.array(z.string().min(1)).min(1),
  /** Also those that are as the spec wants them. */
  force: z.boolean().optional(),
});

interface Recreated {
  readonly changed: string[];
  /** How a query node's work went to others first, where they were told to take it. */
  readonly handover?: string;
}

/** The peer makes containers as a spec wants them, those that are not so, and waits until their components answer. */
export const recreateWithin = (healthyMs: number): PeerTask<z.infer<typeof some>, Recreated> => ({
  name: "recreate",
  params: some,
  run: async ({ spec, services, force }, ctx) => {
    const { ports, marks, signal } = ctx;
    const { name } = ctx.config.identity;
    const all = peerServices(spec, peerOf(spec, name));
    const unknown = services.filter((service) => !all[service]);
    if (unknown.length > 0) throw new Error(`the spec has no ${unknown.join(", ")} on ${name}`);
    await ports.files.write(spec, (await ctx.secrets(spec)).cluster);
    const changed = force ? services : await otherwise(ctx, spec, services);
    for (const service of services) marks.set(service, "a change of the cluster makes it anew", RECREATE_MS);
    try {
      for (const service of changed) await makeDataDirs(ports, all[service]!);
      const remake = (): Promise<void> => ports.compose.recreate(changed, signal);
      const handover = changed.length > 0 ? await handingOver(ctx, spec, changed, remake) : undefined;
      await Promise.all(services.map((service) => healthy(ctx, spec, service, healthyMs)));
      return { changed, handover };
    } finally {
      for (const service of services) marks.clear(service);
    }
  },
});

export const recreate = recreateWithin(HEALTHY_MS);

/** Which of some components have a container that was made for a spec and runs. */
export const reportMade: PeerTask<Omit<z.infer<typeof some>, "force">, { made: string[] }> = {
  name: "report-made",
  params: some.omit({ force: true }),
  run: async ({ spec, services }, ctx) => {
    const others = await otherwise(ctx, spec, services);
    return { made: services.filter((service) => !others.includes(service)) };
  },
};

/** Those without a container that was made for this and runs: a daemon that was killed may have made one and not started it. */
async function otherwise(
  ctx: TaskContext,
  spec: ClusterSpec,
  services: readonly string[],
): Promise<string[]> {
  const wanted = fingerprints(spec, peerOf(spec, ctx.config.identity.name));
  const containers = await ctx.ports.containers.list();
  const running = containers.filter(({ health }) => health !== "stopped");
  return services.filter(
    (service) => !running.some((c) => c.service === service && c.fingerprint === wanted[service]),
  );
}

function healthy(ctx: TaskContext, spec: ClusterSpec, service: string, deadlineMs: number): Promise<void> {
  return until(() => missing(ctx, spec, service), {
    what: `${service} on ${ctx.config.identity.name}`,
    deadlineMs,
    everyMs: 500,
    signal: ctx.signal,
  });
}

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
    await ports.files.write(spec, (await secrets(spec)).cluster);
    if (reload) await ports.components.signal("nginx", "SIGHUP");
    return {};
  },
};

/** Members of etcd that each of the peer's roles of Milvus was told of, by service. */
export const reportEtcdKnown: PeerTask<
  Record<string, never>,
  { known: Record<string, readonly string[]> }
> = {
  name: "report-etcd-known",
  params: z.strictObject({}),
  run: async (_, { ports }) => {
    const roles = (await ports.containers.list()).flatMap(({ service, etcd }) =>
      etcd ? [[service, etcd] as const] : [],
    );
    return { known: Object.fromEntries(roles) };
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
