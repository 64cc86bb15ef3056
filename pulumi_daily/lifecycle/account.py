"""One key on Daily: its domain, asked for once, and what was read of its objects."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from ..api import BadResponse
from ..objects.domain import DOMAIN_CONFIG
from ..objects.spec import DOMAIN, DOMAIN_ID, ObjectSpec
from .errors import DomainMismatch
from .reader import Caller, Reader
from .snapshot import Snapshot
from .writes import Writes


@dataclass(frozen=True)
class Domain:
    """The domain a key belongs to."""

    name: str
    id: str


@dataclass(frozen=True)
class Signer:
    """What can be done with the key itself, without a request: both take a domain id first."""

    sign: Callable[[str, Mapping[str, Any], int], str]
    """A meeting token of properties, issued at a moment (unix seconds)."""
    is_valid: Callable[[str, str], bool]
    """Whether a token was signed with this key for this domain."""


class Progress(Protocol):
    """Where work of a known size says how far it is; thread-safe."""

    def advance(self, count: int = 1) -> None: ...


class _Unheard:
    def advance(self, count: int = 1) -> None:
        return


class Account:
    """Shared by all threads. ``api`` is a ``pulumi_daily.api.Client`` or what calls like one.

    ``progress`` and ``forecast`` are the limiter's: what is to be said while many requests wait, and how long a call of
    a route would wait now. ``beside`` runs what it is given in a thread of its own (long lists are read ahead there).
    """

    def __init__(
        self,
        api: Caller,
        *,
        expected_domain: str | None = None,
        signer: Signer | None = None,
        progress: Callable[..., AbstractContextManager[Progress]] | None = None,
        forecast: Callable[[str], float] | None = None,
        beside: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self.api = api
        self.signer = signer
        self._progress = progress
        self._forecast = forecast
        self._beside = beside
        self._expected = expected_domain
        self._lock = threading.Lock()
        self._domain_lock = threading.Lock()
        self._domain: Mapping[str, Any] | None = None
        self._snapshots: dict[str, Snapshot] = {}
        self._writes: dict[str, Writes] = {}
        self._claimed: set[str] = set()
        self._taken_over: set[tuple[str, str]] = set()

    def progress(self, unit: str, total: int) -> AbstractContextManager[Progress]:
        """Around work of ``total`` units (a word in the plural)."""
        return nullcontext(_Unheard()) if self._progress is None else self._progress(unit, total=total)

    def reader(self, spec: ObjectSpec) -> Reader:
        """The reads of one kind of object, nothing of it kept."""
        return Reader(self.api, spec)

    def snapshot(self, spec: ObjectSpec) -> Snapshot:
        """What was read of one kind of object."""
        with self._lock:
            if spec.kind not in self._snapshots:
                self._snapshots[spec.kind] = Snapshot(self.reader(spec), beside=self._beside)
            return self._snapshots[spec.kind]

    def writes(self, spec: ObjectSpec) -> Writes:
        """The creates and deletes of one kind of object."""
        with self._lock:
            return self._writes.setdefault(spec.kind, Writes(self.api, spec, forecast=self._forecast))

    def claim(self, what: str) -> bool:
        """Whether nobody else of this process has claimed it: the first one may have it."""
        with self._lock:
            mine = what not in self._claimed
            self._claimed.add(what)
            return mine

    def take_over(self, kind: str, identities: Iterable[str]) -> None:
        """A resource of this run now stands for objects that were there already."""
        with self._lock:
            self._taken_over.update((kind, identity) for identity in identities)

    def is_taken_over(self, kind: str, identity: str) -> bool:
        """Whether a resource of this run took it over: Pulumi deletes last, and an object that moved from one resource
        to another must outlive the first one's delete."""
        with self._lock:
            return (kind, identity) in self._taken_over

    # -- the domain: read once, for the guard and for its settings alike ----------------------------------------------

    def live_domain(self, *, anew: bool = False) -> Mapping[str, Any]:
        """Daily's ``{"domain_name", "domain_id", "config"}``, asked once, or now with ``anew``; raises
        :class:`DomainMismatch` when the configuration names another domain than the key's."""
        with self._domain_lock:
            if self._domain is None or anew:
                answer = self.api.call(DOMAIN_CONFIG.routes.read)
                if not isinstance(answer, Mapping) or not answer.get("domain_name"):
                    raise BadResponse(f"the answer to {DOMAIN_CONFIG.routes.read} is not a domain")
                self._domain = answer
            live = self._domain
        name = str(live.get("domain_name", ""))
        if self._expected and self._expected != name:
            raise DomainMismatch.of_config(self._expected, name)
        return live

    def put_domain(self, config: Mapping[str, Any] | None) -> None:
        """Reflect a change of the domain's settings; None: read them again the next time."""
        with self._domain_lock:
            if self._domain is not None:
                self._domain = None if config is None else {**self._domain, "config": config}

    def domain(self) -> Domain:
        """The key's domain."""
        live = self.live_domain()
        return Domain(str(live.get("domain_name", "")), str(live.get("domain_id", "")))

    def guard(self, what: str, outs: Mapping[str, Any]) -> Domain:
        """The key's domain, when it is the one that ``outs`` remembers; else :class:`DomainMismatch`."""
        domain = self.domain()
        recorded, recorded_id = outs.get(DOMAIN), outs.get(DOMAIN_ID)
        ids_differ = recorded_id and domain.id and recorded_id != domain.id
        names_differ = recorded and recorded != domain.name and not (recorded_id and domain.id)
        if ids_differ or names_differ:
            raise DomainMismatch.of_object(what, str(recorded or recorded_id), domain.name)
        return domain
