import type { FastifyReply, FastifyRequest } from "fastify";
import { problem, sendProblem } from "./problem";

/** Who leads, as this peer knows it. */
export interface Leadership {
  /** Whether this peer leads right now. */
  leads(): boolean;
  /** `host:port` of the leader's daemon; undefined while nobody is known to lead. */
  address(): Promise<string | undefined>;
}

/** A successor is elected within the TTL; most clients are back sooner. */
const RETRY_SECONDS = 2;

/** Sends the client on to the leader. Returns undefined when this peer leads and answers itself. */
export async function sendToLeader(
  leadership: Leadership,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  if (leadership.leads()) return undefined;
  const address = await leadership.address().catch(() => undefined);
  // Between two looks this peer may have been elected.
  if (leadership.leads()) return undefined;
  if (address === undefined) {
    const detail = "nobody leads right now: no quorum of etcd, or an election is under way; try again";
    return sendProblem(reply, problem(503, detail, request.id), RETRY_SECONDS);
  }
  const location = `https://${address}${request.raw.url ?? "/"}`;
  const detail = `the leader does this: ask it at https://${address}`;
  return sendProblem(reply.header("location", location), problem(307, detail, request.id));
}
