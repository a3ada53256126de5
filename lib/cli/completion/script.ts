import type { CompletedOption, Place } from "./walk";

/** What a completion script is made of. */
export interface Script {
  readonly program: string;
  readonly places: readonly Place[];
}

export function flags({ long, short }: CompletedOption): string[] {
  return short === undefined ? [long] : [short, long];
}
