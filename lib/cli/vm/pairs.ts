import { didYouMean } from "../../spec/suggest";
import { UsageError } from "../exit";

/** Values of an option NAME=VALUE that may be given again and again. Throws UsageError. */
export function pairs(
  option: string,
  given: readonly string[] = [],
  known?: readonly string[],
): Record<string, string> {
  const entries = given.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`${option} ${text}: expected NAME=VALUE`);
    const name = text.slice(0, at);
    if (known && !known.includes(name)) {
      throw new UsageError(
        `${option}: there is no "${name}"${didYouMean(name, known)}; known are ${known.join(", ")}`,
      );
    }
    return [name, text.slice(at + 1)] as const;
  });
  return Object.fromEntries(entries);
}
