"""One Daily API key: its domain, and the reads and writes of its objects."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Protocol

from ...api import BadResponse
from ...objects.domain import DOMAIN_CONFIG
from ...objects.spec import ObjectSpec
from ...ownership import Adoption, Claims
from ..decide.adoption import Sending
from ..errors import AccountNames, DomainMismatch
from ..state import Domain, LiveView, ResourceState
from .lag import ReadLag
from .reader import Caller, Reader
from .snapshot import Snapshot
from .writes import Writes


@dataclass(frozen=True)
class Signer:
    """Functions that use the key itself and send no request; both take a domain id first."""

    sign: Callable[[str, Mapping[str, Any], int], str]
    """Returns a meeting token with the properties, issued at a time (Unix seconds)."""
    is_valid: Callable[[str, str], bool]
    """Returns whether a token was signed with this key for this domain."""


class Progress(Protocol):
    """A counter of the finished units of a long task; thread-safe."""

    def advance(self, count: int = 1) -> None: ...


_NO_PROGRESS: Progress = SimpleNamespace(advance=lambda count=1: None)


class Account:
    """The state of one API key in a process, shared by all threads.

    ``api`` is a ``pulumi_daily.api.Client`` or an object with the same interface. ``progress`` reports the progress of
    tasks with many requests. ``expected_wait`` returns the seconds that a call of a route would wait for its rate limit
    now. ``spawn`` runs a function in a thread (which reads long lists ahead). ``read_lag`` are the seconds after which
    a new object must be visible; ``pause`` waits for seconds. ``names`` are for messages.
    """

    def __init__(
        self,
        api: Caller,
        *,
        expected_domain: str | None = None,
        signer: Signer | None = None,
        progress: Callable[..., AbstractContextManager[Progress]] | None = None,
        expected_wait: Callable[[str], float] | None = None,
        spawn: Callable[[Callable[[], None]], None] | None = None,
        claims: Claims | None = None,
        adoption: Adoption = "never",
        read_lag: float = 0.0,
        pause: Callable[[float], None] = time.sleep,
        names: AccountNames = AccountNames(),  # noqa: B008 - immutable
    ) -> None:
        self.api = api
        self.claims = Claims() if claims is None else claims
        self.lag = ReadLag(read_lag, server_time=api.server_time, pause=pause)
        self._adoption = adoption
        self.ended: set[str] = set()
        """Names of rooms that the state contains and Daily does not return. Daily may still reserve the name of an
        expired room; a create may free such a name.
        """
        self.signer = signer
        self._progress = progress
        self._expected_wait = expected_wait
        self._spawn = spawn
        self._expected = expected_domain
        self._names = names
        self._lock = threading.Lock()
        self._domain_lock = threading.Lock()
        self._domain: Mapping[str, Any] | None = None
        self._snapshots: dict[str, Snapshot] = {}
        self._writes: dict[str, Writes] = {}
        self._first_sending: Sending | None = None

    def progress(self, unit: str, total: int) -> AbstractContextManager[Progress]:
        """Return a context for a task of ``total`` units (``unit`` is a plural word), whose progress is logged."""
        return nullcontext(_NO_PROGRESS) if self._progress is None else self._progress(unit, total=total)

    def reader(self, spec: ObjectSpec) -> Reader:
        """Return a reader of one kind of object, without a cache."""
        return Reader(self.api, spec)

    def snapshot(self, spec: ObjectSpec) -> Snapshot:
        """Return the snapshot of one kind of object."""
        with self._lock:
            if spec.kind not in self._snapshots:
                self._snapshots[spec.kind] = Snapshot(self.reader(spec), spawn=self._spawn)
            return self._snapshots[spec.kind]

    def writes(self, spec: ObjectSpec) -> Writes:
        """Return the creates and deletes of one kind of object."""
        with self._lock:
            return self._writes.setdefault(spec.kind, Writes(self.api, spec, expected_wait=self._expected_wait))

    def sending(self) -> Sending:
        """Return the span of a request that begins now, by Daily's clock."""
        with self._lock:
            sending = Sending(self.api.server_time)
            self._first_sending = self._first_sending or sending
        return sending

    def may_have_made(self, live: LiveView) -> bool:
        """Return whether an object is so new that a request of this run may have created it."""
        return self._first_sending is not None and self._first_sending.made(live)

    def adopts(self, inputs: Mapping[str, Any], *, as_asked: bool) -> bool:
        """Return whether an existing object may be taken over, by the resource's inputs or for the whole run."""
        return (
            bool(inputs.get("adopt_existing"))
            or self._adoption == "always"
            or (self._adoption == "as-asked" and as_asked)
        )

    def looks_ahead(self, inputs: Mapping[str, Any]) -> bool:
        """Return whether a preview should search for objects that a create of these inputs would take over."""
        return bool(inputs.get("adopt_existing")) or self._adoption != "never"

    # -- the domain: read once, both for the guard and for its settings ----------------------------------------------

    def live_domain(self, *, again: bool = False) -> Mapping[str, Any]:
        """Return Daily's ``{"domain_name", "domain_id", "config"}``, which is read once, or again with ``again``.

        Raises :class:`DomainMismatch` when the configured domain is not the key's.
        """
        with self._domain_lock:
            if self._domain is None or again:
                answer = self.api.call(DOMAIN_CONFIG.routes.read)
                if not isinstance(answer, Mapping) or not answer.get("domain_name"):
                    raise BadResponse(f"the answer to {DOMAIN_CONFIG.routes.read} is not a domain")
                self._domain = answer
            live = self._domain
        name = str(live.get("domain_name", ""))
        if self._expected and self._expected != name:
            raise DomainMismatch.of_config(self._expected, name, self._names)
        return live

    def put_domain(self, config: Mapping[str, Any] | None) -> None:
        """Store the domain's settings after a write; None: the next operation reads them again."""
        with self._domain_lock:
            if self._domain is not None:
                self._domain = None if config is None else {**self._domain, "config": config}

    def check_domain(self) -> None:
        """Raise :class:`DomainMismatch` when the configured domain is not the key's; without one, send nothing."""
        if self._expected:
            self.domain()

    def domain(self) -> Domain:
        """Return the key's domain."""
        live = self.live_domain()
        identity = live.get("domain_id")
        return Domain(str(live.get("domain_name", "")), identity if isinstance(identity, str) else "")

    def guard(self, what: str, state: ResourceState) -> Domain:
        """Return the key's domain when it is the one in the state; else raise :class:`DomainMismatch`."""
        domain, recorded = self.domain(), state.domain or Domain()
        if recorded.id and domain.id:
            if recorded.id != domain.id:
                raise DomainMismatch.of_object(what, _named(recorded), _named(domain), self._names)
        elif recorded.name and recorded.name != domain.name:
            raise DomainMismatch.of_object(what, f'"{recorded.name}"', f'"{domain.name}"', self._names)
        return domain


def _named(domain: Domain) -> str:
    return " ".join(([f'"{domain.name}"'] if domain.name else []) + [f"(id {domain.id})"])
