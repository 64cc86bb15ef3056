"""Between Daily's JSON and Pulumi's: expand (inputs -> request body) and flatten (API object -> outputs, inputs).

Pure. ``inputs`` are checked inputs, ``outs`` a resource's outputs in state, ``live`` an object as Daily returns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..objects.fields import Fields, entries
from ..objects.spec import DOMAIN, DOMAIN_ID, ObjectSpec
from ..objects.validation import nested_model, validate
from ..objects.values import ABSENT, fingerprint, same

ECHO = "echo"
"""Output that remembers how Daily repeats a setting, where it is not how it was sent: setting -> fingerprint of what
Daily shows, or ``absent``. Without it a server that normalises a value would look like drift for ever."""

_ABSENT = "absent"
_MASK = "[secret]"


def recorded_inputs(spec: ObjectSpec, outs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that a resource's outputs repeat (Pulumi gives diff and read no old inputs)."""
    return {name: outs[name] for name in spec.inputs.model_fields if outs.get(name) is not None}


def settings_of(spec: ObjectSpec, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """All single settings of the inputs, the unmodelled ones among them, by Daily's name."""
    found: dict[str, Any] = {}
    for key in (spec.settings, spec.extras):
        value = inputs.get(key) if key else None
        if isinstance(value, Mapping):
            found.update(value)
    return found


def settings_model(spec: ObjectSpec) -> type[Fields]:
    """The field model of the single settings."""
    if spec.settings is None:
        return spec.inputs
    model = nested_model(entries(spec.inputs)[spec.settings].annotation)
    assert model is not None
    return model


def top_level(spec: ObjectSpec) -> tuple[str, ...]:
    """The inputs that are compared and sent beside the settings (a room's ``privacy``); the id is none of them."""
    special = {spec.settings, spec.extras, spec.id_input, *spec.local}
    return tuple(name for name in spec.inputs.model_fields if name not in special)


def container_of(spec: ObjectSpec, inputs: Mapping[str, Any], setting: str) -> str:
    """The input that holds ``setting``."""
    extras = inputs.get(spec.extras) if spec.extras else None
    if spec.extras and isinstance(extras, Mapping) and setting in extras:
        return spec.extras
    return spec.settings or setting


def live_settings(spec: ObjectSpec, live: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an object as Daily shows them, in the normal form of check (lists sorted, whole numbers)."""
    config = live.get(spec.config) if spec.config else live
    normal, _ = validate(settings_model(spec), config if isinstance(config, Mapping) else {})
    return dict(normal)


def as_seen(model: type[Fields] | None, wanted: Any, live: Any) -> Any:
    """``live`` cut down to what ``wanted`` speaks of, Daily's defaults filled in; ABSENT where it is not set.

    Objects are projected key by key and lists of equal length element by element; everything else is shown whole.
    """
    if live is ABSENT or live is None:
        return ABSENT
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        known = entries(model) if model else {}
        seen = {}
        for key, inner in wanted.items():
            entry = known.get(key)
            value = live.get(key)
            if value is None:
                value = entry.meta.default if entry else ABSENT
            value = as_seen(nested_model(entry.annotation) if entry else model, inner, value)
            if value is not ABSENT:
                seen[key] = value
        return seen
    if isinstance(wanted, list | tuple) and isinstance(live, list | tuple) and len(wanted) == len(live):
        return [
            None if value is ABSENT else value
            for value in (as_seen(model, w, v) for w, v in zip(wanted, live, strict=True))
        ]
    return live


def seen_settings(spec: ObjectSpec, wanted: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """For each setting in ``wanted``: what Daily shows of it (ABSENT where it is not set)."""
    shown = as_seen(settings_model(spec), wanted, live_settings(spec, live))
    return {key: shown.get(key, ABSENT) for key in wanted}


def echo_mark(value: Any) -> str:
    """How a repeated value is remembered: never the value itself, which may be secret under its own key."""
    return _ABSENT if value is ABSENT else fingerprint(value)


def echoes(spec: ObjectSpec, inputs: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, str]:
    """Which settings Daily's answer to a write repeats otherwise than they were sent."""
    wanted = settings_of(spec, inputs)
    shown = seen_settings(spec, wanted, answer)
    return {key: echo_mark(shown[key]) for key in wanted if not same(shown[key], wanted[key])}


def outputs(
    spec: ObjectSpec,
    inputs: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    echo: Mapping[str, str],
    domain: str,
    domain_id: str,
) -> dict[str, Any]:
    """The outputs of a resource: its inputs, and what Daily says of the object. Plain JSON; never raises."""
    outs: dict[str, Any] = {name: value for name, value in inputs.items() if value is not None}
    for name in spec.plain_outputs:
        if live.get(name) is not None:
            outs[name] = live[name]
    for key, name in spec.renamed_outputs.items():
        if live.get(key) is not None:
            outs[name] = live[key]
    config = live.get(spec.config) if spec.config else None
    config = dict(config) if isinstance(config, Mapping) else {}
    for key, name in spec.lifted_outputs.items():
        if config.get(key) is not None:
            outs[name] = config[key]
    if spec.config:
        extras = inputs.get(spec.extras) if spec.extras else None
        free = extras if isinstance(extras, Mapping) else {}
        shown = masked(settings_model(spec), config)
        outs[spec.config] = {key: without_text(value) if key in free else value for key, value in shown.items()}
    if echo:
        outs[ECHO] = dict(echo)
    outs[DOMAIN] = domain
    outs[DOMAIN_ID] = domain_id
    return outs


def masked(model: type[Fields] | None, value: Any) -> Any:
    """A copy of a live value without nulls and with secret settings hidden (the ``config`` output is not a secret)."""
    if isinstance(value, Mapping):
        known = entries(model) if model else {}
        copy = {}
        for key, inner in value.items():
            entry = known.get(key)
            if inner is None:
                continue
            if entry and entry.meta.secret:
                copy[key] = _MASK
            else:
                copy[key] = masked(nested_model(entry.annotation) if entry else model, inner)
        return copy
    if isinstance(value, list | tuple):
        return [masked(model, item) for item in value]
    return value


def without_text(value: Any) -> Any:
    """A copy with all text hidden: a setting that no model knows may be a secret, which a flag or a number is not."""
    if isinstance(value, Mapping):
        return {key: without_text(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_text(item) for item in value]
    return _MASK if isinstance(value, str) else value


def projected_inputs(
    spec: ObjectSpec, inputs: Mapping[str, Any], live: Mapping[str, Any], echo: Mapping[str, str]
) -> dict[str, Any]:
    """The inputs as the live object has them: only keys the user manages, in check's normal form.

    A setting that Daily shows as it did after the last write counts as unchanged; one that is gone is left out, so
    that the next preview shows it as an addition.
    """
    result = dict(inputs)
    for name in top_level(spec):
        if name in inputs and live.get(name) is not None:
            result[name] = live[name]
    wanted = settings_of(spec, inputs)
    shown = seen_settings(spec, wanted, live)
    for container in (spec.settings, spec.extras):
        if container and isinstance(inputs.get(container), Mapping):
            kept: dict[str, Any] = {}
            for key, value in inputs[container].items():
                if accepted(key, value, shown[key], echo):
                    kept[key] = value
                elif shown[key] is not ABSENT:
                    kept[key] = shown[key]
            result[container] = kept
    return result


def accepted(setting: str, wanted: Any, shown: Any, echo: Mapping[str, str]) -> bool:
    """Whether what Daily shows of a setting is what it showed, or would show, after the value was written."""
    return same(shown, wanted) or (setting in echo and echo[setting] == echo_mark(shown))


def body(spec: ObjectSpec, inputs: Mapping[str, Any], *, without: Iterable[str] = ()) -> dict[str, Any]:
    """The request body that makes the object."""
    skip = {*spec.local, spec.settings, spec.extras, *without}
    made = {name: value for name, value in inputs.items() if name not in skip and value is not None}
    settings = settings_of(spec, inputs)
    if spec.settings and settings:
        made[spec.settings] = settings
    return made
