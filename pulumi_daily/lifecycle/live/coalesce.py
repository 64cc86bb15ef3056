"""Combines calls that are in flight at the same time into one request.

Pulumi makes four calls at once, each for one object, and has no batches. One group is sent at a time; calls made
meanwhile form the next group. Before a group is sent, it waits a few milliseconds for more calls: for as many as have
just received their answers, if any (Pulumi first writes its state and then makes the next calls). When the request
would have to wait for its rate limit anyway, the group stays open meanwhile. A group of one is sent as an ordinary
call.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

WINDOW = 0.004
"""Seconds that a group waits for more calls before it is sent."""
PATIENCE = 0.015
"""Seconds after the last group's answers for which its callers are expected to call again."""
HOLD = 1.0
"""The longest time in seconds that a group stays open for the rate limit; the rest of the wait is left to the limiter.
"""


class _Group(Generic[Item, Answer]):
    def __init__(self, wanted: int) -> None:
        self.items: list[Item] = []
        self.wanted = wanted
        self.full = threading.Event()
        self.done = threading.Event()
        self.answers: list[Answer | BaseException] = []


class Coalescer(Generic[Item, Answer]):
    """A collector of concurrent calls; thread-safe.

    ``together`` receives the items of a group and returns, for each, its answer or the exception to raise. When
    ``together`` raises, every call of the group raises that exception. ``held`` returns the seconds that a request
    would have to wait now. A group is sent early when it has ``most`` items.
    """

    def __init__(
        self,
        together: Callable[[list[Item]], list[Answer | BaseException]],
        *,
        most: int,
        window: float = WINDOW,
        held: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._together = together
        self._most = most
        self._window = window
        self._held = held
        self._clock = clock
        self._expected = 0
        self._answered_at = float("-inf")
        self._lock = threading.Lock()
        self._flight = threading.Lock()
        self._open: _Group[Item, Answer] | None = None

    def __call__(self, item: Item) -> Answer:
        """Return the answer for ``item``, or raise its exception."""
        with self._lock:
            group = self._open
            leads = group is None
            if group is None:
                group = self._open = _Group(self._most)
            place = len(group.items)
            group.items.append(item)
            if len(group.items) >= self._most:
                self._open = None
            if len(group.items) >= group.wanted:
                group.full.set()
        if leads:
            with self._flight:
                self._run(group)
        else:
            group.done.wait()
        answer = group.answers[place]
        if isinstance(answer, BaseException):
            # A copy for each thread: a shared exception would collect the tracebacks of all of them.
            raise copy.copy(answer) if len(group.items) > 1 else answer
        return answer

    def _gather(self, group: _Group[Item, Answer]) -> None:
        """Wait until a group may be sent."""
        held = min(HOLD, self._held())
        with self._lock:
            back = self._answered_at + PATIENCE - self._clock()
            if back > 0 and held <= 0:
                group.wanted = min(self._most, self._expected)
                if len(group.items) >= group.wanted:
                    return
        group.full.wait(max(self._window, back, held))

    def _run(self, group: _Group[Item, Answer]) -> None:
        try:
            try:
                self._gather(group)
            finally:
                with self._lock:
                    if self._open is group:
                        self._open = None
            group.answers = self._together(group.items)
        except BaseException as error:  # noqa: BLE001 - no caller of the group may wait forever
            group.answers = [error] * len(group.items)
        finally:
            with self._lock:
                came = len(self._open.items) if self._open else 0
                self._expected, self._answered_at = came + len(group.items), self._clock()
            group.done.set()
