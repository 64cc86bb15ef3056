"""Ends waits, and forbids further requests: for a whole process, or for one thread after a deadline.

A request that is under way is never interrupted: its outcome would be unknown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ._errors import Stopped


class Stop:
    """A switch for all requests of a process. Thread-safe.

    ``clock`` counts seconds. ``wait`` sleeps for some seconds, and returns earlier when the event is set.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        self._clock = clock
        self._wait = wait
        self._stopped = threading.Event()
        self._reason = ""
        self._own = threading.local()
        self._flying = 0
        self._lock = threading.Lock()

    def set(self, reason: str) -> None:
        """End all waits, and forbid all further requests. ``reason`` is the text of their errors."""
        with self._lock:  # a request either began before, and is counted, or is not sent
            self._reason = self._reason or reason
            self._stopped.set()

    @property
    def is_set(self) -> bool:
        """Return whether requests are forbidden."""
        return self._stopped.is_set()

    @property
    def in_flight(self) -> int:
        """Return the number of requests that are under way."""
        return self._flying

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Surround the work of this thread: after so many seconds it waits no longer and sends nothing more."""
        before = self._ends()
        self._own.ends = min(before, self._clock() + seconds)
        self._own.allowed = seconds
        try:
            yield
        finally:
            self._own.ends = before

    def check(self) -> None:
        """Raise :class:`Stopped` if no request may be sent now."""
        if self._stopped.is_set():
            raise Stopped(f"{self._reason}; nothing more was sent")
        if self._clock() >= self._ends():
            raise Stopped(f"the time-out of {self._own.allowed:g} s for this operation is over; nothing more was sent")

    def left(self, seconds: float) -> float:
        """Return ``seconds``, or the time until this thread's deadline if that is shorter (at least 0.1)."""
        return max(0.1, min(seconds, self._ends() - self._clock()))

    def sleep(self, seconds: float) -> None:
        """Wait. Raises :class:`Stopped` as soon as no request may be sent any more."""
        self.check()
        self._wait(self._stopped, max(0.0, min(seconds, self._ends() - self._clock())))
        self.check()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Surround the sending of one request. Raises :class:`Stopped` if it may not be sent."""
        with self._lock:
            self.check()
            self._flying += 1
        try:
            yield
        finally:
            with self._lock:
                self._flying -= 1

    def _ends(self) -> float:
        ends: float = getattr(self._own, "ends", float("inf"))
        return ends
