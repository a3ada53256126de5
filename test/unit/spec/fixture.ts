import { compileSpec } from "../../../lib/spec/compile";
import type { ClusterSpec, ClusterSpecInput, StorageInput } from "../../../lib/spec/spec";

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
    storage: pool(members.map((p) => p.name)),
    queue: { pulsarSingleton: { host: (members[1] ?? members[0])?.name ?? "peer-1" } },
    ...overrides,
  };
}

/** Storage of one pool over the peers of these names. */
export function pool(names: string[], drivesPerPeer = 4): StorageInput {
  return { pools: [{ peers: names, drivesPerPeer }] };
}

/** Names peer-FIRST … peer-LAST. */
export function names(first: number, last: number): string[] {
  return peers(last)
    .slice(first - 1)
    .map((p) => p.name);
}

/** A certificate as far as the pure core looks: what is in it is for a TLS library to say. */
export const CA_PEM = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ0E=\n-----END CERTIFICATE-----\n";

/** The compiled spec of `input(overrides)`. */
export function spec(overrides: Partial<ClusterSpecInput> = {}): ClusterSpec {
  const result = compileSpec(input(overrides));
  if (!result.spec) throw new Error(JSON.stringify(result.problems, null, 2));
  return result.spec;
}

/** Every problem as one line: "error path: message". */
export function problems(overrides: Partial<ClusterSpecInput>): string[] {
  return compileSpec(input(overrides)).problems.map((p) => `${p.severity} ${p.path}: ${p.message}`);
}
