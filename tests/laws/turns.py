"""Threads that take turns: exactly one goes on at a time, a seeded random decides which, and time passes only in sleep.

What the providers do at once is then random and yet the same for the same seed. A thread gives up its turn where it
waits: for an answer of Daily, for a lock, an event, the end of another thread; and now and then where it takes a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from random import Random
from types import SimpleNamespace
from typing import Any

STEALING = 0.05
"""How often a thread that takes a free lock lets others go first."""


class Deadlock(Exception):
    """Every thread waits for another one."""


class Task:
    """One thread. ``result`` is its value, or raises what it raised."""

    def __init__(self, work: Callable[[], Any] | None) -> None:
        self.work = work
        self.done = False
        self.ready: Callable[[], bool] = lambda: True
        self.until: float | None = None
        self.go = threading.Lock()
        self.go.acquire()
        self._value: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do the work, once it is this task's turn."""
        assert self.work is not None
        try:
            self._value = self.work()
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            self._error = error
        self.done = True

    def result(self) -> Any:
        """Return the value of the work."""
        if self._error is not None:
            raise self._error
        return self._value


class Turns:
    """The tasks and their time, in seconds. ``passes`` is told by how much it moves on."""

    def __init__(self, random: Random, passes: Callable[[float], None] = lambda _: None) -> None:
        self.random = random
        self.now = 0.0
        self._passes = passes
        self._root = self._running = Task(None)
        self._tasks = [self._root]
        self._stuck = False
        self.threading = SimpleNamespace(
            Lock=lambda: Lock(self), RLock=lambda: Lock(self), Event=lambda: Event(self), Condition=self._condition
        )
        """Stands in for the module, in those that are to take turns."""
        self.pool = lambda max_workers: Pool(self, max_workers)
        """Stands in for ``ThreadPoolExecutor``."""

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def spawn(self, work: Callable[[], Any]) -> Task:
        """Begin a task."""
        task = Task(work)
        self._tasks.append(task)
        threading.Thread(target=self._thread, args=(task,), daemon=True).start()
        return task

    def join(self, tasks: Iterable[Task]) -> None:
        """Wait for the end of tasks."""
        waited = list(tasks)
        self.wait(lambda: all(task.done for task in waited))

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.wait(lambda: False, seconds)

    def wait(self, ready: Callable[[], bool], seconds: float | None = None) -> bool:
        """Let others go on until something holds, or for so long; return whether it holds."""
        me = self._running
        me.ready, me.until = ready, None if seconds is None else self.now + max(0.0, seconds)
        self._hand_over(me)
        return ready()

    def may_steal(self) -> None:
        """Let others go first, now and then."""
        if self.random.random() < STEALING:
            self.wait(lambda: True)

    def running(self) -> Task:
        """Return the task whose turn it is."""
        return self._running

    def _condition(self) -> Condition:
        return Condition(self)

    def _thread(self, task: Task) -> None:
        task.go.acquire()
        task.run()
        self._tasks.remove(task)
        self._hand_over(None)

    def _hand_over(self, me: Task | None) -> None:
        self._running = self._next()
        if self._running is not me:
            self._running.go.release()
            if me is not None:
                me.go.acquire()
        if self._stuck and me is self._root:
            raise Deadlock(f"{len(self._tasks)} threads wait for each other")

    def _next(self) -> Task:
        able = [task for task in self._tasks if self._is_able(task)]
        if not able:
            moments = [task.until for task in self._tasks if task.until is not None]
            if not moments:
                self._stuck = True
                return self._root
            self._passes(min(moments) - self.now)
            self.now = min(moments)
            able = [task for task in self._tasks if self._is_able(task)]
        return self.random.choice(able)

    def _is_able(self, task: Task) -> bool:
        return (task.until is not None and task.until <= self.now) or task.ready()


class Lock:
    """A lock, which its holder may take again."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._holder: Task | None = None
        self._depth = 0

    def __enter__(self) -> None:
        turns = self._turns
        me = turns.running()
        if self._holder is not me:
            turns.may_steal()
            if self._holder is not None:
                turns.wait(lambda: self._holder is None)
            self._holder = me
        self._depth += 1

    def __exit__(self, *_exc: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._holder = None


class Condition(Lock):
    """A lock with news."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(turns)
        self._news = 0

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Give the lock up until something holds."""
        while not holds():
            seen, depth = self._news, self._depth
            self._holder, self._depth = None, 0
            self._turns.wait(lambda seen=seen: self._news > seen and self._holder is None)  # type: ignore[misc]
            self._holder, self._depth = self._turns.running(), depth

    def notify_all(self) -> None:
        """Say that something may hold now."""
        self._news += 1


class Event:
    """Something that happens once."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._is_set = False

    def set(self) -> None:
        """Let it have happened."""
        self._is_set = True

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it."""
        return self._is_set or self._turns.wait(lambda: self._is_set, timeout)


class Pool:
    """Some tasks that share work."""

    def __init__(self, turns: Turns, max_workers: int) -> None:
        self._turns = turns
        self._most = max_workers

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_exc: object) -> None:
        return

    def map(self, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Return the results in the order of the items."""
        parts = [Task(lambda item=item: work(item)) for item in items]  # type: ignore[misc]
        left = iter(parts)

        def some() -> None:
            for part in left:
                part.run()

        self._turns.join([self._turns.spawn(some) for _ in range(min(self._most, len(parts)))])
        return (part.result() for part in parts)
