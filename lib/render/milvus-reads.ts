import type { ProcessSpec } from "../spec/families";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec, PeerSpec, RoleName } from "../spec/spec";
import { familyOf } from "../spec/version";
import { allSettings } from "./milvus-yaml";
import type { Settings } from "./settings";

/**
 * Sections of milvus.yaml that only some roles read; every other one counts for all. Those of coordinators are among the others:
 * nodes and proxies look at some of their settings, too. A streaming node has a query node and a data node's writer inside.
 */
const READERS: Readonly<Record<string, readonly RoleName[]>> = {
  queryNode: ["query", "streaming"],
  // The data coordinator reads some of it, too (internal/datacoord, e.g. dataNode.segment.binlog.maxsize).
  dataNode: ["data", "streaming", "coord"],
  datanode: ["data", "streaming", "coord"],
  indexNode: ["index"],
  streamingNode: ["streaming"],
  proxy: ["proxy", "coord"],
};

/**
 * A list from which etcd's client takes any that answers: one that a peer has joined or left meanwhile serves a running role as
 * well.
 */
const NEED_NOT_BE_NEWEST = new Set(["etcd.endpoints"]);

/** The settings that a process must be started anew for when one of them changes. */
export function settingsRead(
  spec: ClusterSpec,
  peer: PeerSpec,
  process: ProcessSpec,
  secrets: ClusterSecrets,
): Settings {
  const role = familyOf(spec.version).roles.find(({ name }) => name === process.name)?.role;
  const all = Object.entries(allSettings(spec, peer, secrets));
  return Object.fromEntries(
    all.filter(([key]) => !NEED_NOT_BE_NEWEST.has(key) && (role === undefined || concerns(role, key))),
  );
}

function concerns(role: RoleName, key: string): boolean {
  return READERS[key.split(".")[0]!]?.includes(role) ?? true;
}
