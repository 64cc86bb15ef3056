"""Calls that are in flight together go as one request.

Pulumi makes four calls at once, each for one object, and knows nothing of batches. One group is on its way at a time;
what comes meanwhile forms the next one, which waits a few milliseconds more for those who have just got their answers.
A group of one is an ordinary call.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

WINDOW = 0.004
"""Seconds that a group waits for others before it goes."""


class _Group(Generic[Item, Answer]):
    def __init__(self) -> None:
        self.items: list[Item] = []
        self.full = threading.Event()
        self.done = threading.Event()
        self.answers: list[Answer | BaseException] = []


class Coalescer(Generic[Item, Answer]):
    """Gathers concurrent calls; thread-safe.

    ``together`` gets the items of a group and returns, for each, its answer or the exception to raise. When it raises
    itself, every call of the group raises that.
    """

    def __init__(
        self,
        together: Callable[[list[Item]], list[Answer | BaseException]],
        *,
        most: int,
        window: float = WINDOW,
    ) -> None:
        self._together = together
        self._most = most
        self._window = window
        self._lock = threading.Lock()
        self._flight = threading.Lock()
        self._open: _Group[Item, Answer] | None = None

    def __call__(self, item: Item) -> Answer:
        """The answer for ``item``; raises what became of it."""
        with self._lock:
            group = self._open
            leads = group is None
            if group is None:
                group = self._open = _Group()
            place = len(group.items)
            group.items.append(item)
            if len(group.items) >= self._most:
                self._open = None
                group.full.set()
        if leads:
            with self._flight:
                group.full.wait(self._window)
                self._run(group)
        else:
            group.done.wait()
        answer = group.answers[place]
        if isinstance(answer, BaseException):
            # A copy for each thread: a shared exception would collect the tracebacks of all of them.
            raise copy.copy(answer) if len(group.items) > 1 else answer
        return answer

    def _run(self, group: _Group[Item, Answer]) -> None:
        with self._lock:
            if self._open is group:
                self._open = None
        try:
            group.answers = self._together(group.items)
        except BaseException as error:  # noqa: BLE001 - nobody of the group may wait for ever
            group.answers = [error] * len(group.items)
        finally:
            group.done.set()
