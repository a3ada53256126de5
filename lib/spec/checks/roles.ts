import type { Family } from "../families";
import { peersWith, roleNames } from "../roles";
import { MODES, type ClusterSpec, type ClusterSpecInput, type Problem, type RoleName } from "../spec";
import { didYouMean } from "../suggest";
import { checkOneOf, error, errorIf, warning } from "./problem";

/** Whether each role is there, often enough, and at the right place. */
export function checkRoles(input: ClusterSpecInput, spec: ClusterSpec, family: Family): Problem[] {
  const mode = errorIf("mode", checkOneOf(spec.mode, MODES));
  if (mode.length > 0) return mode;
  return spec.mode === "standalone" ? standalone(input) : cluster(input, spec, family);
}

function standalone({ peers }: ClusterSpecInput): Problem[] {
  const size =
    peers.length > 1
      ? [
          error(
            "mode",
            `standalone is one process on one peer, and there are ${peers.length}; use mode "cluster"`,
          ),
        ]
      : [];
  const given = peers.flatMap((peer, i) =>
    peer.roles === undefined
      ? []
      : [error(`peers[${i}].roles`, "a standalone process has every role; leave roles out")],
  );
  return [...size, ...given];
}

function cluster(input: ClusterSpecInput, spec: ClusterSpec, family: Family): Problem[] {
  const known = roleNames(family);
  const strange = input.peers.flatMap(({ roles = [] }, i) =>
    roles
      .filter((role) => !known.includes(role))
      .map((role) => error(`peers[${i}].roles`, unknown(role, family, known))),
  );
  if (strange.length > 0 || spec.peers.length === 0) return strange;
  return known.flatMap((role) => enough(role, spec));
}

function unknown(role: string, family: Family, known: readonly string[]): string {
  const hint = didYouMean(role, known) || `; it has ${known.join(", ")}`;
  return `Milvus ${family.line} has no role "${role}"${hint}`;
}

function enough(role: RoleName, spec: ClusterSpec): Problem[] {
  const peers = peersWith(spec, role);
  if (peers.length === 0) {
    return [
      error(
        "peers",
        `no peer has the role "${role}", without which Milvus does not work; give it to two peers or more`,
      ),
    ];
  }
  if (peers.length > 1 || spec.peers.length === 1) return [];
  return [
    warning(
      "peers",
      `only "${peers[0]!.name}" has the role "${role}": ${LOST[role]} while it is away; give the role to another peer, too`,
    ),
  ];
}

/** What stops without a role. */
const LOST: Readonly<Record<RoleName, string>> = {
  coord: "collections cannot be made, loaded or searched anew",
  proxy: "no client is served",
  query: "nothing can be searched",
  data: "what is written does not reach the object store",
  index: "no index is built",
  streaming: "nothing can be written or read consistently",
};
