import { checkBackups } from "./checks/backups";
import { checkControl } from "./checks/control";
import { checkDisks } from "./checks/disks";
import { checkPeers } from "./checks/peers";
import { checkCollisions, checkPorts } from "./checks/ports";
import { errorIf } from "./checks/problem";
import { checkQueue } from "./checks/queue";
import { checkResources } from "./checks/resources";
import { checkRoles } from "./checks/roles";
import { checkSecurity } from "./checks/security";
import { checkConfig, checkSettings } from "./checks/settings";
import { checkStorage } from "./checks/storage";
import {
  DEFAULT_CONTROL,
  DEFAULT_PORTS,
  DEFAULT_SECURITY,
  DEFAULT_ETCD_QUOTA_MB,
  DEFAULT_SESSION_TTL_SECONDS,
  defaultImages,
} from "./defaults";
import { families, type Family } from "./families";
import { DEFAULT_DATA_ROOT } from "./paths";
import { queueSpec } from "./queue";
import { roleNames } from "./roles";
import type {
  ClusterSpec,
  ClusterSpecInput,
  CompileResult,
  PeerInput,
  PeerSpec,
  Problem,
  SecretsMark,
} from "./spec";
import { backupsSpec } from "./backups";
import { overlay } from "./overlay";
import { storageSpec } from "./storage";
import { checkGeneration, checkName } from "./validators";
import { checkVersion, findLine } from "./version";

/** Fills in every default and checks everything, so that all problems come at once. */
export function compileSpec(input: ClusterSpecInput): CompileResult {
  const family = findLine(input.version);
  const spec = withDefaults(input, family ?? families.at(-1)!);
  const problems: Problem[] = [
    ...errorIf("name", checkName(spec.name)),
    ...errorIf("version", checkVersion(spec.version)),
    ...checkPeers(spec.peers),
    ...(family ? checkRoles(input, spec, family) : []),
    ...checkStorage(input, spec),
    ...(family ? checkQueue(input, spec, family) : []),
    ...checkSecurity(spec, family),
    ...checkDisks(spec),
    ...checkPorts(spec.ports),
    ...(family && spec.peers.length > 0 ? checkCollisions(spec, family) : []),
    ...checkSettings(input, spec),
    ...(family ? checkResources(spec, family) : []),
    ...checkControl(spec.control),
    ...errorIf("secretsGeneration", checkGeneration(spec.secrets?.generation ?? 1)),
    ...checkBackups(input, spec),
    ...(family ? checkConfig(spec.config, family) : []),
  ];
  return problems.some((p) => p.severity === "error") ? { problems } : { spec, problems };
}

function withDefaults(input: ClusterSpecInput, family: Family): ClusterSpec {
  const mode = input.mode ?? "cluster";
  return {
    name: input.name,
    version: input.version,
    mode,
    peers: input.peers.map((peer) => peerSpec(peer, family)),
    storage: storageSpec(input.storage),
    queue: queueSpec(input.queue, family, mode),
    security: overlay(DEFAULT_SECURITY, input.security),
    ports: overlay(DEFAULT_PORTS, input.ports),
    images: overlay(defaultImages(family, input.version, input.registry), input.images),
    dataRoot: input.dataRoot ?? DEFAULT_DATA_ROOT,
    dataDirs: overlay<ClusterSpec["dataDirs"]>({}, input.dataDirs),
    resources: overlay<ClusterSpec["resources"]>({}, input.resources),
    config: { ...input.config },
    sessionTtlSeconds: input.sessionTtlSeconds ?? DEFAULT_SESSION_TTL_SECONDS,
    etcdQuotaMb: input.etcdQuotaMb ?? DEFAULT_ETCD_QUOTA_MB,
    loadBalancing: input.loadBalancing ?? "local",
    control: overlay(DEFAULT_CONTROL, input.control),
    ...secretsMark(input),
    ...(input.backups ? { backups: backupsSpec(input.backups, input.name) } : {}),
  };
}

/** None for the secrets that a cluster was formed with. */
function secretsMark(input: ClusterSpecInput): Pick<ClusterSpec, "secrets"> {
  const { secretsGeneration: generation = 1, outsideSecrets: outside, backupSecrets: backups } = input;
  if (generation === 1 && outside === undefined && backups === undefined) return {};
  return { secrets: overlay<SecretsMark>({ generation }, { outside, backups }) };
}

/** Roles in the line's order, whatever order they were given in. */
function peerSpec({ name, address, roles }: PeerInput, family: Family): PeerSpec {
  const all = roleNames(family);
  return { name, address, roles: roles ? all.filter((role) => roles.includes(role)) : all };
}
