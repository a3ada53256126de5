import type { IConstruct } from "constructs";
import type { Problem } from "../../lib/spec/spec";
import type { Members } from "./members";
import { poolInputs } from "./storage-input";

/** A problem and the construct that it belongs to; the message starts with the path of the property below that construct. */
export interface PlacedProblem {
  readonly severity: Problem["severity"];
  readonly construct: IConstruct;
  readonly message: string;
}

/** Turns the attribute path of a problem with the specification into a construct and one of its properties. */
export function place(problem: Problem, cluster: IConstruct, members: Members): PlacedProblem {
  const { construct, property } = owner(problem.path, cluster, members);
  const message = property === "" ? problem.message : `${property}: ${problem.message}`;
  return { severity: problem.severity, construct, message };
}

function owner(path: string, cluster: IConstruct, members: Members): Owner {
  const { peers, stores, queues } = members;
  const [, list, index = "", rest = ""] = /^(peers|storage\.pools)\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  if (list === "peers") return { construct: peers[Number(index)] ?? cluster, property: rest };
  if (list !== undefined) return poolOwner(Number(index), rest, cluster, members);
  const [, part, property = ""] = /^(storage\.s3|storage|queue\.\w+|queue)\.?(.*)$/.exec(path) ?? [];
  const construct = part?.startsWith("storage") ? (stores[0] ?? members.pools[0]) : part && queues[0];
  // What the spec keeps together as security are properties of the cluster itself.
  return construct
    ? { construct, property }
    : { construct: cluster, property: path.replace(/^security\./, "") };
}

/** Of a pool that is one of several of its construct, the property is that of the construct. */
function poolOwner(index: number, property: string, cluster: IConstruct, members: Members): Owner {
  const pools = poolInputs(members);
  const construct = pools[index]?.construct;
  if (!construct) return { construct: cluster, property };
  const nth = index - pools.findIndex((pool) => pool.construct === construct);
  return { construct, property: nth > 0 ? property.replace(/^peers\[0\]/, `peers[${nth}]`) : property };
}

interface Owner {
  readonly construct: IConstruct;
  readonly property: string;
}
