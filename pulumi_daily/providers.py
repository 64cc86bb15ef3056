"""The adapters between Pulumi's dynamic providers and ``lifecycle``.

**The dotted paths of the classes here are frozen.** Pulumi stores each provider pickled by reference in the state of
every resource; a renamed class could no longer be refreshed or destroyed. Classes may be added, never moved or renamed
(golden tests hold them). They carry no instance state, so that the pickle is the same on every Python and after every
release; clients, locks and caches are made in ``configure`` and shared by all providers of the process.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown
from pulumi.runtime import rpc

from .api import Client, ConfigurationError, RetryPolicy, Secret
from .api import DailyError as ApiFailure
from .lifecycle import Account, Applier, Drift, LifecycleError, Plan, Signer, check, diff
from .lifecycle.apply import label_of
from .lifecycle.collection import CollectionApplier
from .lifecycle.phone_numbers import PhoneNumberApplier
from .lifecycle.room_set import RoomSetApplier
from .lifecycle.room_set_plan import past_moments
from .lifecycle.singleton import SingletonApplier
from .lifecycle.sip_clients import SipClientApplier
from .lifecycle.tokens import TokenApplier, hopeless
from .lifecycle.tokens import plan as plan_token
from .objects.dialin import DIALIN_CONFIG
from .objects.domain import DOMAIN_CONFIG
from .objects.meeting_token import MEETING_TOKEN
from .objects.phone_number import PHONE_NUMBER
from .objects.room import ROOM
from .objects.room_set import ROOM_SET
from .objects.sip_client import SIP_CLIENT
from .objects.sip_trunk import SIP_TRUNK
from .objects.spec import ObjectSpec
from .objects.validation import Failure
from .objects.values import UNKNOWN, Path, format_path, parse_path
from .objects.webhook import WEBHOOK
from .settings import MISSING_KEY, Settings, limiter_of, read_settings

HIDDEN_INPUT = "__daily"
"""Input with what a provider cannot learn otherwise: ``auto_name`` and the resource's ``ignore_changes``."""


class DailyError(Exception):
    """What Pulumi shows of a failed operation: one readable line, without secrets."""


# Pulumi prints the exception's full name; "DailyError: …" is what a reader wants to see of it.
DailyError.__module__ = "builtins"


class Connection:
    """One configuration in this process: its account and the log lines already written. Shared by all threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._account: Account | None = None
        self._lock = threading.Lock()
        self._said: set[str] = set()

    @property
    def reachable(self) -> bool:
        """Whether Daily may and can be asked."""
        return not self.settings.offline and self.settings.api_key is not None

    def account(self) -> Account:
        """The account of the key; made on first use, because Pulumi configures providers it may never need."""
        if self.settings.offline:
            raise ConfigurationError("daily:offline is set: only previews work. Unset it to deploy")
        if self.settings.api_key is None:
            raise ConfigurationError(MISSING_KEY)
        with self._lock:
            if self._account is None:
                limiter = limiter_of(self.settings, self.settings.api_key, self.info)
                client = Client(
                    self.settings.api_key,
                    api_url=self.settings.api_url,
                    limiter=limiter,
                    retry=RetryPolicy(budget=self.settings.max_retry_seconds),
                    timeout=(min(5.0, self.settings.request_timeout), self.settings.request_timeout),
                )
                self._account = Account(
                    client,
                    expected_domain=self.settings.domain,
                    signer=_signer(self.settings.api_key),
                    progress=limiter.progress,
                    forecast=client.would_wait,
                    beside=_beside,
                )
            return self._account

    def warn_once(self, line: str) -> None:
        """A warning, the first time it is said in this process."""
        with self._lock:
            if line in self._said:
                return
            self._said.add(line)
        pulumi.log.warn(line)

    def info(self, line: str) -> None:
        """A line of information; Pulumi has no resource to show it under, so it must name what it is about."""
        pulumi.log.info(line)

    def state_only(self) -> None:
        """Say once that this preview looks at the state alone, and why."""
        why = "daily:offline is set" if self.settings.offline else "no Daily API key is configured"
        self.warn_once(f"{why}: existing objects are compared with the state alone, drift on Daily is not seen")


def _beside(work: Callable[[], None]) -> None:
    """Run something in a thread that does not keep the process alive."""
    threading.Thread(target=work, name="pulumi-daily-ahead", daemon=True).start()


def _signer(key: Secret) -> Signer:
    """What tokens are signed with; the module is loaded by the first token that is."""

    def sign(domain_id: str, properties: Mapping[str, Any], issued_at: int) -> str:
        from . import tokens

        return tokens.sign(key.reveal(), domain_id, properties, issued_at=issued_at)

    def is_valid(domain_id: str, token: str) -> bool:
        from . import tokens

        try:
            tokens.verify(token, key.reveal(), domain_id, now=0.0, ignore_nbf=True)
        except tokens.TokenError:
            return False
        return True

    return Signer(sign, is_valid)


_connections: dict[Settings, Connection] = {}
_connections_lock = threading.Lock()


def connect(req: ConfigureRequest) -> Connection:
    """The process's connection for a configuration."""
    settings = read_settings(req.config.get, os.environ)
    with _connections_lock:
        return _connections.setdefault(settings, Connection(settings))


