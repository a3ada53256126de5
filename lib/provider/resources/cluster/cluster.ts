import type { FormRequest, StatusReply } from "../../../api/wire";
import type { Change } from "../../../plan/change";
import { compileSpec } from "../../../spec/compile";
import { DEFAULT_PORTS } from "../../../spec/defaults";
import { withDaemonOf } from "../../../spec/same";
import { secretsId } from "../../../spec/secrets";
import type { ClusterSpec } from "../../../spec/spec";
import {
  DiagnosticsError,
  type UNKNOWN,
  type Context,
  type Diagnostic,
  type Resource,
  type StateContext,
  type UpdateContext,
} from "../../framework";
import { log } from "../../log";
import { withSessions, type PeerSession } from "../peer-session";
import { sessionsOf, type PeerReference } from "../peer-reference";
import { changeOf, driftOf, lastHeard, problemsOf, startOf } from "./changes";
import { checkHosts } from "./check-hosts";
import { contextOf } from "./context";
import { converge } from "./converge";
import { described } from "./described";
import { firstStatus, form, settledStatus } from "./form";
import { importCluster } from "./import";
import { lookAtCluster, lookAtSpec } from "./look";
import { secretProblems } from "./outside-secrets";
import { creation, planCluster } from "./plan";
import {
  clusterAttributes,
  DEFAULT_CREATE_SECONDS,
  DEFAULT_DELETE_SECONDS,
  DEFAULT_UPDATE_SECONDS,
  type ClusterAttributes,
  type ClusterModel,
} from "./schema";
import { restore } from "./restore";
import { rotateToken } from "./rotate-token";
import { asksOutsideAnew, clusterSecrets, secretMarks, type SecretMarks } from "./secrets";
import { specInput } from "./spec-input";
import { teardown } from "./teardown";
import { upgrades } from "./upgrade";

/** A plan and a destruction do not wait for peers that are away. */
const LOOK_SECONDS = 10;

/** A cluster formed of prepared peers. */
export const cluster: Resource<ClusterAttributes> = {
  type: "milvus_cluster",
  schema: { version: 1, attributes: clusterAttributes, description: "A highly available Milvus cluster." },
  upgrade: upgrades,
  plan: planCluster,
  planDelete: refuseProtected,
  import: importCluster,

  async create({ planned, signal }) {
    const spec = compiled(planned);
    refuse(secretProblems(planned, specInput(planned)));
    const sessions = sessionsFor(planned, { signal });
    return withSessions(sessions, async () => {
      await checkHosts(sessions, spec);
      log.info(`forming ${spec.name} on ${spec.peers.map((p) => p.name).join(", ")}`);
      const timeoutSeconds = planned.timeouts?.create ?? DEFAULT_CREATE_SECONDS;
      await form(sessions, formRequest(planned, spec), { timeoutSeconds, signal });
      const status = await settledStatus(sessions, signal);
      const { restore_from: from } = planned;
      if (from) await restore(sessions, { backup: from.backup, timeoutSeconds, signal });
      return {
        id: planned.cluster_id,
        rollout: creation(planned, spec),
        ...described(spec),
        context: contextOf(planned),
        ...seen(status),
      };
    });
  },

  async read(c) {
    const { state } = c;
    const sessions = sessionsFor(state, { signal: c.signal, timeoutSeconds: LOOK_SECONDS });
    return withSessions(sessions, async () => {
      const status = await lastStatus(sessions, c);
      if (!status) return { ...state, context: contextOf(state) };
      if (status.health === "stopped") warnStopped(c);
      if (!status.cluster) warnUnformed(c);
      const found = status.cluster ? await lookAtCluster(sessions, c) : state;
      return {
        ...found,
        context: contextOf(found),
        ...seen(status),
        generation: status.cluster?.generation ?? state.generation,
      };
    });
  },

  async update(c) {
    const { planned, prior, signal } = c;
    const ids = planned.peers.map(({ peer_id }) => peer_id);
    const change = changeOf(c.private, prior, ids, wantedSpec(c));
    const spec = change.to;
    refuse(problemsOf({ refusals: change.refusals, warnings: [] }));
    const sessions = sessionsFor(prior, { signal, timeoutSeconds: LOOK_SECONDS });
    return withSessions(sessions, async () => {
      const rotates = planned.token !== prior.token;
      if (rotates) await rotateToken(sessions, planned.token);
      if (change.steps.length > 0) await carryOut(c, spec);
      return {
        ...(rotates ? { context: contextOf(planned) } : {}),
        ...(planned.rollout === null ? { ...described(spec), rollout: rolloutOf(change, prior) } : {}),
        ...(planned.rendered === null ? { rendered: described(spec).rendered } : {}),
        // What was not left open must stay as it was planned.
        ...(planned.rollout === null || change.steps.length > 0 ? await changed(c) : {}),
      };
    });
  },

  async delete(c) {
    refuseProtected(c);
    if (c.diagnostics.hasErrors) return;
    const { state, signal } = c;
    const sessions = sessionsFor(state, { signal, timeoutSeconds: LOOK_SECONDS, deleting: true });
    await withSessions(sessions, () => teardown(sessions, state.on_destroy === "delete_data", c));
  },
};

