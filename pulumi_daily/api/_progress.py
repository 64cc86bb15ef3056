"""Log lines about requests that wait for the rate limits: one line per tier in ten seconds.

Callers pass the times; the only state is protected by a lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ._locks import ProcessLock
from ._tiers import Tier

NOTICE = 3.0  # only a wait longer than this many seconds is logged ...
NOTICE_EVERY = 10.0  # ... and only one per tier in this many seconds


@dataclass
class Task:
    """Work of a known size: `done` of `total` units, begun at `began` (seconds of the limiter's clock)."""

    unit: str
    total: int
    began: float
    done: int = 0

    def line(self, now: float, until: Callable[[int], float]) -> str:
        """Return a text such as `120 of 600 deletes done, about 40 s left`.

        `until` returns the estimated seconds for a number of further requests.
        """
        text = f"{self.done} of {self.total} {self.unit} done"
        left = self.total - self.done
        if left <= 0:
            return text
        # The speed so far means little at first, when bursts pass; but only the speed shows a slow server or other
        # processes. The longer of both estimates is the better one.
        by_speed = (now - self.began) / self.done * left if self.done else 0.0
        return f"{text}, about {max(1.0, until(left), by_speed):.0f} s left"


class WaitReporter:
    """A maker of the log lines about waits in one tier, with the requests sent so far and the open tasks' progress."""

    def __init__(self, tier: Tier) -> None:
        self._tier = tier
        self._lock = ProcessLock()
        self._tasks: list[Task] = []
        self._sent = 0
        self._reported = float("-inf")

    def begin(self, unit: str, total: int, now: float) -> Task:
        """Register work of a known size, and return it."""
        task = Task(unit, total, now)
        with self._lock():
            self._tasks.append(task)
        return task

    def end(self, task: Task) -> None:
        """Remove a task, whether it is done or not."""
        with self._lock():
            self._tasks = [other for other in self._tasks if other is not task]

    def sent(self) -> None:
        """Count one request of the tier."""
        with self._lock():
            self._sent += 1

    def advance(self, task: Task, count: int, now: float) -> bool:
        """Count `count` units as done, and return whether it is time for a line."""
        with self._lock():
            task.done += count
            if now - max(self._reported, task.began) < NOTICE_EVERY or task.done >= task.total:
                return False
            self._reported = now
            return True

    def waits(
        self, now: float, wait: float, until: Callable[[int], float], *, waiting: int, paused: bool
    ) -> str | None:
        """Return the line about a request that waits for `wait` seconds, or None when no line is due.

        `waiting` is the number of requests that wait; `paused` is true when the reason is a 429. `until` is the same as
        in `Task.line`.
        """
        with self._lock():
            if wait <= NOTICE or now - self._reported < NOTICE_EVERY:
                return None
            self._reported = now
            why = "because Daily asked to slow down" if paused else "for Daily's rate limit"
            if self._tasks:
                return f"waiting {why}: " + "; ".join(task.line(now, until) for task in self._tasks)
            return f"waiting {wait:.0f} s {why} ({self._tier}): {self._sent} sent so far, {waiting} waiting"
