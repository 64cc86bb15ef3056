"""Faults that a test requests: error answers, lost connections, delays, broken bodies.

A fault wraps the handling of a request (`inject`): it replaces the handling, delays it, or changes the answer.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from . import _errors as errors
from ._answer import Answer, Delivery, json_answer
from ._broken import Breaks
from ._lies import Lie, tell
from ._routes import known

When = Literal["before", "after"]
FaultKind = Literal[
    "fail", "drop", "hang", "truncate", "not_json", "drip", "flood", "wrong_length", "omit", "repeat", "wrong_total"
]
FAULTS: tuple[FaultKind, ...] = get_args(FaultKind)

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"


@dataclass
class Fault:
    """One fault: its kind, its route, how often it happens (`times`; None: always), and after how many requests."""

    kind: FaultKind
    route: str
    times: int | None = 1
    after: int = 0
    when: When = "before"
    """Whether the fault happens before or after the request has its effect."""
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    broken: Breaks | None = None
    """The way in which the answer is sent; None: as it should be."""
    lie: Lie | None = None
    """The change of a list; None: no change."""

    def matches(self, route: str) -> bool:
        """Return whether this fault is for requests to `route`."""
        method, _, path = self.route.partition(" ")
        return self.route in ("*", route) or (path == "*" and route.startswith(f"{method} "))


class Faults:
    """The faults that are still to happen, in the order of their requests. Thread-safe."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault. Raises `ValueError` for an unknown route, an unknown `when`, or invalid counts."""
        fault.route = known(fault.route)
        if (fault.times is not None and fault.times < 1) or fault.after < 0:
            raise ValueError("times must be at least 1 (or None) and after at least 0")
        if fault.when not in ("before", "after"):
            raise ValueError(f"when must be 'before' or 'after', not {fault.when!r}")
        with self._lock:
            self._waiting.append(fault)

    def take(self, route: str | None) -> Fault | None:
        """Return the fault for this request, or None: the first matching one that has let enough requests pass."""
        with self._lock:
            for fault in self._waiting:
                if not fault.matches(route or ""):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)


async def inject(
    fault: Fault | None, process: Callable[[], Awaitable[Answer]], pause: Callable[[float], Awaitable[None]]
) -> Delivery:
    """Answer a request under a fault (or none), and return what to send.

    `process` handles the request, including its effect. `pause` waits for a number of seconds.
    """
    if fault is None:
        return Delivery(await process())
    if fault.when == "before" and fault.kind == "hang":
        await pause(fault.seconds)
        return Delivery(await process())
    if fault.when == "before" and fault.kind in ("fail", "drop"):
        return Delivery(_failed(fault) if fault.kind == "fail" else None)
    return _changed(fault, await process())


def _changed(fault: Fault, answer: Answer) -> Delivery:
    """Return the delivery of an answer that a fault changes after the request had its effect."""
    if fault.kind == "fail":
        return Delivery(_failed(fault))
    if fault.kind == "drop":
        return Delivery(None)
    if fault.kind == "not_json":
        return Delivery(Answer(answer.status, _HTML, media_type="text/html"))
    if fault.lie is not None:
        return Delivery(tell(answer, fault.lie))
    return Delivery(answer, fault.seconds, fault.broken)


def _failed(fault: Fault) -> Answer:
    headers = dict(fault.headers)
    body = errors.injected(fault.status) if fault.body is None else fault.body
    if isinstance(body, str):
        return Answer(fault.status, body.encode(), headers, "text/html")
    return json_answer(fault.status, body, headers)
