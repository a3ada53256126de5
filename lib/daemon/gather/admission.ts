import { compareHosts } from "../../host/preflight/compare";
import { findingText, type Finding } from "../../host/preflight/finding";
import { checkAddress, checkName, isLoopback } from "../../spec/validators";
import { compileFor, type GatheredPeer, type Gathering } from "./gathering";

/** Whether a VM may join. `contested`: another key holds the same name and address; it depends on whether that VM is there. */
export type Admission =
  | {
      readonly kind: "admitted";
      readonly peers: readonly GatheredPeer[];
      readonly warnings: readonly string[];
    }
  | { readonly kind: "contested"; readonly holder: GatheredPeer }
  | { readonly kind: "refused"; readonly why: string };

/** Decides by what has been gathered so far. Pure. */
export function admit(g: Gathering, candidate: GatheredPeer): Admission {
  const others = g.peers.filter((p) => p.keySha256 !== candidate.keySha256);
  const before = g.peers.find((p) => p.keySha256 === candidate.keySha256);
  const why = wrongIn(candidate) ?? moved(g, before, candidate) ?? full(g, others, candidate);
  if (why !== undefined) return { kind: "refused", why };
  const taken = others.find((p) => p.name === candidate.name || p.address === candidate.address);
  if (taken) return conflict(taken, candidate);
  const findings = compareHosts([...others, candidate].map(facts));
  const errors = findings.filter((f) => f.severity === "error");
  if (errors.length > 0) return { kind: "refused", why: texts(errors).join("; ") };
  return complete(g, before, candidate, findings);
}

/** The same cluster without a peer whose VM is gone. */
export function without(g: Gathering, peer: GatheredPeer): Gathering {
  return { ...g, peers: g.peers.filter((p) => p !== peer) };
}

function wrongIn({ name, address }: GatheredPeer): string | undefined {
  const loopback = isLoopback(address)
    ? `"${address}" is a loopback address: no other peer reaches this VM there`
    : undefined;
  return checkName(name) ?? checkAddress(address) ?? loopback;
}

/** Once all are there the spec is made of them: nobody may change any more. */
function moved(g: Gathering, before: GatheredPeer | undefined, candidate: GatheredPeer): string | undefined {
  if (!before || g.peers.length < g.expected) return undefined;
  if (before.name === candidate.name && before.address === candidate.address) return undefined;
  return `the cluster is being formed with this VM as "${before.name}" at ${before.address}; join under that name and address`;
}

function full(g: Gathering, others: readonly GatheredPeer[], candidate: GatheredPeer): string | undefined {
  if (others.length < g.expected || others.some((p) => p.name === candidate.name)) return undefined;
  return fullText(g.template.name, g.expected);
}

export function fullText(cluster: string, expected: number): string {
  return `the cluster "${cluster}" has its ${expected} peers; adding more comes with a later release`;
}

function conflict(taken: GatheredPeer, candidate: GatheredPeer): Admission {
  const same = taken.name === candidate.name && taken.address === candidate.address;
  if (same) return { kind: "contested", holder: taken };
  const what =
    taken.address === candidate.address
      ? `address ${candidate.address} belongs to peer "${taken.name}"; give this VM's own with --advertise-address`
      : `name "${candidate.name}" belongs to the peer at ${taken.address}; give another with --name`;
  return { kind: "refused", why: what };
}

/** The last one makes the spec whole: what is wrong with it is better told to whoever joins than found later. */
function complete(
  g: Gathering,
  before: GatheredPeer | undefined,
  candidate: GatheredPeer,
  findings: readonly Finding[],
): Admission {
  const peers = before ? g.peers.map((p) => (p === before ? candidate : p)) : [...g.peers, candidate];
  const { problems } = peers.length < g.expected ? { problems: [] } : compileFor(g.template, peers);
  const errors = problems.filter((p) => p.severity === "error");
  if (errors.length > 0) return { kind: "refused", why: errors.map((p) => p.message).join("; ") };
  return { kind: "admitted", peers, warnings: texts(findings) };
}

function facts(p: GatheredPeer): Parameters<typeof compareHosts>[0][number] {
  const { name, hostname, machineId, clockOffsetMs } = p;
  return { name, facts: { hostname, machineId, clock: { offsetMs: clockOffsetMs, uncertaintyMs: 0 } } };
}

const texts = (findings: readonly Finding[]): string[] => findings.map(findingText);
