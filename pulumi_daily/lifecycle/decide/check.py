"""check: normalises a program's inputs and finds all their failures. Pure; raises nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from ...objects.fields import entries
from ...objects.names import suggestion
from ...objects.spec import ObjectSpec, settings_model
from ...objects.validation import NOT_KNOWN, UNLISTED, Failure, validate
from ...objects.values import Path, format_path, moment
from .inputs import setting_path, settings_of


@dataclass(frozen=True)
class Checked:
    """The result of a check. ``inputs`` are those that Pulumi stores, compares and passes to create."""

    inputs: dict[str, Any]
    failures: list[Failure]
    warnings: list[Failure] = field(default_factory=list)
    """The values that no enumeration contains but that Daily may have added, each once; they are sent unchanged."""


def check(spec: ObjectSpec, olds: Mapping[str, Any], news: Mapping[str, Any], now: float) -> Checked:
    """Check new inputs; ``olds`` are those of the last deployment (empty when there is none); ``now``: Unix seconds.

    A time that Daily requires to be in the future is a failure when it is not later than ``now``, unless ``olds`` have
    it too. Unknown values pass. ``check(check(x)) == check(x)``. Pulumi passes empty olds on create and on a
    replacement.
    """
    inputs, found = validate(spec.inputs, news)
    unlisted = {failure.reason: _as_warning(failure) for failure in reversed(found) if failure.kind == UNLISTED}
    failures = [_with_advice(spec, failure, inputs) for failure in found if failure.kind != UNLISTED]
    for name, entry in entries(spec.inputs).items():
        if entry.meta.filled:
            inputs.setdefault(name, entry.meta.default)
    for container in (spec.settings, spec.extras):
        if container and inputs.get(container) == {}:
            del inputs[container]
    named = spec.id_input is None or spec.id_input in inputs or entries(spec.inputs)[spec.id_input].meta.required
    if spec.id_input is not None and not named:  # validate reports a missing required input itself
        failures.append(Failure((spec.id_input,), "required", "is required"))
    failures += _given_twice(spec, inputs)
    failures += past_moments(spec, olds, inputs, now)
    return Checked(inputs, failures, list(reversed(unlisted.values())))


def _as_warning(failure: Failure) -> Failure:
    """Return the failure for a value that is not in an enumeration, as the text of a warning."""
    sent = "; it is sent unchanged, because Daily may have added it"
    reason, bare = (text.replace("must be", "should be", 1) + sent for text in (failure.reason, failure.bare))
    return replace(failure, reason=reason, bare=bare)


def _with_advice(spec: ObjectSpec, failure: Failure, inputs: Mapping[str, Any]) -> Failure:
    """Return the failure, with advice in its text for an invalid name and for an input at a wrong place."""
    if spec.auto_name and failure.path == (spec.id_input,) and failure.kind == "type":
        return _with_name(failure, inputs.get(spec.id_input or ""))
    return placed(spec, failure)


def placed(spec: ObjectSpec, failure: Failure, at: Path = ()) -> Failure:
    """Return the failure of an unknown input, with the path where it belongs; every other failure unchanged.

    ``at`` is the path of the object that ``spec`` describes, in the inputs of the resource.
    """
    below = failure.path[len(at) :]
    if spec.settings is None or failure.kind != "unknown":
        return failure
    key = str(failure.path[-1])
    reason = failure.reason
    if len(below) == 1:
        settings = entries(settings_model(spec))
        if key in settings:
            reason = f"belongs into {spec.settings}: give it as {format_path((*at, spec.settings, key))}"
        elif reason == NOT_KNOWN and (near := get_close_matches(key, settings, 1)):
            reason = f"{NOT_KNOWN}; did you mean {format_path((*at, spec.settings, near[0]))}?"
    elif below == (spec.settings, key) and key in entries(spec.inputs):
        reason = f"does not belong into {spec.settings}: give it as {format_path((*at, key))}"
    return Failure(failure.path, failure.kind, reason)


def _with_name(failure: Failure, name: Any) -> Failure:
    """Return the failure of a name with a suggested valid name."""
    if not isinstance(name, str) or not 0 < len(name) <= 128:
        return failure
    bare = "may hold only A-Z a-z 0-9 - and _"
    return Failure(failure.path, failure.kind, f"{bare}; did you mean {suggestion(name)}?", bare)


def _given_twice(spec: ObjectSpec, inputs: Mapping[str, Any]) -> list[Failure]:
    """Return a failure for each setting that is in ``spec.settings`` and in ``spec.extras``."""
    settings, extras = (inputs.get(name) if name else None for name in (spec.settings, spec.extras))
    if not spec.extras or not isinstance(settings, Mapping) or not isinstance(extras, Mapping):
        return []
    reason = f"is also given under {spec.settings}; give it only once"
    return [Failure((spec.extras, str(key)), "rule", reason) for key in extras if key in settings]


def past_moments(spec: ObjectSpec, olds: Mapping[str, Any], inputs: Mapping[str, Any], now: float) -> list[Failure]:
    """Return a failure for each time that Daily requires to be in the future, but is not later than ``now``.

    A time that the inputs of the last deployment (``olds``) have too is no failure.
    """
    old, new = settings_of(spec, olds), settings_of(spec, inputs)
    text = "lies in the past{}; give a later one or leave it out"
    return [
        Failure(setting_path(spec, inputs, name), "rule", text.format(f" ({moment(value)})"), text.format(""))
        for name, value in ((name, new.get(name)) for name in spec.future_moments)
        if isinstance(value, int | float) and not isinstance(value, bool) and value <= now and old.get(name) != value
    ]
