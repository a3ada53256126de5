import type { ComponentStatus, PeerStatus } from "../../api/wire";
import { etcdClientUrl, peerServices } from "../../render";
import { hostPort, peerOf } from "../../spec/host";
import type { PeerIdentity } from "../../spec/identity";
import type { ClusterSpec } from "../../spec/spec";
import { pulsarHealthUrl } from "../../spec/queue";
import { roleOf } from "../../spec/roles";
import { MILVUS_SESSIONS } from "../keys";
import type { MinioNode } from "../minio/admin";
import type { ContainerState } from "../ports/runtime";
import type { DaemonState } from "../state";
import type { Ports } from "../steps/step";
import { within } from "../wait";
import { activeCoordinators, lostSessions, type Sessions } from "./sessions";

export interface LocalView {
  readonly identity: PeerIdentity;
  readonly state: DaemonState;
  readonly daemonVersion: string;
  /** When the first of its certificates ends, ISO 8601. */
  readonly certificatesEnd?: string;
  readonly ports?: Pick<Ports, "containers" | "http" | "store">;
  /** Somebody has stopped the cluster: what has no container is not missing. */
  readonly stopped?: boolean;
  /** MinIO takes seconds to count drives when a node is away, so it is not asked while a user waits. */
  readonly drives?: MinioNode;
}

/** Short, so that a peer answers within the deadline of those who ask it. */
const PROBE_MS = 1_200;

/** What this peer knows of itself: its containers, and what each component says. Never throws. */
export async function localStatus(view: LocalView): Promise<PeerStatus> {
  const { identity, state, daemonVersion, certificatesEnd } = view;
  const base = {
    name: identity.name,
    address: identity.address,
    reachable: true,
    state: state.state,
    daemonVersion,
    certificatesEnd,
  };
  if (!state.spec || !view.ports) return { ...base, components: [] };
  try {
    return { ...base, components: await components(view, state.spec, view.ports) };
  } catch (error) {
    return { ...base, components: [], error: `Docker does not answer: ${(error as Error).message}` };
  }
}

async function components(
  view: LocalView,
  spec: ClusterSpec,
  ports: NonNullable<LocalView["ports"]>,
): Promise<ComponentStatus[]> {
  const services = Object.entries(peerServices(spec, peerOf(spec, view.identity.name)));
  const [containers, ...findings] = await Promise.all([
    within(PROBE_MS, "Docker", ports.containers.list()),
    ...services.map(([name]) => probe(name, view, spec, ports)),
  ]);
  return services.map(([name, { image }], i) =>
    component(name, image, containers, findings[i]!, view.stopped),
  );
}

/** One component of this peer, as `components` tells of all. */
export async function localComponent(
  view: LocalView,
  spec: ClusterSpec,
  name: string,
): Promise<ComponentStatus> {
  const ports = view.ports!;
  const { image } = peerServices(spec, peerOf(spec, view.identity.name))[name]!;
  const [containers, finding] = await Promise.all([
    within(PROBE_MS, "Docker", ports.containers.list()),
    probe(name, view, spec, ports),
  ]);
  return component(name, image, containers, finding);
}

/** What asking a component itself gave. */
interface Finding {
  readonly answers: boolean;
  readonly detail?: string;
}

function component(
  name: string,
  image: string,
  containers: readonly ContainerState[],
  { answers, detail }: Finding,
  stopped = false,
): ComponentStatus {
  const found = containers.find((c) => c.service === name);
  if (!found) return { name, health: stopped ? "stopped" : "missing", image };
  // The engine looks every 10 s only, so one that answers us is up before the engine knows.
  const health = found.health === "starting" && answers ? "healthy" : found.health;
  const up = health === "healthy" || health === "starting";
  return { name, health, image: found.image, detail: up ? detail : found.status };
}

type Probe = (
  view: LocalView,
  spec: ClusterSpec,
  ports: NonNullable<LocalView["ports"]>,
) => Promise<string | undefined>;

const PROBES: Readonly<Record<string, Probe>> = {
  etcd: async ({ identity }, spec, { store }) => {
    const status = await store.memberStatus(etcdClientUrl(spec, identity));
    if (!status.hasLeader) throw new Error("no leader");
    return status.isLeader ? "leader" : "follower";
  },
  minio: async ({ identity, drives }, spec, { http }) => {
    const url = `https://${hostPort(identity.address, spec.ports.minio)}/minio/health/live`;
    const { status } = await http.get(url, PROBE_MS);
    if (status !== 200) throw new Error(`MinIO answers ${status}`);
    return drives && `${drives.drivesOnline}/${drives.drives} drives`;
  },
  pulsar: async (_view, spec, { http }) => {
    // Asked without a token it refuses, so it is there; its own health check has one and asks for more.
    const { status } = await http.get(pulsarHealthUrl(spec), PROBE_MS);
    if (status !== 200 && status !== 401) throw new Error(`the broker answers ${status}`);
    return "broker answers";
  },
  coord: async (view, spec, ports) => {
    await roleAnswers("coord")(view, spec, ports);
    return coordinators(await ports.store.list(MILVUS_SESSIONS), spec, view.identity.address);
  },
};

function coordinators(sessions: Sessions, spec: ClusterSpec, address: string): string {
  const role = roleOf(spec, "coord");
  const lost = role ? lostSessions(role, sessions, address) : [];
  return lost.length > 0 ? `no session: ${lost.join(", ")}` : activeCoordinators(sessions, address);
}

function roleAnswers(name: string): Probe {
  return async (_view, spec, { http }) => {
    const role = roleOf(spec, name);
    if (!role) throw new Error(`${name} is not asked for its health`);
    const port = spec.ports.milvusMetricsBase + role.metricsIndex;
    const { status } = await http.get(`http://127.0.0.1:${port}/healthz`, PROBE_MS);
    if (status !== 200) throw new Error(`/healthz answers ${status}`);
    return undefined;
  };
}

/** A component that cannot be asked is no error here: its container's health says whether something is wrong. */
async function probe(
  name: string,
  view: LocalView,
  spec: ClusterSpec,
  ports: NonNullable<LocalView["ports"]>,
): Promise<Finding> {
  try {
    const ask = PROBES[name] ?? roleAnswers(name);
    return { answers: true, detail: await within(PROBE_MS, name, ask(view, spec, ports)) };
  } catch {
    return { answers: false };
  }
}
