import { compileSpec } from "../../../lib/spec/compile";
import type { ClusterSpec, ClusterSpecInput } from "../../../lib/spec/spec";

/** Peers peer-1 … peer-N at 198.18.0.11 and up. */
export function peers(count: number): ClusterSpecInput["peers"] {
  return Array.from({ length: count }, (_, i) => ({ name: `peer-${i + 1}`, address: `198.18.0.${11 + i}` }));
}

/** A valid cluster of three peers with everything else at its default; fields given replace those of the same name. */
export function input(overrides: Partial<ClusterSpecInput> = {}): ClusterSpecInput {
  const members = overrides.peers ?? peers(3);
  return {
    name: "vectors",
    version: "v2.3.5",
    peers: members,
    storage: { peers: members.map((p) => p.name), drivesPerPeer: 4 },
    queue: { host: members[1]?.name ?? "peer-1" },
    ...overrides,
  };
}

/** The compiled spec of `input(overrides)`. */
export function spec(overrides: Partial<ClusterSpecInput> = {}): ClusterSpec {
  const result = compileSpec(input(overrides));
  if (!result.spec) throw new Error(JSON.stringify(result.problems, null, 2));
  return result.spec;
}
