"""One key on Daily: its domain, asked for once, and what was read of its objects."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal, Protocol

from ..api import BadResponse
from ..objects.domain import DOMAIN_CONFIG
from ..objects.spec import DOMAIN, DOMAIN_ID, ObjectSpec
from ..ownership import Claims
from .adoption import Sending
from .errors import DomainMismatch
from .reader import Caller, Reader
from .snapshot import Snapshot
from .writes import Writes

Adoption = Literal["never", "as-asked", "always"]
"""What a run may take over that exists already: nothing, what was made through the API exactly as the program says (the
leftovers of an interrupted run), or everything."""


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


_UNHEARD: Progress = SimpleNamespace(advance=lambda count=1: None)


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
        claims: Claims | None = None,
        adoption: Adoption = "never",
    ) -> None:
        self.api = api
        self.claims = Claims() if claims is None else claims
        self._adoption = adoption
        self.ended: set[str] = set()
        """Names of rooms that are ours by the state and that Daily does not show: it may keep the names of those that
        expired, and they may be freed."""
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
        self._first_sending: Sending | None = None

    def progress(self, unit: str, total: int) -> AbstractContextManager[Progress]:
        """Around work of ``total`` units (a word in the plural)."""
        return nullcontext(_UNHEARD) if self._progress is None else self._progress(unit, total=total)

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

    def sending(self) -> Sending:
        """Begin to measure the span of a request, by Daily's clock."""
        with self._lock:
            sending = Sending(self.api.server_time)
            self._first_sending = self._first_sending or sending
        return sending

    def may_have_made(self, spec: ObjectSpec, live: Mapping[str, Any]) -> bool:
        """Return whether an object is so new that a request of this run may have made it."""
        return self._first_sending is not None and self._first_sending.made(spec, live)

    def adopts(self, inputs: Mapping[str, Any], *, as_asked: bool) -> bool:
        """Return whether an object that exists may be taken over: the resource or the whole run asks for it."""
        return (
            bool(inputs.get("adopt_existing"))
            or self._adoption == "always"
            or (self._adoption == "as-asked" and as_asked)
        )

    def looks_ahead(self, inputs: Mapping[str, Any]) -> bool:
        """Return whether a preview should look for what a create of these inputs would take over."""
        return bool(inputs.get("adopt_existing")) or self._adoption != "never"

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
        """Return the key's domain."""
        live = self.live_domain()
        identity = live.get("domain_id")
        return Domain(str(live.get("domain_name", "")), identity if isinstance(identity, str) else "")

    def guard(self, what: str, outs: Mapping[str, Any]) -> Domain:
        """Return the key's domain when it is the one that ``outs`` remembers; else raise :class:`DomainMismatch`."""
        domain = self.domain()
        recorded, recorded_id = outs.get(DOMAIN), outs.get(DOMAIN_ID)
        recorded_id = recorded_id if isinstance(recorded_id, str) and recorded_id else None
        if recorded_id and domain.id:
            if recorded_id != domain.id:
                raise DomainMismatch.of_object(what, _named(recorded, recorded_id), _named(domain.name, domain.id))
        elif recorded and recorded != domain.name:
            raise DomainMismatch.of_object(what, _named(recorded), _named(domain.name))
        return domain


def _named(name: Any, identity: str = "") -> str:
    return " ".join(([f'"{name}"'] if name else []) + ([f"(id {identity})"] if identity else []))
