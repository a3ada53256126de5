import { events } from "./job-log";
import type {
  NospaceReport,
  NospaceRequest,
  NospaceResult,
  ReformOptions,
  ReformPlan,
  ReformRequest,
  ReformResult,
} from "./rescue-wire";
import type { OpenAnswer, Transport } from "./transport";

/** Sentences while the work goes on; returns its result. Throws when it fails, or is heard of no more. */
export type Told<R> = AsyncGenerator<string, R>;

/** Rescues etcd through one daemon. The work goes on there when the client goes. */
export class RescueClient {
  constructor(
    private readonly transport: Transport,
    /** A peer may have to read its snapshots first. */
    private readonly deadlineMs: number,
  ) {}

  nospace(): Promise<NospaceReport> {
    return this.get("/rescue/nospace");
  }

  async freeSpace(request: NospaceRequest): Promise<Told<NospaceResult>> {
    return told(await this.post("/rescue/nospace", request));
  }

  /** What would be done about a lost majority. */
  plan({ from, rejoin, without }: ReformOptions = {}): Promise<ReformPlan> {
    const query = new URLSearchParams();
    if (from !== undefined) query.set("from", from);
    if (rejoin) query.set("rejoin", "true");
    if (without && without.length > 0) query.set("without", without.join(","));
    return this.get(`/rescue/etcd-quorum?${query.toString()}`);
  }

  async reform(request: ReformRequest): Promise<Told<ReformResult>> {
    return told(await this.post("/rescue/etcd-quorum", request));
  }

  private async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.transport.text({ method: "GET", path }, this.deadlineMs)) as T;
  }

  private post(path: string, body: object): Promise<OpenAnswer> {
    const headers = { accept: "text/event-stream" };
    return this.transport.open({ method: "POST", path, body, headers }, this.deadlineMs);
  }
}

async function* told<R>(answer: OpenAnswer): Told<R> {
  try {
    for await (const { event, data } of events(answer)) {
      if (event === "line") yield (JSON.parse(data) as { text: string }).text;
      if (event === "end") return JSON.parse(data) as R;
      if (event === "failed") throw new RescueFailed((JSON.parse(data) as { detail: string }).detail);
    }
  } catch (error) {
    if (error instanceof RescueFailed) throw error;
    throw unheard(error as Error);
  }
  throw unheard(new Error("the connection has ended"));
}

/** The daemon says that it did not succeed. */
export class RescueFailed extends Error {}

function unheard(error: Error): Error {
  const fix = "it goes on there: see milvus-onprem logs daemon, and give the command again once it is over";
  return new Error(`nothing more is heard of the work (${error.message}); ${fix}`, { cause: error });
}
