import type { z } from "zod";
import { BadJob } from "./errors";
import type { JobType } from "./type";
import type { JobTypes } from "./types";

export function typeNamed(types: JobTypes, name: string): JobType {
  const type = types.get(name);
  if (type) return type;
  throw new BadJob(
    `/type: there is no job type "${name}"; there are: ${[...types.keys()].sort().join(", ")}`,
  );
}

/** Params with their defaults. Throws BadJob with the JSON pointer of each member that is wrong, never with its value. */
export function parseParams(type: JobType, params: Record<string, unknown>): Record<string, unknown> {
  const found = type.params.safeParse(params);
  if (found.success) return found.data as Record<string, unknown>;
  throw new BadJob(found.error.issues.map((issue) => `${pointer(issue.path)}: ${issue.message}`).join("; "));
}

/** RFC 6901. */
function pointer(path: z.core.$ZodIssue["path"]): string {
  const escaped = path.map((member) => String(member).replaceAll("~", "~0").replaceAll("/", "~1"));
  return ["/params", ...escaped].join("/");
}
