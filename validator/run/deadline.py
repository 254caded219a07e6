"""A bound on the time of one step, for steps whose being late is no reason to end the child."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

AGAIN = 1.0  # seconds until it rings again, should the first time have been swallowed


class TooSlow(BaseException):
    """Time is up; no `Exception`, which a library on the way might catch."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise `TooSlow` in what takes longer, after the operation it comes in; in the main thread only."""

    def ring(*_: object) -> None:
        raise TooSlow

    previous = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
