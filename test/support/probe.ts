import { DataType, ErrorCode, MilvusClient, ConsistencyLevelEnum } from "@zilliz/milvus2-sdk-node";

const DIM = 16;
const CALL_MS = 3_000;
const PAUSE_MS = 100;
const LOAD_MS = 30_000;

/** What one loop of calls through one load balancer went through. Times are milliseconds since the epoch. */
export interface Trace {
  endpoint: string;
  kind: "write" | "read";
  calls: number;
  /** End of the last call that succeeded, and the longest time between two of them. */
  lastAt: number;
  longestGapMs: number;
  failures: { at: number; endedAt: number; reason: string }[];
}

export interface ProbeOptions {
  endpoints: string[];
  username: string;
  password: string;
  collection: string;
  /** Copies of the data in memory; one fewer than query nodes lets a failover find room. */
  replicas: number;
}

const vector = (id: number): number[] => Array.from({ length: DIM }, (_, i) => Math.sin(id * (i + 1)));

/**
 * A client that never stops: through every given load balancer it inserts rows under ids of its own and reads them back
 * with strong consistency, and remembers each call that failed. What was acknowledged is verified by id at the end.
 */
export class Probe {
  private readonly acknowledged = new Set<number>();
  private readonly traces: Trace[] = [];
  private readonly loops: Promise<void>[] = [];
  private stopping = false;
  private loading: Promise<void> | undefined;
  private nextId = 1;
  /** When Milvus had forgotten that the collection was loaded, and why it could not be loaded again: see docs/failover.md. */
  readonly released: string[] = [];

  private constructor(private readonly o: ProbeOptions) {}

  static async start(o: ProbeOptions): Promise<Probe> {
    const probe = new Probe(o);
    await probe.prepare();
    for (const endpoint of o.endpoints) {
      probe.loop(endpoint, "write", (client) => probe.write(client));
      probe.loop(endpoint, "read", (client) => probe.read(client));
    }
    return probe;
  }

  /** Resolves when every loop has made `n` more calls in a row that succeeded. */
  async settled(n: number, deadlineMs: number): Promise<void> {
    const until = Date.now() + deadlineMs;
    const from = this.traces.map((t) => ({ t, calls: t.calls, failures: t.failures.length }));
    for (;;) {
      const pending = from.filter((f) => {
        if (f.t.failures.length > f.failures)
          Object.assign(f, { calls: f.t.calls, failures: f.t.failures.length });
        return f.t.calls < f.calls + n;
      });
      if (pending.length === 0) return;
      if (Date.now() > until)
        throw new Error(`still failing after ${deadlineMs} ms: ${pending.map(describe).join("; ")}`);
      await new Promise((r) => setTimeout(r, PAUSE_MS));
    }
  }

  /** Milliseconds from `since` until the last failed call of a kind had ended: how long a client noticed. */
  outageMs(kind: Trace["kind"], since: number): number {
    const ends = this.traces.filter((t) => t.kind === kind).flatMap((t) => t.failures.map((f) => f.endedAt));
    return Math.max(0, ...ends.map((end) => end - since));
  }

  /** Longest time that a client of any load balancer went without a success. */
  longestGapMs(kind: Trace["kind"]): number {
    return Math.max(...this.traces.filter((t) => t.kind === kind).map((t) => t.longestGapMs));
  }

  /** What clients noticed, for a log: "longest gap of reads 1200 ms, of writes 900 ms; 3 calls failed". */
  noticed(): string {
    const [reads, writes] = [this.longestGapMs("read"), this.longestGapMs("write")];
    return `longest gap of reads ${reads} ms, of writes ${writes} ms; ${this.failures().length} calls failed`;
  }

  failures(): string[] {
    return this.traces.flatMap((t) => t.failures.map((f) => `${t.kind} via ${t.endpoint}: ${f.reason}`));
  }

  get acknowledgedIds(): number {
    return this.acknowledged.size;
  }

  /** Stops the loops and returns the acknowledged ids that a strong read does not find: lost writes. */
  async stop(): Promise<number[]> {
    this.stopping = true;
    await Promise.all(this.loops);
    const client = this.client(this.o.endpoints[0]!, 30_000);
    try {
      const missing: number[] = [];
      const ids = [...this.acknowledged];
      for (let i = 0; i < ids.length; i += 500)
        missing.push(...(await this.absent(client, ids.slice(i, i + 500))));
      await client.dropCollection({ collection_name: this.o.collection });
      return missing;
    } finally {
      await client.closeConnection();
    }
  }

  private client(endpoint: string, timeout = CALL_MS): MilvusClient {
    const { username, password } = this.o;
    const client = new MilvusClient({
      address: endpoint,
      username,
      password,
      timeout,
      maxRetries: 1,
      logLevel: "error",
    });
    client.connectPromise.catch(() => undefined); // each call waits for it and tells of its failure
    return client;
  }

