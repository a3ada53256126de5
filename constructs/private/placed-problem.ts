import type { IConstruct } from "constructs";
import type { Problem } from "../../lib/spec/spec";
import type { Members } from "./members";

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

function owner(path: string, cluster: IConstruct, { peers, pools, queues }: Members): Owner {
  const [, part = "", index, property = ""] =
    /^(peers|storage|queue)(?:[.[](\d+)\]?)?(?:\.(.*))?$/.exec(path) ?? [];
  const construct = { peers: peers[Number(index)], storage: pools[0], queue: queues[0] }[part];
  return construct ? { construct, property } : { construct: cluster, property: path };
}

interface Owner {
  readonly construct: IConstruct;
  readonly property: string;
}
