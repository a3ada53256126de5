/**
 * GET /status at 200 requests a second over TLS on loopback, against a bare Fastify route that gives the same bytes: both in
 * this process, one after the other, the load from another one. Ratios of p99.
 */
import { fork } from "node:child_process";
import * as https from "node:https";
import fastify from "fastify";
import type { PeerStatus, StatusReply } from "../../lib/api/wire";
import { tokenSha256 } from "../../lib/api/token";
import { listen } from "../../lib/daemon/api/listen";
import { clusterRoutes, type ClusterActions } from "../../lib/daemon/api/routes/cluster";
import { createLog } from "../../lib/daemon/log";
import { Redactor } from "../../lib/daemon/redact";
import { Cached } from "../../lib/daemon/status/cached";
import { createCa, issuePeerCert } from "../../lib/pki";
import { report } from "../report";
import type { Load, Result } from "./load";

const TOKEN = "bench";
const RATE = 200;
const SECONDS = 10;
/** What asking Docker, the components and two peers takes. */
const LOOK_MS = 150;

const COMPONENTS = [
  "etcd",
  "minio",
  "pulsar",
  "nginx",
  "coord",
  "proxy",
  "querynode",
  "datanode",
  "indexnode",
];

function status(): StatusReply {
  const peer = (i: number): PeerStatus => ({
    name: `peer-${i}`,
    address: `198.18.0.1${i}`,
    reachable: true,
    state: "member",
    daemonVersion: "0.1.0",
    components: COMPONENTS.map((name) => ({
      name,
      health: "healthy",
      image: `registry:5000/${name}:v1`,
      detail: "ok",
    })),
  });
  const endpoints = [1, 2, 3].map((i) => `198.18.0.1${i}:19537`);
  return {
    endpoints,
    resilience: [],
    health: "ok",
    leader: { peer: "peer-1", term: "7" },
    peers: [1, 2, 3].map(peer),
  };
}

async function main(): Promise<void> {
  const ca = await createCa("bench");
  const { certPem, keyPem } = await issuePeerCert(ca, { name: "peer-1", address: "127.0.0.1", days: 1 });
  const tls = { ca: ca.certPem, cert: certPem, key: keyPem };
  const closeOurs = await serveOurs(tls, 19_601);
  const closeBare = await serveBare(tls, 19_602);
  const load = { ca: ca.certPem, token: TOKEN, rate: RATE, seconds: SECONDS };
  // Each is warmed up right before: whoever asks first after a pause waits for the look itself.
  const steady = async (port: number): Promise<Result> => {
    await measure({ ...load, port, seconds: 2 });
    return measure({ ...load, port });
  };
  const bare = await steady(19_602);
  const ours = await steady(19_601);
  const note = (r: Result): string =>
    `p50 ${r.p50.toFixed(1)} ms, p99 ${r.p99.toFixed(1)} ms, ${r.failed} of ${r.sent} failed`;
  report(
    `GET /status, p99 at ${RATE}/s`,
    ours.p99,
    "a bare Fastify route of the same bytes",
    bare.p99,
    note(ours),
  );
  console.log(`the bare route: ${note(bare)}`);
  await Promise.all([closeOurs(), closeBare()]);
}

function serveOurs(
  tls: { ca: string; cert: string; key: string },
  port: number,
): Promise<() => Promise<void>> {
  const look = (): Promise<StatusReply> =>
    new Promise((resolve) => setTimeout(() => resolve(status()), LOOK_MS));
  const cached = new Cached(look);
  const redactor = new Redactor();
  return listen({
    routes: clusterRoutes({ status: () => cached.get() } as unknown as ClusterActions),
    leadership: { leads: () => true, address: async () => undefined },
    tokenSha256: () => tokenSha256(TOKEN),
    redactor,
    log: createLog(redactor, () => undefined),
    tls,
    addresses: ["127.0.0.1"],
    port,
  });
}

async function serveBare(tls: { cert: string; key: string }, port: number): Promise<() => Promise<void>> {
  const app = fastify();
  const value = status();
  app.get("/status", async () => value);
  await app.ready();
  const server = https.createServer(tls, (request, response) => app.routing(request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve())));
}

function measure(load: Load): Promise<Result> {
  const child = fork(require.resolve("./load.ts"), { execArgv: process.execArgv });
  child.send(load);
  return new Promise((resolve, reject) => {
    child.once("message", (result) => resolve(result as Result));
    child.once("exit", (code) => code !== 0 && reject(new Error(`the load ended with ${code}`)));
  });
}

void main();
