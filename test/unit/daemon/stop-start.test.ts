import { startCluster } from "../../../lib/daemon/jobs/types/start-cluster";
import { stopCluster } from "../../../lib/daemon/jobs/types/stop-cluster";
import { peerServices } from "../../../lib/render";
import { changed, committed, formed, jobOf, NAMES, WARM } from "./converge-support";
import { TestJob, type Peers } from "./peers-support";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const STOPPED = "/milvus-onprem/c1/stopped";
const dir = temporaryDir();
let peers: Peers;
beforeEach(async () => {
  peers = await formed(dir.path());
});
afterEach(() => peers.stop());

const stop = (): TestJob<object> => new TestJob(peers, stopCluster, {});
const start = (): TestJob<object> => new TestJob(peers, startCluster, {}, "0mijk2x9b-000000");
const runs = (name: string): string[] => peers.of(name).host.containers.map(({ service }) => service);
const all = (name: string): string[] =>
  Object.keys(
    peerServices(
      peers.spec,
      peers.spec.peers.find((p) => p.name === name)!,
    ),
  );
const recorded = (): unknown => JSON.parse(peers.store.kv.get(STOPPED)?.value ?? "null");

/** In which order things were done to containers, over all peers. */
function watch(): string[] {
  const seen: string[] = [];
  for (const { host, name } of peers.all) {
    host.events.push = (...items) => {
      seen.push(...items.filter((item) => /^(remove|recreate)/.test(item)).map((item) => `${name}: ${item}`));
      return Array.prototype.push.apply(host.events, items);
    };
  }
  return seen;
}

describe("a cluster that is stopped", () => {
  test("keeps etcd alone on every peer, and is recorded as stopped", async () => {
    const job = stop();
    await job.run(peers.elect("peer-1"));
    expect(NAMES.map(runs)).toEqual([["etcd"], ["etcd"], ["etcd"]]);
    expect(recorded()).toEqual({ job: job.id, done: true });
  });

  test("turns clients away first, then stops nodes, then coordinators, then what they stand on", async () => {
    const seen = watch();
    await stop().run(peers.elect("peer-1"));
    const last = (service: string): number =>
      Math.max(...NAMES.map((n) => seen.indexOf(`${n}: remove ${service}`)));
    const first = (service: string): number => seen.findIndex((line) => line.endsWith(` remove ${service}`));
    for (const node of ["querynode", "datanode", "indexnode"]) {
      expect(first(node)).toBeGreaterThan(last("proxy"));
      expect(first("coord")).toBeGreaterThan(last(node));
    }
    for (const below of ["minio", "pulsar", "nginx"]) expect(first(below)).toBeGreaterThan(last("coord"));
  });

  test("lets no query node wait for others to take over, and all else have its time", async () => {
    await stop().run(peers.elect("peer-1"));
    const hurried = NAMES.map((n) =>
      [...peers.of(n).host.graces].filter(([, seconds]) => seconds !== undefined),
    );
    expect(hurried).toEqual(NAMES.map(() => [["querynode", 2]]));
  });

  test("is announced before anything stops, so that no watchdog interferes", async () => {
    const seen = watch();
    await stop().run(peers.elect("peer-1"), { until: "announce" });
    expect([seen, recorded()]).toMatchObject([[], { done: false }]);
  });

  test("goes on under the next leader, and stops nothing twice", async () => {
    const job = stop();
    await job.run(peers.elect("peer-1"), { until: "stop nodes" });
    const seen = watch();
    await job.run(peers.elect("peer-2"));
    expect(seen.filter((line) => /proxy|node/.test(line))).toEqual([]);
    expect(NAMES.map(runs)).toEqual([["etcd"], ["etcd"], ["etcd"]]);
  });

  test("does not wait for a peer that is away, and tells", async () => {
    await peers.of("peer-3").down();
    const job = stop();
    await job.run(peers.elect("peer-1"));
    expect(job.lines).toContainEqual(
      expect.stringMatching(/^warn: peer-3: its daemon cannot be reached.* is stopped when it is back$/),
    );
    expect([runs("peer-2"), recorded()]).toMatchObject([["etcd"], { done: true }]);
  });

  test("is not stopped while a change has stopped half-way: what to do is said", async () => {
    const change = jobOf(peers, { from: peers.spec, to: changed(peers, WARM) });
    await change.run(peers.elect("peer-1"), { until: "restart querynode" });
    await expect(stop().run(peers.elect("peer-1"))).rejects.toThrow(
      `a change of the cluster has not ended (job ${change.id}), so it cannot be stopped: end that first, with milvus-onprem resume`,
    );
    expect([runs("peer-1").length, recorded()]).toEqual([all("peer-1").length, null]);
  });

  test("takes no change, and says what to do", async () => {
    await stop().run(peers.elect("peer-1"));
    const change = jobOf(peers, { from: peers.spec, to: changed(peers, WARM) });
    await expect(change.run(peers.elect("peer-1"))).rejects.toThrow(
      "the cluster is stopped, so nothing can be changed: start it with milvus-onprem start",
    );
    expect([committed(peers).generation, runs("peer-1")]).toEqual([1, ["etcd"]]);
  });
});

