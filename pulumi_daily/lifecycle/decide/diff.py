"""diff: the program against state and live object. Pure.

What Pulumi makes of the three answers (measured with its engine): ``False`` nothing; ``None`` an update iff inputs
differ, with every changed leaf marked; ``True`` an update without marked leaves. So: changed inputs answer ``None``;
drift that no input shows answers ``True`` and names each leaf in a line of its own.
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
    """Holds the result of a diff: whether anything changes, what must be replaced, and what to tell the user."""

    changes: bool | None
    replaces: tuple[str, ...] = ()
    """Inputs that ask for a replacement; an object that is gone names the one that tells it from others."""
    delete_before_replace: bool = True
    """Whatever asks for the replacement (``replace_on_changes``, a room that is gone): the new object takes the same
    name, so the old one goes first. Only a rename can make the new one first."""
    drift: tuple[Drift, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """Lines for the log that are not drift."""


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

    ``name`` is what the object is called in messages. ``live`` is None when Daily definitely has no such object.
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
    """Return the plan for an object that is gone, has expired, or was made again by somebody else."""
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
    """Return whether an input that cannot be changed in place asks for another value than the object has."""
    if key in spec.computed:
        return key in news and not same(state.get(key), news[key])
    return not same(state.inputs.get(key), news.get(key))


def _deletes_first(spec: ObjectSpec, replaces: tuple[str, ...]) -> bool:
    """Return whether the old object goes first: always, unless what Daily wants unique is another one."""
    return spec.delete_before_create or (spec.unique_input is not None and spec.unique_input not in replaces)


def inputs_differ(spec: ObjectSpec, recorded: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Return whether inputs that matter to Daily changed (an unknown one counts as changed)."""
    names = [name for name in spec.inputs.model_fields if name not in spec.provider_only_inputs]
    return any(not same(recorded.get(name), news.get(name)) for name in names)


def declared_end(spec: ObjectSpec, news: Mapping[str, Any], now: float) -> float | None:
    """Return when the object ended, in unix seconds, if the program itself says that it has; else None."""
    value = settings_of(spec, news).get(spec.expiry) if spec.expiry else None
    return value if isinstance(value, int | float) and value <= now else None
