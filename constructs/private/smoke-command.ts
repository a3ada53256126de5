import { Token } from "cdktf";
import type { Peer } from "../peer";
import type { SshLoginProps } from "../ssh";
import { shellWord } from "./shell";

/** Whether a command line is enough to log in: a key file or the agent, and no secret. */
export function reachableByCommand({ ssh }: Peer): boolean {
  return [ssh, ...(ssh.jump ? [ssh.jump] : [])].every(
    ({ agent, passphrase, privateKeyFile, privateKey, password }) =>
      agent === true ||
      (privateKeyFile !== undefined && passphrase === undefined) ||
      (privateKey === undefined && password === undefined && privateKeyFile === undefined),
  );
}

/**
 * Runs the smoke test on the first of the peers that can be reached. A peer's options follow its `--ssh`; the host key is
 * the one that its milvus_peer recorded.
 */
export function smokeCommand(program: string, peers: readonly Peer[]): string {
  return [program, "smoke", ...peers.flatMap(peerArguments)].map(shellWord).join(" ");
}

function peerArguments(peer: Peer): string[] {
  const { ssh, address, recordedHostKey } = peer;
  return [
    ...["--ssh", target(ssh, address)],
    ...(ssh.privateKeyFile === undefined ? [] : ["--identity-file", ssh.privateKeyFile]),
    ...["--host-key", recordedHostKey],
    ...(ssh.jump ? ["--jump", target(ssh.jump, "")] : []),
  ];
}

/** user@host[:port]; an IPv6 address in brackets. */
function target(login: SshLoginProps, address: string): string {
  const host = login.host ?? address;
  const bracketed = !Token.isUnresolved(host) && host.includes(":") ? `[${host}]` : host;
  return `${login.user}@${bracketed}${login.port === undefined ? "" : `:${login.port}`}`;
}
