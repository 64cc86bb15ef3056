"""The time of the emulator: the machine's clock, or one that a test sets."""

from __future__ import annotations

import email.utils
import math
import time


class Clock:
    """The time of the emulator, which tests can stop and move.

    `Clock()` is the machine's clock; `Clock(now)` stays at `now` (Unix seconds) until it is moved. The rate windows use
    the machine's monotonic clock in the first case, and this clock in the second.
    """

    def __init__(self, now: float | None = None) -> None:
        self._now = now
        self._offset = 0.0

    def now(self) -> float:
        """Return the time in Unix seconds."""
        return time.time() + self._offset if self._now is None else self._now

    def date(self) -> str:
        """Return the time as an HTTP date: `Fri, 15 Jan 2027 08:00:00 GMT`."""
        return email.utils.formatdate(math.floor(self.now()), usegmt=True)

    def monotonic(self) -> float:
        """Return seconds for measuring durations."""
        return time.monotonic() if self._now is None else self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward by `seconds`. A running clock continues from there; its rate windows do not move."""
        if self._now is None:
            self._offset += seconds
        else:
            self._now += seconds

    def stored(self) -> tuple[float | None, float]:
        """Return the time at which the clock is stopped (None: it runs), and the seconds by which it was moved."""
        return self._now, self._offset

    def restore(self, now: float | None, offset: float) -> None:
        """Set what `stored` returned. A running clock is then ahead of the machine's clock by `offset` again."""
        self._now, self._offset = now, offset

    def set(self, now: float | None) -> None:
        """Stop the clock at `now` (Unix seconds); with None, follow the machine's clock again."""
        self._now = now
        self._offset = 0.0
