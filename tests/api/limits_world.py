"""Simulated processes on one machine: threads of which one runs at a time, a clock that jumps, a shared store.

What happens is the same in every run: whoever has to wake up first goes on next, and nobody else runs meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pulumi_daily.api import Limiter
from pulumi_daily.api._ledger import Ledger
from pulumi_daily.api._shared import decode, decode_ledger, encode, encode_ledger


class Killed(BaseException):
    """The process of this thread is dead."""


class Machine:
    """The clock, the file that all processes share (as bytes, in the format of the real one), and the processes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.file = b""
        self._threads: list[_Thread] = []
        self._back = threading.Semaphore(0)
        self._current: _Thread | None = None

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the others run for so long."""
        me = self._current
        assert me is not None
        assert seconds >= 0
        me.wake = self.now + seconds
        self._back.release()
        me.turn.acquire()
        if me.process.dead:
            raise Killed

    def start(self, process: Process, at: float, body: Callable[[], None]) -> None:
        """A thread of a process that begins at that time."""
        self._threads.append(_Thread(self, process, at, body))

    def run(self, until: float) -> None:
        """All threads to their ends. Raises what one of them raised, and AssertionError if they need longer."""
        while self._threads:
            me = min(self._threads, key=lambda thread: thread.wake)
            assert me.wake <= until, f"still running at {until} s: {len(self._threads)} threads"
            self.now = max(self.now, me.wake)
            self._current = me
            me.turn.release()
            assert self._back.acquire(timeout=60)
            if me.done:
                self._threads.remove(me)
                if me.error is not None:
                    raise me.error


class Process:
    """One process: a limiter on the machine's shared store. `kill` is SIGKILL: nothing it does afterwards counts."""

    def __init__(self, machine: Machine, **options: Any) -> None:
        self.machine = machine
        self.dead = False
        self.died = float("inf")
        self.lines: list[str] = []
        self.limiter = Limiter(clock=machine.clock, sleep=machine.sleep, store=self, log=self.lines.append, **options)

    def kill(self) -> None:
        self.dead = True
        self.died = self.machine.now

    @contextmanager
    def open(self, tier: str) -> Iterator[Ledger]:
        if self.dead:
            yield Ledger()
            return
        kept = decode(self.machine.file, 0.0)
        ledger = decode_ledger(kept[tier], self.machine.now) if tier in kept else Ledger()
        yield ledger
        self.machine.file = encode({**kept, tier: encode_ledger(tier, ledger)}, 0.0)


class _Thread:
    def __init__(self, machine: Machine, process: Process, wake: float, body: Callable[[], None]) -> None:
        self.process = process
        self.wake = wake
        self.turn = threading.Semaphore(0)
        self.done = False
        self.error: BaseException | None = None
        self._body = body
        self._machine = machine
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        self.turn.acquire()
        try:
            if not self.process.dead:
                self._body()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - raised where the machine runs
            self.error = error
        finally:
            self.done = True
            self._machine._back.release()
