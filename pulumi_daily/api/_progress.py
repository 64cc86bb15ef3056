"""What is said while requests wait for the rate limits: one line per tier every ten seconds.

Pure but for a lock: times are handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ._locks import ProcessLock
from ._tiers import Tier

NOTICE = 3.0  # a wait longer than this many seconds is worth a line ...
NOTICE_EVERY = 10.0  # ... but not from every thread: one per tier in this many seconds


@dataclass
class Task:
    """Work of which the whole is known: `done` of `total` units, begun at `began`."""

    unit: str
    total: int
    began: float
    done: int = 0

    def line(self, now: float, until: Callable[[int], float]) -> str:
        """`120 of 600 deletes done, about 40 s left`; `until` says in how many seconds so many further
        requests could have been sent.
        """
        text = f"{self.done} of {self.total} {self.unit} done"
        left = self.total - self.done
        if left <= 0:
            return text
        # The windows let bursts pass, so the speed so far says little at first; a slow server or other
        # processes are seen in nothing else. The longer of both is the better guess.
        by_speed = (now - self.began) / self.done * left if self.done else 0.0
        return f"{text}, about {max(1.0, until(left), by_speed):.0f} s left"


class Voice:
    """Who speaks for one tier: knows what was sent, what is under way, and when it last said something."""

    def __init__(self, tier: Tier) -> None:
        self._tier = tier
        self._lock = ProcessLock()
        self._tasks: list[Task] = []
        self._sent = 0
        self._said = float("-inf")

    def begin(self, unit: str, total: int, now: float) -> Task:
        """Work of a known size begins."""
        task = Task(unit, total, now)
        with self._lock():
            self._tasks.append(task)
        return task

    def end(self, task: Task) -> None:
        """It is over, done or not."""
        with self._lock():
            self._tasks = [other for other in self._tasks if other is not task]

    def sent(self) -> None:
        """One request of the tier was sent."""
        with self._lock():
            self._sent += 1

    def advance(self, task: Task, count: int, now: float) -> bool:
        """`count` more units are done: whether it is time for a line."""
        with self._lock():
            task.done += count
            if now - max(self._said, task.began) < NOTICE_EVERY or task.done >= task.total:
                return False
            self._said = now
            return True

    def waits(
        self, now: float, wait: float, until: Callable[[int], float], *, waiting: int, paused: bool
    ) -> str | None:
        """Somebody waits for `wait` seconds, one of `waiting`: the line to say, if it is time for one."""
        with self._lock():
            if wait <= NOTICE or now - self._said < NOTICE_EVERY:
                return None
            self._said = now
            why = "because Daily asked to slow down" if paused else "for Daily's rate limit"
            if self._tasks:
                return f"waiting {why}: " + "; ".join(task.line(now, until) for task in self._tasks)
            return f"waiting {wait:.0f} s {why} ({self._tier}): {self._sent} sent so far, {waiting} waiting"
