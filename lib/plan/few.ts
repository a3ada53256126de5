/** Named in a message. */
const NAMES = 5;

/** The first names, and how many more there are. */
export function fewOf(names: readonly string[]): string {
  const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : "";
  return `${names.slice(0, NAMES).join(", ")}${more}`;
}
