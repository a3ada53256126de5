import { X509Certificate } from "node:crypto";
import { readdir } from "node:fs/promises";
import { version } from "../../../package.json";
import type { StatusReply } from "../../api/wire";
import { etcdClientUrl } from "../../render";
import type { ClusterSpec } from "../../spec/spec";
import type { OwnCertificates } from "../certificates";
import type { DaemonConfig } from "../config";
import type { MinioNode } from "../minio/admin";
import type { Store } from "../ports/store";
import type { Snapshot } from "../store/records";
import { within } from "../wait";
import type { WatchdogFacts } from "../watchdog/facts";
import type { Facts } from "./facts";

export interface Sources {
  readonly config: Pick<DaemonConfig, "identity">;
  readonly certificates: Pick<OwnCertificates, "pems">;
  readonly status: () => Promise<StatusReply>;
  /** Undefined outside of any cluster. */
  readonly cluster: () => ClusterSources | undefined;
}

export interface ClusterSources {
  readonly spec: ClusterSpec;
  readonly store: Pick<Store, "get" | "memberStatus">;
  /** Key of the leader: what a read with quorum is timed by. */
  readonly probeKey: string;
  readonly leads: boolean;
  readonly leader: Snapshot["leader"];
  readonly snapshot: Snapshot | undefined;
  readonly drives: readonly MinioNode[];
  readonly watchdog: WatchdogFacts | undefined;
}

/** Prometheus gives up after 10 s. */
const PROBE_MS = 2_000;

/** Everything that one scrape tells. Never throws: what cannot be asked is left out. */
export async function collect({ config, certificates, status, cluster }: Sources): Promise<Facts> {
  const found = cluster();
  const [whole, etcd, pems, own] = await Promise.all([
    status().catch(() => undefined),
    found && etcdFacts(config.identity.address, found),
    certificates.pems(),
    processFacts(),
  ]);
  const self = whole?.peers.find((p) => p.name === config.identity.name);
  return {
    version,
    node: process.version,
    leads: found?.leads ?? false,
    term: found?.leader && Number(found.leader.term),
    stopped: found?.snapshot && found.snapshot.stopped !== undefined,
    peers: (whole?.peers ?? []).map(({ name, reachable }) => ({ name, reachable })),
    components: self?.components ?? [],
    watchdog: found?.watchdog,
    jobs: [...(found?.snapshot?.jobs.values() ?? [])].map((j) => j.value),
    etcd,
    minio: found?.drives ?? [],
    certificates: ends(pems),
    process: own,
  };
}

async function etcdFacts(address: string, { spec, store, probeKey }: ClusterSources): Promise<Facts["etcd"]> {
  const from = performance.now();
  const read = within(PROBE_MS, "etcd", store.get(probeKey)).then(() => (performance.now() - from) / 1000);
  const url = etcdClientUrl(spec, { address });
  // A peer without a member of its own tells of none.
  const member = within(PROBE_MS, "etcd", store.memberStatus(url));
  const [readSeconds, status] = await Promise.all([
    read.catch(() => undefined),
    member.catch(() => undefined),
  ]);
  return { readSeconds, dbSizeBytes: status?.dbSizeBytes, alarms: status?.alarms.length };
}

function ends(pems: Awaited<ReturnType<OwnCertificates["pems"]>>): Facts["certificates"] {
  return (["ca", "peer", "milvus"] as const).flatMap((name) => {
    const pem = pems[name];
    return pem === undefined ? [] : [{ name, notAfter: Date.parse(new X509Certificate(pem).validTo) / 1000 }];
  });
}

async function processFacts(): Promise<Facts["process"]> {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const fds = await readdir("/proc/self/fd").catch(() => undefined);
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    heapUsedBytes: heapUsed,
    openFds: fds?.length,
    startSeconds: performance.timeOrigin / 1000,
  };
}
