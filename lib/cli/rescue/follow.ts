import type { Told } from "../../api/rescue";
import { note } from "../output";

/** Shows each sentence; returns the result. Throws when the work fails. */
export async function follow<R>(told: Told<R>): Promise<R> {
  for (;;) {
    const next = await told.next();
    if (next.done) return next.value;
    note(next.value);
  }
}
