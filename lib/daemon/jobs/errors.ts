/** The request names no type that exists, or its params do not fit (400). */
export class BadJob extends Error {
  readonly statusCode = 400;
}

/** So many jobs wait already that another one would only fill etcd (429). */
export class TooManyJobs extends Error {
  readonly statusCode = 429;
  readonly retryAfterSeconds = 60;
}

/** This leader must leave the job to its successor (503: ask again soon). */
export class LeftToSuccessor extends Error {
  readonly statusCode = 503;
}

/** The job has reached a safe point after its cancellation was asked for. */
export class Cancelled extends Error {
  constructor() {
    super("cancelled");
  }
}
