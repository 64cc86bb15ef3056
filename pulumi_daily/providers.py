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
from dataclasses import replace
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

from ._wire import carried, from_wire, to_wire
from .api import Client, ConfigurationError, RetryPolicy, Secret, printable
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
from .objects.spec import Claim, ObjectSpec
from .objects.validation import Failure
from .objects.values import format_path, parse_path, path_matches
from .objects.warnings import far_moments
from .objects.webhook import WEBHOOK
from .ownership import Claims, FileTakeovers, Hints, called
from .settings import MISSING_KEY, Settings, limiter_of, read_settings

HIDDEN_INPUT = "__daily"
"""Input with what a provider cannot learn otherwise, see :func:`hints_of`; ``auto_name``: the name was made."""


class DailyError(Exception):
    """What Pulumi shows of a failed operation: one readable line, without secrets."""


# Pulumi prints the exception's full name; "DailyError: …" is what a reader wants to see of it.
DailyError.__module__ = "builtins"


class Connection:
    """One configuration in this process: its account and the log lines already written. Shared by all threads.

    A configuration that is wrong is a connection with a ``problem``: the text to fail with, where it is used.
    """

    def __init__(self, settings: Settings, problem: str = "") -> None:
        self.settings = settings
        self.problem = problem
        self.claims = Claims(
            FileTakeovers(lambda: f"{settings.api_url} {self.account().domain()}") if settings.api_key else None
        )
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
                    claims=self.claims,
                    adoption=self.settings.adopt_existing,
                )
            return self._account

    def warn_once(self, line: str) -> None:
        """Write a warning, the first time it is said in this process."""
        line = printable(line)
        with self._lock:
            if line in self._said:
                return
            self._said.add(line)
        with _console:
            pulumi.log.warn(line)

    def info(self, line: str) -> None:
        """A line of information; Pulumi has no resource to show it under, so it must name what it is about."""
        with _console:
            pulumi.log.info(printable(line))

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


_console = threading.Lock()
"""Held while a line is written: Pulumi's SDK writes text and line end apart."""
_connections: dict[Settings, Connection] = {}
_connections_lock = threading.Lock()


def connect(req: ConfigureRequest) -> Connection:
    """Return the process's connection for a configuration."""
    try:
        settings = read_settings(req.config.get, os.environ)
    except ConfigurationError as error:
        return Connection(read_settings(lambda _: None, {}), str(error))
    with _connections_lock:
        return _connections.setdefault(settings, Connection(settings))


