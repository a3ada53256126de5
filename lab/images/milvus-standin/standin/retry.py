"""How Milvus tries again (pkg/util/retry): pauses that double from 200 ms up to 3 s."""

import time

from . import log

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0


class Refused(Exception):
    """The process cannot serve as it is set up; its text says what is wrong."""


def retry(what: str, attempts: int, work):
    """Calls `work` until it returns. After the last attempt, what it raised becomes a Refused."""
    pause = FIRST_PAUSE
    for attempt in range(1, attempts + 1):
        try:
            return work()
        except Exception as problem:
            if attempt == attempts:
                raise Refused(f"{what} failed {attempts} times: {describe(problem)}") from problem
            log.warn(f"{what} failed (attempt {attempt} of {attempts}): {describe(problem)}")
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def describe(problem: Exception) -> str:
    """The first line of what went wrong; gRPC's own text spans many."""
    details = getattr(problem, "details", None)
    text = details() if callable(details) else str(problem)
    return (text or type(problem).__name__).splitlines()[0].replace('"', "'")
