import { InvalidArgumentError } from "commander";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** Seconds of "90", "90s", "10m" or "1h". */
export function seconds(text: string): number {
  const match = /^(\d{1,6})([smh]?)$/.exec(text);
  if (!match || Number(match[1]) === 0) {
    throw new InvalidArgumentError("expected a time such as 90s, 10m or 1h.");
  }
  return Number(match[1]) * SECONDS[match[2] || "s"]!;
}

/** A whole number within bounds, for commander. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
  };
}

/** Names that are separated by commas. */
export function names(text: string): string[] {
  const found = text.split(",").map((name) => name.trim());
  if (found.some((name) => name === ""))
    throw new InvalidArgumentError("expected names, separated by commas.");
  return found;
}

/** host:port, the host an IP address or a DNS name; IPv6 in brackets. */
export function parseEndpoint(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/@[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) return undefined;
  return { host: (match[1] ?? match[2])!, port };
}

/** One more of `--rename from=to`. */
export function rename(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const match = /^([^=]+)=([^=]+)$/.exec(text);
  if (!match) throw new InvalidArgumentError("expected from=to, names of collections.");
  return { ...before, [match[1]!]: match[2]! };
}
