import type {
  EtcdSnapshotFile,
  PeerEvidence,
  ReformRequest,
  ReformResult,
  RescueSource,
} from "../../api/rescue-wire";
import { messageOf } from "../wait";
import type { Say } from "./nospace";
import { serving, sourceOf } from "./plan";
import { asideOf, type RescueStep, type StepAnswers, type StepParams, type StepRunner } from "./steps";

export interface ReformWork {
  /** Names what is made; see steps.ts. */
  readonly run: string;
  /** What was found on the peers that take part. */
  readonly peers: readonly PeerEvidence[];
  readonly request: Pick<ReformRequest, "from" | "without" | "rejoin">;
  readonly step: StepRunner;
  readonly say: Say;
}

type Copy = Pick<EtcdSnapshotFile, "file" | "sha256" | "bytes">;

/**
 * Forms etcd anew on all peers that take part, at once and from one file, as docs/restore-etcd.md does by hand. Until the new data
 * is ready on all of them nothing but a standstill has happened: a failure before starts everything again as it was.
 */
export async function reform(work: ReformWork): Promise<ReformResult> {
  const members = work.peers.map((p) => p.peer);
  const { source, copy } = await undoing(work, async () => {
    const source = await chosen(work, await freeze(work));
    work.say(`etcd is formed anew from ${describe(source)}`);
    const copy = await copyOf(work, source);
    const holder = source.peer;
    await all(
      work,
      "fetch",
      { ...copy, from: holder },
      members.filter((m) => m !== holder),
    );
    work.say(`${members.join(", ")} hold${members.length === 1 ? "s" : ""} ${copy.file}`);
    await all(work, "prepare", { file: copy.file, members });
    work.say("new data is made on all of them");
    return { source, copy };
  });
  await all(work, "swap", {});
  work.say(`the old data is put aside as ${asideOf(work.run)}, the new is in its place`);
  await all(work, "start", {});
  work.say(`etcd has a majority again: ${members.join(", ")}; Milvus starts`);
  const without = work.request.without ?? [];
  return { source, members, without, file: copy.file, putAside: asideOf(work.run) };
}

/** Revisions as they are once nothing can change them any more. */
async function freeze(work: ReformWork): Promise<PeerEvidence[]> {
  const found = await all(work, "freeze", { rejoin: work.request.rejoin ?? false });
  work.say(`Milvus and etcd are stopped on ${work.peers.map((p) => p.peer).join(", ")}`);
  return work.peers.map((peer, i) => ({ ...peer, revision: undefined, ...found[i] }));
}

async function chosen({ request }: ReformWork, peers: readonly PeerEvidence[]): Promise<RescueSource> {
  const candidates = request.rejoin ? serving(peers) : peers;
  const unread = candidates.filter((p) => p.problem).map((p) => `${p.peer}: ${p.problem}`);
  // Any of the majority may be the one that has acknowledged most.
  if (request.rejoin && unread.length > 0)
    throw new Error(`data of the majority cannot be read: ${unread.join("; ")}`);
  const source = sourceOf(candidates, request.from);
  if (source) return source;
  throw new Error(
    `nothing is left that etcd could be made of: ${unread.join("; ") || "no data on any peer"}`,
  );
}

async function copyOf({ step, run, peers }: ReformWork, source: RescueSource): Promise<Copy> {
  if (source.kind === "member") return step(source.peer, "copy", { run });
  const { file, sha256, bytes } = peers.find((p) => p.peer === source.peer)!.snapshot!;
  return { file, sha256, bytes };
}

/** Peers do a step side by side; all have ended, one way or another, when it throws. */
async function all<S extends RescueStep>(
  { step, run, peers }: ReformWork,
  name: S,
  params: Omit<StepParams<S>, "run">,
  among: readonly string[] = peers.map((p) => p.peer),
): Promise<StepAnswers[S][]> {
  const full = { run, ...params } as unknown as StepParams<S>;
  const done = await Promise.allSettled(among.map((peer) => step(peer, name, full)));
  const problems = done.flatMap((d) => (d.status === "rejected" ? [messageOf(d.reason)] : []));
  if (problems.length === 0) return done.map((d) => (d as PromiseFulfilledResult<StepAnswers[S]>).value);
  throw new Error(`${name} failed: ${problems.join("; ")}; give the command again once that is mended`);
}

async function undoing<T>(work: ReformWork, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    work.say(`it goes no further: ${messageOf(error)}`);
    const thawed = await Promise.allSettled(
      work.peers.map((p) => work.step(p.peer, "thaw", { run: work.run })),
    );
    const frozen = thawed.flatMap((t) => (t.status === "rejected" ? [messageOf(t.reason)] : []));
    work.say(
      frozen.length > 0
        ? `not started again: ${frozen.join("; ")}`
        : "what has data starts again as it was before",
    );
    throw error;
  }
}

function describe({ kind, peer, file, revision }: RescueSource): string {
  const what = kind === "snapshot" ? `snapshot ${file} of ${peer}` : `the data of ${peer}`;
  return `${what}, at revision ${revision}`;
}
