"""Learns the time of the server's clock from the `Date` headers of its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ._locks import ProcessLock
from ._retry import http_date


class ServerClock:
    """Bounds of the server's time. Thread-safe. `clock` counts seconds and is never set.

    A `Date` is the second in which the server wrote it, some time between sending and receiving. So each answer
    bounds how far the server's clock is ahead of ours, and together they bound it the more closely.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = ProcessLock()
        self._ahead: tuple[float, float] | None = None

    def learn(self, headers: Mapping[str, str], sent: float, received: float) -> None:
        """Take in an answer's headers (names in lower case), and when it was sent for and received by `clock`."""
        date = http_date(headers.get("date", ""))
        if date is None:
            return
        low, high = date - received, date + 1 - sent
        with self._lock():
            if self._ahead is not None:
                earlier = max(low, self._ahead[0]), min(high, self._ahead[1])
                # When the bounds contradict each other, the server's clock was set: only the latest counts.
                low, high = earlier if earlier[0] < earlier[1] else (low, high)
            self._ahead = low, high

    def now(self) -> tuple[float, float] | None:
        """Return the earliest and the latest it can be by the server's clock at this moment, in Unix seconds; None
        before an answer had a date.
        """
        ahead, now = self._ahead, self._clock()
        return None if ahead is None else (now + ahead[0], now + ahead[1])
