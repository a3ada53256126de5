import type { Readable } from "node:stream";
import { followJobLog } from "./job-log";
import { RescueClient } from "./rescue";
import { Transport, type OpenAnswer, type TransportOptions } from "./transport";
import type { Call } from "./exchange";
import type {
  BackupFile,
  BackupList,
  BackupReply,
  CaReply,
  CertificateRequests,
  DriftReply,
  FormProgress,
  FormRequest,
  HealthReply,
  Job,
  JobLogLine,
  JobPage,
  JobRequest,
  JobState,
  JobTypeReply,
  JoinReply,
  JoinRequest,
  JoinTerms,
  LeaderReply,
  LoadedReply,
  RenewedCertificates,
  SpecReply,
  StagedSecrets,
  StatusReply,
  TeardownRequest,
  VersionReply,
} from "./wire";

export { DaemonError, DaemonUnreachableError } from "./errors";
export { firstContact } from "./first-contact";

export interface DaemonClientOptions extends TransportOptions {
  /** Certificate of the cluster CA (PEM): the only issuer that is trusted. */
  readonly caPem: string;
  /** Name (or IP address) that the daemon's certificate must carry; errors name the peer by it. */
  readonly servername: string;
  /** Bearer token; give this, or a client certificate. */
  readonly token?: string;
  /** Client certificate and key (PEM) signed by the cluster CA. */
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds that a quick request may take in all; default 15 000. Teardown gets at least 300 000. */
  readonly timeoutMs?: number;
}

export interface JobFilter {
  readonly state?: JobState;
  readonly type?: string;
  /** Jobs on a page. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

const QUICK_MS = 15_000;
const LONG_MS = 300_000;

/** Client of one daemon. Each request opens a connection of its own, so a client holds nothing that needs closing. */
export class DaemonClient {
  private readonly transport: Transport;
  /** What is done to etcd itself. */
  readonly rescue: RescueClient;

  constructor(private readonly o: DaemonClientOptions) {
    this.transport = new Transport(o);
    this.rescue = new RescueClient(this.transport, this.longMs());
  }

  readonly jobs = {
    /** The new job, or the one that the same idempotency key has made already. */
    submit: (request: JobRequest): Promise<Job> => this.json("POST", "/jobs", request),
    /** Newest first. */
    list: (filter: JobFilter = {}): Promise<JobPage> => this.json("GET", `/jobs${query({ ...filter })}`),
    get: (id: string): Promise<Job> => this.json("GET", `/jobs/${encodeURIComponent(id)}`),
    /** It stops at its next safe point; the job that is returned may still run. */
    cancel: (id: string): Promise<Job> => this.json("POST", `/jobs/${encodeURIComponent(id)}/cancel`),
    types: (): Promise<JobTypeReply> => this.json("GET", "/jobs/types"),
  };

  readonly backups = {
    list: (): Promise<BackupList> => this.json("GET", "/backups", undefined, this.longMs()),
    get: (name: string): Promise<BackupReply> =>
      this.json("GET", `/backups/${encodeURIComponent(name)}`, undefined, this.longMs()),
    /** The file itself; whoever has it closes it. */
    open: (name: string, path: string): Promise<OpenAnswer> =>
      this.transport.open({ method: "GET", path: fileOf(name, path) }, this.longMs()),
    /** Takes the name for a backup that is brought here. */
    begin: (name: string): Promise<void> =>
      this.json("POST", `/backups/${encodeURIComponent(name)}/import`, undefined, this.longMs()),
    put: (name: string, path: string, content: Call["content"]): Promise<BackupFile> =>
      this.sent<BackupFile>(name, path, content),
  };

  health(): Promise<HealthReply> {
    return this.json("GET", "/health");
  }

  version(): Promise<VersionReply> {
    return this.json("GET", "/version");
  }

  ca(): Promise<CaReply> {
    return this.json("GET", "/ca");
  }

  /** Starts forming, or continues it; returns at once. */
  form(request: FormRequest): Promise<FormProgress> {
    // To look for a backup may take many requests to a store far away.
    const ms = request.restoreFrom === undefined ? undefined : this.longMs();
    return this.json("POST", "/form", request, ms);
  }

  formProgress(): Promise<FormProgress> {
    return this.json("GET", "/form");
  }

  /** What a VM needs to know before it joins. */
  joinTerms(): Promise<JoinTerms> {
    return this.json("GET", "/join");
  }

