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
import time
from collections.abc import Iterator, Mapping
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

from . import connection
from ._wire import TooDeep, carried, from_wire, to_wire
from .api import AuthenticationError, ConfigurationError, printable
from .api import DailyError as ApiFailure
from .connection import Connection
from .lifecycle.decide.drift_input import told_apart
from .lifecycle.errors import DomainMismatch, LifecycleError
from .lifecycle.kinds.conflicts import conflicts, moves
from .lifecycle.kinds.dialin_config import DIALIN_CONFIGS
from .lifecycle.kinds.kind import Kind, Made, Operation, label_of
from .lifecycle.kinds.named import named
from .lifecycle.kinds.numbered import numbered
from .lifecycle.kinds.phone_number import PHONE_NUMBERS
from .lifecycle.kinds.room_set import ROOM_SETS
from .lifecycle.kinds.singleton import DOMAIN
from .lifecycle.kinds.sip_client import SIP_CLIENTS
from .lifecycle.kinds.token import TOKENS
from .lifecycle.state import OUTPUT_ONLY, SINCE, TOOK, ResourceState, decode, encode, hints_of
from .objects.notes import DRIFT, HIDDEN
from .objects.room import ROOM
from .objects.sip_trunk import SIP_TRUNK
from .objects.spec import ObjectSpec
from .objects.validation import Failure
from .objects.values import UNKNOWN, format_path, path_matches
from .objects.warnings import far_moments
from .objects.webhook import WEBHOOK
from .ownership import Hints
from .settings import keys_of_package, read_settings, unknown_keys

LINES = 20
"""The largest number of lines about one resource in a preview."""
LONGEST_ERROR = 8_000
"""The number of characters of an error that are shown: a name or an id from Daily may have any length."""
HIDDEN_INPUT = HIDDEN
"""The input with information that a provider cannot get otherwise, see :func:`hints_of`. Its ``auto_name`` is the name
that was generated.
"""


class DailyError(Exception):
    """Error of an operation as Pulumi shows it: one readable line, without secrets."""


