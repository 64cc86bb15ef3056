"""The input ``drift``: what differs on Daily, in the form in which Pulumi shows it in a diff. Pure.

A provider cannot mark drift in its diff. But ``check`` may add an input, which Pulumi shows as an addition (measured).
``check`` knows the inputs of the last deployment, not its outputs, so the note may miss a setting, or contain one whose
value Daily returns in another form. ``diff`` alone decides whether anything changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...objects.notes import AGAIN, EXPIRED, GONE
from ...objects.spec import ObjectSpec
from ...objects.values import ABSENT, same
from ...ownership import Hints
from .diff import declared_end
from .drift import find_drift

if TYPE_CHECKING:
    from ..state import LiveView

Note = str | dict[str, Any]
"""A text for an object as a whole, or texts by setting; for several objects, notes by the object's name."""


def drift_note(
    spec: ObjectSpec,
    before: Mapping[str, Any],
    inputs: Mapping[str, Any],
    live: LiveView | None,
    now: float,
    hints: Hints,
) -> Note:
    """Return the note on the live object of a resource; empty when nothing is known to differ.

    ``before`` are the inputs of the last deployment. A value that Daily does not return is no difference: whether it
    returned one earlier is in the state alone.
    """
    if live is None:
        return _missing(spec)
    if live.is_expired(now):
        return "" if declared_end(spec, inputs, now) is not None else EXPIRED
    drifts = find_drift(spec, before, inputs, live, {}, now, hints)
    return {item.label(spec): item.difference for item in drifts if item.live is not ABSENT}


def _missing(spec: ObjectSpec) -> str:
    if spec.id_input is not None:
        return GONE
    return f"{GONE}, or its {spec.natural_keys[0][0]} was changed there"


def told_apart(note: Note, last: Any) -> Note:
    """Return the note in a form that differs from ``last``, the note in the inputs of the last deployment.

    Pulumi compares the inputs: the same note twice would be no change, and the drift would not be repaired.
    """
    return _again(note) if note and same(note, last) else note


def _again(note: Note) -> Note:
    return {key: _again(item) for key, item in note.items()} if isinstance(note, dict) else note + AGAIN
