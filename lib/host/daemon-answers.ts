import { setTimeout as sleep } from "node:timers/promises";
import { daemonState } from "./daemon";
import { HostError, messageOf } from "./errors";
import type { Machine } from "./machine";

export interface AnswerOptions {
  /** Name of the peer, for errors. */
  readonly name: string;
  /** Asks the daemon for its /health. */
  readonly ask: () => Promise<unknown>;
  /** The VM that it runs on; may log in anew. */
  readonly machine: () => Promise<Machine>;
  /** What to do once it is corrected: "apply again". */
  readonly again: string;
}

const START_MS = 60_000;
const POLL_MS = 250;

/** Waits until a daemon that was started answers. Throws with its last words when it does not within a minute. */
export async function daemonAnswers(o: AnswerOptions): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    try {
      await o.ask();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw await silent(o, error);
    }
    const machine = await o.machine(); // throws when the operation was cancelled or the VM is gone
    await machine.run("true", { what: "look whether the VM still answers" });
    await sleep(POLL_MS);
  }
}

async function silent(o: AnswerOptions, last: unknown): Promise<HostError> {
  const machine = await o.machine();
  const state = await daemonState(machine);
  const restarts = state.restarts > 0 ? `, restarted ${state.restarts} times` : "";
  const explanation = {
    what: `the daemon of ${o.name} does not answer`,
    why: `no /health within ${START_MS / 1000} s (${messageOf(last)}); its container is ${state.status}${restarts}. It said:\n${state.log}`,
    fix: `Correct what it complains about, and ${o.again}`,
  };
  return new HostError("deadline", machine.target, explanation, { cause: last });
}
