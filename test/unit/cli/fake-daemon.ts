import type { IncomingMessage, ServerResponse } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { newToken, tokenSha256 } from "../../../lib/api/token";
import type { BackupList, BackupReply, Job, JobState, SpecReply, StatusReply } from "../../../lib/api/wire";
import { createCa, issuePeerCert, type CertifiedKey } from "../../../lib/pki";
import { specOf } from "../daemon/support";

export interface Request {
  readonly what: string;
  readonly body: Record<string, unknown>;
}
type Answer = readonly [status: number, body?: unknown];

/** What every fake daemon of a cluster shares. */
export class FakeCluster {
  ca!: CertifiedKey;
  token = "";
  leader = { peer: "peer-1", address: "127.0.0.1", term: "7" };
  status: StatusReply = STATUS;
  /** How its jobs end. */
  outcome: JobState = "succeeded";
  result: Record<string, unknown> = {};
  readonly jobs = new Map<string, Job>();

  static async create(): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    cluster.ca = await createCa("vectors CA");
    cluster.token = newToken(cluster.ca.certPem);
    return cluster;
  }
}

/** A peer's daemon: HTTPS with a certificate of the cluster, and as much of the API as the CLI asks for. */
export class FakeDaemon {
  readonly requests: Request[] = [];
  /** Answers that come before the usual one, by "METHOD /path": one is used up a request. */
  readonly instead: Record<string, Answer[]> = {};
  /** Lines after which the log of a job breaks off once. */
  breakAfter: number | undefined;
  /** The log of a job goes on and on; told once it has begun. */
  onHold: (() => void) | undefined;
  private server!: https.Server;

  private constructor(private readonly cluster: FakeCluster) {}

  static async start(cluster: FakeCluster, trusted = cluster.ca): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(cluster);
    const { certPem, keyPem } = await issuePeerCert(trusted, {
      name: "peer-1",
      address: "127.0.0.1",
      days: 1,
    });
    const tls = { cert: certPem, key: keyPem, ca: trusted.certPem, requestCert: true };
    daemon.server = https.createServer({ ...tls, rejectUnauthorized: false });
    daemon.server.on("request", (request, response) => void daemon.answer(request, response));
    await new Promise<void>((resolve) => daemon.server.listen(0, "127.0.0.1", resolve));
    return daemon;
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A certificate of the cluster, as a peer has one. */
  papers(): Promise<CertifiedKey> {
    return issuePeerCert(this.cluster.ca, { name: "peer-1", address: "127.0.0.1", days: 1 });
  }

  asked(what: string): Request[] {
    return this.requests.filter((r) => r.what === what);
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const what = `${request.method} ${request.url}`;
    const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    this.requests.push({ what, body });
    const open = request.url === "/ca";
    const allowed =
      open ||
      (request.socket as TLSSocket).authorized ||
      request.headers.authorization === `Bearer ${this.cluster.token}`;
    const early = this.instead[what]?.shift();
    if (!allowed) return reply(response, [401, problem(401, "no such token")]);
    if (early) return reply(response, early);
    const log = /^GET \/jobs\/([^/]+)\/log$/.exec(what);
    if (log) return this.log(response, log[1]!, Number(request.headers["last-event-id"] ?? 0));
    if (what.startsWith("GET /logs/")) return void response.end("one\ntwo\n");
    reply(response, this.usual(what, body));
  }

  private usual(what: string, body: Record<string, unknown>): Answer {
    const { cluster } = this;
    const job = /^(?:GET|POST) \/jobs\/([^/?]+)(\/cancel)?$/.exec(what)?.[1];
    if (what === "POST /jobs") return [201, this.submit(body)];
    if (what.startsWith("GET /jobs/types")) return [200, { types: [TYPE] }];
    if (job)
      return cluster.jobs.has(job) ? [200, cluster.jobs.get(job)] : [404, problem(404, `no job ${job}`)];
    if (what.startsWith("GET /jobs")) return [200, { jobs: [...cluster.jobs.values()], next: "0" }];
    if (what === "POST /leader/step-down") {
      cluster.leader = { peer: "peer-2", address: "127.0.0.1", term: "8" };
      return [204];
    }
    const known: Record<string, unknown> = {
      "GET /ca": { certPem: cluster.ca.certPem },
      "GET /status": cluster.status,
      "GET /leader": { leader: cluster.leader },
      "GET /spec": SPEC,
      "GET /backups": BACKUPS,
      "GET /backups/nightly": BACKUP,
    };
    return what in known ? [200, known[what]] : [404, problem(404, what)];
  }

