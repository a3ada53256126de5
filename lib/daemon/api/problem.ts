import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";
import { ZodError } from "zod";
import { DaemonUnreachableError } from "../../api/errors";
import type { ProblemReply } from "../../api/wire";
import { Conflict } from "../errors";
import type { Redactor } from "../redact";
import { Changed, NotLeader } from "../store/records";
import { messageOf } from "../wait";

export const PROBLEM_TYPE = "application/problem+json";

/** RFC 9457 problem details for anything that was thrown. */
export function problemOf(error: unknown, redactor: Redactor, requestId?: string): ProblemReply {
  const status = statusOf(error);
  const detail = error instanceof ZodError ? issues(error) : messageOf(error);
  return problem(status, redactor.text(detail), requestId);
}

export function problem(status: number, detail: string, requestId?: string): ProblemReply {
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail, requestId };
}

export function sendProblem(reply: FastifyReply, p: ProblemReply, retryAfterSeconds?: number): FastifyReply {
  if (retryAfterSeconds !== undefined) void reply.header("retry-after", Math.ceil(retryAfterSeconds));
  return reply.code(p.status).type(PROBLEM_TYPE).send(JSON.stringify(p));
}

/** A request that does not fit the route's schema. `where` is "path", "query" or "body". */
export class InvalidRequest extends Error {
  readonly statusCode = 400;

  constructor(where: string, error: ZodError) {
    super(issues(error, where));
  }
}

/** Seconds after which it is worth trying again, for errors that pass by themselves. */
export function retryAfterOf(error: unknown): number | undefined {
  const given = (error as { retryAfterSeconds?: number }).retryAfterSeconds;
  return given ?? (statusOf(error) === 503 ? 2 : undefined);
}

function statusOf(error: unknown): number {
  if (error instanceof ZodError) return 400;
  if (error instanceof Conflict || error instanceof Changed) return 409;
  // Another peer that this one had to ask is away.
  if (error instanceof NotLeader || error instanceof DaemonUnreachableError) return 503;
  const status = (error as { statusCode?: number }).statusCode;
  return status !== undefined && status >= 400 && status < 600 ? status : 500;
}

/** Paths and rules, never the values: they may be secrets. */
function issues(error: ZodError, where = "body"): string {
  return error.issues
    .map((i) => {
      const path = i.path.join(".");
      const at = where === "body" ? path || where : `${where}${path && ` ${path}`}`;
      return `${at}: ${i.message}`;
    })
    .join("; ");
}
