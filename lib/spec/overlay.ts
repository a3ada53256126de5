/** Values that are given lie over the defaults; an explicit undefined is as good as none. */
export function overlay<T extends object>(defaults: T, given: Partial<T> = {}): T {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}
