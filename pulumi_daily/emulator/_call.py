"""Shared by the modules with Daily's rules: `Call` (a request without HTTP), handlers, and `Kind`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._state import Backend, Domain
from ._store import Values
from ._switches import Switches


@dataclass(frozen=True)
class Kind:
    """One kind of object, for changes without a request (`Emulator.add`, `objects`, `edit`, `remove`)."""

    name: str
    """The name that tests use, and that of the collection: `webhooks`."""
    fill: Callable[[Domain, Values], Values]
    """Returns the values of an object that is made without a request, completed with those that Daily makes."""
    id_key: str = "id"
    """Daily's name of the id."""


@dataclass
class Call:
    """One request: the domain whose key it has, path parameters, query, and parsed JSON body (`{}` without one)."""

    backend: Backend
    domain: Domain
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=dict)

    @property
    def switches(self) -> Switches:
        """Return the switches at this moment."""
        return self.backend.switches

    @property
    def now(self) -> float:
        """Return the time of the emulator's clock in unix seconds."""
        return self.backend.clock.now()


Handler = Callable[[Call], Any]
"""Returns the JSON body of the 200 (or `EMPTY`), or raises `Problem`. It is called under the backend's lock.

A handler that has to make a request itself (a test call to an address of the user's) is a generator function, whose
return value is the body: see `Steps`.
"""

Work = Callable[[], Any]
Steps = Generator[Work, Any, Any]
"""In `answer = yield work`, `work` runs in a thread, without the lock, while other requests are answered. The state may
have changed meanwhile, so a handler checks again before it writes."""

EMPTY = object()
"""Returned by a handler whose answer has no body."""