describe("a cluster that is started", () => {
  beforeEach(async () => {
    await stop().run(peers.elect("peer-1"));
  });

  test("runs all that its spec says, what Milvus stands on first, and is recorded as stopped no more", async () => {
    const seen = watch();
    await start().run(peers.elect("peer-2"));
    expect(NAMES.map((name) => runs(name).sort())).toEqual(NAMES.map((name) => all(name).sort()));
    expect(recorded()).toBeNull();
    const of = (service: string): number[] =>
      seen.flatMap((line, i) => (line.includes(` ${service}`) ? [i] : []));
    expect(Math.min(...of("proxy"))).toBeGreaterThan(Math.max(...of("minio")));
    expect(seen.filter((line) => line.includes("etcd"))).toEqual([]);
  });

  test("leaves alone what is healthy, even where the spec would have it otherwise: that is a change", async () => {
    await start().run(peers.elect("peer-1"));
    const { host } = peers.of("peer-3");
    host.containers = host.containers.map((c) => ({ ...c, fingerprint: "of another release" }));
    const seen = watch();
    await start().run(peers.elect("peer-1"));
    expect(seen).toEqual([]);
  });

  test("is tested through every load balancer, and leaves no collection", async () => {
    const tried: string[] = [];
    peers.milvus.onCall = (name, address) => name === "search" && tried.push(address);
    await start().run(peers.elect("peer-1"));
    expect(tried.sort()).toEqual(peers.spec.peers.map(({ address }) => `${address}:19537`));
    expect([peers.milvus.collections.size, peers.milvus.open]).toEqual([0, 0]);
  });

  test("goes on under the next leader", async () => {
    const job = start();
    await job.run(peers.elect("peer-1"), { until: "start foundations" });
    const seen = watch();
    await job.run(peers.elect("peer-3"));
    expect(seen.filter((line) => /minio|nginx/.test(line))).toEqual([]);
    expect(runs("peer-2").sort()).toEqual(all("peer-2").sort());
  });

  test("without a peer that is away serves all the same; started once more, that peer gets what belongs there", async () => {
    await peers.of("peer-3").down();
    const job = start();
    expect(await job.run(peers.elect("peer-1"))).toEqual({ away: ["peer-3"] });
    expect([runs("peer-2").length, runs("peer-3")]).toEqual([all("peer-2").length, ["etcd"]]);
    await peers.of("peer-3").up();
    const seen = watch();
    await start().run(peers.elect("peer-1"));
    expect(runs("peer-3").sort()).toEqual(all("peer-3").sort());
    expect(seen.filter((line) => !line.startsWith("peer-3"))).toEqual([]);
  });
});
