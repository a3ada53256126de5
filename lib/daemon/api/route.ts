import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { z } from "zod";

/** One operation of the API. The table of all routes validates requests and makes the OpenAPI document. */
export interface Route<P = unknown, Q = unknown, B = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As OpenAPI writes it: `/jobs/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: "cluster" | "jobs" | "backups" | "peer" | "internal";
  /** `open`: anybody. `member`: bearer token or a peer's certificate. `peer`: such a certificate only. */
  readonly access: "open" | "member" | "peer";
  /** Followers send clients to the leader with 307. @default false */
  readonly leaderOnly?: boolean;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** The body is taken as it comes, of any size and as bytes: see `content` of the request. */
  readonly streams?: true;
  /** Bytes; @default 1 MiB */
  readonly bodyLimit?: number;
  /** Successful answers by status. No schema: no body. */
  readonly replies: Readonly<
    Record<number, { description: string; schema?: z.ZodType; contentType?: string }>
  >;
  handle(request: RouteRequest<P, Q, B>): Promise<RouteReply>;
}

export interface RouteRequest<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** What comes, of a route that streams. */
  readonly content?: Readable;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  /** Fires when the client has gone. */
  readonly signal: AbortSignal;
}

/** A JSON value, or a stream of the content type that the route names. */
export interface RouteReply {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly stream?: Readable;
}

/** For type inference where a route is written. */
export function route<P, Q, B>(r: Route<P, Q, B>): Route {
  return r as unknown as Route;
}