# Pulumi prints the exception's full name. With this module it is the short "DailyError: …".
DailyError.__module__ = "builtins"


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
    try:
        settings = read_settings(req.config.get, os.environ, names)
    except ConfigurationError as error:
        return Connection(read_settings(lambda _: None, {}), PulumiLog(), str(error))
    found = connection.connect(settings, PulumiLog())
    for line in unknown_keys(names)[1]:
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
        if not self._connection.settings.debug:
            # Pulumi prints the traceback of a failed operation; this limits it to the error itself.
            sys.tracebacklimit = 0

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        olds, old_hidden, last_note = _of_program(_olds)
        inputs, hidden, _ = _of_program(news)
        connection, spec, now = self._connection, self.spec, time.time()
        own = self._own_of_run(olds, old_hidden, inputs, hidden, now)
        hints = hints_of(own)
        connection.claims.expect(hints, _elsewhere(own))
        preview = bool(own.pop("preview", False))
        with _readable(connection):
            checked = self.kind.check(olds, inputs, now)
            failures = [*checked.failures, *conflicts(spec, connection.claims, hints, olds, checked.inputs)]
            if not failures:
                odd = [(failure.path, _reason(failure, hints)) for failure in checked.warnings]
                for path, reason in (*far_moments(spec.inputs, checked.inputs, now), *odd):
                    connection.warn_once(f"{hints.owner.rpartition('::')[2]}: {format_path(path)} {reason}")
                adopting = connection.settings.adopt_existing != "never"
                for line in moves(spec, connection.claims, hints, adopting=adopting):
                    connection.warn_once(line)
                self._announce(hints, olds, checked.inputs, preview=preview)
                hidden |= self._drift(hints, olds, checked.inputs, last_note)
        result = to_wire({**checked.inputs, **hidden})
        return CheckResult(result, [CheckFailure(format_path(f.path), _reason(f, hints)) for f in failures])

    def _own_of_run(
        self,
        olds: Mapping[str, Any],
        old_hidden: Mapping[str, Any],
        inputs: dict[str, Any],
        hidden: dict[str, Any],
        now: float,
    ) -> dict[str, Any]:
        """Return the hidden input of this run, completed from that of the last run.

        A generated name of an earlier version replaces the one in ``inputs``.
        """
        own, spec = _kept(old_hidden.get(HIDDEN), hidden), self.spec
        if spec.id_input and own.get("auto_name") != inputs.get(spec.id_input):
            own.pop("auto_name", None)  # a transform chose another one
        if spec.id_input and "auto_name" in own and "auto_name" in _own(old_hidden):
            inputs[spec.id_input] = olds.get(spec.id_input, inputs[spec.id_input])
        # Not known in a preview: an update plan must allow the time of the update.
        since = _own(old_hidden).get(SINCE) if olds else UNKNOWN if own.get("preview") else int(now)
        if own and self.kind.dated and since is not None:
            own[SINCE] = since
        return own

    def _announce(self, hints: Hints, olds: Mapping[str, Any], inputs: Mapping[str, Any], *, preview: bool) -> None:
        """Warn about objects that a create of these inputs would take over, or that they cannot be determined.

        In a preview, also about those that it would be refused for.
        Without Daily, say once that nothing is known about new objects.
        """
        if self._connection.reachable:
            op = self._operation(hints)
            try:
                for line in self.kind.takeovers(op, olds, inputs):
                    op.warn(line)
                if preview:
                    self.kind.warn_of_refusals(op, olds, inputs)
            except (AuthenticationError, DomainMismatch):
                raise  # the update would fail with it
            except (ApiFailure, LifecycleError) as error:
                op.warn(f"what exists on Daily already is not known: {error}")
        elif not olds:
            self._connection.not_asked()

    def _drift(self, hints: Hints, olds: Mapping[str, Any], inputs: Mapping[str, Any], last: Any) -> dict[str, Any]:
        """Return the input ``drift`` with what differs on Daily; nothing for a new resource.

        Pulumi checks a resource that is to be replaced once more, as a new one: it keeps its note. After a failed read
        nothing is returned: ``diff`` raises the same error, unless it reads the object by its id, not from a list.
        """
        found = self._connection.found
        if not olds:
            note = found.get(hints.owner)
            return {DRIFT: note} if note and isinstance(note, str | dict) else {}
        if not hints.owner or not self._connection.reachable:
            return {}
        try:
            note = carried(told_apart(self.kind.drift_note(self._operation(hints), olds, inputs), last))
        except (ApiFailure, LifecycleError) as error:
            if self.spec.id_input or not self.spec.natural_keys:
                found[hints.owner] = error
            return {}
        found[hints.owner] = note
        return {DRIFT: note} if note else {}

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        state, _ = self._state(_olds)
        news, hidden, note = _of_program(_news)
        connection, hints = self._connection, _with_state(hints_of(hidden.get(HIDDEN)), state.hints)
        with _readable(connection):
            if connection.reachable:
                failure = connection.found.get(hints.owner)
                if isinstance(failure, Exception):
                    raise failure
                plan = self.kind.plan(self._operation(hints), _id, state, news)
            else:
                connection.not_asked()
                plan = self.kind.plan_offline(_id, state, news, time.time())
        label = label_of(self.spec, _id, state)
        lines = [*(drift.line(self.kind.drift_spec, label) for drift in plan.drift), *plan.notes]
        for line in lines[:LINES]:
            connection.warn_once(line)
        if len(lines) > LINES:
            connection.warn_once(f'{self.spec.noun} "{label}": and {len(lines) - LINES} more')
        return DiffResult(
            # None: Pulumi compares the inputs itself, and finds the note.
            changes=None if plan.changes and note else plan.changes,
            replaces=list(plan.replaces),
            delete_before_replace=plan.delete_before_replace,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        inputs, hidden, _ = _of_program(props)
        with _readable(self._connection):
            made: Made = self.kind.create(self._operation(hints_of(hidden.get(HIDDEN))), inputs)
        return CreateResult(carried(made.identity), self._outputs(made.state, hidden))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        state, hidden = self._state(props)
        connection = self._connection
        with _readable(connection):
            if connection.settings.offline:
                connection.not_asked(refresh=True)
                return ReadResult(id_, {**_received(props)[0], **hidden})
            found = self.kind.read(self._operation(state.hints), id_, state)
        if found is None:
            return ReadResult("", {})
        own = {key: value for key, value in _own(hidden).items() if key not in OUTPUT_ONLY}
        inputs = {**carried(found.inputs), **hidden, HIDDEN: own}
        if not own:
            del inputs[HIDDEN]
        return ReadResult(id_, self._outputs(found, hidden), inputs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        state, _ = self._state(_olds)
        news, hidden, _ = _of_program(_news)
        hints = _with_state(hints_of(hidden.get(HIDDEN)), state.hints)
        with _readable(self._connection):
            made = self.kind.update(self._operation(hints), _id, state, news)
        return UpdateResult(self._outputs(made, hidden))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        state, _ = self._state(_props)
        with _readable(self._connection):
            self.kind.delete(self._operation(state.hints), _id, state)

    def _state(self, props: Mapping[str, Any]) -> tuple[ResourceState, dict[str, Any]]:
        """Return the state in Pulumi's outputs, and their hidden keys."""
        outputs, hidden = _received(props)
        return decode(self.spec, outputs, hidden.get(HIDDEN)), hidden

    def _outputs(self, state: ResourceState, hidden: dict[str, Any]) -> dict[str, Any]:
        """Return Pulumi's outputs.

        The hidden ones are the hidden inputs, the runs in which the resource took over objects, and further parts of
        the state.
        """
        outputs, kept = encode(self.spec, state)
        own = {key: value for key, value in _own(hidden).items() if key not in OUTPUT_ONLY}
        runs = self._connection.claims.runs_of(state.hints)
        own |= ({TOOK: list(runs)} if runs else {}) | kept
        return {**carried(outputs), **hidden, **({HIDDEN: carried(own)} if own else {})}

    def _operation(self, hints: Hints) -> Operation:
        connection = self._connection
        return Operation(self.spec, connection.account(), time.time, connection.warn_once, hints)


class RoomProvider(DailyProvider):
    """Provider of rooms."""

    kind = named(ROOM)


class RoomSetProvider(DailyProvider):
    """Provider of sets of rooms."""

    kind = ROOM_SETS


class DomainConfigProvider(DailyProvider):
    """Provider of the domain's settings."""

    kind = DOMAIN


class WebhookProvider(DailyProvider):
    """Provider of webhooks."""

    kind = numbered(WEBHOOK)


class DialinConfigProvider(DailyProvider):
    """Provider of dial-in configurations."""

    kind = DIALIN_CONFIGS


class PhoneNumberProvider(DailyProvider):
    """Provider of phone numbers."""

    kind = PHONE_NUMBERS


class SipTrunkProvider(DailyProvider):
    """Provider of SIP trunks."""

    kind = numbered(SIP_TRUNK)


class SipClientProvider(DailyProvider):
    """Provider of SIP clients."""

    kind = SIP_CLIENTS


class MeetingTokenProvider(DailyProvider):
    """Provider of meeting tokens."""

    kind = TOKENS


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


def _own(hidden: Mapping[str, Any]) -> dict[str, Any]:
    own = hidden.get(HIDDEN)
    return own if isinstance(own, dict) else {}


def _elsewhere(own: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Remove from the hidden input the claims of the program's other resources, and return them.

    They are for this run: the state would contain a list that changes with every other resource.
    """
    claims = own.pop("elsewhere", None)
    lists = [claim for claim in claims if isinstance(claim, list)] if isinstance(claims, list) else []
    texts = (claim for claim in lists if len(claim) == 3 and all(isinstance(text, str) for text in claim))
    return [(kind, name, owner) for kind, name, owner in texts]


def _with_state(hints: Hints, state: Hints) -> Hints:
    """Return the hints of a resource with the takeovers of its state, and the former names of both.

    The owner in the state is a former name too, if it is another one.
    """
    return replace(hints, took=state.took, formerly=tuple(_former_names(hints.owner, hints, state)))


def _former_names(owner: str, *hints: Hints) -> list[str]:
    """Return the names in ``hints``, former ones and those of owners, other than ``owner``."""
    return sorted({name for each in hints for name in (*each.formerly, each.owner)} - {owner, ""})


def _kept(old: Any, hidden: dict[str, Any]) -> dict[str, Any]:
    """Return the hidden input in ``hidden``, after adding the resource's former names from the last run's (``old``).

    The result is empty if there is no hidden input.
    """
    own = hidden.get(HIDDEN)
    if not isinstance(own, dict):
        return {}
    hints = hints_of(own)
    formerly = _former_names(hints.owner, hints_of(old), hints)
    if formerly:
        own["formerly"] = formerly
    return own


def _reason(failure: Failure, hints: Hints) -> str:
    """Return the reason of a failure; without the value if the program marked it, or a part of it, as a secret."""
    secret = any(path_matches(p, failure.path) or path_matches(failure.path, p) for p in hints.secret)
    return printable(failure.bare if secret else failure.reason)


@contextmanager
def _readable(connection: Connection) -> Iterator[None]:
    """Raise errors as one readable line. With daily:debug, their cause stays attached."""
    if connection.problem:
        raise DailyError(connection.problem)
    try:
        yield
    except (ApiFailure, LifecycleError) as error:
        text = printable(str(error))
        if len(text) > LONGEST_ERROR:
            text = f"{text[:LONGEST_ERROR]}..."
        if connection.settings.debug:
            raise DailyError(text) from error
        raise DailyError(text) from None
