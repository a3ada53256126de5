export interface WaitOptions {
  timeoutMs: number;
  /** @default 200 */
  intervalMs?: number;
}

/** Asks until the answer is yes; after the deadline, an error says what was waited for and what was seen last. */
export async function waitFor(
  what: string,
  check: () => Promise<boolean>,
  { timeoutMs, intervalMs = 200 }: WaitOptions,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last = "not yet so";
  while (Date.now() < deadline) {
    try {
      if (await check()) return;
      last = "not yet so";
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  throw new Error(`waited ${timeoutMs / 1000} s for ${what}; last seen: ${last}`);
}
