import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Cluster } from "../cluster";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { print } from "../output";
import { persist } from "../persist";
import { ProgressLine } from "../progress";
import { duration } from "../format";

/** A hand-over takes less than a second; without a successor there is none to wait for. */
const DEADLINE_MS = 30_000;
const LOOK_MS = 100;

interface HandOver {
  readonly from: string;
  readonly to: string | null;
  readonly ms: number;
}

export function addStepDown(program: Command): void {
  const command = program.command("step-down").description("have the leader hand over to another peer");
  clusterCommand(command, async ({ cluster, o }) => {
    const { leader } = await cluster.ask((client) => client.leader());
    if (!leader) throw new Error("nobody leads just now, so nobody can hand over: try again in some seconds");
    const begin = performance.now();
    await cluster.ask((client) => client.stepDown());
    const to = await successor(cluster, leader.term);
    const handOver = { from: leader.peer, to: to ?? null, ms: Math.round(performance.now() - begin) };
    print<HandOver>(o.output, handOver, text);
    return to === undefined ? EXIT.failed : EXIT.ok;
  });
}

function text({ from, to, ms }: HandOver): string {
  if (to === null) return `${from} has stepped down, and nobody has followed within ${duration(ms)}`;
  return `${from} has handed over to ${to} within ${duration(ms)}`;
}

/** Whoever leads in another term. */
async function successor(cluster: Cluster, term: string): Promise<string | undefined> {
  const line = new ProgressLine();
  line.show("waiting for the next leader");
  const end = performance.now() + DEADLINE_MS;
  try {
    while (performance.now() < end) {
      const { leader } = await persist(() => cluster.ask((client) => client.leader()), DEADLINE_MS);
      if (leader && leader.term !== term) return leader.peer;
      await sleep(LOOK_MS);
    }
    return undefined;
  } finally {
    line.end();
  }
}
