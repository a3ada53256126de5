import { tokenSha256 } from "../../../api/token";
import type { Finding, Host, HostFacts, PeerPapers, ProxyOptions } from "../../../host";
import type { PeerIdentity } from "../../../spec/identity";
import { DiagnosticsError, type Context, type Diagnostic } from "../../framework";
import { log } from "../../log";
import type { PeerSession } from "../peer-session";
import { daemonVersion } from "./daemon-health";
import type { PeerModel } from "./schema";

/** Looks at the VM and reports everything that is wrong with it at once; throws when something makes it unusable. */
export async function inspect(peer: PeerModel, host: Host, { diagnostics }: Context): Promise<HostFacts> {
  const { preflight, registryOf } = await import("../../../host/index.js");
  log.info(`${peer.name}: looking at ${host.target}`);
  const { findings, facts } = await preflight(host, {
    address: peer.address,
    clusterId: peer.cluster_id,
    ...disksOf(peer),
    dataRoot: peer.data_root,
    registries: [registryOf(peer.daemon_image)].filter((registry) => registry !== ""),
    installDocker: peer.install_docker,
    requiredPorts: peer.required_ports ?? [peer.daemon_port],
    reachability: peer.reachability ?? [],
  });
  const told = findings.map((f) => diagnostic(peer.name, f));
  if (told.some((d) => d.severity === "error")) throw new DiagnosticsError(told);
  diagnostics.add(...told);
  return facts;
}

/** What `prepare` found out. */
export interface Prepared {
  readonly dockerVersion: string;
  readonly daemonVersion: string;
}

/**
 * Brings Docker, the daemon's image, the peer's identity and the daemon itself onto the VM. Each part is passed over where it
 * is as it should be. `facts` of a preflight spare a round trip. `identity: "keep"` leaves an identity that is complete.
 */
export async function prepare(
  peer: PeerModel,
  session: PeerSession,
  o: { facts?: HostFacts; identity: "issue" | "keep" },
): Promise<Prepared> {
  const { ensureDataDirs, ensureDocker, ensureImage, ensureMountFolders, ensureReboot, startDaemon } =
    await import("../../../host/index.js");
  const host = await session.host();
  const { mountPoints, dataDirs } = disksOf(peer);
  const proxy = await proxyOf(peer);
  const dockerVersion = await ensureDocker(host, { install: peer.install_docker, proxy, facts: o.facts });
  const image = await ensureImage(host, {
    reference: peer.daemon_image,
    archive: peer.image_archive ?? undefined,
    registryAuth: peer.registry_auth ?? undefined,
  });
  log.info(`${peer.name}: Docker ${dockerVersion}, image ${peer.daemon_image} ${image.how}`);
  await ensureMountFolders(host, mountPoints, peer.cluster_id);
  await ensureDataDirs(host, dataDirs);
  await ensureReboot(host, peer.allow_reboot);
  const written = o.identity === "issue" ? await writeIdentity(peer, host) : await completed(peer, host);
  const action = await startDaemon(host, {
    ...{ image: peer.daemon_image, dataRoot: peer.data_root, mountPoints, dataDirs },
    restart: written.length > 0,
  });
  log.info(`${peer.name}: daemon ${action}`);
  return { dockerVersion, daemonVersion: await daemonVersion(session) };
}

function disksOf(peer: PeerModel): { mountPoints: readonly string[]; dataDirs: readonly string[] } {
  return { mountPoints: peer.mount_points ?? [], dataDirs: peer.data_dirs ?? [] };
}

/** The peers, and a registry in their own network, are asked directly. */
async function proxyOf(peer: PeerModel): Promise<ProxyOptions | undefined> {
  if (peer.proxy === null) return undefined;
  const { directHosts } = await import("../../../host/index.js");
  const reach = peer.reachability ?? [];
  return { url: peer.proxy, noProxy: directHosts([peer.address, ...reach], peer.daemon_image) };
}

async function writeIdentity(peer: PeerModel, host: Host): Promise<string[]> {
  const { identityFiles } = await import("../../../host/index.js");
  return host.putFiles(identityFiles({ identity: identityOf(peer), ...(await issued(peer)) }));
}

/** A peer of an earlier release gets new certificates, its own with the names of now; what it is called stays as it is. */
async function completed(peer: PeerModel, host: Host): Promise<string[]> {
  const { certificateFiles, hasIdentity, hasMilvusCertificate } = await import("../../../host/index.js");
  if (!(await hasIdentity(host))) return writeIdentity(peer, host);
  if (await hasMilvusCertificate(host)) return [];
  log.info(`${peer.name}: certificates are issued anew, for there was none for Milvus`);
  return host.putFiles(certificateFiles(await issued(peer)));
}

async function issued(peer: PeerModel): Promise<Omit<Required<PeerPapers>, "identity">> {
  const { issueMilvusCert, issuePeerCert, PEER_CERT_DAYS } = await import("../../../pki/index.js");
  const ca = { certPem: peer.ca_cert_pem, keyPem: peer.ca_key_pem };
  const names = { name: peer.name, address: peer.address, days: PEER_CERT_DAYS };
  const [own, milvus] = await Promise.all([issuePeerCert(ca, names), issueMilvusCert(ca, names)]);
  return { caPem: ca.certPem, ...own, milvus };
}

function identityOf(peer: PeerModel): PeerIdentity {
  return {
    clusterId: peer.cluster_id,
    name: peer.name,
    address: peer.address,
    daemonPort: peer.daemon_port,
    dataRoot: peer.data_root,
    tokenSha256: tokenSha256(peer.token),
  };
}

export function factsModel(facts: HostFacts, dockerVersion = facts.docker.version ?? ""): PeerModel["facts"] {
  return {
    os: facts.os.name,
    arch: facts.arch,
    kernel: facts.kernel,
    cpus: facts.cpu.count,
    memory_mb: facts.memoryMb,
    docker_version: dockerVersion,
  };
}

function diagnostic(peer: string, finding: Finding): Diagnostic {
  const { severity, what, why, fix } = finding;
  return { severity, summary: `${peer}: ${what}`, detail: `${why}. ${fix}.` };
}
