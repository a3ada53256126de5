import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { parse } from "yaml";
import type { FormRequest } from "../../../lib/api/wire";
import { keys } from "../../../lib/daemon/keys";
import type { Log } from "../../../lib/daemon/log";
import type { Engine } from "../../../lib/daemon/ports/engine";
import type { JobContainers } from "../../../lib/daemon/ports/job-containers";
import type { EtcdMemberInfo, EtcdMembership } from "../../../lib/daemon/ports/membership";
import type { Milvus } from "../../../lib/daemon/ports/milvus";
import type { ContainerState, HttpAnswer, HttpRequest } from "../../../lib/daemon/ports/runtime";
import { RenderedOnDisk } from "../../../lib/daemon/rendered";
import type { Ports } from "../../../lib/daemon/steps/step";
import { COMPOSE_FILE, FINGERPRINT_LABEL } from "../../../lib/render";
import { compileSpec } from "../../../lib/spec/compile";
import type { PeerIdentity } from "../../../lib/spec/identity";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { FolderTarget } from "../../../lib/daemon/backups/folder";
import { MemoryStore } from "./memory-store";

export { MemoryStore } from "./memory-store";

/** Who belongs to etcd, in memory: learners have caught up as soon as they are asked. */
export class MemoryMembership implements EtcdMembership {
  known: EtcdMemberInfo[] = ["peer-1", "peer-2", "peer-3"].map((name, i) => ({
    ...{ id: String(i + 1), name, isLearner: false },
    peerUrls: [`https://198.18.0.1${i + 1}:2380`],
  }));
  users = new Set(this.known.map(({ name }) => name));
  /** URLs that were added, each time that one was asked for. */
  readonly added: string[] = [];
  private next = 9;

  async members(): Promise<EtcdMemberInfo[]> {
    return this.known;
  }
  async addLearner(peerUrl: string): Promise<void> {
    this.added.push(peerUrl);
    if (this.known.some(({ peerUrls }) => peerUrls.includes(peerUrl))) return;
    this.known = [...this.known, { id: String(this.next++), name: "", peerUrls: [peerUrl], isLearner: true }];
  }
  /** Its process has started for the first time. */
  begun(peerUrl: string, name: string): void {
    this.known = this.known.map((m) => (m.peerUrls.includes(peerUrl) ? { ...m, name } : m));
  }
  async promote(id: string): Promise<void> {
    this.known = this.known.map((m) => (m.id === id ? { ...m, isLearner: false } : m));
  }
  async remove(id: string): Promise<void> {
    this.known = this.known.filter((m) => m.id !== id);
  }
  async admit(name: string): Promise<void> {
    this.users.add(name);
  }
  async expel(name: string): Promise<void> {
    this.users.delete(name);
  }
}

// A loaded machine must not fail a test: a wait that never ends still does.
jest.setTimeout(30_000);

/** Stand-ins for what the daemon touches outside itself; they behave like a healthy host unless a test changes them. */

export const SECRETS = {
  minioRootUser: "root-of-minio",
  minioRootPassword: "minio-secret-5b1f",
  milvusRootPassword: "milvus-secret-77aa",
  minioUser: "milvus-of-minio",
  minioPassword: "minio-user-secret-09de",
  pulsarTokenKey: "cHVsc2FyLXRva2VuLWtleS0zYjU0",
  pulsarToken: "pulsar-token-c4e1",
};

export function specOf(dataRoot: string, change: { sessionTtlSeconds?: number } = {}): ClusterSpec {
  const peers = [1, 2, 3].map((i) => ({ name: `peer-${i}`, address: `198.18.0.1${i}` }));
  const { spec, problems } = compileSpec({
    name: "vectors",
    version: "v2.3.5",
    peers,
    storage: { pools: [{ peers: peers.map((p) => p.name), drivesPerPeer: 4 }] },
    queue: { pulsarSingleton: { host: "peer-2" } },
    dataRoot,
    ...change,
  });
  if (!spec) throw new Error(JSON.stringify(problems));
  return spec;
}

