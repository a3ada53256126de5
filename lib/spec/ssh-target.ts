import { checkPort, isIPv6 } from "./validators";

export interface SshTarget {
  readonly user: string;
  readonly host: string;
  readonly port?: number;
}

/** Reads `user@host`, `user@host:port`, `user@IPv6` or `user@[IPv6]:port`; undefined for anything else. */
export function readSshTarget(text: string): SshTarget | undefined {
  const bare = /^([^@\s]+)@([^@\s]+)$/.exec(text);
  if (bare && isIPv6(bare[2]!)) return { user: bare[1]!, host: bare[2]! };
  const match = /^([^@\s]+)@(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[4] === undefined ? undefined : Number(match[4]);
  if (!match || (port !== undefined && checkPort(port) !== undefined)) return undefined;
  return { user: match[1]!, host: (match[2] ?? match[3])!, port };
}

/** The same as text. */
export function sshTargetText({ user, host, port }: SshTarget): string {
  const name = isIPv6(host) ? `[${host}]` : host;
  return `${user}@${name}${port === undefined ? "" : `:${port}`}`;
}
