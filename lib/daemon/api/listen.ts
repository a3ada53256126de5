import * as https from "node:https";
import type { SecureContextOptions } from "node:tls";
import type { FastifyInstance } from "fastify";
import { hostPort } from "../../spec/host";
import { createApp, type AppOptions } from "./app";
import { answerBadRequests, answerPlainHttp } from "./bad-connections";

export interface ListenOptions extends AppOptions {
  readonly tls: { ca: string; cert: string; key: string };
  /** Addresses to listen on; nothing listens on all interfaces. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Takes what is to be called when `tls.cert` was replaced. @default - it never is */
  readonly onRenewed?: (renew: () => void) => void;
}

/** A whole image can take a while to stop; nothing that a client sends does. */
const REQUEST_TIMEOUT_MS = 60_000;

/** For requests that are under way when the daemon stops; a stream that is being followed has no end of its own. */
const LAST_WORDS_MS = 2_000;

/** Serves the API over TLS on each address; call the result to stop. */
export async function listen(o: ListenOptions): Promise<() => Promise<void>> {
  const app = createApp(o);
  await app.ready();
  const servers = [...new Set(o.addresses)].map((address) => ({ address, server: serverOf(o, app) }));
  o.onRenewed?.(() => servers.forEach(({ server }) => server.setSecureContext(contextOf(o))));
  const close = (): Promise<void> => closeAll(app, servers);
  try {
    await Promise.all(servers.map(({ address, server }) => start(server, address, o.port)));
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}

function contextOf({ tls }: Pick<ListenOptions, "tls">): SecureContextOptions {
  return { ...tls, minVersion: "TLSv1.2" };
}

function serverOf(o: ListenOptions, app: FastifyInstance): https.Server {
  const options = { ...contextOf(o), requestCert: true, rejectUnauthorized: false };
  const server = https.createServer(options, (request, response) => app.routing(request, response));
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  answerPlainHttp(server);
  answerBadRequests(server);
  return server;
}

function start(server: https.Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(hint(error, address, port), { cause: error })),
    );
    server.listen(port, address, resolve);
  });
}

function hint({ code, message }: NodeJS.ErrnoException, address: string, port: number): string {
  const where = `cannot listen on ${hostPort(address, port)}`;
  if (code === "EADDRNOTAVAIL")
    return `${where}: the address is on no interface of this host; give the peer one that is`;
  if (code === "EADDRINUSE")
    return `${where}: another process uses the port; free it or choose another daemon port`;
  return `${where}: ${message}`;
}

async function closeAll(app: FastifyInstance, servers: readonly { server: https.Server }[]): Promise<void> {
  await Promise.all(
    servers.map(
      ({ server }) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeIdleConnections();
          setTimeout(() => server.closeAllConnections(), LAST_WORDS_MS).unref();
        }),
    ),
  );
  await app.close();
}