function sessionsFor(
  m: ClusterModel,
  o: { signal: AbortSignal; timeoutSeconds?: number; deleting?: boolean },
): PeerSession[] {
  const seconds = m.timeouts?.delete ?? DEFAULT_DELETE_SECONDS;
  return sessionsOf(m.peers, {
    caPem: m.ca_cert_pem,
    token: m.token,
    daemonPort: m.ports?.daemon ?? DEFAULT_PORTS.daemon,
    requestMs: o.deleting ? seconds * 1000 : undefined,
    ...o,
  });
}

/** Has the leader do what was planned. Sessions are made with the token that counts by now. */
async function carryOut(c: UpdateContext<ClusterAttributes>, spec: ClusterSpec): Promise<void> {
  const { planned, prior, signal } = c;
  const start = startOf(c.private, prior)!;
  const to = withDaemonOf(spec, start.spec);
  await checkNewHosts(c, spec);
  const reach = { ...planned, peers: members(c) };
  const sessions = sessionsFor(reach, { signal, timeoutSeconds: LOOK_SECONDS });
  const exchanged = secretsId(to) !== secretsId(start.spec);
  await withSessions(sessions, () =>
    converge(
      sessions,
      { from: start.spec, to, unfinished: start.unfinished?.spec, drift: driftOf(prior) },
      {
        secrets: exchanged ? { of: secretsId(to), cluster: clusterSecrets(planned) } : undefined,
        timeoutSeconds: planned.timeouts?.update ?? DEFAULT_UPDATE_SECONDS,
        signal,
        lastWords: () =>
          sessionsFor(reach, { signal: new AbortController().signal, timeoutSeconds: LOOK_SECONDS }),
      },
    ),
  );
}

/** Peers that are members before and after; without any, those before. */
function members({ planned, prior }: UpdateContext<ClusterAttributes>): ClusterModel["peers"] {
  const found = planned.peers.filter((peer) => prior.peers.some((p) => isSameVm(p, peer)));
  return found.length > 0 ? found : prior.peers;
}

function isSameVm(a: Member, b: Member): boolean {
  return a.name === b.name && a.address === b.address && a.peer_id === b.peer_id;
}

type Member = Pick<PeerReference, "name" | "address" | "peer_id">;

/** VMs that are to join are compared with those that are there, before anything is changed. */
async function checkNewHosts(c: UpdateContext<ClusterAttributes>, spec: ClusterSpec): Promise<void> {
  const { planned, prior, signal } = c;
  if (planned.peers.every((peer) => prior.peers.some((p) => isSameVm(p, peer)))) return;
  const sessions = sessionsFor(planned, { signal });
  await withSessions(sessions, () => checkHosts(sessions, spec));
}

