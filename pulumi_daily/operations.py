"""Pulumi's operations on one kind of object, in this package's values: what both adapters share.

``providers`` (dynamic providers) and ``plugin`` convert values and errors, and call this. Inputs and outputs are
dictionaries of JSON-like values, with ``UNKNOWN`` for what is not known yet. ``hidden`` are the entries whose keys
begin with two underscores; the one under ``HIDDEN`` contains what a provider must know about a resource in addition to
its inputs (see ``lifecycle.state.hints_of``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from ._wire import carried
from .api import AuthenticationError, printable
from .api import DailyError as ApiFailure
from .connection import Connection
from .lifecycle.decide.diff import Plan
from .lifecycle.decide.drift_input import told_apart
from .lifecycle.errors import DomainMismatch, LifecycleError
from .lifecycle.kinds.conflicts import conflicts, moves
from .lifecycle.kinds.kind import Kind, Operation, label_of
from .lifecycle.state import OUTPUT_ONLY, SINCE, TOOK, ResourceState, decode, encode, hints_of
from .objects.notes import DRIFT, HIDDEN
from .objects.validation import Failure
from .objects.values import UNKNOWN, Path, format_path, path_matches
from .objects.warnings import far_moments
from .ownership import Hints

LINES = 20
"""The largest number of lines about one resource in a preview."""
LONGEST_ERROR = 8_000
"""The number of characters of an error that are shown: a name or an id from Daily may have any length."""

Values = dict[str, Any]


class DailyError(Exception):
    """Error of an operation as Pulumi shows it: one readable line, without secrets."""


# Pulumi prints the exception's full name. With this module it is the short "DailyError: …".
DailyError.__module__ = "builtins"


class CheckedInputs(NamedTuple):
    """The result of a check: the inputs, with the hidden ones, and the reason of each failure with its path."""

    inputs: Values
    failures: list[tuple[Path, str]]


def failure_text(path: Path, reason: str) -> str:
    """Return a failure of a check, for Pulumi to show without a property.

    Pulumi would print the value of the property beside the reason, in clear text even for a secret.
    """
    return f"{format_path(path)}: {reason}"


class Operations:
    """The operations on one kind over one connection. All raise :class:`DailyError`."""

    def __init__(self, kind: Kind, connection: Connection, *, notes: bool = True) -> None:
        """Take a kind and a connection. ``notes``: whether ``check`` adds inputs for what its caller cannot show."""
        self.kind, self.spec = kind, kind.spec
        self.connection = connection
        self._notes = notes

    def check(self, olds: Values, old_hidden: Values, news: Values, hidden: Values, last: Any = None) -> CheckedInputs:
        """Return the inputs in their normal form, and their failures; ``olds`` are those of the last run.

        Warns about conflicts with other resources, and about existing objects. ``last`` is the input ``drift`` of the
        last run; the result contains one where the object differs on Daily.
        """
        connection, spec, now = self.connection, self.spec, time.time()
        own = self._own_of_run(olds, old_hidden, news, hidden, now)
        hints = hints_of(own)
        connection.claims.expect(hints, _elsewhere(own))
        preview = bool(own.pop("preview", False))
        with readable(connection):
            checked = self.kind.check(olds, news, now)
            failures = [*checked.failures, *conflicts(spec, connection.claims, hints, olds, checked.inputs)]
            if not failures:
                odd = [(failure.path, _reason(failure, hints)) for failure in checked.warnings]
                for path, reason in (*far_moments(spec.inputs, checked.inputs, now), *odd):
                    connection.warn_once(f"{hints.owner.rpartition('::')[2]}: {format_path(path)} {reason}")
                adopting = connection.settings.adopt_existing != "never"
                for line in moves(spec, connection.claims, hints, adopting=adopting):
                    connection.warn_once(line)
                self._announce(hints, olds, checked.inputs, preview=preview)
                if self._notes:
                    hidden |= self._drift(hints, olds, checked.inputs, last)
        return CheckedInputs({**checked.inputs, **hidden}, [(f.path, _reason(f, hints)) for f in failures])

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
        if own and self._notes and self.kind.dated and since is not None:
            own[SINCE] = since
        return own

    def _announce(self, hints: Hints, olds: Mapping[str, Any], inputs: Mapping[str, Any], *, preview: bool) -> None:
        """Warn about objects that a create of these inputs would take over, or that they cannot be determined.

        In a preview, also about those that it would be refused for.
        Without Daily, say once that nothing is known about new objects.
        """
        if self.connection.reachable:
            op = self.operation(hints)
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
            self.connection.not_asked()

    def _drift(self, hints: Hints, olds: Mapping[str, Any], inputs: Mapping[str, Any], last: Any) -> dict[str, Any]:
        """Return the input ``drift`` with what differs on Daily; nothing for a new resource.

        Pulumi checks a resource that is to be replaced once more, as a new one: it keeps its note. After a failed read
        nothing is returned: ``diff`` raises the same error, unless it reads the object by its id, not from a list.
        """
        found = self.connection.found
        if not olds:
            note = found.get(hints.owner)
            return {DRIFT: note} if note and isinstance(note, str | dict) else {}
        if not hints.owner or not self.connection.reachable:
            return {}
        try:
            note = carried(told_apart(self.kind.drift_note(self.operation(hints), olds, inputs), last))
        except (ApiFailure, LifecycleError) as error:
            if self.spec.id_input or not self.spec.natural_keys:
                found[hints.owner] = error
            return {}
        found[hints.owner] = note
        return {DRIFT: note} if note else {}

    def plan(self, identity: str, state: ResourceState, news: Values, hidden: Values) -> Plan:
        """Return the plan for new inputs, and write its lines."""
        connection, hints = self.connection, _with_state(hints_of(hidden.get(HIDDEN)), state.hints)
        with readable(connection):
            if connection.reachable:
                failure = connection.found.get(hints.owner)
                if isinstance(failure, Exception):
                    raise failure
                plan = self.kind.plan(self.operation(hints), identity, state, news)
            else:
                connection.not_asked()
                plan = self.kind.plan_offline(identity, state, news, time.time())
        label = label_of(self.spec, identity, state)
        lines = [*(drift.line(self.kind.drift_spec, label) for drift in plan.drift), *plan.notes]
        for line in lines[:LINES]:
            connection.warn_once(line)
        if len(lines) > LINES:
            connection.warn_once(f'{self.spec.noun} "{label}": and {len(lines) - LINES} more')
        return plan

    def create(self, inputs: Values, hidden: Values) -> tuple[str, Values]:
        """Return the id of a new object, and its outputs."""
        with readable(self.connection):
            made = self.kind.create(self.operation(hints_of(hidden.get(HIDDEN))), inputs)
        return carried(made.identity), self.outputs_of(made.state, hidden)

    def read(self, identity: str, outputs: Values, hidden: Values) -> tuple[Values, Values | None] | None:
        """Return the outputs after a refresh and its inputs, or None when the object is gone.

        Offline, the outputs are those of the state, and the inputs None: they do not change.
        """
        state, connection = self.state(outputs, hidden), self.connection
        with readable(connection):
            if connection.settings.offline:
                connection.not_asked(refresh=True)
                return {**outputs, **hidden}, None
            found = self.kind.read(self.operation(state.hints), identity, state)
        if found is None:
            return None
        own = {key: value for key, value in _own(hidden).items() if key not in OUTPUT_ONLY}
        inputs = {**carried(found.inputs), **hidden, HIDDEN: own}
        if not own:
            del inputs[HIDDEN]
        return self.outputs_of(found, hidden), inputs

    def update(self, identity: str, outputs: Values, state_hidden: Values, news: Values, hidden: Values) -> Values:
        """Return the outputs of an object after a change of its inputs."""
        state = self.state(outputs, state_hidden)
        hints = _with_state(hints_of(hidden.get(HIDDEN)), state.hints)
        with readable(self.connection):
            made = self.kind.update(self.operation(hints), identity, state, news)
        return self.outputs_of(made, hidden)

    def delete(self, identity: str, outputs: Values, hidden: Values) -> None:
        """Remove an object."""
        state = self.state(outputs, hidden)
        with readable(self.connection):
            self.kind.delete(self.operation(state.hints), identity, state)

    def operation(self, hints: Hints) -> Operation:
        """Return the context of an operation on the resource with these hints."""
        connection = self.connection
        return Operation(self.spec, connection.account(), time.time, connection.warn_once, hints)

    def state(self, outputs: Mapping[str, Any], hidden: Mapping[str, Any]) -> ResourceState:
        """Return the state in outputs."""
        return decode(self.spec, outputs, hidden.get(HIDDEN))

    def outputs_of(self, state: ResourceState, hidden: Values) -> Values:
        """Return Pulumi's outputs.

        The hidden ones are the hidden inputs, the runs in which the resource took over objects, and further parts of
        the state.
        """
        outputs, kept = encode(self.spec, state)
        own = {key: value for key, value in _own(hidden).items() if key not in OUTPUT_ONLY}
        runs = self.connection.claims.runs_of(state.hints)
        own |= ({TOOK: list(runs)} if runs else {}) | kept
        return {**carried(outputs), **hidden, **({HIDDEN: carried(own)} if own else {})}


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
def readable(connection: Connection) -> Iterator[None]:
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
