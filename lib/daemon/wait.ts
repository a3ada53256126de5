import { setTimeout as sleep } from "node:timers/promises";

export interface WaitOptions {
  /** What is waited for, as the start of a sentence: "etcd". */
  what: string;
  deadlineMs: number;
  /** Milliseconds between two looks. @default 250 */
  everyMs?: number;
  signal?: AbortSignal;
  /** Told what is still missing after each look. */
  onDetail?: (detail: string) => void;
  /** For what takes as long as it takes: the deadline begins anew whenever this has changed after a look. */
  mark?: () => unknown;
}

/** A wait that ended at its deadline; the message says what was still missing then. */
export class DeadlineError extends Error {
  constructor(what: string, deadlineMs: number, missing: string, outcome = "not there after") {
    super(`${what}: ${outcome} ${Math.round(deadlineMs / 1000)} s: ${missing}`);
    this.name = "DeadlineError";
  }
}

/** Looks again and again until `probe` has nothing missing to tell. An error of the probe counts as "missing". */
export async function until(probe: () => Promise<string | undefined>, o: WaitOptions): Promise<void> {
  let end = performance.now() + o.deadlineMs;
  let mark = o.mark?.();
  for (;;) {
    const missing = await probe().catch((error: unknown) => messageOf(error));
    o.signal?.throwIfAborted();
    if (missing === undefined) return;
    o.onDetail?.(`${o.what}: ${missing}`);
    const next = o.mark?.();
    if (next !== mark) [mark, end] = [next, performance.now() + o.deadlineMs];
    if (performance.now() >= end)
      throw new DeadlineError(o.what, o.deadlineMs, missing, o.mark && "nothing has moved for");
    await sleep(o.everyMs ?? 250, undefined, { signal: o.signal });
  }
}

/** Gives up on work that does not end by itself; `cancel` is called then, so that nothing is left running. */
export async function within<T>(ms: number, what: string, work: Promise<T>, cancel?: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      cancel?.();
      reject(new DeadlineError(what, ms, "no answer"));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The words of an error; sockets' errors may have a code and nothing else. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  const e = error as NodeJS.ErrnoException;
  return plain(e?.message || e?.code || String(error));
}

/** gRPC wraps what the socket said in words of its own; a person wants the socket's. */
function plain(message: string): string {
  const wrapped =
    /^\d+ UNAVAILABLE: No connection established\. Last error: (?:Error: )?(.+?)\.? Resolution note:/;
  const inner = wrapped.exec(message)?.[1];
  return inner === "null" ? "no connection" : (inner ?? message);
}
