"""Faults that a test asks for: error answers, lost connections, hanging, broken bodies."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Literal

from ._routes import known

When = Literal["before", "after"]
Kind = Literal["fail", "drop", "hang", "truncate", "not_json"]


@dataclass
class Fault:
    """One fault: what happens, where (`route`), how often (`times`; None is always), after how many requests."""

    kind: Kind
    route: str
    times: int | None = 1
    after: int = 0
    when: When = "before"
    """Before the request had its effect, or after."""
    status: int = 500
    retry_after: float | None = None
    body: Any = None
    seconds: float = 0.0

    def matches(self, route: str) -> bool:
        """Whether this fault is about a request to `route`."""
        method, _, path = self.route.partition(" ")
        return self.route in ("*", route) or (path == "*" and route.startswith(f"{method} "))


class Faults:
    """The faults that are still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Ask for a fault. Raises `ValueError` for a route that does not exist, or counts that make no sense."""
        fault.route = known(fault.route)
        if (fault.times is not None and fault.times < 1) or fault.after < 0:
            raise ValueError("times must be at least 1 (or None) and after at least 0")
        if fault.when not in ("before", "after"):
            raise ValueError(f"when must be 'before' or 'after', not {fault.when!r}")
        with self._lock:
            self._waiting.append(fault)

    def take(self, route: str | None) -> Fault | None:
        """The fault for this request, if any: the first one that matches and has let enough requests pass."""
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
        """Forget all faults."""
        with self._lock:
            self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)