export function identityOf(dataRoot: string, name = "peer-1"): PeerIdentity {
  const address = `198.18.0.1${name.at(-1)}`;
  return { clusterId: "c1", name, address, daemonPort: 19500, dataRoot, tokenSha256: "0".repeat(64) };
}

export function formRequest(dataRoot: string, change: { sessionTtlSeconds?: number } = {}): FormRequest {
  return { spec: specOf(dataRoot, change), secrets: { ...SECRETS } };
}

/** A directory that is gone after the test. */
export function temporaryDir(): { path: () => string } {
  let dir = "";
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "milvus-onprem-test-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  return { path: () => dir };
}

/** Keeps what was logged. */
export class MemoryLog {
  readonly lines: string[] = [];
  readonly log: Log = {
    info: (...args: unknown[]) => void this.lines.push(JSON.stringify(args)),
    warn: (...args: unknown[]) => void this.lines.push(JSON.stringify(args)),
    error: (...args: unknown[]) => void this.lines.push(JSON.stringify(args)),
  } as Log;
}

/** One host with Docker, on which compose starts what the spec says. */
export class FakeHost {
  readonly store = new MemoryStore();
  readonly events: string[] = [];
  /** Seconds that what was removed had to stop, by service, or "all"; undefined: its own grace period. */
  readonly graces = new Map<string, number | undefined>();
  images = new Set<string>();
  containers: ContainerState[] = [];
  /** By reference: errors that the next pulls fail with, one each. */
  readonly pullErrors = new Map<string, Error[]>();
  /** Answers by URL; anything else is 200 "ok". */
  readonly answers = new Map<string, HttpAnswer | Error>();
  /** What was sent, not just looked up, as "METHOD /path?query". */
  readonly sentTo: string[] = [];
  passwords = ["Milvus"];
  /** Term while this peer leads; undefined makes it a follower. */
  term: string | undefined = this.store.put(keys("c1").leader, "peer-1");

  /** What is left on the disk of a directory; much on those that are not named. */
  readonly freeBytes = new Map<string, number>();

  constructor(readonly dir: string) {}

  ports(spec: ClusterSpec, peer = "peer-1"): Ports {
    const files = new RenderedOnDisk(peer, join(this.dir, "rendered"), spec.dataRoot);
    const makeDataDir = async (path: string, mode: number, uid: number, gid: number): Promise<void> => {
      this.events.push(`mkdir ${path.slice(spec.dataRoot.length)} ${mode.toString(8)} ${uid}:${gid}`);
    };
    return {
      store: this.store,
      membership: this.membership,
      term: () => this.term,
      files: Object.assign(files, {
        makeDataDir,
        freeBytes: async (path: string) => this.freeBytes.get(path) ?? 2 ** 40,
      }),
      http: { get: (url) => this.answer(url), send: (request: HttpRequest) => this.sent(request) },
      milvus: this.milvus,
      backups: {
        target: () => new FolderTarget(join(this.dir, "bucket")),
        imports: () => undefined,
        milvus: () => ({ open: () => this.openMilvus() }),
        tls: () => ({ ca: "ca", cert: "cert", key: "key" }),
      },
      containers: {
        list: async () => this.containers,
        imageId: async (reference) => (this.images.has(reference) ? `sha256:${reference}` : undefined),
        pull: async (reference) => this.pull(reference),
        imageUser: async (reference) => (reference.includes("pulsar") ? "10000" : ""),
      },
      compose: {
        up: async () => this.up(peer),
        recreate: async (services) => this.recreate(peer, services),
        down: async (seconds) => {
          this.events.push("down");
          this.graces.set("all", seconds);
          this.containers = [];
        },
      },
      engine: this.engine,
      jobContainers: this.jobContainers,
      components: {
        remove: async (service, seconds) => {
          this.events.push(`remove ${service}`);
          this.graces.set(service, seconds);
          this.containers = this.containers.filter((c) => c.service !== service);
        },
        stop: async (service) => {
          this.events.push(`stop ${service}`);
          this.containers = this.containers.map((c) =>
            c.service === service ? { ...c, health: "stopped", status: "Exited (0) 1 second ago" } : c,
          );
        },
        signal: async (service, signal) => void this.events.push(`${signal} ${service}`),
        restart: async (service) => {
          this.events.push(`restart ${service}`);
          this.containers = this.containers.map((c) =>
            c.service === service ? { ...c, health: "starting" } : c,
          );
        },
      },
    };
  }

