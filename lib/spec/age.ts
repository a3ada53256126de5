/** Of X25519, and the hybrid ones with ML-KEM-768 (age-encryption.org/v1, C2SP/age.md; bech32). */
const IDENTITY = /^AGE-SECRET-KEY-(PQ-)?1[02-9AC-HJ-NP-Z]{50,}$/;

/** The identities of a file of age: one a line, beside comments. */
export function ageIdentities(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** Why a text is none; holds nothing of it. */
export function checkAgeIdentity(text: string): string | undefined {
  const all = ageIdentities(text);
  const bad = all.findIndex((line) => !IDENTITY.test(line));
  if (all.length > 0 && bad < 0) return undefined;
  const what = all.length === 0 ? "it has no identity of age" : `line ${bad + 1} of it is no identity of age`;
  return `${what}: age-keygen makes one, AGE-SECRET-KEY-1…`;
}
