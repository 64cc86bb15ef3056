"""Everything that can go wrong with a call, and processes that die in the middle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from in_process import Process, World
from mini_stack import MiniStack

FAULTS: dict[str, Callable[[Any, str, int | None], None]] = {
    "429": lambda e, route, times: e.fail(route, 429, times=times),
    "429 with Retry-After": lambda e, route, times: e.fail(route, 429, times=times, retry_after=2),
    "401": lambda e, route, times: e.fail(route, 401, times=times),
    "403": lambda e, route, times: e.fail(route, 403, times=times),
    "500": lambda e, route, times: e.fail(route, 500, times=times),
    "500 after": lambda e, route, times: e.fail(route, 500, times=times, when="after"),
    "503": lambda e, route, times: e.fail(route, 503, times=times),
    "503 after": lambda e, route, times: e.fail(route, 503, times=times, when="after"),
    "503 of a proxy": lambda e, route, times: e.fail(route, 503, times=times, body="<html>Bad gateway</html>"),
    "dropped before": lambda e, route, times: e.drop(route, times=times),
    "dropped after": lambda e, route, times: e.drop(route, "after", times=times),
    "hangs before": lambda e, route, times: e.hang(route, times=times, when="before"),
    "hangs after": lambda e, route, times: e.hang(route, times=times, when="after"),
    "truncated": lambda e, route, times: e.truncate(route, times=times),
    "not JSON": lambda e, route, times: e.not_json(route, times=times),
}

ALIKE = ("429 with Retry-After", "503 after", "503 of a proxy")
"""Like others for everything but the client's own decisions, which the tests of rooms and of the client see to."""

REFUSALS = ("401", "403")
"""What is never tried again."""


def break_call(world: World, number: int, fault: str) -> None:
    """Let so many requests pass; the next one goes wrong."""
    FAULTS[fault](world.emulator, "*", 1)
    world.emulator.faults._waiting[-1].after = number


class Killed(BaseException):
    """The process is no more."""


class Mortal:
    """A transport that dies with a request, before it is sent or after it had its effect; nothing is sent then."""

    def __init__(self, inner: Any, number: int, when: str) -> None:
        self._inner, self._left, self._when = inner, number, when
        self.dead = False

    def send(self, *args: Any) -> Any:
        if self.dead:
            raise Killed
        self._left -= 1
        if self._left >= 0:
            return self._inner.send(*args)
        self.dead = True
        if self._when == "after":
            self._inner.send(*args)
        raise Killed


class MortalStack(MiniStack):
    """A stack whose next processes die with one of their requests. Its state is what was written until then."""

    transport: Any = None

    def _process(self) -> Process:
        process = self.world.process(transport=self.transport, adoption=self.adoption)
        self.lines = process.lines
        return process

    def dies(self, operation: Callable[[], Any], number: int, when: str) -> bool:
        """Run an operation that is killed at a request; whether it got that far."""
        self.transport = Mortal(self.world.transport, number, when)
        try:
            operation()
        except Killed:
            pass
        finally:
            dead, self.transport = bool(self.transport.dead), None
        return dead
