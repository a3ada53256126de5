import { randomBytes } from "node:crypto";
import type { CertificateRequests } from "../../../api/wire";
import type { HostError, Machine } from "../../../host";
import { PEER_CERT, PEER_KEY } from "../../../spec/paths";
import {
  equal,
  type Context,
  type Resource,
  type StateContext,
  type UpdateContext,
  type Value,
} from "../../framework";
import { PeerSession } from "../peer-session";
import { sshOptions, type ReachOptions } from "../ssh";
import { importPeer } from "./import";
import { endpointChangedBetween, OF_THE_IDENTITY, planPeer } from "./plan";
import { factsModel, inspect, prepare } from "./prepare";
import { renewCertificates } from "./renew";
import { peerAttributes, type PeerModel } from "./schema";

type Peer = typeof peerAttributes;

/** A plan and a destruction do not wait for a VM that is away. */
const LOOK_SECONDS = 10;

/** One VM made ready: Docker, certificate, daemon. It becomes a member when a milvus_cluster is formed of it. */
export const peer: Resource<Peer> = {
  type: "milvus_peer",
  schema: { attributes: peerAttributes, description: "A VM that is ready to be a member of a cluster." },
  plan: planPeer,
  import: importPeer,

  async create(c) {
    const { planned } = c;
    const reach = { address: planned.address };
    return withSession(planned, reach, c, async (session) => {
      const host = await session.host();
      const facts = await inspect(planned, host, c);
      const done = await prepare(planned, session, { facts, identity: "issue" });
      c.private = { member: false, ...(await markOf(session)) };
      return {
        // Unlike that of the milvus_peer whose place this one may take.
        id: `${planned.cluster_id}/${planned.name}/${randomBytes(4).toString("hex")}`,
        recorded_host_key: host.hostKey,
        facts: factsModel(facts, done.dockerVersion),
        daemon_version: done.daemonVersion,
        certificates_end: (await certificatesOf(session))?.end ?? null,
      };
    });
  },

  async read(c) {
    const reach = { ...reachKnown(c.state), timeoutSeconds: LOOK_SECONDS };
    try {
      return await withSession(c.state, reach, c, (session) => look(c, session));
    } catch (error) {
      const { HostError } = await import("../../../host/index.js");
      if (!(error instanceof HostError) || error.kind === "aborted") throw error;
      c.diagnostics.warning(
        `${c.state.name} could not be looked at: ${error.what}`,
        `${error.target}: ${error.why}. ${hint(error)} What was last known of it is kept.`,
      );
      return c.state;
    }
  },

  update,

  async delete(c) {
    const { HostError, cleanHost } = await import("../../../host/index.js");
    const reach = { ...reachKnown(c.state), timeoutSeconds: LOOK_SECONDS };
    try {
      await withSession(c.state, reach, c, async (session) => {
        const host = await session.host();
        if (await isAnothers(c, host)) return;
        await cleanHost(host, { deleteData: false, dataRoot: c.state.data_root });
      });
    } catch (error) {
      if (!(error instanceof HostError) || !LEFT_BEHIND.includes(error.kind)) throw error;
      c.diagnostics.warning(
        `${c.state.name} was left as it is: ${error.what}`,
        `${error.target}: ${error.why}. Terraform forgets it; what runs on it goes on until it is removed by hand ` +
          "(docker rm -f milvus-onprem; rm -r /etc/milvus-onprem).",
      );
    }
  },
};

/** What tells a VM that was prepared by this resource: certificates are renewed, and the key stays. */
async function markOf(session: PeerSession): Promise<{ key: string }> {
  return { key: await digestOf(PEER_KEY, await session.host()) };
}

/** SHA-256 of a file of the peer; empty where there is none. */
async function digestOf(path: string, host: Machine): Promise<string> {
  const { stdout } = await host.check(`sha256sum < ${path} 2>/dev/null || true`, {
    what: "look whose peer this is",
  });
  return /^[0-9a-f]{64}/.exec(stdout)?.[0] ?? "";
}

/**
 * A VM that is replaced is prepared anew before its old milvus_peer is destroyed. Where both are the same machine, what is on it is
 * the new one's.
 */
async function isAnothers(c: StateContext<Peer>, host: Machine): Promise<boolean> {
  // An earlier release has noted the certificate.
  const { key, certificate } = c.private;
  const own = key ?? certificate;
  const found = await digestOf(key === undefined ? PEER_CERT : PEER_KEY, host);
  if (typeof own !== "string" || found === "" || found === own) return false;
  c.diagnostics.warning(
    `${c.state.name} was left as it is: its VM has been prepared anew since`,
    "What runs there belongs to the milvus_peer that has taken its place.",
  );
  return true;
}

/** Kinds of error with which a VM counts as out of reach. */
const LEFT_BEHIND: readonly HostError["kind"][] = [
  "unreachable",
  "authentication",
  "host-key",
  "connection-lost",
];

