import type { Problem } from "../spec/spec";
import type { ChangeStep } from "./step";
import type { Transition } from "./transition";

/** What a reviewer should not overlook. */
export function warnings({ to, unfinished, backFrom }: Transition, steps: readonly ChangeStep[]): Problem[] {
  return [
    ...(unfinished
      ? [warning("", "an earlier change has not ended: what it has changed is taken along")]
      : []),
    ...(backFrom !== undefined
      ? [
          warning(
            "version",
            `Milvus goes back from ${backFrom} to ${to.version}: its makers promise nothing about that`,
          ),
        ]
      : []),
    ...steps
      .filter(stops)
      .map((step) => warning("", `while "${step.title}" runs, ${effects(step)} stop: ${step.impact.detail}`)),
  ];
}

function stops({ impact }: ChangeStep): boolean {
  return impact.reads === "stop" || impact.writes === "stop";
}

function effects({ impact }: ChangeStep): string {
  const stopped = (["reads", "writes"] as const).filter((kind) => impact[kind] === "stop");
  return stopped.join(" and ");
}

function warning(path: string, message: string): Problem {
  return { severity: "warning", path, message };
}
