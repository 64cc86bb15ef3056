"""diff: compares the program with the state and the live object. Pure.

Pulumi's reaction to the three answers (measured with its engine): ``False``: nothing; ``None``: an update if the inputs
differ, with every changed leaf marked; ``True``: an update without marked leaves. Therefore changed inputs are answered
with ``None``, and drift without changed inputs with ``True`` and a log line for each leaf. Where ``check`` has added
the input ``drift`` (see ``drift_input``), the provider answers ``None`` instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...objects.spec import ObjectSpec
from ...objects.values import moment, same
from ...ownership import Hints
from .drift import NO_HINTS, Drift, find_drift
from .inputs import settings_of

if TYPE_CHECKING:
    from ..state import LiveView, ResourceState


@dataclass(frozen=True)
class Plan:
    """The result of a diff: whether anything changes, which inputs require a replacement, and texts for the user.

    ``changes`` is the answer to Pulumi: None if inputs changed, True if only the live object differs (or is missing),
    False for neither.
    """

    changes: bool | None
    replaces: tuple[str, ...] = ()
    """Inputs that require a replacement; for an object that must be created again, the input that identifies it."""
    delete_before_replace: bool = True
    """Whether the old object is deleted first. It must be whenever the new object has the same name, also for
    ``replace_on_changes`` and for a room that does not exist. Only with a new name can the new object be created first.
    """
    drift: tuple[Drift, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """Lines for the log that do not report drift."""


def diff(
    spec: ObjectSpec,
    state: ResourceState,
    news: Mapping[str, Any],
    live: LiveView | None,
    *,
    name: str,
    now: float,
    hints: Hints = NO_HINTS,
) -> Plan:
    """Compare new inputs with the state and with the live object.

    ``name`` is the object's name in messages. ``live`` is None when Daily definitely has no such object.
    """
    offline = diff_offline(spec, state, news)
    if offline.replaces:
        return offline
    changed = offline.changes is None
    if live is None or not live.is_of(state) or live.is_expired(now):
        return _plan_for_gone(spec, state, news, live, name, changed, now)
    drift = tuple(find_drift(spec, state.inputs, news, live, state.normalized, now, hints))
    return Plan(None if changed else bool(drift), drift=drift)


def diff_offline(spec: ObjectSpec, state: ResourceState, news: Mapping[str, Any]) -> Plan:
    """Compare new inputs with the state alone."""
    replaces = tuple(key for key in spec.replaces if _replaced(spec, key, state, news))
    changed = bool(replaces) or inputs_differ(spec, state.inputs, news)
    return Plan(None if changed else False, replaces, _deletes_first(spec, replaces))


def _plan_for_gone(
    spec: ObjectSpec,
    state: ResourceState,
    news: Mapping[str, Any],
    live: LiveView | None,
    name: str,
    changed: bool,
    now: float,
) -> Plan:
    """Return the plan for an object that is missing (``live`` is None), has expired, or was replaced outside Pulumi.

    ``changed``: the program's inputs differ from the state.
    """
    other = live is not None and not live.is_of(state)
    ended = declared_end(spec, news, now)
    if ended is not None and not other:
        later = "; what changed will count with a later exp" if changed else ""
        note = f'{spec.noun} "{name}" expired at {moment(ended)}, as the program says{later}'
        return Plan(None if changed else False, notes=(note,))
    reason, again = "is gone from Daily" if live is None else "expired", "it will be made again"
    if other:
        reason = "was deleted on Daily and made anew by somebody else"
        again = "`pulumi up` takes the new one over where adopt_existing asks for it, and fails where not"
    note = f'{spec.noun} "{name}" {reason}; {again} (if it is protected, run `pulumi refresh` first)'
    return Plan(None if changed else True, (spec.unique_input or "id",), notes=(note,))


def _replaced(spec: ObjectSpec, key: str, state: ResourceState, news: Mapping[str, Any]) -> bool:
    """Return whether an input that cannot be changed in place has another value than in the state."""
    if key in spec.computed:
        return key in news and not same(state.get(key), news[key])
    return not same(state.inputs.get(key), news.get(key))


def _deletes_first(spec: ObjectSpec, replaces: tuple[str, ...]) -> bool:
    """Return whether the old object is deleted first.

    It is for kinds that require it, and when the new object has the same value of the input that is unique on Daily.
    """
    return spec.delete_before_create or (spec.unique_input is not None and spec.unique_input not in replaces)


def inputs_differ(spec: ObjectSpec, recorded: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Return whether inputs that are sent to Daily changed (an unknown value counts as changed)."""
    names = [name for name in spec.inputs.model_fields if name not in spec.provider_only_inputs]
    return any(not same(recorded.get(name), news.get(name)) for name in names)


def declared_end(spec: ObjectSpec, news: Mapping[str, Any], now: float) -> float | None:
    """Return the expiry that the program itself sets, in Unix seconds, if it is not later than ``now``; else None."""
    value = settings_of(spec, news).get(spec.expiry) if spec.expiry else None
    return value if isinstance(value, int | float) and value <= now else None
