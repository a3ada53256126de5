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
