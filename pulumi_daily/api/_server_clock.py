"""Estimates the server's clock from the `Date` headers of its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ._locks import ProcessLock
from ._retry import http_date


class ServerClock:
    """Bounds of the server's time. Thread-safe. `clock` counts seconds and is monotonic.

    A `Date` is the second in which the server wrote it, at some time between sending and receiving. Each answer
    therefore limits the difference between the server's clock and the local one; several answers together narrow the
    limits.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = ProcessLock()
        self._ahead: tuple[float, float] | None = None

    def learn(self, headers: Mapping[str, str], sent: float, received: float) -> None:
        """Use the `Date` of an answer (header names in lower case).

        `sent` and `received` are the times of the request and of the answer by `clock`.
        """
        date = http_date(headers.get("date", ""))
        if date is None:
            return
        low, high = date - received, date + 1 - sent
        with self._lock():
            if self._ahead is not None:
                earlier = max(low, self._ahead[0]), min(high, self._ahead[1])
                # Bounds that contradict each other mean that the server's clock was set: only the latest count.
                low, high = earlier if earlier[0] < earlier[1] else (low, high)
            self._ahead = low, high

    def now(self) -> tuple[float, float] | None:
        """Return the earliest and the latest time that it can be now by the server's clock, in Unix seconds.

        None before the first answer with a date.
        """
        ahead, now = self._ahead, self._clock()
        return None if ahead is None else (now + ahead[0], now + ahead[1])
