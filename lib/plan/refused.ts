import { canonicalJson } from "../spec/canonical";
import { hostPort } from "../spec/host";
import { poolsOf } from "../spec/pool";
import { isEmbedded } from "../spec/queue";
import type { ClusterSpec, MinioStorage, PoolSpec, Problem, QueueSpec, S3Storage } from "../spec/spec";
import { parityOf } from "../spec/storage-facts";
import { changes, isApplied, refusal } from "./refusal";
import { movedRefusals } from "./moved";
import { emptiedRefusals, layoutRefusals, onlyEmpties, poolsGone } from "./pools";
import { portRefusals } from "./ports";
import { replacedRefusals } from "./replaced";
import { versionRefusal } from "./version";

/** Differences that a formed cluster does not take, each by its path: with any of them nothing is applied. */
export function refused(current: ClusterSpec, desired: ClusterSpec): Problem[] {
  return [
    ...versionRefusal(current, desired),
    ...peerChanges(current, desired),
    ...replacedRefusals(current, desired),
    ...movedRefusals(current, desired),
    ...portRefusals(current, desired),
    ...storageChanges(current, desired),
    ...emptiedRefusals(current, desired),
    ...queueChanges(current.queue, desired.queue),
    ...differences(rest(current), rest(desired)),
  ];
}

/** All but what is compared in a way of its own. */
function rest(spec: ClusterSpec): object {
  return { ...spec, version: "", peers: [], storage: {}, queue: {} };
}

/** By the paths that an input has, so that a refusal's path is that of an attribute. */
function storageChanges(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const [current, desired] = [from.storage, to.storage];
  if (current.kind === "s3" && desired.kind === "s3")
    return differences(outside(current), outside(desired), "storage");
  if (current.kind === "minio" && desired.kind === "minio") {
    // Set to what it was by default it is no change.
    const isParity = parityOf(from, current) === parityOf(to, desired);
    const rest = ({ pools: _, parity, ...storage }: MinioStorage): object =>
      isParity ? storage : { ...storage, parity };
    return [
      ...poolChanges(from, to),
      ...layoutRefusals(from, to),
      ...differences(rest(current), rest(desired), "storage"),
    ];
  }
  return [
    refusal("storage", changes("where objects are stored", STORES[current.kind], STORES[desired.kind])),
  ];
}

const STORES = { minio: "pools", s3: "s3" } as const;

function outside({ bucket, host, port, tls, ...s3 }: S3Storage): object {
  const endpoint = `${tls ? "https" : "http"}://${hostPort(host, port)}`;
  return { bucket, s3: { ...s3, kind: undefined, endpoint } };
}

function poolChanges(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const [all, desired] = [poolsOf(from), poolsOf(to)];
  const gone = poolsGone(from, to);
  const current = onlyEmpties(from, to) ? all.filter((pool) => !gone.includes(pool)) : all;
  const longer = current.length > desired.length ? current : desired;
  return longer.flatMap((_, i) => {
    const [before, after] = [current[i], desired[i]];
    if (!before) return addedPool(after!, i, current);
    const shares = after?.peers.some((name) => before.peers.includes(name)) ?? false;
    if (gone.includes(before) && !shares) return [exchangedPool(before)];
    return differences(before, after, `storage.pools[${i}]`);
  });
}

/** The old one is emptied into those that are there, and MinIO knows a new one only after it was started anew. */
function exchangedPool({ peers }: PoolSpec): Problem {
  const what = `cannot remove the pool of ${peers.join(", ")} and add another one in one change`;
  return refusal(
    "storage.pools",
    what,
    "add the new pool first, and remove the old one in a change after that",
  );
}

/** All pools must have their quorum, or nothing is read or written: one of a single peer would end what the others survive. */
function addedPool(
  { peers, acceptSingleHost }: PoolSpec,
  i: number,
  current: readonly PoolSpec[],
): Problem[] {
  if (peers.length > 1 || acceptSingleHost || current.some((pool) => pool.peers.length === 1)) return [];
  const what = `cannot add a pool of ${peers.join(", ")} alone`;
  return [
    refusal(
      `storage.pools[${i}]`,
      what,
      "the loss of that one peer would stop all reads and writes; acceptSingleHost of the pool says that this is meant",
    ),
  ];
}

function queueChanges(current: QueueSpec, desired: QueueSpec): Problem[] {
  if (current.kind === desired.kind) return differences(current, desired, `queue.${current.kind}`);
  const path = isEmbedded(desired.kind) ? "queue" : `queue.${desired.kind}`;
  return [{ ...refusal("queue", changes("the message queue", current.kind, desired.kind)), path }];
}

/** Some may come and go; those that stay keep their order. */
function peerChanges({ peers: current }: ClusterSpec, { peers: desired }: ClusterSpec): Problem[] {
  const staying = (peers: ClusterSpec["peers"], others: ClusterSpec["peers"]): string =>
    peers.flatMap(({ name }) => (others.some((o) => o.name === name) ? [name] : [])).join();
  const reordered = staying(current, desired) !== staying(desired, current);
  return [
    ...(reordered ? [refusal("peers", "cannot reorder the peers of a formed cluster")] : []),
    ...renamed(current, desired),
  ];
}

/** etcd tells its members apart by their addresses. */
function renamed(current: ClusterSpec["peers"], desired: ClusterSpec["peers"]): Problem[] {
  return desired.flatMap(({ name, address }, i) => {
    const other = current.find((peer) => peer.address === address && peer.name !== name);
    if (!other) return [];
    const what = `cannot give the address of "${other.name}" to "${name}" in one change`;
    return [refusal(`peers[${i}].address`, what, `let "${other.name}" go first, and add "${name}" then`)];
  });
}

function differences(current: unknown, desired: unknown, path = ""): Problem[] {
  if (isApplied(path) || canonicalJson(current ?? null) === canonicalJson(desired ?? null)) return [];
  if (!isRecord(current) || !isRecord(desired)) return [refusal(path, changes(path, current, desired))];
  const keys = [...new Set([...Object.keys(current), ...Object.keys(desired)])].sort();
  return keys.flatMap((key) => differences(current[key], desired[key], member(path, key)));
}

function member(path: string, key: string): string {
  if (path === "config") return `config["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
