import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext, type TLSSocket } from "node:tls";
import type {
  BackupSummary,
  FormProgress,
  FormRequest,
  Job,
  JobRequest,
  PeerState,
  StagedSecrets,
  StatusReply,
} from "../../../lib/api/wire";
import type { Loaded } from "../../../lib/plan/crowded";
import { planChange, type Drift } from "../../../lib/plan/change";
import { createCa, issuePeerCert, type CertifiedKey } from "../../../lib/pki";
import { newToken } from "../../../lib/api/token";
import { compileSpec } from "../../../lib/spec/compile";
import { importIdText, type ImportId } from "../../../lib/spec/import-id";
import { CONFIG_DIR, DEFAULT_DATA_ROOT } from "../../../lib/spec/paths";
import type { ClusterSecrets } from "../../../lib/spec/secrets";
import type { ClusterSpec, ClusterSpecInput } from "../../../lib/spec/spec";
import { ED25519, startServer, type TestServer } from "../../unit/host/ssh-server";
import { names } from "../../unit/spec/fixture";

/** How a fake peer behaves; tests change it as they go. */
export interface FakePeer {
  readonly name: string;
  readonly address: string;
  readonly ssh: TestServer;
  state: PeerState;
  /** What GET /form answers after a POST. */
  outcome: "done" | "failed" | "running";
  /** "METHOD /path" of every request. */
  readonly requests: string[];
  lastForm?: FormRequest;
}

const IMAGE = "registry.example:5000/milvus-onprem:0.1.0";
export const TOKEN = "token-of-the-daemons-api";
const LOGIN = { user: "root", host: "127.0.0.1", timeoutSeconds: 3 };
export const SECRETS = {
  minio_root_password: "minio-sesame-1",
  milvus_root_password: "milvus-sesame-1",
  minio_password: "minio-sesame-2",
  pulsar_token_key: "pulsar-sesame-1",
  pulsar_token: "pulsar-sesame-2",
};

const CLUSTER_SECRETS: ClusterSecrets = {
  minioRootUser: "minio-user",
  minioRootPassword: SECRETS.minio_root_password,
  milvusRootPassword: SECRETS.milvus_root_password,
  minioUser: "minio-user-of-milvus",
  minioPassword: SECRETS.minio_password,
  pulsarTokenKey: SECRETS.pulsar_token_key,
  pulsarToken: SECRETS.pulsar_token,
};

/** VMs, three by default, that are SSH servers of this process, and their daemons: one server that tells the peers apart by TLS name. */
export class FakeCluster {
  readonly directory = mkdtempSync(join(tmpdir(), "fake-cluster-"));
  readonly peers: FakePeer[] = [];
  /** Why no peer begins to form, if so. */
  formRefusal: string | undefined;
  /** What the peers say is in force; what was formed, unless a test or a job has it otherwise. */
  inForce: { generation: number; spec: ClusterSpec } | undefined;
  /** What the peers found to be otherwise; a job that changes the cluster mends it. */
  drift: Drift[] = [];
  /** What users have loaded, with its replicas. */
  loaded: Loaded[] = [];
  /** Answers to come of peers that have not heard of the last change yet. */
  staleAnswers = 0;
  /** Secrets that were sent ahead of a job. */
  readonly staged: StagedSecrets[] = [];
  /** What jobs were asked to do, and the titles of their steps. */
  readonly jobs: { params: Record<string, unknown>; steps: string[] }[] = [];
  /** What becomes of a job that changes the cluster: done as soon as it is asked for, or under way until it is cancelled. */
  jobState: "succeeded" | "running" = "succeeded";
  /** Whether a cancellation is answered. */
  hearsCancel = true;
  readonly cancelled: string[] = [];
  /** Backups that lie where the cluster's do, newest first. */
  backups: BackupSummary[] = [];
  /** Why a restoration stops, once for each. */
  readonly restoreFailures: string[] = [];
  readonly restorations: Job[] = [];
  /** What the daemons take; a real one only where the cluster was made by other means. */
  token = TOKEN;
  #daemon!: https.Server;
  #ca!: CertifiedKey;

