"""What a handler gets: one checked request, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._state import Backend, Domain
from ._switches import Switches


@dataclass
class Call:
    """One request: who asks (`domain`), path parameters, query, parsed JSON body (`{}` when there was none)."""

    backend: Backend
    domain: Domain
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=dict)

    @property
    def switches(self) -> Switches:
        """The switches at this moment."""
        return self.backend.switches

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.backend.clock.now()


Handler = Callable[[Call], Any]
"""Gives the JSON body of the 200 (or `EMPTY`), or raises `Problem`. It runs under the backend's lock.

A handler that has to ask the outside (a test call to an address of the user's) is a generator function, whose return
value is the body: see `Steps`.
"""

Work = Callable[[], Any]
Steps = Generator[Work, Any, Any]
"""`answer = yield work`: `work` runs in a thread, without the lock, while other requests are answered. What was looked
at before may have changed since, so a handler checks again before it commits."""

EMPTY = object()
"""In place of a JSON body: no body at all."""
