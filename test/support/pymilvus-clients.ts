import { spawn, type ChildProcess } from "node:child_process";
import { pythonWithPymilvus } from "./pymilvus";

/** What clients of one kind went through, all of them together. */
export interface Endured {
  readonly calls: number;
  /** Reasons of calls that pymilvus gave up. */
  readonly failed: readonly string[];
  /** Of the call that took longest, its retries included. */
  readonly longestMs: number;
}

const program = `
import json, sys, threading, time
from pymilvus import connections, Collection, CollectionSchema, FieldSchema, DataType
endpoints, name, replicas = sys.argv[1].split(","), sys.argv[2], int(sys.argv[3])
password = sys.stdin.readline().rstrip("\\n")
def connect(alias, endpoint):
    host, port = endpoint.rsplit(":", 1)
    connections.connect(alias, host=host, port=port, user="root", password=password)
connect("default", endpoints[0])
vector = lambda i: [((i * 31 + j) % 97) / 97 for j in range(16)]
schema = CollectionSchema([FieldSchema("id", DataType.INT64, is_primary=True), FieldSchema("v", DataType.FLOAT_VECTOR, dim=16)])
c = Collection(name, schema, consistency_level="Strong")
c.create_index("v", {"index_type": "FLAT", "metric_type": "L2", "params": {}})
c.load(replica_number=replicas)
c.insert([[0], [vector(0)]])
stopping = threading.Event()
endured = {kind: {"calls": 0, "failed": [], "longestMs": 0} for kind in ("read", "write")}
lock = threading.Lock()
def loop(kind, number, endpoint):
    alias = f"{kind}-{number}"
    connect(alias, endpoint)
    mine, i = Collection(name, using=alias), 0
    while not stopping.is_set():
        i += 1
        at, failed = time.monotonic(), []
        try:
            if kind == "write": mine.insert([[number * 10_000_000 + i], [vector(i)]])
            else: mine.search([vector(0)], "v", {"metric_type": "L2"}, limit=1)
        except Exception as e:
            failed = [f"{kind} via {endpoint}: {e}"]
        with lock:
            e = endured[kind]
            e["calls"] += 1
            e["failed"] += failed
            e["longestMs"] = max(e["longestMs"], round((time.monotonic() - at) * 1000))
        stopping.wait(0.1)
threads = [threading.Thread(target=loop, args=(k, n + 1, e)) for k in endured for n, e in enumerate(endpoints)]
for t in threads: t.start()
print("under way", flush=True)
sys.stdin.read()
stopping.set()
for t in threads: t.join()
c.drop()
print(json.dumps(endured))
`;

/** Ordinary pymilvus clients, with the retries that it makes by itself: one that writes and one that reads at each endpoint, ten calls a second. */
export class PymilvusClients {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ended: Promise<string>,
  ) {}

  /** Resolves once all of them are under way. */
  static async start(o: {
    endpoints: readonly string[];
    password: string;
    collection: string;
    replicas: number;
  }): Promise<PymilvusClients> {
    const args = ["-c", program, o.endpoints.join(), o.collection, String(o.replicas)];
    const child = spawn(await pythonWithPymilvus(), args, { stdio: ["pipe", "pipe", "pipe"] });
    let [said, complained] = ["", ""];
    child.stderr.on("data", (chunk: Buffer) => (complained = (complained + chunk.toString()).slice(-4_000)));
    const ended = new Promise<string>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) =>
        code === 0 ? resolve(said) : reject(new Error(`pymilvus clients ended with ${code}: ${complained}`)),
      );
    });
    child.stdin.write(`${o.password}\n`);
    await new Promise<void>((resolve, reject) => {
      ended.catch(reject);
      child.stdout.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes("under way")) resolve();
      });
    });
    return new PymilvusClients(child, ended);
  }

  async stop(): Promise<Record<"read" | "write", Endured>> {
    this.child.stdin!.end();
    return JSON.parse((await this.ended).trim().split("\n").at(-1)!) as Record<"read" | "write", Endured>;
  }
}
