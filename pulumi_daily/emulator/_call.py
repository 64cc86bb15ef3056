"""Types shared by the modules with Daily's rules: `Call` (a request without HTTP), handlers, and `Kind`."""

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
    """The name in tests and the name of the collection, such as `webhooks`."""
    fill: Callable[[Domain, Values], Values]
    """Returns the values of an object created without a request, completed with those that Daily generates."""
    id_key: str = "id"
    """Daily's name of the id."""


@dataclass
class Call:
    """One request: the domain of its key, path parameters, query, and parsed JSON body (`{}` without one)."""

    backend: Backend
    domain: Domain
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=dict)

    @property
    def switches(self) -> Switches:
        """Return the present switches."""
        return self.backend.switches

    @property
    def now(self) -> float:
        """Return the time of the emulator's clock in Unix seconds."""
        return self.backend.clock.now()


Handler = Callable[[Call], Any]
"""Returns the JSON body of the 200 (or `EMPTY`), or raises `Problem`. It is called with the backend's lock held.

A handler that has to send a request itself (a test call to the user's URL) is a generator function whose return value
is the body: see `Steps`.
"""

Work = Callable[[], Any]
Steps = Generator[Work, Any, Any]
"""In `answer = yield work`, `work` runs in a thread, without the lock, while other requests are answered. The state may
change meanwhile, so a handler checks it again before it writes.
"""

EMPTY = object()
"""The result of a handler whose answer has no body."""