  static async start(o: { sameHostName?: boolean; peers?: number } = {}): Promise<FakeCluster> {
    const fake = new FakeCluster();
    fake.#ca = await createCa("test CA");
    writeFileSync(fake.keyFile, ED25519.private, { mode: 0o600 });
    for (const [i, name] of names(1, o.peers ?? 3).entries()) {
      const ssh = await startServer({
        env: fake.environment(o.sameHostName ? "same" : name),
        rewrite: (command) => command.replaceAll(CONFIG_DIR, fake.#configDir(name)),
      });
      fake.peers.push({
        ...{ name, address: `198.18.0.${11 + i}`, ssh },
        ...{ state: "unjoined", outcome: "done", requests: [] },
      });
    }
    await fake.#listen();
    return fake;
  }

  get keyFile(): string {
    return join(this.directory, "key");
  }

  get daemonPort(): number {
    return (this.#daemon.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await Promise.all(this.peers.map((p) => p.ssh.stop()));
    this.#daemon.closeAllConnections();
    await new Promise((resolve) => this.#daemon.close(resolve));
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Has the peers be members of a cluster that no Terraform knows of, made by `init`, or by a Terraform that kept the CA's key. */
  madeElsewhere(o: { by: "init" | "terraform"; input?: Partial<ClusterSpecInput>; secrets?: object }): void {
    const peers = this.peers.map(({ name, address }) => ({ name, address }));
    const pool = { peers: names(1, 3), drivesPerPeer: 4 };
    const queue = { pulsarSingleton: { host: "peer-2" } };
    const input = {
      name: "vectors",
      version: "v2.3.5",
      peers,
      storage: { pools: [pool] },
      queue,
      ...o.input,
    };
    const images = { daemon: IMAGE };
    const { spec, problems } = compileSpec({ ...input, images, ports: { daemon: this.daemonPort } });
    if (!spec) throw new Error(JSON.stringify(problems));
    this.inForce = { generation: 4, spec };
    this.token = newToken(this.#ca.certPem);
    writeFileSync(this.tokenFile, `${this.token}\n`, { mode: 0o600 });
    writeFileSync(this.caKeyFile, this.#ca.keyPem, { mode: 0o600 });
    const secrets = {
      cluster: CLUSTER_SECRETS,
      ...(o.by === "init" && { caKeyPem: this.#ca.keyPem }),
      ...o.secrets,
    };
    for (const peer of this.peers) this.#writeVm(peer, secrets);
  }

  get tokenFile(): string {
    return join(this.directory, "token");
  }

  get caKeyFile(): string {
    return join(this.directory, "ca.key");
  }

  get caKeyPem(): string {
    return this.#ca.keyPem;
  }

  /** What leads to some of its peers, the first of which is asked. */
  importId(members: readonly FakePeer[], more: Partial<ImportId> = {}): string {
    const logins = members.map(({ ssh: { port } }) => ({ ...LOGIN, port, privateKeyFile: this.keyFile }));
    return importIdText({ peers: logins as never, tokenFile: this.tokenFile, ...more });
  }

  #configDir(name: string): string {
    return join(this.directory, "vms", name);
  }

  #writeVm(peer: FakePeer, secrets: object): void {
    peer.state = "member";
    const { name, address } = peer;
    const directory = this.#configDir(name);
    mkdirSync(join(directory, "tls"), { recursive: true });
    const identity = {
      clusterId: "vectors-1",
      name,
      address,
      daemonPort: this.daemonPort,
      dataRoot: DEFAULT_DATA_ROOT,
    };
    writeFileSync(join(directory, "identity.json"), JSON.stringify(identity));
    writeFileSync(join(directory, "secrets.json"), JSON.stringify(secrets));
    writeFileSync(join(directory, "tls/ca.crt"), this.#ca.certPem);
    writeFileSync(join(directory, "tls/peer.key"), `key of ${name}`);
  }

  /** A milvus_cluster over these peers; `more` replaces or adds attributes. */
  hcl(more: Record<string, string> = {}, members: readonly FakePeer[] = this.peers): string {
    const attributes: Record<string, string> = {
      name: '"vectors"',
      version: '"v2.3.5"',
      peers: `[${members.map((p) => this.#reference(p)).join(", ")}]`,
      storage: '{ pools = [{ peers = ["peer-1", "peer-2", "peer-3"], drives_per_peer = 4 }] }',
      queue: '{ pulsar_singleton = { host = "peer-2" } }',
      ports: `{ daemon = ${this.daemonPort} }`,
      cluster_id: '"vectors-1"',
      ca_cert_pem: JSON.stringify(this.#ca.certPem),
      token: `"${TOKEN}"`,
      minio_root_user: '"minio-user"',
      minio_user: '"minio-user-of-milvus"',
      ...Object.fromEntries(Object.entries(SECRETS).map(([name, value]) => [name, `"${value}"`])),
      ...more,
    };
    const lines = Object.entries(attributes).map(([name, value]) => `  ${name} = ${value}`);
    return `resource "milvus_cluster" "c" {\n${lines.join("\n")}\n}`;
  }

  /** Attributes of a data source over the same peers. */
  statusHcl(): string {
    const peers = this.peers.map((p) => this.#reference(p)).join(", ");
    return `data "milvus_status" "s" {
      peers = [${peers}]
      ca_cert_pem = ${JSON.stringify(this.#ca.certPem)}
      token = "${TOKEN}"
      daemon_port = ${this.daemonPort}
    }`;
  }

  /** File with the arguments of every call of the CLI on a VM. */
  get cliCalls(): string {
    return join(this.directory, "cli-calls");
  }

  /** uname that gives each VM a name of its own, and a CLI that only notes how it was called. */
  private environment(hostname: string): NodeJS.ProcessEnv {
    const bin = mkdtempSync(join(this.directory, "bin-"));
    writeFileSync(
      join(bin, "uname"),
      `#!/bin/sh\n[ "$1" = -n ] && { echo ${hostname}; exit; }\nexec /bin/uname "$@"\n`,
    );
    writeFileSync(join(bin, "milvus-onprem"), `#!/bin/sh\necho "$@" >> ${this.cliCalls}\n`);
    const inspected = `case "$*" in *Config.Image*) echo ${IMAGE} ;; *) PATH=${process.env.PATH} exec docker "$@" ;; esac`;
    writeFileSync(join(bin, "docker"), `#!/bin/sh\n${inspected}\n`);
    for (const program of ["uname", "milvus-onprem", "docker"]) chmodSync(join(bin, program), 0o755);
    return { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  }

  #reference(p: FakePeer): string {
    const ssh = `{ host = "127.0.0.1", port = ${p.ssh.port}, user = "root", private_key_file = "${this.keyFile}", timeout_seconds = 3 }`;
    return `{ name = "${p.name}", address = "${p.address}", peer_id = "id", host_key = "${p.ssh.hostKey}", ssh = ${ssh} }`;
  }

  async #listen(): Promise<void> {
    const contexts = new Map(
      await Promise.all(
        this.peers.map(async ({ name, address }) => {
          const { certPem, keyPem } = await issuePeerCert(this.#ca, { name, address, days: 1 });
          return [name, createSecureContext({ cert: certPem, key: keyPem })] as const;
        }),
      ),
    );
    this.#daemon = https.createServer({ SNICallback: (name, done) => done(null, contexts.get(name)) });
    this.#daemon.on("request", (request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => this.#daemon.listen(0, "127.0.0.1", resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = (request.socket as TLSSocket & { servername?: string }).servername;
    const peer = this.peers.find((p) => p.name === name) as FakePeer;
    peer.requests.push(`${request.method} ${request.url}`);
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const [status, reply] =
      request.url === "/health" || request.headers.authorization === `Bearer ${this.token}`
        ? this.#reply(peer, `${request.method} ${request.url}`, body)
        : [401, { title: "Unauthorized", status: 401, detail: "wrong token" }];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(reply === undefined ? "" : JSON.stringify(reply));
  }

  #reply(peer: FakePeer, what: string, body: string): [number, unknown] {
    switch (what) {
      case "GET /health":
        return [200, { status: "ok", state: peer.state }];
      case "GET /version":
        return [200, { version: "0.1.0" }];
      case "GET /certificates":
        return [200, { csrPem: "", milvusCsrPem: "", end: "2036-11-27T00:00:00.000Z", due: false }];
      case "POST /form":
        peer.lastForm = JSON.parse(body) as FormRequest;
        if (this.formRefusal) return [409, { title: "Conflict", status: 409, detail: this.formRefusal }];
        peer.state = "forming";
        this.inForce ??= { generation: 1, spec: peer.lastForm.spec };
        return [202, this.#progress(peer)];
      case "GET /form":
        if (peer.outcome === "done") peer.state = "member";
        return [200, this.#progress(peer)];
      case "GET /status":
        return [200, this.#status()];
      case "GET /spec":
      case "GET /spec?linearizable=true":
        return [200, { ...this.inForce, digest: "d" }];
      case "GET /drift":
        return [200, { generation: this.inForce?.generation, found: this.drift, missing: [] }];
      case "GET /loaded":
        return [200, { collections: this.loaded }];
      case "POST /secrets":
        this.staged.push(JSON.parse(body) as StagedSecrets);
        return [204, undefined];
      case "GET /jobs?type=restore-backup":
        return [200, { jobs: [...this.restorations].reverse() }];
      case "GET /backups":
        return [200, { target: "vectors/backups at s3.example:443", backups: this.backups }];
      case "POST /jobs":
        return [201, this.#take(JSON.parse(body) as JobRequest)];
      case `GET /jobs/restore-${this.restorations.length}`:
        return [200, this.restorations.at(-1)];
      case `GET /jobs/${this.jobs.length}`:
        return [200, this.#job()];
      case `POST /jobs/${this.jobs.length}/cancel`:
        if (!this.hearsCancel) return [503, { title: "Unavailable", status: 503, detail: "nobody leads" }];
        this.cancelled.push(String(this.jobs.length));
        return [200, this.#job()];
      case "POST /teardown":
        peer.state = "unjoined";
        peer.requests.push(body);
        return [204, undefined];
      default:
        return [404, { title: "Not Found", status: 404, detail: what }];
    }
  }

  #take(request: JobRequest): Partial<Job> {
    if (request.type !== "restore-backup") return this.#change(request);
    const error = this.restoreFailures.shift();
    const state = error === undefined ? "succeeded" : "failed";
    const { params = {} } = request;
    const id = `restore-${this.restorations.length + 1}`;
    this.restorations.push({ id, type: request.type, params, state, error, steps: [] } as unknown as Job);
    return this.restorations.at(-1)!;
  }

  #change({ params = {} }: JobRequest): Partial<Job> {
    const { from, to, drift } = params as { from: ClusterSpec; to: ClusterSpec; drift?: Drift[] };
    const steps = planChange(from, to, undefined, drift).steps.map(({ title }) => title);
    this.jobs.push({ params, steps });
    if (this.jobState === "running") return this.#job();
    this.inForce = { generation: this.inForce!.generation + 1, spec: to };
    this.drift = [];
    return this.#job();
  }

  #job(): Partial<Job> {
    return { id: String(this.jobs.length), state: this.jobState, steps: [] };
  }

  #progress({ name, outcome }: FakePeer): FormProgress {
    const title = "wait for MinIO: one pool";
    const error = outcome === "failed" ? "drive3 is corrupt" : undefined;
    const state = outcome === "done" ? "done" : outcome;
    return {
      ...{ peer: name, state },
      steps: [{ kind: "storage", title, state, error, detail: outcome === "running" ? "2 of 3" : undefined }],
    };
  }

  #generation(): number {
    const known = this.inForce?.generation ?? 1;
    return this.staleAnswers-- > 0 ? known - 1 : known;
  }

  #status(): StatusReply {
    const member = this.peers.some((p) => p.state === "member");
    return {
      cluster: member
        ? { id: "vectors-1", name: "vectors", version: "v2.3.5", generation: this.#generation() }
        : undefined,
      leader: member ? { peer: "peer-2", term: "1" } : undefined,
      endpoints: [],
      resilience: [],
      health: member ? "ok" : "unformed",
      peers: this.peers.map(({ name, address, state }) => ({
        ...{ name, address, state },
        ...{ reachable: true, components: [], daemonVersion: "0.1.0" },
      })),
    };
  }
}
