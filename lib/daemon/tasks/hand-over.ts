import { z } from "zod";
import { hostPort, peerOf } from "../../spec/host";
import { peersWith, roleOf } from "../../spec/roles";
import type { ClusterSpec } from "../../spec/spec";
import { familyOf } from "../../spec/version";
import { messageOf, until } from "../wait";
import type { TaskContext } from "./task";

/**
 * Proxies' API to move what a query node serves, on the port of their health, without authentication. Source: internal/http/router.go
 * and internal/proxy/management.go (milvus-io/milvus, lines 2.5 and 2.6).
 */
const API = "/management/querycoord";
export const QUERY = "querynode";
const CALL_MS = 10_000;
/** Loading a node's segments elsewhere; what has not moved by then does so while the node stops. */
export const MOVE_MS = 120_000;

const nodes = z.object({
  nodeInfos: z.array(z.object({ ID: z.number(), address: z.string(), state: z.string() })).default([]),
});
const served = z.object({
  channel_names: z.array(z.unknown()).default([]),
  sealed_segmentIDs: z.array(z.unknown()).default([]),
});

type Context = Pick<TaskContext, "config" | "signal"> & {
  readonly ports: Pick<TaskContext["ports"], "http">;
};
type Ask = (path: string, form?: Record<string, string>) => Promise<string>;

interface QueryNode {
  readonly id: string;
  readonly ask: Ask;
}

/**
 * Stops services of this peer. Where its query node is one of them, and the line of Milvus can be told, other ones serve what that one
 * does before it stops; the words for the log say how that went. It never keeps anything from being stopped: a query node that has not
 * been relieved hands over while it stops.
 */
export async function handingOver(
  ctx: Context,
  spec: ClusterSpec,
  services: readonly string[],
  stop: () => Promise<unknown>,
): Promise<string | undefined> {
  const relieves = services.includes(QUERY) && isToldTo(spec);
  const outcome = relieves ? await relieved(ctx, spec).catch(notRelieved(ctx)) : undefined;
  try {
    await stop();
  } catch (error) {
    await outcome?.resume?.().catch(() => undefined);
    throw error;
  }
  return outcome?.words;
}

function isToldTo(spec: ClusterSpec): boolean {
  return familyOf(spec.version).managesQueryNodes && peersWith(spec, "query").length > 1;
}

interface Outcome {
  readonly words: string;
  /** Takes the node back into service; it may be one that goes on after all. */
  readonly resume?: () => Promise<unknown>;
}

async function relieved(ctx: Context, spec: ClusterSpec): Promise<Outcome> {
  const node = await ownNode(ctx, spec);
  const resume = (): Promise<string> => node.ask("/node/resume", { node_id: node.id });
  try {
    await node.ask("/node/suspend", { node_id: node.id });
    const all = { source_node_id: node.id, copy_mode: "false" };
    await node.ask("/transfer/segment", all);
    await node.ask("/transfer/channel", all);
    await until(() => stillServed(node), {
      what: `what ${QUERY} ${node.id} serves is served elsewhere`,
      ...{ deadlineMs: MOVE_MS, everyMs: 1_000, signal: ctx.signal },
    });
    return { words: "others serve what it did", resume };
  } catch (error) {
    return { ...notRelieved(ctx)(error), resume };
  }
}

const notRelieved =
  ({ signal }: Context) =>
  (error: unknown): Outcome => {
    signal.throwIfAborted();
    return {
      words: `others were not made to serve what it did (${messageOf(error)}): it hands over while it stops`,
    };
  };

async function stillServed({ id, ask }: QueryNode): Promise<string | undefined> {
  const found = served.parse(JSON.parse(await ask(`/distribution/get?node_id=${id}`)));
  const [channels, segments] = [found.channel_names.length, found.sealed_segmentIDs.length];
  return channels + segments === 0 ? undefined : `${channels} channels, ${segments} segments are left`;
}

/** This peer's own, as a proxy knows it: by the address that it registered. */
async function ownNode(ctx: Context, spec: ClusterSpec): Promise<QueryNode> {
  const { listens } = roleOf(spec, QUERY)!;
  const own = hostPort(peerOf(spec, ctx.config.identity.name).address, Number(listens[0]!.port));
  const { ask, answer } = await firstProxy(ctx, spec);
  const { nodeInfos } = nodes.parse(JSON.parse(answer));
  const found = nodeInfos.find(({ address }) => address === own);
  if (!found) throw new Error(`Milvus knows no ${QUERY} at ${own}`);
  return { id: String(found.ID), ask };
}

/** The own proxy, or another one where that does not answer. */
async function firstProxy(ctx: Context, spec: ClusterSpec): Promise<{ ask: Ask; answer: string }> {
  const proxies = [...peersWith(spec, "proxy")].sort((a, b) => Number(isOwn(ctx, b)) - Number(isOwn(ctx, a)));
  const port = spec.ports.milvusMetricsBase + roleOf(spec, "proxy")!.metricsIndex;
  let problem: unknown = new Error("no peer has a proxy");
  for (const { address } of proxies) {
    const ask = asking(ctx, `http://${hostPort(address, port)}${API}`);
    try {
      return { ask, answer: await ask("/node/list") };
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

const isOwn = ({ config }: Context, { name }: { name: string }): boolean => config.identity.name === name;

function asking({ ports }: Context, api: string): Ask {
  return async (path, form) => {
    const { status, body } = await ports.http.send({
      ...{ method: form ? "POST" : "GET", url: api + path, timeoutMs: CALL_MS },
      ...(form && { headers: FORM, body: new URLSearchParams(form).toString() }),
    });
    if (status !== 200)
      throw new Error(`${new URL(api).host} answers ${status} to ${API}${path}: ${body.slice(0, 200)}`);
    return body;
  };
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
