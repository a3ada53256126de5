/** Waits until a condition holds; an error of the condition counts as "not yet" and is shown when the deadline passes. */
export async function eventually(
  what: string,
  deadlineMs: number,
  holds: () => Promise<boolean>,
  everyMs = 500,
): Promise<void> {
  const until = Date.now() + deadlineMs;
  let last = "it never held";
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > until) throw new Error(`not within ${deadlineMs} ms: ${what}; ${last}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