/** What was done last. */
function rolloutOf({ steps }: Change, prior: ClusterModel): ClusterModel["rollout"] {
  return steps.length > 0 ? steps.map(({ title }) => title) : prior.rollout;
}

/** What the plan left open, once the change is in force. */
async function changed(c: UpdateContext<ClusterAttributes>): Promise<Partial<ClusterModel>> {
  const { planned, signal } = c;
  const sessions = sessionsFor(planned, { signal, timeoutSeconds: LOOK_SECONDS });
  return withSessions(sessions, async () => {
    // A peer may not have heard of it yet, and the next plan would find another generation than was recorded.
    const inForce = await lookAtSpec(sessions, c, { linearizable: true });
    return seen(await settledStatus(sessions, signal, inForce?.generation));
  });
}

function wantedSpec({ planned, prior, private: kept }: UpdateContext<ClusterAttributes>): ClusterSpec {
  if (asksOutsideAnew(planned, prior)) refuse(secretProblems(planned, specInput(planned)));
  const marks = secretMarks(planned, prior, lastHeard(kept)?.spec);
  return compiled(planned, marks as Exclude<typeof marks, typeof UNKNOWN>);
}

function compiled(m: ClusterModel, marks: SecretMarks = {}): ClusterSpec {
  const { spec, problems } = compileSpec({ ...specInput(m), ...marks });
  if (spec) return spec;
  const errors = problems.filter((p) => p.severity === "error");
  throw new DiagnosticsError(errors.map((p) => ({ severity: "error", summary: p.message })));
}

/** What could be known only now. */
function refuse(problems: readonly Diagnostic[]): void {
  if (problems.length > 0) throw new DiagnosticsError(problems);
}

function formRequest(m: ClusterModel, spec: ClusterSpec): FormRequest {
  return {
    spec,
    secrets: clusterSecrets(m),
    registryAuth: m.registry_auth ?? undefined,
    alertWebhookUrl: m.alert_webhook_url ?? undefined,
    restoreFrom: m.restore_from?.backup,
  };
}

/** What daemons say and nobody plans. */
function seen(status: StatusReply): Pick<ClusterModel, "leader" | "generation" | "status"> {
  return {
    leader: status.leader?.peer ?? null,
    generation: status.cluster?.generation ?? null,
    status: status.health,
  };
}

async function lastStatus(sessions: readonly PeerSession[], c: Context): Promise<StatusReply | undefined> {
  try {
    return await firstStatus(sessions);
  } catch (error) {
    c.signal.throwIfAborted();
    const reasons =
      error instanceof AggregateError ? error.errors.map((e: Error) => e.message) : [String(error)];
    c.diagnostics.warning(
      "No peer of the cluster could be asked",
      `What was last known of it is kept.\n${reasons.join("\n")}`,
    );
    return undefined;
  }
}

function warnStopped({ diagnostics, state }: StateContext<ClusterAttributes>): void {
  diagnostics.warning(
    `Cluster ${state.name} is stopped`,
    "Somebody has stopped it with its data kept. Start it with milvus-onprem start; until then no change of it can be applied.",
  );
}

function warnUnformed({ diagnostics, state }: StateContext<ClusterAttributes>): void {
  diagnostics.warning(
    `The peers of ${state.name} say that they belong to no cluster`,
    "They were set up anew, or the cluster was torn down by other means. Nothing is replaced by itself: " +
      "if it is really gone, remove it from the state (terraform state rm) and apply to form it again.",
  );
}

function refuseProtected({ state, diagnostics }: StateContext<ClusterAttributes>): void {
  if (!state.deletion_protection) return;
  diagnostics.error(
    `Cluster ${state.name} is protected against deletion`,
    "Set deletion_protection to false (in the library: deletionProtection: false), apply that, and destroy it then.",
    ["deletion_protection"],
  );
}
