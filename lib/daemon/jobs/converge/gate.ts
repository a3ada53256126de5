import { fewOf } from "../../../plan/few";
import { clientAddress, ownFirst, peerOf } from "../../../spec/host";
import { advisedReplicas, peersWith } from "../../../spec/roles";
import type { PeerSpec } from "../../../spec/spec";
import type { Collection, MilvusSession } from "../../ports/milvus";
import { randomRows } from "../../smoke-data";
import { messageOf, until } from "../../wait";
import { problemOf } from "../types/attempt";
import { rootPassword } from "./secrets";
import { steadyPeers, type ChangeContext } from "./context";

/** How the names of its collections begin. */
export const GATE_COLLECTION = "milvus_onprem_gate_";
const DIMENSION = 16;
const LOAD_MS = 120_000;
/** Longer than the slowest failover that was seen, with all retries of Milvus' own. */
const PASS_MS = 120_000;

/**
 * What a change passes after each container that it makes anew: a row is written and found again through every load balancer. A
 * port that is open says nothing about that. It has a collection of its own, which lives as long as the job. And no replica of any
 * collection may lack a node: the next container might be the one that answers in its place.
 */
export class ServiceGate {
  private readonly collection: Collection;

  /** `wholeMs`: for every replica to have its nodes. */
  constructor(
    private readonly ctx: ChangeContext,
    private readonly wholeMs = PASS_MS,
  ) {
    const name = `${GATE_COLLECTION}${ctx.jobId.replace(/-/g, "_")}`;
    this.collection = { name, dimension: DIMENSION, vectorFields: 1 };
  }

  /** Waits until reads and writes work everywhere, `after` what was done. */
  async pass(after: string): Promise<void> {
    const { signal } = this.ctx;
    await this.wait(`reads and writes ${after}`, PASS_MS, () => this.withAny((s) => this.open(s)));
    signal.throwIfAborted();
    const through = this.peers().map(({ name }) =>
      this.wait(`reads and writes through ${name} ${after}`, PASS_MS, () =>
        this.withSession(name, (s) => this.roundTrip(s)),
      ),
    );
    await Promise.all(through);
    if (this.nobodyLeaves())
      await this.wait(`every replica ${after}`, this.wholeMs, () => this.withAny(refuseRecovering));
  }

  /** Removes the collection, and those of jobs that died. One that cannot be removed is no failure: the next job does. */
  async close(): Promise<void> {
    const work = async (s: MilvusSession): Promise<void> => {
      for (const name of await s.collections()) if (name.startsWith(GATE_COLLECTION)) await s.drop(name);
    };
    const problem = await problemOf(this.ctx, () => this.withAny(work));
    if (problem !== undefined)
      this.ctx.log(`the collection of this job is dropped by the next one: ${problem}`, "warn");
  }

  /** With a node fewer, a collection with a replica on each can never be whole. */
  private nobodyLeaves(): boolean {
    const { from } = this.ctx.params;
    return this.peers().length === from.peers.length;
  }

  /** Those whose load balancers must serve at every moment of the change. */
  private peers(): PeerSpec[] {
    return steadyPeers(this.ctx.params);
  }

  private async open(s: MilvusSession): Promise<void> {
    const { name } = this.collection;
    if (!(await s.collections()).includes(name)) await s.createCollection(this.collection);
    // Made once only, however often: an earlier try may have come as far as the collection.
    await s.createIndex(this.collection);
    const nodes = Math.min(await s.queryNodes(), peersWith(this.ctx.spec, "query").length);
    await s.load(name, advisedReplicas(nodes)).catch(async (error: unknown) => {
      // It is loaded already, perhaps with another number of replicas.
      if ((await s.loadProgress(name)) < 100) throw error;
    });
    const loaded = async (): Promise<string | undefined> => {
      const percent = await s.loadProgress(name);
      return percent >= 100 ? undefined : `${percent} %`;
    };
    await until(loaded, { what: "load", deadlineMs: LOAD_MS, everyMs: 200, signal: this.ctx.signal });
  }

  /** What was just written is sure to be seen by a query alone: the SDK's searches do not ask Milvus 2.3 for strong consistency. */
  private async roundTrip(s: MilvusSession): Promise<void> {
    const { name } = this.collection;
    const id = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    const rows = randomRows(1, DIMENSION, 1).map((row) => ({ ...row, id }));
    await s.insert(name, rows);
    if (!(await s.query(name, [id])).includes(id))
      throw new Error("a row that was just written is not found");
    const [found] = await s.search(name, [rows[0]!.vectors[0]!], 1);
    if (found?.length !== 1) throw new Error("a search finds nothing");
  }

  private async withAny(work: (s: MilvusSession) => Promise<void>): Promise<void> {
    const { identity } = this.ctx;
    const problems: string[] = [];
    for (const { name } of ownFirst(this.peers(), identity.name)) {
      try {
        return await this.withSession(name, work);
      } catch (error) {
        problems.push(`through ${name}: ${messageOf(error)}`);
      }
    }
    throw new Error(problems.join("; "));
  }

  private async withSession(peer: string, work: (s: MilvusSession) => Promise<void>): Promise<void> {
    const session = await this.session(peer);
    try {
      await work(session);
    } finally {
      await session.close();
    }
  }

  /** Where the change moves the load balancer's port: at the one that it has by now. */
  private async session(peer: string): Promise<MilvusSession> {
    const { spec, ports, params } = this.ctx;
    const open = async (port: number): Promise<MilvusSession> => {
      const address = clientAddress(spec, peerOf(spec, peer).address, port);
      return ports.milvus.session(address, await rootPassword(this.ctx, address));
    };
    const { to, from } = params;
    if (to.ports.lb === from.ports.lb) return open(to.ports.lb);
    return open(to.ports.lb).catch(() => open(from.ports.lb));
  }

  private wait(what: string, deadlineMs: number, work: () => Promise<void>): Promise<void> {
    const { signal, detail } = this.ctx;
    return until(() => work().then(() => undefined), {
      what,
      deadlineMs,
      everyMs: 500,
      signal,
      onDetail: detail,
    });
  }
}

async function refuseRecovering(s: MilvusSession): Promise<void> {
  const names = await s.recovering();
  if (names.length === 0) return;
  throw new Error(`replicas of ${fewOf(names)} are not whole yet`);
}
