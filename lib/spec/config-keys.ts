import type { Family } from "./families";
import { matches, ownedReason } from "./owned-keys";
import { didYouMean } from "./suggest";

/** What is wrong with a key that a user wants to set; undefined when it may be set. */
export function checkConfigKey(key: string, family: Family): string | undefined {
  const owned = ownedReason(key, family);
  if (owned !== undefined) return `"${key}" cannot be set: ${owned}`;
  if (isKnownKey(key, family)) return undefined;
  return `unknown config key "${key}" for Milvus ${family.line}${didYouMean(key, candidates(key, family))}`;
}

/** Whether the line knows the key at all, in just this spelling. */
export function isKnownKey(key: string, family: Family): boolean {
  return knownKeys(family).some((pattern) => matches(pattern, key));
}

function knownKeys(family: Family): string[] {
  return family.configKeys.trim().split(/\s+/);
}

/** Known keys; of a pattern that the key fits but for its letter case, the key as it should be spelled. */
function candidates(key: string, family: Family): string[] {
  return knownKeys(family).map((pattern) => {
    const fits = pattern.endsWith("*") && matches(pattern.toLowerCase(), key.toLowerCase());
    return fits ? pattern.slice(0, -1) + key.slice(pattern.length - 1) : pattern;
  });
}
