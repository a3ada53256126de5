import type { EtcdDatabase, NospaceReport, NospaceResult, SilentPeer } from "../../api/rescue-wire";
import { Conflict, Unavailable } from "../errors";
import { messageOf, until } from "../wait";
import type { EtcdAdmin, MemberFacts } from "./etcd-admin";

/** Says one sentence of what has been done. */
export type Say = (sentence: string) => void;

/** For a member to be one of the majority again after it was defragmented. */
const BACK_MS = 60_000;
/** Less freed than this part of a database: what fills it is no history. */
const FREED_LITTLE = 0.1;

export type NospaceAdmin = Pick<EtcdAdmin, "member" | "serves" | "compact" | "defragment" | "disarm">;

export interface NospaceOptions {
  readonly cluster: string;
  readonly peers: readonly string[];
  readonly admin: NospaceAdmin;
}

interface Looked {
  readonly facts: ReadonlyMap<string, MemberFacts>;
  readonly silent: readonly SilentPeer[];
}

/** Who has raised the alarm, and how large each database is. Changes nothing. */
export async function reportNospace(o: NospaceOptions): Promise<NospaceReport> {
  return report(o.cluster, await look(o));
}

/**
 * Makes room in an etcd that is at its quota: compacts, defragments one member after the other, the leader last, and takes the
 * alarm away. It may be done again at any time; nothing is written that the alarm would refuse.
 */
export async function freeSpace(o: NospaceOptions & { force: boolean; say: Say }): Promise<NospaceResult> {
  const looked = await look(o);
  const before = report(o.cluster, looked);
  refuseNeedless(before, o.force);
  const compactedTo = await o.admin.compact().catch((error: unknown) => {
    throw new Unavailable(
      `etcd cannot be compacted: ${messageOf(error)}; without a majority of its members there is another way: ` +
        "milvus-onprem rescue etcd-quorum",
    );
  });
  o.say(`the history up to revision ${compactedTo} is compacted`);
  const databases = [];
  for (const database of leaderLast(before.databases)) databases.push(await defragment(o, database));
  for (const { peer, error } of before.silent) o.say(`${peer} is as it was: ${error}`);
  const disarmed = await disarm(o, looked);
  const advice = adviceFor(databases, before.silent);
  if (advice) o.say(advice);
  return { compactedTo, databases, silent: before.silent, disarmed, advice };
}

/** Followers in the order of their names, then the leader: so it is moved at most once. Pure. */
export function leaderLast(databases: readonly EtcdDatabase[]): EtcdDatabase[] {
  return [...databases].sort((a, b) => Number(a.isLeader) - Number(b.isLeader) || (a.peer < b.peer ? -1 : 1));
}

/** What is left to do by hand. Pure. */
export function adviceFor(
  databases: NospaceResult["databases"],
  silent: readonly SilentPeer[],
): string | undefined {
  const little = databases.filter((d) => d.bytesAfter > d.bytesBefore * (1 - FREED_LITTLE));
  const lines = [
    ...(silent.length > 0
      ? [
          `defragment ${silent.map((s) => s.peer).join(", ")} later: give this command once more, with --force`,
        ]
      : []),
    ...(little.length > 0 && little.length === databases.length
      ? [
          "little was freed, so it is no history that fills etcd: see docs/store.md for how to find out what it is",
        ]
      : []),
  ];
  return lines.length > 0 ? lines.join("; ") : undefined;
}

function refuseNeedless({ raisedBy, cluster }: NospaceReport, force: boolean): void {
  if (raisedBy.length > 0 || force) return;
  throw new Conflict(
    `etcd of "${cluster}" has room: no member has raised the alarm NOSPACE; --force compacts and defragments all the same`,
  );
}

async function defragment(
  { admin, say }: NospaceOptions & { say: Say },
  { peer, bytes: bytesBefore }: EtcdDatabase,
): Promise<NospaceResult["databases"][number]> {
  await admin.defragment(peer).catch((error: unknown) => {
    throw new Unavailable(
      `etcd on ${peer} was not defragmented: ${messageOf(error)}; the alarm stays: give the command again`,
    );
  });
  const back = async (): Promise<string | undefined> =>
    (await admin.serves(peer)) ? undefined : "it is not one of the majority";
  await until(back, { what: `etcd on ${peer} after its defragmentation`, deadlineMs: BACK_MS });
  const { bytes: bytesAfter } = await admin.member(peer);
  say(`etcd on ${peer} is defragmented: ${mib(bytesBefore)} before, ${mib(bytesAfter)} now`);
  return { peer, bytesBefore, bytesAfter };
}

async function disarm({ admin, say }: NospaceOptions & { say: Say }, looked: Looked): Promise<string[]> {
  const disarmed: string[] = [];
  for (const id of alarmed(looked)) {
    await admin.disarm(id);
    disarmed.push(nameOf(id, looked));
  }
  say(
    disarmed.length > 0
      ? `the alarm of ${disarmed.join(", ")} is off: etcd takes writes`
      : "there was no alarm",
  );
  return disarmed;
}

async function look({ admin, peers }: NospaceOptions): Promise<Looked> {
  const facts = new Map<string, MemberFacts>();
  const silent: SilentPeer[] = [];
  await Promise.all(
    peers.map(async (peer) => {
      const found = await admin.member(peer).catch((error: unknown) => messageOf(error));
      if (typeof found === "string") silent.push({ peer, error: found });
      else facts.set(peer, found);
    }),
  );
  return { facts, silent };
}

function report(cluster: string, looked: Looked): NospaceReport {
  return {
    cluster,
    raisedBy: alarmed(looked).map((id) => nameOf(id, looked)),
    databases: [...looked.facts].map(([peer, { isLeader, bytes, bytesInUse }]) => {
      return { peer, isLeader, bytes, bytesInUse };
    }),
    silent: [...looked.silent],
  };
}

/** Each member tells of the alarms of all. */
function alarmed({ facts }: Looked): string[] {
  return [...new Set([...facts.values()].flatMap(({ full }) => full))].sort();
}

function nameOf(id: string, { facts }: Looked): string {
  return [...facts].find(([, { memberId }]) => memberId === id)?.[0] ?? id;
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
