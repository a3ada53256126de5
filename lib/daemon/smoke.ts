import { randomBytes } from "node:crypto";
import type { SmokeResult } from "../api/wire";
import { clientAddress, ownFirst } from "../spec/host";
import { advisedReplicas, peersWith } from "../spec/roles";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import { familyOf } from "../spec/version";
import type { Collection, Milvus, MilvusSession, Row } from "./ports/milvus";
import { LEAST_RECALL, nearest, randomRows, randomVector, recall } from "./smoke-data";
import { messageOf, until } from "./wait";

export interface SmokeOptions {
  readonly spec: ClusterSpec;
  readonly password: string;
  readonly milvus: Milvus;
  /** Name of the peer that runs the test: its load balancer is tried first. */
  readonly self: string;
  /** Who asked: what an earlier try for the same has left is dropped too, however young. Letters, digits, "_" and "-". */
  readonly runId: string;
  readonly signal?: AbortSignal;
  /** Told of each check as it ends. */
  readonly onCheck?: (check: SmokeCheck) => void;
  /** Milliseconds that one check may take, tries included. @default 30000 */
  readonly checkMs?: number;
}

export type SmokeCheck = SmokeResult["checks"][number];

const PREFIX = "milvus_onprem_smoke_";
const DIMENSION = 64;
const ROWS = 1_000;
const BATCH = 250;
const SEARCHES = 10;
const NEIGHBOURS = 10;
const LOAD_MS = 120_000;
/** A test that is older than this has died with its daemon. */
const STALE_MS = 600_000;

/** Puts vectors into a collection of its own, finds them again through every peer's load balancer, and drops it. */
export async function smoke(o: SmokeOptions): Promise<SmokeResult> {
  const checks: SmokeCheck[] = [];
  const test = new SmokeTest(o, checks);
  const ok = await test.run();
  return { ok: ok && checks.every((c) => c.ok), checks };
}

/** What a check found worth telling, if anything. */
type Finding = string | undefined | void;

class SmokeTest {
  private readonly tag: string;
  private readonly collection: Collection;
  private readonly rows: readonly Row[];
  private readonly line: string;
  private readonly sessions: MilvusSession[] = [];

