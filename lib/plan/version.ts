import type { ClusterSpec, Problem } from "../spec/spec";
import { familyOf, parseVersion } from "../spec/version";
import { refusal, changes } from "./refusal";

type Versioned = Pick<ClusterSpec, "version">;

/** The newest version that runs, where Milvus goes back from it to an earlier patch of its line. */
export function newerThan(to: Versioned, running: readonly Versioned[]): string | undefined {
  const newer = running.filter((from) => isDowngrade(from, to));
  return newer.sort((a, b) => parseVersion(b.version)!.patch - parseVersion(a.version)!.patch)[0]?.version;
}

function isDowngrade(from: Versioned, to: Versioned): boolean {
  const [before, after] = [parseVersion(from.version), parseVersion(to.version)];
  return before!.line === after!.line && after!.patch < before!.patch;
}

/** Source of what is supported: milvus-upgrade-paths.md (Milvus' documentation, upgrade_milvus_cluster-operator.md v2.3.x to v2.6.x). */
export function versionRefusal(from: Versioned, to: Versioned): Problem[] {
  const [before, after] = [familyOf(from.version).line, familyOf(to.version).line];
  if (before === after) return [];
  const what = changes("version", from.version, to.version);
  return [refusal("version", what, after === STREAMING ? TO_STREAMING : OTHER_LINE)];
}

/** Line that has other roles and another log than those before it. */
const STREAMING = "2.6";
const BY_BACKUP =
  "of the other line beside this one, and bring the collections there by a backup of data (milvus-onprem export-backup, then " +
  "import-backup and restore-backup; docs/backup-data.md)";
const TO_STREAMING =
  "Milvus 2.6 has other coordinators and another log, and there is no way back to an earlier line; form a cluster " +
  BY_BACKUP;
const OTHER_LINE = `only patches of one line are exchanged in place; form a cluster ${BY_BACKUP}`;