class DailyProvider(ResourceProvider):
    """What all providers of this package share; each kind of object is a subclass that names its description."""

    serialize_as_secret_always = False  # nothing secret is in a pickle by reference; and then it stays readable
    spec: ClassVar[ObjectSpec]
    applier: ClassVar[type[Applier]] = Applier
    _connection: Connection

    def configure(self, req: ConfigureRequest) -> None:
        self._connection = connect(req)
        if not self._connection.settings.debug:
            # Pulumi prints the traceback of a failed operation; this leaves the line that matters.
            sys.tracebacklimit = 0

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        olds, old_hidden = from_wire(_olds)
        inputs, hidden = from_wire(news)
        connection, spec = self._connection, self.spec
        own = _kept(old_hidden.get(HIDDEN_INPUT), hidden)
        if spec.id_input and own.get("auto_name") and old_hidden.get(HIDDEN_INPUT, {}).get("auto_name"):
            inputs[spec.id_input] = olds.get(spec.id_input, inputs.get(spec.id_input))
        hints = hints_of(hidden)
        with _readable(connection):
            now = time.time()
            checked = check(spec, olds, inputs, now)
            failures = [*checked.failures, *self._more_failures(olds, checked.inputs)]
            failures += _conflicts(spec, connection.claims, hints, olds, checked.inputs)
            if not failures:
                for path, reason in far_moments(spec.inputs, checked.inputs, now):
                    connection.warn_once(f"{own.get('owner', '').rpartition('::')[2]}: {format_path(path)} {reason}")
                self._announce(hints, olds, checked.inputs)
        result = to_wire({**checked.inputs, **hidden})
        return CheckResult(result, [CheckFailure(format_path(f.path), _reason(f, hints)) for f in failures])

    def _announce(self, hints: Hints, olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        """Say what these inputs would take over; where that cannot be read, the operation itself will say why."""
        if self._connection.reachable:
            try:
                lines = self._applier(hints).expected(olds, inputs)
            except (ApiFailure, LifecycleError) as error:
                lines = [f"what this run would take over is not known: {error}"]
            for line in lines:
                self._connection.warn_once(line)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        olds, before = from_wire(_olds)
        news, hidden = from_wire(_news)
        connection, hints = self._connection, replace(hints_of(hidden), took=hints_of(before).took)
        with _readable(connection):
            if connection.reachable:
                plan = self._applier(hints).plan(_id, olds, news)
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
        hints = hints_of(hidden)
        with _readable(self._connection):
            identity, outs = self._applier(hints).create(inputs)
        return CreateResult(carried(identity), {**carried(outs), **self._hidden(hints, hidden)})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        outs, hidden = from_wire(props)
        connection = self._connection
        with _readable(connection):
            if connection.settings.offline:
                connection.state_only()
                return ReadResult(id_, {**outs, **hidden})
            found = self._applier(hints_of(hidden)).read(id_, outs)
        if found is None:
            return ReadResult("", {})
        own = {key: value for key, value in (hidden.get(HIDDEN_INPUT) or {}).items() if key != "took"}
        inputs = {**carried(found[1]), **hidden, **({HIDDEN_INPUT: own} if own else {})}
        return ReadResult(id_, {**carried(found[0]), **hidden}, inputs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        olds, before = from_wire(_olds)
        news, hidden = from_wire(_news)
        hints = replace(hints_of(hidden), took=hints_of(before).took)
        with _readable(self._connection):
            outs = self._applier(hints).update(_id, olds, news)
        return UpdateResult({**carried(outs), **self._hidden(hints, hidden)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        outs, hidden = from_wire(_props)
        with _readable(self._connection):
            self._applier(hints_of(hidden)).delete(_id, outs)

    def _hidden(self, hints: Hints, hidden: dict[str, Any]) -> dict[str, Any]:
        """Return the hidden outputs: the hidden inputs, and the runs in which the resource took something over."""
        runs = self._connection.claims.runs_of(hints)
        return {**hidden, HIDDEN_INPUT: {**hidden.get(HIDDEN_INPUT, {}), "took": list(runs)}} if runs else hidden

    def _applier(self, hints: Hints) -> Applier:
        connection = self._connection
        return self.applier(self.spec, connection.account(), now=time.time, warn=connection.warn_once, hints=hints)

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


def hints_of(hidden: Mapping[str, Any]) -> Hints:
    """Read the hidden input (see ``resources._base.HiddenInput``). Whatever is in it, this raises nothing."""
    own = hidden.get(HIDDEN_INPUT)
    own = own if isinstance(own, Mapping) else {}
    lists = {name: [text for text in _list(own.get(name)) if isinstance(text, str)] for name in _LISTS}
    ignored, secret = (tuple(map(parse_path, lists[name])) for name in ("ignore_changes", "secrets"))
    owner = own.get("owner")
    name = owner if isinstance(owner, str) else ""
    took = tuple(lists["took"])
    retain, may_replace = (bool(own.get(name)) for name in ("retain", "replace_on_changes"))
    return Hints(name, tuple(lists["formerly"]), ignored, secret, took, retain, may_replace)


_LISTS = ("formerly", "ignore_changes", "secrets", "took")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _kept(old: Any, hidden: dict[str, Any]) -> dict[str, Any]:
    """Hand on, from the hidden input of the last run to that of this one, who the resource was before."""
    own = hidden.get(HIDDEN_INPUT)
    if not isinstance(own, dict):
        return {}
    before = hints_of({HIDDEN_INPUT: old})
    formerly = sorted({*before.formerly, before.owner} - {own.get("owner"), ""})
    if formerly:
        own["formerly"] = formerly
    return own


def _conflicts(
    spec: ObjectSpec, claims: Claims, hints: Hints, olds: Mapping[str, Any], inputs: Mapping[str, Any]
) -> list[Failure]:
    """Return a failure for each object that another resource of this run stands for as well."""
    if not hints.owner:
        return []
    found = claims.declare(hints, spec.claims_of(olds), spec.claims_of(inputs), renames=bool(spec.replaces))
    failures = []
    for claim, other, passing in found:
        place = (_PARTS[spec.kind], claim[1]) if spec.kind in _PARTS else (spec.id_input or spec.distinct[0][0],)
        failures.append(Failure(place, "rule", _conflict(spec, claim, hints, other, passing)))
    return failures


_PARTS = {ROOM_SET.kind: "rooms", DOMAIN_CONFIG.kind: "properties"}
"""The inputs of kinds that stand for several things, each under its name."""


def _conflict(spec: ObjectSpec, claim: Claim, hints: Hints, other: str, passing: bool) -> str:
    noun = {"Room": "room", "DomainConfig": "domain setting"}.get(claim[0], spec.noun)
    mine, theirs = called(hints.owner, claim[0]), called(other, claim[0])
    if passing:
        return (
            f'{noun} "{claim[1]}" passes between {mine} and {theirs}: one resource cannot take in this run what the '
            "other one gives up in it. Run `pulumi up` once with another name for each, then with the new names; or "
            "keep the names and exchange the settings"
        )
    return f'{noun} "{claim[1]}" is declared twice: by {theirs} and by {mine}'


def _reason(failure: Failure, hints: Hints) -> str:
    """Return what is wrong, without the value where the program marked it, or something in it, as a secret."""
    secret = any(path_matches(p, failure.path) or path_matches(failure.path, p) for p in hints.secret)
    return printable(failure.bare if secret else failure.reason)


@contextmanager
def _readable(connection: Connection) -> Iterator[None]:
    """Raise errors as one line for a person. With daily:debug, what caused them stays attached."""
    if connection.problem:
        raise DailyError(connection.problem)
    try:
        yield
    except (ApiFailure, LifecycleError) as error:
        text = printable(str(error))
        if connection.settings.debug:
            raise DailyError(text) from error
        raise DailyError(text) from None
