/** Checks of single attributes beyond those of lib/spec/validators. */

export function secondsProblem(seconds: number): string | undefined {
  return Number.isInteger(seconds) && seconds >= 1
    ? undefined
    : `${seconds} is not a duration; give whole seconds, at least 1`;
}
