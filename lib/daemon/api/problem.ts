import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";
import { ZodError } from "zod";
import type { ProblemReply } from "../../api/wire";
import { Conflict } from "../errors";
import type { Redactor } from "../redact";
import { messageOf } from "../wait";

/** RFC 9457 problem details for anything that was thrown. */
export function problemOf(error: unknown, redactor: Redactor): ProblemReply {
  const status = statusOf(error);
  const detail = error instanceof ZodError ? issues(error) : messageOf(error);
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail: redactor.text(detail),
  };
}

export function sendProblem(reply: FastifyReply, problem: ProblemReply): FastifyReply {
  return reply.code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}

function statusOf(error: unknown): number {
  if (error instanceof ZodError) return 400;
  if (error instanceof Conflict) return 409;
  const status = (error as { statusCode?: number }).statusCode;
  return status !== undefined && status >= 400 && status < 600 ? status : 500;
}

/** Paths and rules, never the values: they may be secrets. */
function issues(error: ZodError): string {
  return error.issues.map((i) => `${i.path.join(".") || "body"}: ${i.message}`).join("; ");
}
