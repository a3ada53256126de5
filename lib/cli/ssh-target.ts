import { isIPv6 } from "node:net";
import { UsageError } from "./exit";

export interface SshTarget {
  readonly user: string;
  readonly host: string;
  readonly port?: number;
}

/** Parses `user@host`, `user@host:port`, `user@IPv6` or `user@[IPv6]:port`. */
export function parseSshTarget(text: string): SshTarget {
  const bare = /^([^@\s]+)@([^@\s]+)$/.exec(text);
  if (bare && isIPv6(bare[2]!)) return { user: bare[1]!, host: bare[2]! };
  const match = /^([^@\s]+)@(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[4] === undefined ? undefined : Number(match[4]);
  if (!match || (port !== undefined && (port < 1 || port > 65535))) {
    throw new UsageError(`--ssh ${text}: expected user@host, user@host:port or user@[IPv6]:port`);
  }
  return { user: match[1]!, host: (match[2] ?? match[3])!, port };
}
