import { families, type Family } from "./families";

export interface MilvusVersionParts {
  readonly line: string;
  readonly patch: number;
}

/** Splits "v2.3.5" into line "2.3" and patch 5; undefined when it is not of that form. */
export function parseVersion(version: string): MilvusVersionParts | undefined {
  const match = /^v(\d+\.\d+)\.(0|[1-9]\d*)$/.exec(version);
  return match ? { line: match[1]!, patch: Number(match[2]) } : undefined;
}

/** Line of a version that `checkVersion` accepts, as a number that compares: 204 of "v2.4.1". */
export function lineNumber(version: string): number {
  const [major = 0, minor = 0] = (parseVersion(version)?.line ?? "").split(".").map(Number);
  return major * 100 + minor;
}

/** What is wrong with a version, and which ones are known; undefined when this release can run it. */
export function checkVersion(version: string): string | undefined {
  if (findFamily(version)) return undefined;
  const known = `known are ${families.map((f) => `v${f.line}.0 to v${f.line}.${f.newestPatch}`).join(", ")}`;
  const parts = parseVersion(version) ?? parseVersion(`v${version}`);
  const sameLine = families.find((f) => f.line === parts?.line);
  if (!sameLine) return `unknown Milvus version "${version}" (${known})`;
  const suggestion = `v${sameLine.line}.${Math.min(parts!.patch, sameLine.newestPatch)}`;
  return `unknown Milvus version "${version}"; did you mean "${suggestion}"? (${known})`;
}

/** Family of a version that `checkVersion` accepts. Throws on any other: the spec was not made by compileSpec. */
export function familyOf(version: string): Family {
  const family = findFamily(version);
  if (!family) throw new Error(`no family for Milvus version "${version}"`);
  return family;
}

/** Family of a version's line, whether or not the patch is known: what to check the rest of a spec against. */
export function findLine(version: string): Family | undefined {
  return families.find((f) => f.line === parseVersion(version)?.line);
}

/** Family of a version, undefined when this release does not know it. */
export function findFamily(version: string): Family | undefined {
  const parts = parseVersion(version);
  return families.find((f) => f.line === parts?.line && parts.patch <= f.newestPatch);
}