async function update(c: UpdateContext<Peer>): Promise<Partial<PeerModel>> {
  if (!onlyTheTokenChanges(c)) return prepareAgain(c);
  if (c.private.member === true) return {};
  return prepareAgain(c).catch((error: unknown) => learnsLater(c, error));
}

async function prepareAgain(c: UpdateContext<Peer>): Promise<Partial<PeerModel>> {
  const { planned, prior } = c;
  const moved = endpointChangedBetween(prior, planned);
  const reach = { address: planned.address, recordedHostKey: moved ? null : prior.recorded_host_key };
  const fresh = prior.daemon_version === null || planned.token !== prior.token;
  // A member's daemon that is merely started again keeps its certificates: Milvus would have to be started anew for others.
  const issue = (c.private.member !== true && fresh) || changedAny(prior, planned, WRITTEN);
  return withSession(planned, reach, c, async (session) => {
    if (changedAny(prior, planned, ["mount_points", "data_dirs"]))
      await inspect(planned, await session.host(), c);
    const done = await prepare(planned, session, { identity: issue ? "issue" : "keep" });
    const renewed = c.private.due === true ? await renewCertificates(planned, session) : {};
    c.private = { ...c.private, due: false, ...(await markOf(session)) };
    const recorded_host_key = (await session.host()).hostKey;
    return { recorded_host_key, daemon_version: done.daemonVersion, ...renewed };
  });
}

/** A member learns it from its cluster, at once with all others and even if its VM is down now. */
function onlyTheTokenChanges({ prior, planned }: UpdateContext<Peer>): boolean {
  const names = (Object.keys(peerAttributes) as (keyof PeerModel)[]).filter((n) => n !== "token");
  return prior.daemon_version !== null && names.every((n) => equal(prior[n] as Value, planned[n] as Value));
}

/** Whether a VM is a member is known from the last look at it; one that is down may have become one since. */
async function learnsLater({ planned, diagnostics }: UpdateContext<Peer>, error: unknown): Promise<object> {
  const { HostError } = await import("../../../host/index.js");
  if (!(error instanceof HostError) || !LEFT_BEHIND.includes(error.kind)) throw error;
  diagnostics.warning(
    `${planned.name} was not told the new token: ${error.what}`,
    `${error.target}: ${error.why}. As a member of the cluster it learns the token when it returns; a VM that is in no cluster yet ` +
      "is to be replaced (terraform apply -replace).",
  );
  return {};
}

/** What the files of the identity say. */
const WRITTEN = [...OF_THE_IDENTITY, "daemon_port", "data_root"] as const;

function changedAny(prior: PeerModel, planned: PeerModel, names: readonly (keyof PeerModel)[]): boolean {
  return names.some((n) => !equal(prior[n] as Value, planned[n] as Value));
}

/** Daemons of an earlier release do not tell. */
function certificatesOf({ daemon }: PeerSession): Promise<CertificateRequests | undefined> {
  return daemon.certificates().catch(() => undefined);
}

async function look(c: StateContext<Peer>, session: PeerSession): Promise<PeerModel> {
  const { preflight } = await import("../../../host/index.js");
  const host = await session.host();
  const nothing = { requiredPorts: [], reachability: [] };
  const [{ facts }, daemon, certificates] = await Promise.all([
    preflight(host, { ...nothing, dataRoot: c.state.data_root }),
    Promise.all([session.daemon.version(), session.daemon.health()]).catch(() => undefined),
    certificatesOf(session),
  ]);
  const { state } = daemon?.[1] ?? {};
  if (daemon)
    c.private = {
      ...c.private,
      member: state === "forming" || state === "member",
      due: certificates?.due ?? false,
    };
  else
    c.diagnostics.warning(`The daemon of ${c.state.name} does not answer`, "The next apply starts it again.");
  const certificates_end = certificates?.end ?? c.state.certificates_end;
  return {
    ...c.state,
    facts: factsModel(facts),
    certificates_end,
    daemon_version: daemon?.[0].version ?? null,
  };
}

const reachKnown = (state: PeerModel): ReachOptions => ({
  address: state.address,
  recordedHostKey: state.recorded_host_key,
});

async function withSession<R>(
  model: PeerModel,
  reach: ReachOptions,
  { signal }: Context,
  work: (session: PeerSession) => Promise<R>,
): Promise<R> {
  const session = new PeerSession({
    name: model.name,
    ssh: sshOptions(model.ssh, reach),
    daemonPort: model.daemon_port,
    caPem: model.ca_cert_pem,
    token: model.token,
    signal,
  });
  try {
    return await work(session);
  } finally {
    session.close();
  }
}

function hint(error: HostError): string {
  return error.kind === "host-key"
    ? "If the VM was set up anew, have it take its own place (terraform apply -replace of this milvus_peer), with ssh.host_key as it is now."
    : `${error.fix}.`;
}
