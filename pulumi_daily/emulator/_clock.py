"""The time of the emulator: the machine's, or one that a test sets."""

from __future__ import annotations

import email.utils
import math
import time


class Clock:
    """The clock of the emulator.

    `Clock()` is the machine's clock; `Clock(now)` stays at `now` (unix seconds) until it is moved. The rate windows
    follow the machine's monotonic clock with the first, and this clock with the second.
    """

    def __init__(self, now: float | None = None) -> None:
        self._now = now
        self._offset = 0.0

    @property
    def settable(self) -> bool:
        """Return whether this clock stays where it is until it is moved."""
        return self._now is not None

    def now(self) -> float:
        """Return the time in unix seconds."""
        return time.time() + self._offset if self._now is None else self._now

    def date(self) -> str:
        """Return this second as HTTP writes it: `Fri, 15 Jan 2027 08:00:00 GMT`."""
        return email.utils.formatdate(math.floor(self.now()), usegmt=True)

    def monotonic(self) -> float:
        """Return seconds for measuring spans of time."""
        return time.monotonic() if self._now is None else self._now

    def advance(self, seconds: float) -> None:
        """Move the clock on by `seconds`. A real clock runs on from there; the rate windows do not jump with it."""
        if self._now is None:
            self._offset += seconds
        else:
            self._now += seconds

    def set(self, now: float | None) -> None:
        """Stop the clock at `now` (unix seconds); with None, follow the machine again."""
        self._now = now
        self._offset = 0.0
