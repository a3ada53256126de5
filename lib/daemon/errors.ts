/** The request does not fit the state that this peer is in (409). */
export class Conflict extends Error {}

/** The request makes no sense, whatever the state (400). */
export class BadRequest extends Error {
  readonly statusCode = 400;
}

/** What was asked for does not exist (404). */
export class NotFound extends Error {
  readonly statusCode = 404;
}

/** It cannot be done now, and may be in some seconds (503 with Retry-After): no quorum, no leader, a peer that is away. */
export class Unavailable extends Error {
  readonly statusCode = 503;

  constructor(
    message: string,
    readonly retryAfterSeconds = 2,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
