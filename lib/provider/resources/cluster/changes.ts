import { planChange } from "../../../plan/change";
import { compileSpec } from "../../../spec/compile";
import type { ClusterSpec } from "../../../spec/spec";
import type { Diagnostic } from "../../framework";
import type { ClusterModel } from "./schema";
import { attributePath, specInput } from "./spec-input";

/** What the daemons would have to carry out, and cannot yet. The daemon's image is each milvus_peer's own matter. */
export function changeProblems(prior: ClusterModel, next: ClusterSpec): Diagnostic[] {
  const { spec: current } = compileSpec(specInput(prior));
  if (!current) return [];
  const images = { ...next.images, daemon: current.images.daemon };
  return planChange(current, { ...next, images }).refusals.map(({ path, message }) => ({
    severity: "error",
    summary: "A formed cluster cannot be changed this way",
    detail: `${message}.`,
    path: attributePath(path),
  }));
}