  private submit({ type, params, idempotencyKey }: Record<string, unknown>): Job {
    const { jobs, outcome, result } = this.cluster;
    const again = [...jobs.values()].find((j) => j.idempotencyKey === idempotencyKey);
    if (again) return again;
    const at = "2026-01-02T03:04:05.000Z";
    const base = {
      id: `job-${jobs.size + 1}`,
      type: String(type),
      params: (params ?? {}) as Record<string, unknown>,
    };
    const more = { idempotencyKey: String(idempotencyKey), attempts: 1, createdAt: at, startedAt: at };
    const error = outcome === "failed" ? "as it was told to" : undefined;
    const ended = { state: outcome, progress: 100, endedAt: "2026-01-02T03:04:17.000Z", result, error };
    jobs.set(base.id, { ...base, ...more, steps: [], ...ended });
    return { ...base, ...more, steps: [], state: "queued", progress: 0 };
  }

  private log(response: ServerResponse, id: string, after: number): void {
    const job = this.cluster.jobs.get(id);
    if (!job) return reply(response, [404, problem(404, `no job ${id}`)]);
    const sha256 = job.params.sha256;
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const seq of [1, 2, 3].filter((n) => n > after)) {
      const line = { seq, at: job.createdAt, level: "info", text: `line ${seq}` };
      response.write(`id: ${seq}\nevent: line\ndata: ${JSON.stringify(line)}\n\n`);
      if (seq !== this.breakAfter) continue;
      this.breakAfter = undefined;
      return void response.end();
    }
    if (this.onHold) return this.onHold();
    if (typeof sha256 === "string" && job.state === "succeeded") this.adopt(sha256);
    response.end(`event: end\ndata: ${JSON.stringify(job)}\n\n`);
  }

  /** The daemon knows no more of the new token than its hash; this fake finds it where the client has put it. */
  adopt: (sha256: string) => void = () => undefined;
}

function reply(response: ServerResponse, [status, body]: Answer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

export function problem(status: number, detail: string): object {
  return { type: "about:blank", title: "No", status, detail };
}

export const hashOf = tokenSha256;

const TYPE = { name: "smoke", title: "Try it", params: { type: "object", properties: { a: {} } } };
const SPEC: SpecReply = { generation: 1, digest: "d", spec: specOf("/data") };
const BACKUPS: BackupList = {
  target: "bucket milvus of the cluster's MinIO",
  backups: [
    {
      name: "nightly",
      state: "complete",
      bytes: 2_048,
      createdAt: "2026-01-02T03:04:05.000Z",
      collections: 1,
      rows: 7,
    },
    { name: "half", state: "unfinished", bytes: 1 },
  ],
};

const READ = { from: "2026-01-02T03:04:05.000Z", to: "2026-01-02T03:04:06.000Z" };
const BACKUP: BackupReply = {
  ...{ name: "nightly", createdAt: READ.from, engine: "portable", read: READ },
  cluster: { name: "vectors", id: "vectors-1", milvus: "v2.3.5", generation: 1 },
  collections: [{ name: "default/films", rows: 7, bytes: 2_048, read: READ }],
};

const STATUS: StatusReply = {
  cluster: { id: "c1", name: "vectors", version: "v2.3.5", generation: 1 },
  leader: { peer: "peer-1", term: "7" },
  endpoints: ["127.0.0.1:19537"],
  resilience: [],
  health: "ok",
  peers: [
    {
      ...{ name: "peer-1", address: "127.0.0.1", reachable: true, state: "member", daemonVersion: "0.1.0" },
      components: [{ name: "etcd", health: "healthy", image: "etcd:1", detail: "leader" }],
    },
  ],
};
