import { clientAddress, peerOf } from "../../../spec/host";
import { advisedReplicas, peersWith } from "../../../spec/roles";
import type { Collection, MilvusSession } from "../../ports/milvus";
import { nearest, randomRows } from "../../smoke-data";
import { messageOf, until } from "../../wait";
import type { ChangeContext } from "./context";

const PREFIX = "milvus_onprem_gate_";
const DIMENSION = 16;
const LOAD_MS = 120_000;
/** Longer than the slowest failover that was seen, with all retries of Milvus' own. */
const PASS_MS = 120_000;

/**
 * What a change passes after each container that it makes anew: a row is written and found again through every load balancer. A
 * port that is open says nothing about that. It has a collection of its own, which lives as long as the job.
 */
export class ServiceGate {
  private readonly collection: Collection;

  constructor(private readonly ctx: ChangeContext) {
    const name = `${PREFIX}${ctx.jobId.replace(/-/g, "_")}`;
    this.collection = { name, dimension: DIMENSION, vectorFields: 1 };
  }

  /** Waits until reads and writes work everywhere, `after` what was done. */
  async pass(after: string): Promise<void> {
    const { spec, signal } = this.ctx;
    await this.wait(`reads and writes ${after}`, PASS_MS, () => this.withAny((s) => this.open(s)));
    signal.throwIfAborted();
    const through = spec.peers.map(({ name }) =>
      this.wait(`reads and writes through ${name} ${after}`, PASS_MS, () =>
        this.withSession(name, (s) => this.roundTrip(s)),
      ),
    );
    await Promise.all(through);
  }

  /** Removes the collection, and those of changes that died. */
  async close(): Promise<void> {
    await this.withAny(async (s) => {
      for (const name of await s.collections()) if (name.startsWith(PREFIX)) await s.drop(name);
    });
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

  private async roundTrip(s: MilvusSession): Promise<void> {
    const { name } = this.collection;
    const id = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    const rows = randomRows(1, DIMENSION, 1).map((row) => ({ ...row, id }));
    await s.insert(name, rows);
    const [found] = await s.search(name, [rows[0]!.vectors[0]!], 1);
    if (found?.[0] !== nearest(rows, rows[0]!.vectors[0]!, 1)[0])
      throw new Error("a row that was just written is not found");
  }

  private async withAny(work: (s: MilvusSession) => Promise<void>): Promise<void> {
    const { spec, identity } = this.ctx;
    const ownFirst = [...spec.peers].sort(
      (a, b) => Number(b.name === identity.name) - Number(a.name === identity.name),
    );
    const problems: string[] = [];
    for (const { name } of ownFirst) {
      try {
        return await this.withSession(name, work);
      } catch (error) {
        problems.push(`through ${name}: ${messageOf(error)}`);
      }
    }
    throw new Error(problems.join("; "));
  }

  private async withSession(peer: string, work: (s: MilvusSession) => Promise<void>): Promise<void> {
    const { spec, ports, secrets } = this.ctx;
    const address = clientAddress(spec, peerOf(spec, peer).address, spec.ports.lb);
    const session = await ports.milvus.session(address, secrets.cluster.milvusRootPassword);
    try {
      await work(session);
    } finally {
      await session.close();
    }
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
