/** Checks of single attributes beyond those of lib/spec/validators. */

export function secondsProblem(seconds: number): string | undefined {
  return Number.isInteger(seconds) && seconds >= 1
    ? undefined
    : `${seconds} is not a duration; give whole seconds, at least 1`;
}

/** Checks every element of a list; tells of the first that is wrong. */
export const each =
  (check: (text: string) => string | undefined) =>
  (texts: readonly string[]): string | undefined =>
    texts.map(check).find((problem) => problem !== undefined);

/** One of a few words. */
export const oneOf =
  (words: readonly string[]) =>
  (text: string): string | undefined =>
    words.includes(text) ? undefined : `"${text}" is none of ${words.join(", ")}`;
