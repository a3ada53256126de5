import { randomBytes } from "node:crypto";
import type { SmokeResult } from "../api/wire";
import { hostPort } from "../spec/host";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import type { Milvus, MilvusSession } from "./ports/milvus";
import { messageOf, until } from "./wait";

export interface SmokeOptions {
  readonly spec: ClusterSpec;
  readonly password: string;
  readonly milvus: Milvus;
  /** Name of the peer that runs the test: its load balancer is tried first. */
  readonly self: string;
  /** Milliseconds that one check may take, tries included. @default 30000 */
  readonly checkMs?: number;
}

const PREFIX = "milvus_onprem_smoke_";
const DIMENSION = 64;
const ROWS = 300;
const LOAD_MS = 120_000;
/** A test that is older than this has died with its daemon. */
const STALE_MS = 600_000;

type Check = SmokeResult["checks"][number];

/** Puts vectors into a collection of its own, finds them again through every peer's load balancer, and drops it. */
export async function smoke(o: SmokeOptions): Promise<SmokeResult> {
  const checks: Check[] = [];
  const test = new SmokeTest(o, checks);
  const ok = await test.run();
  return { ok: ok && checks.every((c) => c.ok), checks };
}

class SmokeTest {
  private readonly name = `${PREFIX}${Date.now()}_${randomBytes(4).toString("hex")}`;
  private readonly vectors = Array.from({ length: ROWS }, () =>
    Array.from({ length: DIMENSION }, Math.random),
  );
  private readonly sessions: MilvusSession[] = [];
  private ids: string[] = [];

  constructor(
    private readonly o: SmokeOptions,
    private readonly checks: Check[],
  ) {}

  async run(): Promise<boolean> {
    let session: MilvusSession | undefined;
    try {
      if (!(await this.check("connect", async () => void (session = await this.connectToAny()))))
        return false;
      return await this.steps(session!);
    } finally {
      if (session) await this.cleanUp(session);
      await Promise.all(this.sessions.map((s) => s.close()));
    }
  }

  private async steps(s: MilvusSession): Promise<boolean> {
    const { name } = this;
    const prepared =
      (await this.check("create collection", () => s.createCollection(name, DIMENSION))) &&
      (await this.check(`insert ${ROWS} vectors`, () => this.insert(s))) &&
      (await this.check("create index", () => s.createIndex(name))) &&
      (await this.check("load", () => this.load(s), LOAD_MS));
    if (!prepared) return false;
    const found = await Promise.all(this.o.spec.peers.map((peer) => this.throughPeer(peer)));
    this.checks.push(...found.flat());
    return found.flat().every((c) => c.ok);
  }

  private async throughPeer(peer: PeerSpec): Promise<Check[]> {
    const address = this.endpoint(peer);
    const probe = Math.floor(Math.random() * ROWS);
    let session: MilvusSession | undefined;
    const open = async (): Promise<MilvusSession> => (session ??= await this.open(address));
    const searched = await this.attempt(`search through ${peer.name} (${address})`, async () => {
      const [nearest] = await (await open()).search(this.name, this.vectors[probe]!, 3);
      if (nearest !== this.ids[probe]) throw new Error("a vector does not find itself");
    });
    const queried = await this.attempt(`query through ${peer.name} (${address})`, async () => {
      const rows = await (await open()).query(this.name, this.ids);
      if (rows.length !== ROWS) throw new Error(`${rows.length} of ${ROWS} rows are found by their ids`);
    });
    return [searched, queried];
  }

  private async insert(s: MilvusSession): Promise<void> {
    const ids = await s.insert(this.name, this.vectors);
    if (ids.length !== ROWS) throw new Error(`${ids.length} of ${ROWS} rows were accepted`);
    this.ids = ids;
  }

  /**
   * One replica fewer than there are query nodes, at most two: with as many replicas as nodes, a collection stays
   * unreadable when the host of the active query coordinator dies. Source: measured, lab notes (2).
   */
  private async load(s: MilvusSession): Promise<void> {
    const replicas = Math.max(1, Math.min(2, (await s.queryNodes()) - 1));
    await s.load(this.name, replicas);
    const progress = async (): Promise<string | undefined> => {
      const percent = await s.loadProgress(this.name);
      return percent >= 100 ? undefined : `${percent} % with ${replicas} replica(s)`;
    };
    await until(progress, { what: "load", deadlineMs: LOAD_MS, everyMs: 200 });
  }

  /** The collection of this test, and those that earlier tests left behind. */
  private async cleanUp(s: MilvusSession): Promise<void> {
    await this.check("drop collection", async () => {
      for (const name of await s.collections()) if (name === this.name || isStale(name)) await s.drop(name);
    });
  }

  /** Own load balancer first; which one answers matters only to the checks that name it. */
  private async connectToAny(): Promise<MilvusSession> {
    const { spec, self } = this.o;
    const own = spec.peers.filter((p) => p.name === self);
    const problems: string[] = [];
    for (const peer of [...own, ...spec.peers.filter((p) => p.name !== self)]) {
      try {
        return await this.open(this.endpoint(peer));
      } catch (error) {
        problems.push(`${peer.name} (${this.endpoint(peer)}): ${messageOf(error)}`);
      }
    }
    throw new Error(problems.join("; "));
  }

  private async open(address: string): Promise<MilvusSession> {
    const session = await this.o.milvus.session(address, this.o.password);
    this.sessions.push(session);
    return session;
  }

  private endpoint(peer: PeerSpec): string {
    return hostPort(peer.address, this.o.spec.ports.lb);
  }

  private async check(name: string, work: () => Promise<void>, deadlineMs?: number): Promise<boolean> {
    const check = await this.attempt(name, work, deadlineMs);
    this.checks.push(check);
    return check.ok;
  }

  /** Tries until the deadline, for a cluster that has lost a peer a moment ago needs some seconds. */
  private async attempt(
    name: string,
    work: () => Promise<void>,
    deadlineMs = this.o.checkMs ?? 30_000,
  ): Promise<Check> {
    const start = performance.now();
    let tries = 0;
    const once = async (): Promise<undefined> => {
      tries += 1;
      await work();
      return undefined;
    };
    const problem = await until(once, { what: name, deadlineMs, everyMs: 250 }).catch((e: unknown) =>
      messageOf(e),
    );
    const detail = problem ?? (tries > 1 ? `at try ${tries}` : undefined);
    return { name, ok: problem === undefined, ms: Math.round(performance.now() - start), detail };
  }
}

function isStale(name: string): boolean {
  const started = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split("_")[0]) : NaN;
  return Date.now() - started > STALE_MS;
}
