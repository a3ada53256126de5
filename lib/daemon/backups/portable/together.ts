/** Runs `count` workers. The first that fails ends the others, all are waited for, and its error is thrown. */
export async function together(
  count: number,
  signal: AbortSignal,
  worker: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const all = Array.from({ length: count }, () => worker(either).catch((error) => failed.abort(error)));
  await Promise.all(all);
  failed.signal.throwIfAborted();
}

/** Does work for each thing, so many at a time; ends as `together` does. */
export function eachOf<T>(
  things: readonly T[],
  count: number,
  signal: AbortSignal,
  work: (thing: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  // One iterator for all workers: each takes the next thing from it.
  const left = things.values();
  return together(count, signal, async (either) => {
    for (const thing of left) {
      either.throwIfAborted();
      await work(thing, either);
    }
  });
}
