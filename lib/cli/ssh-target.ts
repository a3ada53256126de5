import { readSshTarget, type SshTarget } from "../spec/ssh-target";
import { UsageError } from "./exit";

/** As readSshTarget. Throws UsageError for what is none. */
export function parseSshTarget(text: string): SshTarget {
  const target = readSshTarget(text);
  if (target) return target;
  throw new UsageError(`--ssh ${text}: expected user@host, user@host:port or user@[IPv6]:port`);
}
