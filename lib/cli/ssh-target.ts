import { UsageError } from "./exit";

export interface SshTarget {
  readonly user: string;
  readonly host: string;
  readonly port?: number;
}

/** Parses `user@host`, `user@host:port` or `user@[IPv6]:port`. */
export function parseSshTarget(text: string): SshTarget {
  const match = /^([^@\s]+)@(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[4] === undefined ? undefined : Number(match[4]);
  if (!match || (port !== undefined && (port < 1 || port > 65535))) {
    throw new UsageError(`--ssh ${text}: expected user@host or user@host:port`);
  }
  return { user: match[1]!, host: (match[2] ?? match[3])!, port };
}
