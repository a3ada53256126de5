import type { Lab } from "../../lab";
import type { Outage } from "./erasure-layout";

/** What to do while the VMs of an outage stand still, and when some that did go on. */
export interface OutageWork {
  readonly during: (down: Outage) => Promise<void>;
  readonly between: () => Promise<void>;
}

/** Each outage once, the same VMs and one more after the other where that is possible. All VMs go on in the end. */
export async function outages(lab: Lab, wanted: readonly Outage[], work: OutageWork): Promise<void> {
  let paused: Outage = [];
  const pause = async (next: Outage): Promise<void> => {
    // What is whole can be seen with all there alone: those that stay paused go on, too, where another one does.
    if (paused.some((vm) => !next.includes(vm))) {
      for (const vm of paused) await lab.unpause(lab.vm(vm));
      paused = [];
      if (next.length > 0) await work.between();
    }
    for (const vm of next.filter((vm) => !paused.includes(vm))) await lab.pause(lab.vm(vm));
    paused = next;
  };
  try {
    for (const down of unique(wanted)) {
      await pause(down);
      await work.during(down);
    }
  } finally {
    await pause([]);
  }
}

function unique(wanted: readonly Outage[]): Outage[] {
  const keys = [...new Set(wanted.map((vms) => vms.join(",")))].sort();
  return keys.map((key) => key.split(",").map(Number));
}
