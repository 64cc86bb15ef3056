"""The adapters between Pulumi's dynamic providers and ``lifecycle``.

**The dotted paths of the classes here are frozen.** Pulumi stores each provider pickled by reference in the state of
every resource; a resource with a renamed class could no longer be refreshed or destroyed. Classes may be added, never
moved or renamed (golden tests check this). They have no instance state, so that the pickle is the same on every Python
and after every release; clients, locks and caches are made in ``configure`` and shared by all providers of the process.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from functools import cache
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

from . import connection
from ._parent import is_dynamic_provider, pulumi_gone, stop_without_pulumi
from ._wire import TooDeep, from_wire, to_wire
from .api import printable
from .connection import Connection
from .lifecycle.kinds.kind import Kind
from .lifecycle.kinds.table import KINDS
from .objects.notes import DRIFT, HIDDEN
from .objects.spec import ObjectSpec
from .operations import DailyError, Operations, failure_text
from .settings import keys_of_package, unknown_keys

HIDDEN_INPUT = HIDDEN
"""The input with information that a provider cannot get otherwise, see :func:`hints_of`. Its ``auto_name`` is the name
that was generated.
"""


@cache
def _watch_pulumi() -> None:
    if is_dynamic_provider():
        stop_without_pulumi(connection.STOP, pulumi_gone(sys.argv[1:]))


class PulumiLog:
    """A writer of lines to Pulumi's console; thread-safe (Pulumi's SDK writes text and line end separately)."""

    _console = threading.Lock()

    def info(self, line: str) -> None:
        with self._console:
            pulumi.log.info(line)

    def warn(self, line: str) -> None:
        with self._console:
            pulumi.log.warn(line)


def connect(req: ConfigureRequest) -> Connection:
    """Return the process's connection for a configuration; an invalid one gives a connection with a ``problem``."""
    # Pulumi's configuration object lists no keys.
    names = tuple(keys_of_package(pulumi.get_project(), vars(req.config).get("_props", ())))
    found = connection.connect_configured(req.config.get, os.environ, PulumiLog(), names)
    for line in () if found.problem else unknown_keys(names)[1]:
        found.warn_once(line)
    return found


class DailyProvider(ResourceProvider):
    """Base of all providers of this package; each subclass defines the kind of its objects."""

    serialize_as_secret_always = False  # a pickle by reference contains nothing secret, and stays readable this way
    kind: ClassVar[Kind]
    spec: ClassVar[ObjectSpec]
    _connection: Connection

    def __init_subclass__(cls) -> None:
        cls.spec = cls.kind.spec

    def configure(self, req: ConfigureRequest) -> None:
        self._connection = connect(req)
        _watch_pulumi()
        if not self._connection.settings.debug:
            # Pulumi prints the traceback of a failed operation; this limits it to the error itself.
            sys.tracebacklimit = 0

    @property
    def _operations(self) -> Operations:
        return Operations(self.kind, self._connection)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        olds, old_hidden, last_note = _of_program(_olds)
        inputs, hidden, _ = _of_program(news)
        checked = self._operations.check(olds, old_hidden, inputs, hidden, last_note)
        failures = [CheckFailure("", failure_text(path, reason)) for path, reason in checked.failures]
        return CheckResult(to_wire(checked.inputs), failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        news, hidden, note = _of_program(_news)
        state = self._operations.state(*_received(_olds))
        plan = self._operations.plan(_id, state, news, hidden)
        return DiffResult(
            # None: Pulumi compares the inputs itself, and finds the note.
            changes=None if plan.changes and note else plan.changes,
            replaces=list(plan.replaces),
            delete_before_replace=plan.delete_before_replace,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        inputs, hidden, _ = _of_program(props)
        return CreateResult(*self._operations.create(inputs, hidden))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        found = self._operations.read(id_, *_received(props))
        return ReadResult("", {}) if found is None else ReadResult(id_, *found)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        news, hidden, _ = _of_program(_news)
        return UpdateResult(self._operations.update(_id, *_received(_olds), news, hidden))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        self._operations.delete(_id, *_received(_props))


class RoomProvider(DailyProvider):
    """Provider of rooms."""

    kind = KINDS["Room"]


class RoomSetProvider(DailyProvider):
    """Provider of sets of rooms."""

    kind = KINDS["RoomSet"]


class DomainConfigProvider(DailyProvider):
    """Provider of the domain's settings."""

    kind = KINDS["DomainConfig"]


class WebhookProvider(DailyProvider):
    """Provider of webhooks."""

    kind = KINDS["Webhook"]


class DialinConfigProvider(DailyProvider):
    """Provider of dial-in configurations."""

    kind = KINDS["DialinConfig"]


class PhoneNumberProvider(DailyProvider):
    """Provider of phone numbers."""

    kind = KINDS["PhoneNumber"]


class SipTrunkProvider(DailyProvider):
    """Provider of SIP trunks."""

    kind = KINDS["SipTrunk"]


class SipClientProvider(DailyProvider):
    """Provider of SIP clients."""

    kind = KINDS["SipClient"]


class MeetingTokenProvider(DailyProvider):
    """Provider of meeting tokens."""

    kind = KINDS["MeetingToken"]


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
    """Return the string that Pulumi stores for a provider class (the ``__provider`` of an import file)."""
    return str(pulumi.dynamic.dynamic.serialize_provider(provider()))


def _received(props: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return Pulumi's values and the hidden keys; see :func:`from_wire`. Raises the one readable error."""
    try:
        return from_wire(props)
    except TooDeep as error:
        raise DailyError(printable(str(error))) from None


def _of_program(props: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Return the inputs of a program, the hidden keys, and the input ``drift``, which ``check`` added (or None)."""
    inputs, hidden = _received(props)
    return inputs, hidden, inputs.pop(DRIFT, None)
