import { configValue } from "../../spec/config-value";
import { DEFAULT_PORTS } from "../../spec/defaults";
import { families } from "../../spec/families";
import { DEFAULT_DATA_ROOT } from "../../spec/paths";
import { queueByDefault } from "../../spec/queue";
import type { ClusterSpec, ControlSpec, Images, Ports } from "../../spec/spec";
import { findLine } from "../../spec/version";
import { compileAhead, type ClusterTemplate } from "../../daemon/gather/gathering";
import { UsageError } from "../exit";
import { note } from "../output";
import { pairs } from "./pairs";

/** What `init` can be told of the cluster. */
export interface TemplateOptions {
  readonly mode: "distributed" | "standalone";
  readonly clusterName: string;
  readonly milvusVersion?: string;
  readonly haClusterSize?: number;
  readonly drivesPerPeer?: number;
  readonly dataRoot?: string;
  readonly registry?: string;
  readonly daemonPort?: number;
  readonly port?: readonly string[];
  readonly image?: readonly string[];
  readonly config?: readonly string[];
  readonly pulsarHost?: string;
  readonly watchdog?: ControlSpec["watchdog"];
  readonly alertFormat?: ControlSpec["alertFormat"];
}

const DISTRIBUTED = { size: 3, drives: 4 };
const STANDALONE = { size: 1, drives: 1 };

/** Members of the cluster. Throws UsageError when mode and size do not go together. */
export function sizeOf({ mode, haClusterSize }: TemplateOptions): number {
  const size = haClusterSize ?? (mode === "standalone" ? STANDALONE : DISTRIBUTED).size;
  if (mode === "standalone" && size !== 1)
    throw new UsageError("a standalone cluster is one VM: leave --ha-cluster-size out");
  if (mode === "distributed" && size === 1) throw new UsageError("a cluster of one VM is --mode standalone");
  return size;
}

/** The options in the terms of the spec. Throws UsageError for what cannot be read. */
export function templateOf(o: TemplateOptions, self: string, daemonImage: string): ClusterTemplate {
  const images = pairs("--image", o.image, IMAGES);
  const ports = pairs("--port", o.port, Object.keys(DEFAULT_PORTS));
  return {
    name: o.clusterName,
    version: o.milvusVersion ?? newestVersion(),
    mode: o.mode === "standalone" ? "standalone" : "cluster",
    storage: {
      drivesPerPeer: o.drivesPerPeer ?? (o.mode === "standalone" ? STANDALONE : DISTRIBUTED).drives,
    },
    queue: queueOf(o, self),
    dataRoot: o.dataRoot ?? DEFAULT_DATA_ROOT,
    registry: o.registry,
    images: { ...(images as Partial<Images>), daemon: daemonImage },
    ports: { ...mapped(ports, Number), ...(o.daemonPort ? { daemon: o.daemonPort } : {}) } as Partial<Ports>,
    config: mapped(pairs("--config", o.config), configValue),
    control: { watchdog: o.watchdog, alertFormat: o.alertFormat },
  };
}

/** Pulsar on the first peer, where the version needs a queue and has none itself. */
function queueOf(o: TemplateOptions, self: string): ClusterTemplate["queue"] {
  const family = findLine(o.milvusVersion ?? newestVersion());
  const mode = o.mode === "standalone" ? "standalone" : "cluster";
  const needed = family && queueByDefault(family, mode) === undefined;
  return needed || o.pulsarHost !== undefined
    ? { pulsarSingleton: { host: o.pulsarHost ?? self } }
    : undefined;
}

/** The spec with stand-ins for the other members; tells of warnings, throws UsageError with every error. */
export function checkedSpec(
  t: ClusterTemplate,
  size: number,
  self: { name: string; address: string },
  warn: (line: string) => void = (line) => note(`warning: ${line}`),
): ClusterSpec {
  const { spec, problems } = compileAhead(t, size, [self]);
  const text = problems.map((p) => ({ ...p, line: `${p.path}: ${p.message}` }));
  if (!spec) {
    throw new UsageError(
      text
        .filter((p) => p.severity === "error")
        .map((p) => p.line)
        .join("\n  "),
    );
  }
  for (const p of text) warn(p.line);
  return spec;
}

/** Of the lines that this release knows. */
export function newestVersion(): string {
  const newest = families.at(-1)!;
  return `v${newest.line}.${newest.newestPatch}`;
}

const IMAGES = ["milvus", "etcd", "minio", "pulsar", "nginx"];

function mapped<T>(record: Readonly<Record<string, string>>, f: (text: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
