import { Token } from "cdktf";
import type { Peer } from "../peer";
import { shellWord } from "./shell";

/**
 * Runs the smoke test on the first of the peers that answers. The host key of each is the one that its milvus_peer
 * recorded. Undefined when none can be reached by a command line.
 */
export function smokeCommand(program: string, peers: readonly Peer[]): string | undefined {
  const [first, ...rest] = peers.filter(reachable);
  if (!first) return undefined;
  const file = identityFile(first);
  const alike = [first, ...rest.filter((peer) => identityFile(peer) === file)];
  const words = [
    ...[program, "smoke"],
    ...(file === undefined ? [] : ["--identity-file", file]),
    ...alike.flatMap((peer) => ["--ssh", target(peer), "--host-key", peer.recordedHostKey]),
  ];
  return words.map(shellWord).join(" ");
}

/** Whether the CLI can log in directly, with a key file or the agent, and without being told a secret. */
function reachable({ ssh }: Peer): boolean {
  const { agent, jump, passphrase, password, privateKey, privateKeyFile } = ssh;
  if (jump) return false;
  if (privateKeyFile !== undefined && passphrase === undefined) return true;
  return agent ?? [passphrase, password, privateKey, privateKeyFile].every((way) => way === undefined);
}

/** Undefined where the agent is asked. */
function identityFile({ ssh }: Peer): string | undefined {
  return ssh.passphrase === undefined ? ssh.privateKeyFile : undefined;
}

/** user@host[:port]; an IPv6 address in brackets. */
function target({ ssh, address }: Peer): string {
  const host = ssh.host ?? address;
  const bracketed = !Token.isUnresolved(host) && host.includes(":") ? `[${host}]` : host;
  return `${ssh.user}@${bracketed}${ssh.port === undefined ? "" : `:${ssh.port}`}`;
}
