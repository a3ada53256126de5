const started = Date.now();

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** One line a stage, when it ends: elapsed time of the program, what was done, how long it took. */
export async function stage<T>(title: string, work: () => Promise<T>): Promise<T> {
  const from = Date.now();
  try {
    const result = await work();
    say(`${title} (${seconds(Date.now() - from)})`);
    return result;
  } catch (error) {
    say(`${title}: FAILED after ${seconds(Date.now() - from)}`);
    throw error;
  }
}

/** Progress goes to standard error, so that a command's standard output stays usable by programs. */
export function say(message: string): void {
  process.stderr.write(`[lab ${seconds(Date.now() - started).padStart(8)}] ${message}\n`);
}
