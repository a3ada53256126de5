import { targetText } from "../spec/backups";
import type { ClusterSpec, Problem } from "../spec/spec";
import { lostPulsarHost } from "./moved";
import { poolsGone } from "./pools";
import type { ChangeStep } from "./step";
import { count, resilience } from "./summary";
import type { Transition } from "./transition";

/** What a reviewer should not overlook. */
export function warnings(
  { from, to, unfinished, backFrom }: Transition,
  steps: readonly ChangeStep[],
): Problem[] {
  return [
    ...(unfinished
      ? [warning("", "an earlier change has not ended: what it has changed is taken along")]
      : []),
    ...(backFrom !== undefined
      ? [
          warning(
            "version",
            `Milvus goes back from ${backFrom} to ${to.version}: its makers promise nothing about that`,
          ),
        ]
      : []),
    ...movedPort(from, to),
    ...movedBackups(from, to),
    ...unreadableBackups(from, to),
    ...closedDoor(to, steps),
    ...openDoor(to, steps),
    ...givenUp(from, to),
    ...steps.filter(({ kind, impact }) => kind === "revoke" && impact.detail !== "").map(rootPassword),
    ...abandoned(to, unfinished),
    ...emptied(from, to),
    ...weaker(from, to),
    ...steps
      .filter(stops)
      .map((step) => warning("", `while "${step.title}" runs, ${effects(step)} stop: ${step.impact.detail}`)),
  ];
}

function movedPort({ ports: { lb: before } }: ClusterSpec, { ports: { lb: after } }: ClusterSpec): Problem[] {
  if (before === after) return [];
  return [
    warning(
      "ports.lb",
      `clients reach the cluster at port ${after} from then on, and at ${before} no longer; connections that are open stay open`,
    ),
  ];
}

/** Nobody should look for them in vain, or pay for them unknowingly. */
function movedBackups(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const [before, after] = [targetText(from), targetText(to)];
  if (before === after) return [];
  return [
    warning(
      "backups.target",
      `backups are made in ${after} from then on. Those in ${before} stay there, and nothing lists or deletes them any more: ` +
        "export-backup, before the change, and import-backup after it take one along",
    ),
  ];
}

/** What is encrypted stays so, and the secret goes along with the word. */
function unreadableBackups({ backups: before }: ClusterSpec, { backups: after }: ClusterSpec): Problem[] {
  if (before?.encryption === undefined || after?.encryption !== undefined) return [];
  const what = "backups that are encrypted can be read no longer: not verified, restored or taken along";
  return [warning("backups.encryption", `${what}; they stay where they are`)];
}

/** Rulesets are loaded by the hosts' owners, and the one that was loaded last keeps other peers from the new host's broker. */
function closedDoor({ security, ports, queue }: ClusterSpec, steps: readonly ChangeStep[]): Problem[] {
  if (!security.firewall || queue.kind !== "pulsarSingleton") return [];
  if (!steps.some(({ kind }) => kind === "movePulsar" || kind === "beginPulsar")) return [];
  return [
    warning(
      "queue.pulsarSingleton.host",
      `before the apply, open ports ${ports.pulsar} and ${ports.pulsarHttp} of ${queue.host} to the other peers: the ruleset that is loaded there has them closed`,
    ),
  ];
}

/** The ruleset that is loaded closes the ports that it names, and those are the old ones. */
function openDoor({ security }: ClusterSpec, steps: readonly ChangeStep[]): Problem[] {
  if (!security.firewall || !steps.some(({ kind }) => kind === "movePorts")) return [];
  return [
    warning(
      "ports",
      "the new ports are open to everybody until you load the new ruleset on each peer, after the apply",
    ),
  ];
}

/** Said once more, and whole, although somebody has written the word for it: it cannot be had back. */
function givenUp(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const lost = lostPulsarHost({ from, to });
  if (lost === undefined) return [];
  return [
    warning(
      "queue.pulsarSingleton.lostHost",
      `what Pulsar held on ${lost.name} (${lost.address}) is given up: inserts, upserts and deletes that were acknowledged and ` +
        "are not yet flushed to the object store are lost; rows that are flushed stay. Do so only if that VM is off for good",
    ),
  ];
}

/** MinIO may have stored objects in a pool as soon as it knew it, and finds them no more without it. */
function abandoned(to: ClusterSpec, unfinished: ClusterSpec | undefined): Problem[] {
  const added = unfinished ? poolsGone(unfinished, to) : [];
  return added.map(({ peers }) =>
    warning(
      "storage.pools",
      `the pool of ${peers.join(", ")} goes again: what was stored in it since the change began is lost`,
    ),
  );
}

/** A pool whose emptying has begun is only read from, also when it is cancelled (minio/minio docs/distributed/DECOMMISSION.md). */
function emptied(from: ClusterSpec, to: ClusterSpec): Problem[] {
  return poolsGone(from, to).map(({ peers }) =>
    warning(
      "storage.pools",
      `MinIO stores nothing new in the pool of ${peers.join(", ")} once its emptying has begun, also when that is cancelled later`,
    ),
  );
}

/** What is survived by fewer losses than before. */
function weaker(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const [before, after] = [resilience(from), resilience(to)];
  const aspects = [
    ["etcd", before.etcdLost, after.etcdLost],
    ["reads of stored objects", before.storageLostForReads, after.storageLostForReads],
    ["writes of stored objects", before.storageLostForWrites, after.storageLostForWrites],
  ] as const;
  return aspects.flatMap(([what, was, is]) =>
    was === undefined || is === undefined || is >= was
      ? []
      : [
          warning(
            "peers",
            `${what} will survive the loss of ${count(is, "peer")}, and survived that of ${was}`,
          ),
        ],
  );
}

function rootPassword({ title, impact }: ChangeStep): Problem {
  return warning("", `"${title}": ${impact.detail}`);
}

function stops({ impact }: ChangeStep): boolean {
  return impact.reads === "stop" || impact.writes === "stop";
}

function effects({ impact }: ChangeStep): string {
  const stopped = (["reads", "writes"] as const).filter((kind) => impact[kind] === "stop");
  return stopped.join(" and ");
}

function warning(path: string, message: string): Problem {
  return { severity: "warning", path, message };
}
