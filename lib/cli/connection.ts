import { access } from "node:fs/promises";
import { DaemonClient } from "../api/client";
import { connectTcp } from "../daemon/peers";
import { IDENTITY_FILE } from "../spec/paths";
import { parseEndpoint } from "./arguments";
import { Cluster, type Daemon } from "./cluster";
import { contextsFile, readContexts, saveContext, type Context, type Contexts } from "./contexts/store";
import { UsageError } from "./exit";
import { localCluster } from "./local";

/** Milliseconds for one peer to take a connection: the next one may be up. */
const CONNECT_MS = 2_000;

/** Variable that names a context, where no option does. */
export const CONTEXT_VARIABLE = "MILVUS_ONPREM_CONTEXT";

/**
 * The cluster that a command is about: the context that an option or the environment names; on a peer, the peer's own cluster;
 * else the current context.
 */
export async function connectCluster(o: { context?: string }): Promise<Cluster> {
  const named = o.context ?? (process.env[CONTEXT_VARIABLE] || undefined);
  if (named === undefined && (await isPeer())) return localCluster();
  const known = await readContexts();
  const name = named ?? known.current;
  if (name === undefined) throw noCluster(known);
  const context = known.contexts[name];
  if (!context) throw new UsageError(`there is no context ${name}: ${listOf(known)}`);
  return contextCluster(name, context);
}

/** A cluster by its context. When its token is refused and a rotation was under way, the new token is the one. */
export function contextCluster(name: string, context: Context): Cluster {
  return new Cluster({
    ...{ name: `context ${name}`, context: name, caPem: context.caCertPem },
    ...{ daemons: daemonsOf(context), otherwise: () => withNextToken(name) },
  });
}

async function withNextToken(name: string): Promise<readonly Daemon[] | undefined> {
  const known = (await readContexts()).contexts[name];
  if (known?.nextToken === undefined) return undefined;
  const { nextToken: token, ...rest } = known;
  const context = { ...rest, token };
  const daemons = daemonsOf(context);
  const accepted = await Promise.any(daemons.map(({ client }) => client.leader())).catch(() => undefined);
  if (!accepted) return undefined;
  await saveContext(name, context);
  return daemons;
}

function daemonsOf({ endpoints, caCertPem, token }: Context): Daemon[] {
  return endpoints.map((endpoint) => {
    const parsed = parseEndpoint(endpoint);
    if (!parsed) throw new Error(`${contextsFile()}: ${endpoint} is not host:port; add the context again`);
    const { host, port } = parsed;
    const connect = () => connectTcp(host, port, CONNECT_MS);
    const client = new DaemonClient({
      ...{ caPem: caCertPem, servername: host, token, connect },
      connectTo: (leader, its) => connectTcp(leader, its, CONNECT_MS),
    });
    return { client, connect };
  });
}

/** A file that only cannot be read makes it a peer, too: the error is then told by whoever reads it. */
async function isPeer(): Promise<boolean> {
  return access(IDENTITY_FILE).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
  );
}

/** Nothing says which cluster is meant. */
export class NoCluster extends UsageError {}

function noCluster(known: Contexts): NoCluster {
  return new NoCluster(
    `no cluster to ask: this host is no peer (there is no ${IDENTITY_FILE}), and ${listOf(known)}. ` +
      "Name one with --context, go through a peer with --ssh user@host, or add one: milvus-onprem context add --help",
  );
}

function listOf({ contexts }: Contexts): string {
  const names = Object.keys(contexts);
  return names.length === 0 ? "no context is known here" : `the contexts here are ${names.join(", ")}`;
}
