/**
 * Requests made from the API's own schemas, over real sockets: whatever is sent, no answer is a 5xx but 503, every error is a
 * problem document, every success has the promised shape, and the daemon lives on.
 */
import * as https from "node:https";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { listen } from "../../../../lib/daemon/api/listen";
import { problemReply } from "../../../../lib/daemon/api/replies";
import type { Route } from "../../../../lib/daemon/api/route";
import { withDocs } from "../../../../lib/daemon/api/routes/docs";
import { jobRoutes } from "../../../../lib/daemon/api/routes/jobs";
import { Daemon } from "../../../../lib/daemon/daemon";
import { jobTypes } from "../../../../lib/daemon/jobs/types";
import { Redactor } from "../../../../lib/daemon/redact";
import type { HostPorts } from "../../../../lib/daemon/runtime";
import { createCa, issuePeerCert, type CertifiedKey } from "../../../../lib/pki";
import { freePort } from "../../../support/free-port";
import { quietApp } from "../api-support";
import { Cluster, typeOf } from "../jobs-support";
import { FakeHost, identityOf, MemoryLog, specOf, temporaryDir } from "../support";
import { Random } from "./random";
import { Requests, type FuzzRequest } from "./requests";
import { WORDS } from "./values";

const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);
const EACH = 40;
/** Of an answer that goes on for ever, this much is looked at. */
const LOOK_MS = 300;

jest.setTimeout(120_000);

const dir = temporaryDir();
let ca: CertifiedKey;
let own: CertifiedKey;
let agent: https.Agent;

beforeAll(async () => {
  ca = await createCa("vectors");
  own = await issuePeerCert(ca, { name: "peer-1", address: "127.0.0.1", days: 1 });
  agent = new https.Agent({ keepAlive: true, ca: ca.certPem, cert: own.certPem, key: own.keyPem });
});
afterAll(() => agent.destroy());

test("a peer that belongs to no cluster", async () => {
  const daemon = await unjoined(dir.path());
  await fuzz(daemon.routes());
  await daemon.close();
});

test("a leader with jobs", async () => {
  const cluster = new Cluster();
  const noop = typeOf("noop", { one: () => undefined });
  const peer = cluster.add("peer-1", [noop]);
  cluster.elect(peer);
  const jobs = jobRoutes({
    types: jobTypes([noop]),
    cluster: () => ({ jobs: peer.engine, records: peer.records }),
  });
  const { job } = await peer.engine.submit({ type: "noop" });
  WORDS.push(job.id);
  await fuzz([...quietApp().routes, ...jobs]);
  await cluster.ended(job.id);
  await cluster.close();
});

async function unjoined(path: string): Promise<Daemon> {
  const identity = { ...identityOf(path), address: "127.0.0.1" };
  const tls = { ca: ca.certPem, cert: own.certPem, key: own.keyPem };
  await mkdir(join(path, "daemon"), { recursive: true });
  const logs = { open: async () => Readable.from(["one\n"]) };
  return Daemon.open({
    config: { identity, tls, configDir: path, runDir: path },
    host: { ...new FakeHost(path).ports(specOf(path)), logs, components: {} as HostPorts["components"] },
    redactor: new Redactor(),
    log: new MemoryLog().log,
  });
}

async function fuzz(routes: readonly Route[]): Promise<void> {
  const port = await freePort();
  const tls = { ca: ca.certPem, cert: own.certPem, key: own.keyPem };
  const close = await listen({ ...quietApp(), routes, tls, addresses: ["127.0.0.1"], port });
  const requests = new Requests(withDocs(routes), new Random(SEED));
  try {
    for (const route of withDocs(routes)) {
      for (let i = 0; i < EACH; i++) {
        const request = requests.for(route);
        const wrong = verdict(route, await send(port, request));
        if (wrong) throw new Error(`seed ${SEED}: ${JSON.stringify(request).slice(0, 2_000)}: ${wrong}`);
      }
    }
    expect((await send(port, { method: "GET", path: "/health", headers: {} })).status).toBe(200);
  } finally {
    await close();
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

/** What is wrong with an answer. */
function verdict(route: Route, { status, headers, text }: Answer): string | undefined {
  if (status >= 500 && status !== 503) return `answered ${status}: ${text}`;
  if (status < 300) return shapeOf(route, status, text);
  if (!String(headers["content-type"]).startsWith("application/problem+json")) return `no problem: ${text}`;
  const problem = problemReply.safeParse(JSON.parse(text));
  if (!problem.success) return `a problem that is none: ${text}`;
  if (problem.data.status !== status || problem.data.detail === "")
    return `a problem that says nothing: ${text}`;
  return undefined;
}

function shapeOf(route: Route, status: number, text: string): string | undefined {
  const reply = route.replies[status];
  if (!reply) return `${status} is not in its document`;
  if (!reply.schema || reply.contentType) return undefined;
  const found = reply.schema.safeParse(JSON.parse(text));
  return found.success ? undefined : `${text.slice(0, 500)} has another shape: ${found.error.message}`;
}

function send(port: number, { method, path, headers, body }: FuzzRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const host = "127.0.0.1";
    const request = https.request(
      { host, port, servername: "", method, path, headers, agent },
      (response) => {
        let text = "";
        const done = (): void => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          response.destroy();
        };
        const enough = setTimeout(done, LOOK_MS);
        response.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
        response.on("end", () => (clearTimeout(enough), done()));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}
