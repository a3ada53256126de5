import type {
  PeerEvidence,
  ReformOptions,
  ReformPlan,
  RescueSource,
  SilentPeer,
} from "../../api/rescue-wire";

/** What is known before anything is done. */
export interface Found {
  readonly cluster: string;
  readonly peers: readonly PeerEvidence[];
  readonly silent: readonly SilentPeer[];
}

/** What would be done, what may be lost, and whether it is refused. Pure. */
export function planOf(found: Found, o: ReformOptions): ReformPlan {
  const source = sourceOf(o.rejoin ? serving(found.peers) : found.peers, o.from);
  return {
    cluster: found.cluster,
    peers: [...found.peers],
    silent: [...found.silent],
    source,
    warnings: source ? warningsFor(source, found) : [],
    refusal: refusalOf(found, o, source),
  };
}

/**
 * The source that knows most. Members and snapshots are compared by the revision of etcd: it grows with every write, the same on all
 * of them, and can be read from a member that runs, from one that does not, and from a file. Of equals a member goes first: it also
 * has what is no write of a key. Pure.
 */
export function sourceOf(peers: readonly PeerEvidence[], from?: string): RescueSource | undefined {
  const members = peers.flatMap(({ peer, revision }): RescueSource[] =>
    revision === undefined ? [] : [{ kind: "member", peer, revision }],
  );
  const snapshots = peers.flatMap(({ peer, snapshot }): RescueSource[] =>
    snapshot ? [{ kind: "snapshot", peer, revision: snapshot.revision, file: snapshot.file }] : [],
  );
  const all = [...members, ...snapshots].filter((s) => from === undefined || from === nameOf(s));
  return all.sort((a, b) => b.revision - a.revision)[0];
}

/** Members of the majority, without their snapshots: who takes others back has nothing else to go by. Pure. */
export function serving(peers: readonly PeerEvidence[]): PeerEvidence[] {
  return peers.filter((p) => p.etcd === "serving").map((p) => ({ ...p, snapshot: undefined }));
}

function nameOf({ kind, peer, file }: RescueSource): string {
  return kind === "snapshot" ? file! : peer;
}

function refusalOf(found: Found, o: ReformOptions, source: RescueSource | undefined): string | undefined {
  const { peers, silent, cluster } = found;
  const served = refusalByQuorum(found, o.rejoin ?? false);
  if (served !== undefined) return served;
  if (o.rejoin && o.from !== undefined)
    return "peers are taken back into the etcd that has the majority, and from nothing else: leave out --from";
  if (!source && o.from !== undefined)
    return `there is no peer or newest snapshot "${o.from}" that etcd could be made of: ${choices(peers)}`;
  if (!source)
    return `no peer of "${cluster}" that answers has data of etcd, or a snapshot, that can be read: copy one into a peer's backups/etcd first`;
  return refusalBySilence(silent, o.without ?? []);
}

/** A majority that lives needs no rescue, and would lose what it writes meanwhile. */
function refusalByQuorum({ peers }: Found, rejoin: boolean): string | undefined {
  const majority = serving(peers);
  const out = peers.filter((p) => p.etcd !== "serving").map((p) => p.peer);
  if (new Set(majority.map((p) => p.clusterId)).size > 1)
    return (
      `there are two etcds with a majority of their own (${majority.map(told).join(", ")}): stop the one that is not to stay, ` +
      "on each of its peers: docker stop milvus-etcd. Then take these peers back: --rejoin"
    );
  if (majority.length === 0)
    return rejoin
      ? "etcd has no majority that a peer could be taken back into: leave out --rejoin"
      : undefined;
  if (rejoin)
    return out.length === 0 ? `all peers that answer are part of etcd (${names(majority)})` : undefined;
  const others =
    out.length > 0
      ? `; ${out.join(", ")}: if etcd does not come back there by itself, take it back with --rejoin`
      : "";
  return `etcd has a majority (${names(majority)}), so nothing is to be rescued${others}`;
}

/** Whoever stays out is named by the one who decides it. */
function refusalBySilence(silent: readonly SilentPeer[], without: readonly string[]): string | undefined {
  const missing = silent.filter((s) => !without.includes(s.peer));
  if (missing.length > 0) {
    const all = silent.map((s) => s.peer).join(",");
    const why = missing.map((s) => s.error).join("; ");
    return `${all} would stay out: ${why}. Bring it back first; or, if it is gone for good or switched off, say so: --without ${all}`;
  }
  const answering = without.filter((peer) => !silent.some((s) => s.peer === peer));
  return answering.length > 0
    ? `${answering.join(", ")} answers, or is no peer, and cannot be left out: leave out --without ${answering.join(",")}`
    : undefined;
}

function warningsFor(source: RescueSource, { peers, silent }: Found): string[] {
  // Else a member that goes on out of reach may have acknowledged more.
  const isWhole = serving(peers).length > 0 && silent.length === 0;
  const lost =
    source.kind === "snapshot"
      ? `everything that was written to etcd after ${timeOf(source.file!)} is lost: collections, users, and what the daemons have agreed on since; ` +
        "vectors of collections that are known no more stay in the object store"
      : isWhole
        ? "etcd answers nothing for some seconds; nothing is lost"
        : `what was written in the last moments before the majority was lost, and had not reached ${source.peer}, is lost`;
  const unreadable = peers
    .filter((p) => p.problem)
    .map((p) => `the data of ${p.peer} cannot be read: ${p.problem}`);
  const out = silent.map((s) => s.peer);
  return [
    lost,
    "Milvus is stopped on all peers that answer, and started again at the end",
    ...unreadable,
    ...(out.length > 0
      ? [
          `${out.join(", ")}: a majority of old members that run together is a second etcd. Keep them switched off, or etcd stopped ` +
            "there (docker stop milvus-etcd), until they are taken back: milvus-onprem rescue etcd-quorum --rejoin",
        ]
      : []),
  ];
}

/** Snapshots are named by when they were taken: 20261123T235301Z-…. */
function timeOf(file: string): string {
  const [, date, hours, minutes, seconds] = /^(\d{8})T(\d\d)(\d\d)(\d\d)Z/.exec(file) ?? [];
  if (date === undefined) return file;
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)} ${hours}:${minutes}:${seconds}Z`;
}

function choices(peers: readonly PeerEvidence[]): string {
  const found = peers.flatMap((p) => [
    ...(p.revision === undefined ? [] : [p.peer]),
    ...(p.snapshot ? [p.snapshot.file] : []),
  ]);
  return found.length > 0 ? `there are ${[...new Set(found)].join(", ")}` : "there is none at all";
}

const told = ({ peer, revision }: PeerEvidence): string => `${peer} at revision ${revision}`;
const names = (peers: readonly PeerEvidence[]): string => peers.map((p) => p.peer).join(", ");
