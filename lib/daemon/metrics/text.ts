import { Counter, Gauge, Registry } from "prom-client";
import type { Facts } from "./facts";
import { countJobs, lastOfEachType } from "./jobs";

/** Content type of the text format, version 0.0.4. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

const PREFIX = "milvus_onprem_";

/** The facts in Prometheus' text format. A registry of its own for each scrape: what is gone leaves no series behind. */
export function metricsText(facts: Facts): Promise<string> {
  const series = new Series();
  control(series, facts);
  components(series, facts);
  jobs(series, facts);
  etcd(series, facts);
  storage(series, facts);
  ownProcess(series, facts);
  return series.text();
}

type Labels = Readonly<Record<string, string>>;

class Series {
  private readonly registry = new Registry();

  gauge(name: string, help: string, values: readonly (readonly [Labels, number])[]): void {
    const labelNames = namesIn(values);
    const gauge = new Gauge({ name, help, labelNames, registers: [this.registry] });
    for (const [labels, value] of values) gauge.set(labels, value);
    if (values.length === 0) this.registry.removeSingleMetric(name);
  }

  /** A gauge without labels, if its value is known. */
  one(name: string, help: string, value: number | undefined): void {
    this.gauge(name, help, value === undefined ? [] : [[{}, value]]);
  }

  counter(name: string, help: string, values: readonly (readonly [Labels, number])[]): void {
    const labelNames = namesIn(values);
    const counter = new Counter({ name, help, labelNames, registers: [this.registry] });
    for (const [labels, value] of values) counter.inc(labels, value);
    if (values.length === 0) this.registry.removeSingleMetric(name);
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}

function namesIn(values: readonly (readonly [Labels, number])[]): string[] {
  return Object.keys(values[0]?.[0] ?? {});
}

function control(series: Series, { version, node, leads, term, stopped, peers, certificates }: Facts): void {
  series.gauge(`${PREFIX}build_info`, "Versions of this daemon; always 1.", [[{ version, node }, 1]]);
  series.one(`${PREFIX}leader`, "1 on the peer that leads the control plane, else 0.", Number(leads));
  series.one(`${PREFIX}leader_term`, "Term of the current leader; grows with each change.", term);
  series.one(
    `${PREFIX}cluster_stopped`,
    "1 while somebody has stopped the cluster, else 0.",
    stopped === undefined ? undefined : Number(stopped),
  );
  series.gauge(
    `${PREFIX}peer_up`,
    "Whether the daemon of a peer answers this one.",
    peers.map(({ name, reachable }) => [{ peer: name }, Number(reachable)]),
  );
  series.gauge(
    `${PREFIX}certificate_expiry_timestamp_seconds`,
    "When a certificate of this peer ends, in seconds since 1970.",
    certificates.map(({ name, notAfter }) => [{ certificate: name }, notAfter]),
  );
}

function components(series: Series, { components, watchdog }: Facts): void {
  series.gauge(
    `${PREFIX}component_healthy`,
    "Whether a component of this peer is healthy.",
    components.map(({ name, health }) => [{ component: name }, Number(health === "healthy")]),
  );
  series.counter(
    `${PREFIX}component_restarts_total`,
    "Restarts of a component of this peer since the daemon started, by the watchdog or by Docker.",
    (watchdog?.restarts ?? []).map(({ component, count }) => [{ component }, count]),
  );
  series.gauge(
    `${PREFIX}component_restart_loop`,
    "1 for a component of this peer that the watchdog has given up on.",
    (watchdog?.stopped ?? []).map((component) => [{ component }, 1]),
  );
}

function jobs(series: Series, facts: Facts): void {
  series.gauge(
    `${PREFIX}jobs`,
    "Jobs that are kept, by type and state.",
    countJobs(facts.jobs).map(({ type, state, count }) => [{ type, state }, count]),
  );
  const last = lastOfEachType(facts.jobs);
  series.gauge(
    `${PREFIX}job_last_duration_seconds`,
    "How long the last job of a type that has ended took.",
    last.flatMap(({ type, seconds }) => (seconds === undefined ? [] : [[{ type }, seconds] as const])),
  );
  series.gauge(
    `${PREFIX}job_last_success_timestamp_seconds`,
    "When the last job of a type succeeded, in seconds since 1970.",
    last.flatMap(({ type, succeededAt }) =>
      succeededAt === undefined ? [] : [[{ type }, succeededAt] as const],
    ),
  );
}

function etcd(series: Series, { etcd }: Facts): void {
  const answers = etcd && Number(etcd.readSeconds !== undefined);
  series.one(`${PREFIX}etcd_up`, "Whether etcd answers a read with quorum.", answers);
  series.one(`${PREFIX}etcd_read_seconds`, "How long a read with quorum took.", etcd?.readSeconds);
  series.one(
    `${PREFIX}etcd_db_size_bytes`,
    "Database of this peer's etcd member on disk.",
    etcd?.dbSizeBytes,
  );
  series.one(`${PREFIX}etcd_alarms`, "Alarms that are raised in etcd, e.g. for its quota.", etcd?.alarms);
}

function storage(series: Series, { minio }: Facts): void {
  series.gauge(
    `${PREFIX}minio_drives`,
    "Drives that a peer has in the MinIO pool.",
    minio.map(({ peer, drives }) => [{ peer }, drives]),
  );
  series.gauge(
    `${PREFIX}minio_drives_online`,
    "Drives of a peer that MinIO can use.",
    minio.map(({ peer, drivesOnline }) => [{ peer }, drivesOnline]),
  );
}

/** Named as every exporter names them. */
function ownProcess(series: Series, { process }: Facts): void {
  const cpu = "Total user and system CPU time spent in seconds.";
  series.counter("process_cpu_seconds_total", cpu, [[{}, process.cpuSeconds]]);
  series.one("process_resident_memory_bytes", "Resident memory size in bytes.", process.residentBytes);
  series.one("process_open_fds", "Number of open file descriptors.", process.openFds);
  series.one(
    "process_start_time_seconds",
    "Start time of the process since 1970 in seconds.",
    process.startSeconds,
  );
  series.one(
    "nodejs_heap_size_used_bytes",
    "Heap of Node.js that is in use, in bytes.",
    process.heapUsedBytes,
  );
}
