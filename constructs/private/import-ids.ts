import { Token } from "cdktf";
import { importIdText, type ImportId, type ImportLogin } from "../../lib/spec/import-id";
import type { ImportProps, MilvusCluster } from "../milvus-cluster";
import type { Peer } from "../peer";
import type { SshLoginProps } from "../ssh";
import { fileProblems } from "./value-problems";

/** Import id of the credentials and of the cluster; empty while there are no peers, which validation tells of. */
export function clusterImportId(cluster: MilvusCluster, from: ImportProps): string {
  return importId(cluster.peers, cluster, from);
}

export function peerImportId(peer: Peer, from: ImportProps): string {
  return importId([peer], peer.cluster, from);
}

function importId(
  peers: readonly Peer[],
  { props }: MilvusCluster,
  { tokenFile, caKeyFile }: ImportProps,
): string {
  const [first, ...others] = peers.map(loginOf);
  if (!first) return "";
  const id: ImportId = {
    peers: [first, ...others],
    tokenFile,
    caKeyFile,
    tokenGeneration: props.tokenGeneration,
  };
  return importIdText(id);
}

function loginOf({ address, ssh: { jump, sudo, timeoutSeconds, ...own } }: Peer): ImportLogin {
  const through = jump && without(jump, jump.host!);
  return { ...without(own, own.host ?? address), sudo, timeoutSeconds, jump: through };
}

/** What may be in an id. */
function without({ user, port, privateKeyFile, agent, hostKey }: SshLoginProps, host: string): ImportLogin {
  return { user, host, port, privateKeyFile, agent, hostKey };
}

/** Ids are made at synth, and hold no secret. */
export function importProblems(cluster: MilvusCluster, from: ImportProps): string[] {
  return [
    ...fileProblems("importFrom.tokenFile", from.tokenFile),
    ...fileProblems("importFrom.caKeyFile", from.caKeyFile),
    ...cluster.peers.flatMap(peerProblems),
  ];
}

function peerProblems(peer: Peer): string[] {
  const { jump, ...own } = peer.ssh;
  const said = { address: peer.address, ...named("ssh.", own), ...named("ssh.jump.", jump ?? {}) };
  return Object.entries(said).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const at = `importFrom: ${name} of ${peer.peerName}`;
    if (SECRET.test(name))
      return [`${at} cannot be in an import id, which everybody sees; use privateKeyFile or the SSH agent`];
    return Token.isUnresolved(value)
      ? [`${at} is not known at synth; write it out as long as you import`]
      : [];
  });
}

const SECRET = /\.(privateKey|passphrase|password)$/;

function named(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value as unknown]));
}
