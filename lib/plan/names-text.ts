/** More than these are counted. */
const MOST = 8;
const FIRST = 3;

/** "peer-1, peer-2, peer-3"; of many the first ones, and how many more. */
export function namesText(names: readonly string[]): string {
  if (names.length <= MOST) return names.join(", ");
  return `${names.slice(0, FIRST).join(", ")} and ${names.length - FIRST} more`;
}
