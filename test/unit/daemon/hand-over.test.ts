import type { HttpAnswer, HttpRequest } from "../../../lib/daemon/ports/runtime";
import { handingOver } from "../../../lib/daemon/tasks/hand-over";
import { compileSpec } from "../../../lib/spec/compile";
import type { ClusterSpec, RoleName } from "../../../lib/spec/spec";
import { identityOf } from "./support";

const PREFIX = "/management/querycoord";

function specOf(version: string, queryPeers = 3): ClusterSpec {
  const roles: RoleName[] = ["coord", "proxy", "data", "streaming"];
  const peers = [1, 2, 3].map((i) => ({
    ...{ name: `peer-${i}`, address: `198.18.0.1${i}` },
    ...(i > queryPeers && { roles }),
  }));
  const pools = [{ peers: peers.map(({ name }) => name), drivesPerPeer: 4 }];
  const old = version < "v2.6" && { queue: { pulsarSingleton: { host: "peer-2" } } };
  const { spec, problems } = compileSpec({ name: "vectors", version, peers, storage: { pools }, ...old });
  if (!spec) throw new Error(JSON.stringify(problems));
  return spec;
}

/** Proxies of a cluster whose query node 7 is peer-1's; each look at what it serves finds less. */
class Proxies {
  readonly events: string[] = [];
  left = [
    '{"channel_names":["by-dev-dml_0"],"sealed_segmentIDs":[449]}',
    '{"sealed_segmentIDs":[449]}',
    '{"ID":7}',
  ];
  readonly away = new Set<string>();
  readonly refuses = new Set<string>();
  private readonly abort = new AbortController();

  async send({ method, url, body }: HttpRequest): Promise<HttpAnswer> {
    const { host, pathname, search } = new URL(url);
    if (this.away.has(host)) throw new Error("connect ECONNREFUSED");
    const path = pathname.slice(PREFIX.length);
    this.events.push(`${host} ${method} ${path}${search}${body ? ` ${String(body)}` : ""}`);
    if (this.refuses.has(path)) return { status: 500, body: '{"msg": "not now"}' };
    if (path === "/node/list")
      return {
        status: 200,
        body: '{"nodeInfos":[{"ID":6,"address":"198.18.0.12:21123","state":"Normal"},{"ID":7,"address":"198.18.0.11:21123","state":"Normal"}]}',
      };
    if (path === "/distribution/get") return { status: 200, body: this.left.shift() ?? '{"ID":7}' };
    return { status: 200, body: '{"msg": "OK"}' };
  }

  stopping(
    spec: ClusterSpec,
    services = ["querynode"],
    stop: () => Promise<unknown> = async () => this.events.push("stop"),
  ) {
    const ctx = {
      config: { identity: identityOf("/data") },
      signal: this.abort.signal,
      ports: { http: { send: (request: HttpRequest) => this.send(request) } },
    };
    return handingOver(ctx as unknown as Parameters<typeof handingOver>[0], spec, services, stop);
  }
}

const RELIEVED = [
  "198.18.0.11:9092 GET /node/list",
  "198.18.0.11:9092 POST /node/suspend node_id=7",
  "198.18.0.11:9092 POST /transfer/segment source_node_id=7&copy_mode=false",
  "198.18.0.11:9092 POST /transfer/channel source_node_id=7&copy_mode=false",
  ...[1, 2, 3].map(() => "198.18.0.11:9092 GET /distribution/get?node_id=7"),
];

test.each(["v2.5.27", "v2.6.11"])(
  "%s: what a query node serves is served elsewhere before it stops",
  async (version) => {
    const proxies = new Proxies();
    expect(await proxies.stopping(specOf(version))).toBe("others serve what it did");
    expect(proxies.events).toEqual([...RELIEVED, "stop"]);
  },
);

test.each([
  ["a line that cannot be told", specOf("v2.4.24"), ["querynode"]],
  ["the only query node", specOf("v2.6.11", 1), ["querynode"]],
  ["another role", specOf("v2.6.11"), ["proxy", "datanode"]],
])("nothing is asked of Milvus for %s", async (_, spec, services) => {
  const proxies = new Proxies();
  expect(await proxies.stopping(spec, services)).toBeUndefined();
  expect(proxies.events).toEqual(["stop"]);
});

test("another proxy is asked where the own one does not answer", async () => {
  const proxies = new Proxies();
  proxies.away.add("198.18.0.11:9092");
  await proxies.stopping(specOf("v2.6.11"));
  expect(proxies.events).toEqual([...RELIEVED.map((line) => line.replace("0.11:", "0.12:")), "stop"]);
});

test.each(["/node/list", "/node/suspend", "/transfer/channel"])(
  "it is stopped all the same where %s is refused, and that is said",
  async (path) => {
    const proxies = new Proxies();
    proxies.refuses.add(path);
    expect(await proxies.stopping(specOf("v2.6.11"))).toMatch(
      /^others were not made to serve what it did \(198\.18\.0\.1\d:9092 answers 500 to .*not now.*\): it hands over while it stops$/,
    );
    expect(proxies.events.at(-1)).toBe("stop");
  },
);

test("one that could not be stopped is taken back into service", async () => {
  const proxies = new Proxies();
  const stop = (): Promise<void> => Promise.reject(new Error("Docker does not answer"));
  await expect(proxies.stopping(specOf("v2.6.11"), ["querynode"], stop)).rejects.toThrow(
    "Docker does not answer",
  );
  expect(proxies.events).toEqual([...RELIEVED, "198.18.0.11:9092 POST /node/resume node_id=7"]);
});