  constructor(
    private readonly o: SmokeOptions,
    private readonly checks: SmokeCheck[],
  ) {
    const { line, hybridSearch } = familyOf(o.spec.version);
    this.line = line;
    this.tag = o.runId.replace(/-/g, "_");
    const name = `${PREFIX}${Date.now()}_${randomBytes(4).toString("hex")}_${this.tag}`;
    this.collection = { name, dimension: DIMENSION, vectorFields: hybridSearch ? 2 : 1 };
    this.rows = randomRows(ROWS, DIMENSION, this.collection.vectorFields);
  }

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
    const { collection } = this;
    const prepared =
      (await this.check("create collection", () => s.createCollection(collection))) &&
      (await this.check(`insert ${ROWS} vectors`, () => this.insert(s))) &&
      (await this.check("create index", () => s.createIndex(collection))) &&
      (await this.check("load", () => this.load(s), LOAD_MS));
    if (!prepared) return false;
    const found = (await Promise.all(this.o.spec.peers.map((peer) => this.throughPeer(peer)))).flat();
    if (collection.vectorFields === 1) found.push(this.noHybridSearch());
    for (const check of found) this.tell(check);
    return found.every((c) => c.ok);
  }

  private async throughPeer(peer: PeerSpec): Promise<SmokeCheck[]> {
    const address = this.endpoint(peer);
    const { name, vectorFields } = this.collection;
    let session: MilvusSession | undefined;
    const open = async (): Promise<MilvusSession> => (session ??= await this.open(address));
    const attempt = (what: string, work: (s: MilvusSession) => Promise<Finding>): Promise<SmokeCheck> =>
      this.attempt(`${what} through ${peer.name} (${address})`, async () => work(await open()), {
        signal: this.o.signal,
      });
    return [
      await attempt("search", (s) => this.search(s, this.rows)),
      await attempt("filtered search", (s) => this.filteredSearch(s)),
      ...(vectorFields === 2 ? [await attempt("hybrid search", (s) => this.hybridSearch(s))] : []),
      await attempt("query", async (s) => {
        const found = await s.query(
          name,
          this.rows.map((row) => row.id),
        );
        if (found.length !== ROWS) throw new Error(`${found.length} of ${ROWS} rows are found by their ids`);
      }),
    ];
  }

  /** Known neighbours among these rows: vectors of the collection find themselves, and others what is nearest to them. */
  private async search(s: MilvusSession, among: readonly Row[], bucket?: number): Promise<string> {
    const known = pick(among).vectors[0]!;
    const vectors = [known, ...Array.from({ length: SEARCHES - 1 }, () => randomVector(DIMENSION))];
    const truth = vectors.map((vector) => nearest(among, vector, NEIGHBOURS));
    const found = await s.search(this.collection.name, vectors, NEIGHBOURS, bucket);
    if (found[0]?.[0] !== truth[0]![0]) throw new Error("a vector does not find itself");
    const share = recall(found, truth);
    const finding = `recall ${share.toFixed(3)} of ${NEIGHBOURS} neighbours in ${SEARCHES} searches`;
    if (share < LEAST_RECALL) throw new Error(`${finding}: less than ${LEAST_RECALL}`);
    return finding;
  }

  private async filteredSearch(s: MilvusSession): Promise<string> {
    const { bucket } = pick(this.rows);
    return this.search(
      s,
      this.rows.filter((row) => row.bucket === bucket),
      bucket,
    );
  }

  private async hybridSearch(s: MilvusSession): Promise<void> {
    const { id, vectors } = pick(this.rows);
    const [first] = await s.hybridSearch(this.collection.name, vectors, NEIGHBOURS);
    if (first !== id) throw new Error("a row is not the nearest to its own two vectors");
  }

  private noHybridSearch(): SmokeCheck {
    return { name: "hybrid search", ok: true, ms: 0, detail: `skipped: not in Milvus ${this.line}` };
  }

  /** The ids are ours, so a batch that is sent twice is there once. */
  private async insert(s: MilvusSession): Promise<string> {
    for (let at = 0; at < ROWS; at += BATCH) {
      const batch = this.rows.slice(at, at + BATCH);
      const accepted = await s.insert(this.collection.name, batch);
      if (accepted !== batch.length) throw new Error(`${accepted} of ${batch.length} rows were accepted`);
    }
    return `${DIMENSION} dimensions, in batches of ${BATCH}`;
  }

  private async load(s: MilvusSession): Promise<string> {
    const { name } = this.collection;
    // Milvus 2.6 also counts the query node inside of each streaming node, which takes no replica.
    const nodes = Math.min(await s.queryNodes(), peersWith(this.o.spec, "query").length);
    const replicas = advisedReplicas(nodes);
    await s.load(name, replicas);
    const progress = async (): Promise<string | undefined> => {
      const percent = await s.loadProgress(name);
      return percent >= 100 ? undefined : `${percent} % with ${replicas} replica(s)`;
    };
    await until(progress, { what: "load", deadlineMs: LOAD_MS, everyMs: 200, signal: this.o.signal });
    return `${replicas} replica(s)`;
  }

  /** The collection of this test, and those that dead tests left behind. Also when the test itself is cut short. */
  private async cleanUp(s: MilvusSession): Promise<void> {
    let via = s;
    const work = async (): Promise<void> => {
      try {
        await this.dropAll(via);
      } catch (error) {
        // The load balancer that it all went through may be what has failed.
        via = await this.connectToAny();
        throw error;
      }
    };
    this.tell(await this.attempt("drop collection", work));
  }

  private async dropAll(s: MilvusSession): Promise<void> {
    const { name } = this.collection;
    for (const found of await s.collections()) {
      if (found === name || isLeftover(found, this.tag)) await s.drop(found);
    }
  }

  /** Own load balancer first; which one answers matters only to the checks that name it. */
  private async connectToAny(): Promise<MilvusSession> {
    const { spec, self } = this.o;
    const problems: string[] = [];
    for (const peer of ownFirst(spec.peers, self)) {
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
    return clientAddress(this.o.spec, peer.address, this.o.spec.ports.lb);
  }

  private async check(name: string, work: () => Promise<Finding>, deadlineMs?: number): Promise<boolean> {
    const check = await this.attempt(name, work, { deadlineMs, signal: this.o.signal });
    this.tell(check);
    return check.ok;
  }

  private tell(check: SmokeCheck): void {
    this.checks.push(check);
    this.o.onCheck?.(check);
  }

  /** Tries until the deadline, for a cluster that has lost a peer a moment ago needs some seconds. */
  private async attempt(
    name: string,
    work: () => Promise<Finding>,
    { deadlineMs = this.o.checkMs ?? 30_000, signal }: { deadlineMs?: number; signal?: AbortSignal } = {},
  ): Promise<SmokeCheck> {
    const start = performance.now();
    let tries = 0;
    let found: Finding;
    const once = async (): Promise<undefined> => {
      tries += 1;
      found = await work();
      return undefined;
    };
    const problem = await until(once, { what: name, deadlineMs, everyMs: 250, signal }).catch(messageOf);
    const ms = Math.round(performance.now() - start);
    if (problem !== undefined) return { name, ok: false, ms, detail: problem };
    const detail = [found, tries > 1 ? `at try ${tries}` : undefined].filter(Boolean).join(", ");
    return { name, ok: true, ms, ...(detail === "" ? {} : { detail }) };
  }
}

/** Left by an earlier try of the same run, or by a test that is older than any lives. */
function isLeftover(collection: string, run: string): boolean {
  if (!collection.startsWith(PREFIX)) return false;
  const started = Number(collection.slice(PREFIX.length).split("_")[0]);
  return collection.endsWith(`_${run}`) || Date.now() - started > STALE_MS;
}

function pick<T>(from: readonly T[]): T {
  return from[Math.floor(Math.random() * from.length)]!;
}
