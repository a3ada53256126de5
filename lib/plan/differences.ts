import type { ClusterSpec } from "../spec/spec";
import { planChange } from "./change";
import { turnover } from "./turnover";

/** What one spec has otherwise than another one, a clause a difference. */
export function differences(from: ClusterSpec, to: ClusterSpec): string[] {
  const { joined, left } = turnover([from.peers], to.peers);
  const { steps, refusals } = planChange(from, to);
  const found = [
    ...joined.map(({ name, address }) => `${name} at ${address} is a member`),
    ...left.map(({ name, address }) => `${name} at ${address} is no member any more`),
    ...refusals.map(({ path }) => path),
    ...steps.flatMap(({ kind, title, why }) => (kind === "write" ? [title] : why)),
  ];
  return [...new Set(found)];
}