  join(request: JoinRequest): Promise<JoinReply> {
    return this.json("POST", "/join", request);
  }

  /** With `localOnly`, what this peer sees of itself; else of the whole cluster. */
  status(o: { localOnly?: boolean } = {}): Promise<StatusReply> {
    return this.json("GET", o.localOnly ? "/status?local=true" : "/status");
  }

  leader(): Promise<LeaderReply> {
    return this.json("GET", "/leader");
  }

  /** Resolves once the leader has handed over. */
  stepDown(): Promise<void> {
    return this.json("POST", "/leader/step-down");
  }

  spec(o: { linearizable?: boolean } = {}): Promise<SpecReply> {
    return this.json("GET", `/spec${query({ linearizable: o.linearizable })}`);
  }

  /** With `localOnly`, of this peer; else of the whole cluster. */
  drift(o: { localOnly?: boolean } = {}): Promise<DriftReply> {
    return this.json("GET", o.localOnly ? "/drift?local=true" : "/drift");
  }

  loaded(): Promise<LoadedReply> {
    return this.json("GET", "/loaded");
  }

  /** In the text format of Prometheus. */
  metrics(): Promise<string> {
    return this.transport.text({ method: "GET", path: "/metrics" }, this.quickMs());
  }

  /** A component's log as text; with `follow`, until the signal fires or the stream is destroyed. */
  async logs(
    component: string,
    o: { peer?: string; tail?: number; follow?: boolean; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const { signal, ...given } = o;
    const path = `/logs/${encodeURIComponent(component)}${query(given)}`;
    const { body, close } = await this.transport.open({ method: "GET", path }, this.quickMs(), signal);
    return body.once("close", close);
  }

  /** Lines of a job's log behind a sequence number while they come; returns the job once it has ended. */
  jobLog(id: string, after = 0, signal?: AbortSignal): AsyncGenerator<JobLogLine, Job> {
    const open = (seen: number): Promise<OpenAnswer> => this.openJobLog(id, seen, signal);
    return followJobLog({ open, signal: signal ?? this.o.signal }, after);
  }

  /** The event stream itself, for whoever resumes it through several peers. */
  openJobLog(id: string, seen: number, signal?: AbortSignal): Promise<OpenAnswer> {
    const path = `/jobs/${encodeURIComponent(id)}/log`;
    const headers = { accept: "text/event-stream", "last-event-id": String(seen) };
    return this.transport.open({ method: "GET", path, headers }, this.quickMs(), signal);
  }

  /** When the certificates of this peer end, and what to sign to renew them. */
  certificates(): Promise<CertificateRequests> {
    return this.json("GET", "/certificates");
  }

  renewCertificates(renewed: RenewedCertificates): Promise<void> {
    return this.json("PUT", "/certificates", renewed);
  }

  /** Has the leader keep other secrets, for a change that is to put them in force. */
  stage(secrets: StagedSecrets): Promise<void> {
    return this.json("POST", "/secrets", secrets);
  }

  teardown(request: TeardownRequest): Promise<void> {
    return this.json("POST", "/teardown", request, this.longMs());
  }

  private quickMs(): number {
    return this.o.timeoutMs ?? QUICK_MS;
  }

  private longMs(): number {
    return Math.max(this.quickMs(), LONG_MS);
  }

  private async sent<T>(name: string, path: string, content: Call["content"]): Promise<T> {
    const call = { method: "PUT", path: fileOf(name, path), content };
    return parse<T>(await this.transport.text(call, this.longMs()), `${this.o.servername}: PUT ${call.path}`);
  }

  private async json<T>(method: string, path: string, body?: unknown, ms = this.quickMs()): Promise<T> {
    const text = await this.transport.text({ method, path, body }, ms);
    return parse<T>(text, `${this.o.servername}: ${method} ${path}`);
  }
}

function fileOf(name: string, path: string): string {
  return `/backups/${encodeURIComponent(name)}/files/${encodeURIComponent(path)}`;
}

function parse<T>(text: string, what: string): T {
  try {
    return (text === "" ? undefined : JSON.parse(text)) as T;
  } catch {
    throw new Error(`${what}: the answer is no JSON; does something else listen on this port?`);
  }
}

function query(members: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(members).filter(([, v]) => v !== undefined && v !== false);
  const search = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return search && `?${search}`;
}