  private async prepare(): Promise<void> {
    const client = this.client(this.o.endpoints[0]!, 60_000);
    const collection_name = this.o.collection;
    try {
      await must(
        client.createCollection({
          collection_name,
          fields: [
            { name: "id", data_type: DataType.Int64, is_primary_key: true },
            { name: "v", data_type: DataType.FloatVector, dim: DIM },
          ],
        }),
      );
      await must(
        client.createIndex({ collection_name, field_name: "v", index_type: "FLAT", metric_type: "L2" }),
      );
      await must(client.loadCollectionSync({ collection_name, replica_number: this.o.replicas }));
      await this.write(client);
    } finally {
      await client.closeConnection();
    }
  }

  private loop(endpoint: string, kind: Trace["kind"], call: (client: MilvusClient) => Promise<void>): void {
    const trace: Trace = { endpoint, kind, calls: 0, lastAt: Date.now(), longestGapMs: 0, failures: [] };
    this.traces.push(trace);
    this.loops.push(this.run(trace, call));
  }

  /** As an application would: one client, thrown away after a call that failed. */
  private async run(trace: Trace, call: (client: MilvusClient) => Promise<void>): Promise<void> {
    let client = this.client(trace.endpoint);
    while (!this.stopping) {
      const at = Date.now();
      try {
        await bounded(call(client));
        trace.calls += 1;
        trace.longestGapMs = Math.max(trace.longestGapMs, Date.now() - trace.lastAt);
        trace.lastAt = Date.now();
      } catch (error) {
        const reason = reasonOf(error);
        trace.failures.push({ at, endedAt: Date.now(), reason });
        if (reason.includes("collection not loaded")) await this.loadAgain(trace.endpoint);
        await client.closeConnection().catch(() => undefined);
        client = this.client(trace.endpoint);
      }
      await new Promise((r) => setTimeout(r, PAUSE_MS));
    }
    await client.closeConnection().catch(() => undefined);
  }

  /**
   * As an application must: a query coordinator that takes over can come up without a collection that was loaded. One loop does it for
   * all, and first releases what may be left of it.
   */
  private loadAgain(endpoint: string): Promise<void> {
    this.loading ??= this.load(endpoint)
      .then(() => "", reasonOf)
      .then((problem) => void this.released.push(`${new Date().toISOString()}${problem && ` (${problem})`}`))
      .finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async load(endpoint: string): Promise<void> {
    const { collection: collection_name, replicas: replica_number } = this.o;
    const client = this.client(endpoint, LOAD_MS);
    try {
      await bounded(must(client.releaseCollection({ collection_name })), LOAD_MS);
      await bounded(must(client.loadCollectionSync({ collection_name, replica_number })), LOAD_MS);
    } finally {
      await client.closeConnection().catch(() => undefined);
    }
  }

  private async write(client: MilvusClient): Promise<void> {
    const id = this.nextId++;
    await must(client.insert({ collection_name: this.o.collection, data: [{ id, v: vector(id) }] }));
    this.acknowledged.add(id);
  }

  private async read(client: MilvusClient): Promise<void> {
    const reply = await client.search({
      collection_name: this.o.collection,
      data: [vector(1)],
      limit: 1,
      consistency_level: ConsistencyLevelEnum.Strong,
    });
    if (reply.status.error_code !== ErrorCode.SUCCESS) throw new Error(reply.status.reason);
    const hits = reply.results.flat() as { id: string }[];
    if (hits.length === 0) throw new Error("search found nothing");
  }

  private async absent(client: MilvusClient, ids: number[]): Promise<number[]> {
    const reply = await client.query({
      collection_name: this.o.collection,
      filter: `id in [${ids.join(",")}]`,
      output_fields: ["id"],
      consistency_level: ConsistencyLevelEnum.Strong,
    });
    if (reply.status.error_code !== ErrorCode.SUCCESS) throw new Error(reply.status.reason);
    const found = new Set(reply.data.map((row) => Number(row.id)));
    return ids.filter((id) => !found.has(id));
  }
}

/** The SDK also rejects with bare statuses. */
function reasonOf(error: unknown): string {
  const { message, reason } = error as { message?: string; reason?: string };
  return message ?? reason ?? JSON.stringify(error);
}

const describe = ({ t }: { t: Trace }): string =>
  `${t.kind} via ${t.endpoint}: ${t.failures.at(-1)?.reason ?? "too few calls"}`;

/** The SDK's own time-out does not cover connecting. */
function bounded<T>(work: Promise<T>, ms = CALL_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function must(
  work: Promise<{ error_code?: unknown; reason?: string; status?: { error_code: unknown; reason: string } }>,
): Promise<void> {
  const reply = await work;
  const status = reply.status ?? reply;
  if (status.error_code !== ErrorCode.SUCCESS) throw new Error(String(status.reason));
}
