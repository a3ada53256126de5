import { createHash } from "node:crypto";
import { canonicalJson } from "../spec/canonical";
import type { ClusterSpec } from "../spec/spec";

/** SHA-256 (hex) of the canonical JSON: equal for equal specs, whatever the order of their keys. */
export function specDigest(spec: ClusterSpec): string {
  return createHash("sha256").update(canonicalJson(spec)).digest("hex");
}
