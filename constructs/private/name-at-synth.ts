import { Token } from "cdktf";
import type { IConstruct } from "constructs";

/** The given name, or the construct's id. Throws when it is a token: names decide what a plan looks like. */
export function nameAtSynth(construct: IConstruct, name: string | undefined): string {
  if (!Token.isUnresolved(name)) return name ?? construct.node.id;
  throw new Error(
    `${construct.node.path}: name must be known at synth, but it is a token; addresses may be tokens, names may not`,
  );
}