  /** Programs of images that answer as they would for anything good; images are those of nobody. */
  engine: Engine = {
    run: async ({ command }) => {
      this.events.push(`run ${command.slice(0, 3).join(" ")}`);
      return { exitCode: 0, stdout: '{"hash":1,"revision":7,"totalKey":3,"totalSize":96}', stderr: "" };
    },
    images: async () => [],
    removeImage: async () => true,
  };

  openMilvus: () => Promise<MilvusClient> = () => Promise.reject(new Error("no Milvus here"));

  jobContainers: JobContainers = {
    run: () => Promise.reject(new Error("no job's container here")),
    removeLeftovers: async () => 0,
  };

  private readonly milvus: Milvus = {
    accepts: async (_address, password) => this.passwords.includes(password),
    changeRootPassword: async (_address, _from, to) => {
      this.events.push("password changed");
      this.passwords = [to];
    },
    session: async () => {
      throw new Error("no session here");
    },
  };

  private sent({ method, url }: HttpRequest): Promise<HttpAnswer> {
    const { pathname, search } = new URL(url);
    this.sentTo.push(`${method} ${pathname}${search}`);
    return this.answer(url);
  }

  private async pull(reference: string): Promise<void> {
    this.events.push(`pull ${reference}`);
    const error = this.pullErrors.get(reference)?.shift();
    if (error) throw error;
    this.images.add(reference);
  }

  private async up(peer: string): Promise<void> {
    this.events.push("up");
    this.containers = (await this.rendered()).map((made) => this.started(peer, made));
  }

  private async recreate(peer: string, services: readonly string[]): Promise<void> {
    this.events.push(`recreate ${services.join(" ")}`);
    const made = (await this.rendered()).filter(({ service }) => services.includes(service));
    const others = this.containers.filter(({ service }) => !services.includes(service));
    this.containers = [...others, ...made.map((m) => this.started(peer, m))];
    for (const service of services) this.onRecreate(service);
  }

  /** Told of each container that was made anew. */
  onRecreate: (service: string) => void = () => undefined;

  readonly membership = new MemoryMembership();

  /** By service and image: what a container is once it was started. */
  readonly unhealthyImages = new Set<string>();

  private started(
    peer: string,
    made: Pick<ContainerState, "service" | "image" | "fingerprint">,
  ): ContainerState {
    const sick = this.unhealthyImages.has(made.image);
    return { ...made, health: sick ? "unhealthy" : "healthy", status: `Up 2 seconds on ${peer}` };
  }

  /** What compose reads. */
  private async rendered(): Promise<Pick<ContainerState, "service" | "image" | "fingerprint">[]> {
    const text = await readFile(join(this.dir, "rendered", COMPOSE_FILE), "utf8");
    const { services } = parse(text) as {
      services: Record<string, { image: string; labels: Record<string, string> }>;
    };
    return Object.entries(services).map(([service, { image, labels }]) => {
      return { service, image, fingerprint: labels[FINGERPRINT_LABEL] };
    });
  }

  private async answer(url: string): Promise<HttpAnswer> {
    const found = this.answers.get(url) ?? { status: 200, body: "ok" };
    if (found instanceof Error) throw found;
    return found;
  }
}
