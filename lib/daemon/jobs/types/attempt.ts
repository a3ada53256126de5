import { NotLeader } from "../../store/records";
import { messageOf } from "../../wait";
import type { JobContext } from "../type";

/** Why something could not be done that a job can go on without. What ends the job here is thrown: its successor goes on. */
export async function problemOf(
  { signal }: Pick<JobContext, "signal">,
  work: () => Promise<unknown>,
): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NotLeader) throw error;
    return messageOf(error);
  }
}
