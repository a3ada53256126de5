import { Fn, Token } from "cdktf";

/**
 * One word of a POSIX shell command. What becomes known only when Terraform runs (an address, a host key) is quoted and
 * loses quotes of its own there, of which it has none unless it means harm.
 */
export function shellWord(value: string): string {
  if (Token.isUnresolved(value)) return `'${Fn.replace(value, "'", "")}'`;
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replace(/'/g, `'\\''`)}'`;
}
