import type { Loaded } from "../../../plan/crowded";
import { driftText, type Drift } from "../../../plan/drift";
import type { Context, StateContext } from "../../framework";
import type { PeerSession } from "../peer-session";
import { soonest } from "../soonest";
import { described } from "./described";
import { driftOf, remember, rememberLoaded, type InForce } from "./changes";
import { follow } from "./follow";
import type { ClusterAttributes, ClusterModel } from "./schema";

/** Keeps what is in force for the next plan, and warns of a change that has not ended. */
export async function lookAtSpec(
  sessions: readonly PeerSession[],
  c: Context,
  o: { linearizable?: boolean } = {},
): Promise<InForce | undefined> {
  const found = await soonest(sessions, ({ daemon }) => daemon.spec(o)).catch(() => undefined);
  if (!found) return undefined;
  remember(c.private, found);
  if (!found.unfinished) return found;
  c.diagnostics.warning(
    `A change of cluster ${found.spec.name} has not ended`,
    `Job ${found.unfinished.job} has begun it; see milvus-onprem jobs show ${found.unfinished.job}. ` +
      "An apply goes on with it, or returns to what the program says.",
  );
  return found;
}

/** The state as the cluster is: a plan shows as a change what has come about by other means. */
export async function lookAtCluster(
  sessions: readonly PeerSession[],
  c: StateContext<ClusterAttributes>,
): Promise<ClusterModel> {
  const [found, loaded] = await Promise.all([lookAtSpec(sessions, c), loadedNow(sessions)]);
  rememberLoaded(c.private, loaded);
  if (!found) return c.state;
  const { state, missed } = follow(c.state, found.spec);
  if (missed.length > 0) warnMissed(c, found, missed);
  // What a change has done that has not ended is no drift.
  const drift = found.unfinished ? [] : ((await driftNow(sessions, found)) ?? driftOf(c.state));
  if (drift.length > 0) warnDrift(c, drift);
  const otherwise = state === c.state ? {} : described(found.spec);
  return { ...state, ...otherwise, drift };
}

/** What the peers find, as told by one that goes by the same spec. */
async function driftNow(
  sessions: readonly PeerSession[],
  { generation }: InForce,
): Promise<readonly Drift[] | undefined> {
  const reply = await soonest(sessions, ({ daemon }) => daemon.drift()).catch(() => undefined);
  return reply?.generation === generation ? reply.found : undefined;
}

/** Undefined where no peer has a Milvus that answers it. */
async function loadedNow(sessions: readonly PeerSession[]): Promise<readonly Loaded[] | undefined> {
  const reply = await soonest(sessions, ({ daemon }) => daemon.loaded()).catch(() => undefined);
  return reply?.collections;
}

function warnMissed(
  { state, diagnostics }: StateContext<ClusterAttributes>,
  now: InForce,
  missed: readonly string[],
): void {
  diagnostics.warning(
    `Cluster ${state.name} was changed by other means than this state`,
    `Generation ${now.generation} is in force, and this state knows of ${state.generation ?? "none"}: ${missed.join("; ")}.\n` +
      "Put into the program what is to stay; an apply takes the rest back, step by step, as the plan shows.",
  );
}

function warnDrift({ state, diagnostics }: StateContext<ClusterAttributes>, drift: readonly Drift[]): void {
  diagnostics.warning(
    `Peers of ${state.name} are not as the cluster has set them up`,
    `${drift.map(driftText).join("\n")}\nSomebody has changed this by hand, another release has made it, or certificates come to their end. An apply mends it, as the plan shows.`,
  );
}