class DailyProvider(ResourceProvider):
    """What all providers of this package share; each kind of object is a subclass that names its description."""

    serialize_as_secret_always = False  # nothing secret is in a pickle by reference; and then it stays readable
    spec: ClassVar[ObjectSpec]
    applier: ClassVar[type[Applier]] = Applier
    _connection: Connection

    def configure(self, req: ConfigureRequest) -> None:
        with _readable(None):
            self._connection = connect(req)
        if not self._connection.settings.debug:
            # Pulumi prints the traceback of a failed operation; this leaves the line that matters.
            sys.tracebacklimit = 0

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        olds, _ = from_wire(_olds)
        inputs, hidden = from_wire(news)
        with _readable(self._connection):
            checked = check(self.spec, olds, inputs, time.time())
            failures = [*checked.failures, *self._more_failures(olds, checked.inputs)]
        result = to_wire({**checked.inputs, **hidden})
        return CheckResult(result, [CheckFailure(format_path(f.path), f.reason) for f in failures])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        olds, _ = from_wire(_olds)
        news, hidden = from_wire(_news)
        connection = self._connection
        with _readable(connection):
            if connection.reachable:
                plan = self._applier().plan(_id, olds, news, ignored=_ignored(hidden))
            else:
                connection.state_only()
                plan = self._state_plan(_id, olds, news)
        for drift in plan.drift:
            connection.warn_once(self._line(drift, label_of(self.spec, _id, olds)))
        for note in plan.notes:
            connection.warn_once(note)
        return DiffResult(
            changes=plan.changes,
            replaces=list(plan.replaces),
            delete_before_replace=plan.delete_before_replace,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        inputs, hidden = from_wire(props)
        with _readable(self._connection):
            auto_named = bool((hidden.get(HIDDEN_INPUT) or {}).get("auto_name"))
            identity, outs = self._applier().create(inputs, auto_named=auto_named)
        return CreateResult(identity, {**outs, **hidden})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        outs, hidden = from_wire(props)
        connection = self._connection
        with _readable(connection):
            if connection.settings.offline:
                connection.state_only()
                return ReadResult(id_, {**outs, **hidden})
            found = self._applier().read(id_, outs)
        if found is None:
            return ReadResult("", {})
        return ReadResult(id_, {**found[0], **hidden}, {**found[1], **hidden})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        olds, _ = from_wire(_olds)
        news, hidden = from_wire(_news)
        with _readable(self._connection):
            outs = self._applier().update(_id, olds, news, ignored=_ignored(hidden))
        return UpdateResult({**outs, **hidden})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        outs, _ = from_wire(_props)
        with _readable(self._connection):
            self._applier().delete(_id, outs)

    def _applier(self) -> Applier:
        connection = self._connection
        return self.applier(self.spec, connection.account(), now=time.time, warn=connection.warn_once)

    # -- what kinds of objects do differently

    def _more_failures(self, olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Failure]:
        """What is wrong with inputs beyond what the field models say."""
        return []

    def _state_plan(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Plan:
        """The plan when Daily cannot be asked."""
        return diff(self.spec, olds, news, None, name=name, known=False, now=time.time())

    def _line(self, drift: Drift, name: str) -> str:
        return drift.line(self.spec, name)


class RoomProvider(DailyProvider):
    """Rooms."""

    spec = ROOM


class RoomSetProvider(DailyProvider):
    """Many rooms as one resource."""

    spec = ROOM_SET
    applier = RoomSetApplier

    def _more_failures(self, olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Failure]:
        return past_moments(olds, inputs, time.time())

    def _line(self, drift: Drift, name: str) -> str:
        return drift.line(ROOM, name)


class DomainConfigProvider(DailyProvider):
    """The settings of the domain."""

    spec = DOMAIN_CONFIG
    applier = SingletonApplier


class WebhookProvider(DailyProvider):
    """Webhooks."""

    spec = WEBHOOK
    applier = CollectionApplier


class DialinConfigProvider(DailyProvider):
    """Dial-in configurations."""

    spec = DIALIN_CONFIG
    applier = CollectionApplier


class PhoneNumberProvider(DailyProvider):
    """Phone numbers."""

    spec = PHONE_NUMBER
    applier = PhoneNumberApplier


class SipTrunkProvider(DailyProvider):
    """SIP trunks."""

    spec = SIP_TRUNK
    applier = CollectionApplier


class SipClientProvider(DailyProvider):
    """SIP clients."""

    spec = SIP_CLIENT
    applier = SipClientApplier


class MeetingTokenProvider(DailyProvider):
    """Meeting tokens."""

    spec = MEETING_TOKEN
    applier = TokenApplier

    def _more_failures(self, olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Failure]:
        return hopeless(inputs, time.time())

    def _state_plan(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Plan:
        return plan_token(self.spec, olds, news, time.time())


PROVIDERS: tuple[type[DailyProvider], ...] = (
    RoomProvider,
    RoomSetProvider,
    DomainConfigProvider,
    WebhookProvider,
    DialinConfigProvider,
    PhoneNumberProvider,
    SipTrunkProvider,
    SipClientProvider,
    MeetingTokenProvider,
)
"""One provider for each kind of object."""


def serialized(provider: type[DailyProvider]) -> str:
    """The string that Pulumi stores for a provider class (the ``__provider`` of an import file)."""
    return str(pulumi.dynamic.dynamic.serialize_provider(provider()))


def from_wire(props: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pulumi's values as ours, and apart from them the keys that are Pulumi's or hidden (``__…``)."""
    own: dict[str, Any] = {}
    hidden: dict[str, Any] = {}
    for key, value in props.items():
        (hidden if key.startswith("__") else own)[key] = _from_wire(value)
    return own, {key: value for key, value in hidden.items() if key != "__provider"}


def _from_wire(value: Any) -> Any:
    if value is None or type(value) in (str, bool):
        return value  # most values, at once
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, dict):
        if rpc.is_rpc_secret(value):
            return _from_wire(rpc.unwrap_rpc_secret(value))
        return {key: _from_wire(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)  # the wire has one number type; what check made an int comes back to create as a float
    return [_from_wire(item) for item in value] if isinstance(value, list | tuple) else value


def to_wire(value: Any) -> Any:
    """Our values as Pulumi's."""
    if value is UNKNOWN:
        return Unknown()  # type: ignore[no-untyped-call]
    if isinstance(value, Mapping):
        return {key: to_wire(item) for key, item in value.items()}
    return [to_wire(item) for item in value] if isinstance(value, list | tuple) else value


def _ignored(hidden: Mapping[str, Any]) -> tuple[Path, ...]:
    paths = (hidden.get(HIDDEN_INPUT) or {}).get("ignore_changes") or []
    return tuple(parse_path(path) for path in paths if isinstance(path, str))


@contextmanager
def _readable(connection: Connection | None) -> Iterator[None]:
    """Errors as one line for a person. With daily:debug, what caused them stays attached."""
    try:
        yield
    except (ApiFailure, LifecycleError) as error:
        if connection is not None and connection.settings.debug:
            raise DailyError(str(error)) from error
        raise DailyError(str(error)) from None
