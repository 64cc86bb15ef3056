"""Between Daily's JSON and Pulumi's: expand (inputs -> request body) and flatten (live object -> outputs, inputs).

Pure. ``inputs`` are checked inputs, ``outs`` a resource's outputs in state, ``live`` an object as Daily shows it, under
this package's names (``ObjectSpec.seen``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..objects.fields import Fields, entries
from ..objects.secrets import guarded, masked, without_text
from ..objects.spec import DOMAIN, DOMAIN_ID, ObjectSpec
from ..objects.validation import defaults, nested_model, validate
from ..objects.values import ABSENT, fingerprint, get_at, same, seconds

ECHO = "echo"
"""Output that remembers how Daily repeats a setting, where it is not how it was sent: setting -> fingerprint of what
Daily shows, or ``absent``. Without it a server that normalises a value would look like drift for ever."""

GIVEN = "given"
"""Output that remembers which of the inputs that Daily makes when they are left out were given by the program."""

_ABSENT = "absent"


def recorded_inputs(spec: ObjectSpec, outs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that a resource's outputs repeat (Pulumi gives diff and read no old inputs)."""
    given = outs.get(GIVEN) or ()
    return {
        name: outs[name]
        for name in spec.inputs.model_fields
        if outs.get(name) is not None and (name not in spec.computed or name in given)
    }


def settings_of(spec: ObjectSpec, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """All single settings of the inputs, the unmodelled ones among them; what is sent of these, no error repeats."""
    if spec.settings is None:
        return {name: inputs[name] for name in spec.flat_settings if inputs.get(name) is not None}
    found: dict[str, Any] = {}
    for key in (spec.settings, spec.extras):
        value = inputs.get(key) if key else None
        if isinstance(value, Mapping):
            found.update(guarded(value) if key == spec.extras else value)
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
    special = {spec.settings, spec.extras, spec.id_input, *spec.local, *spec.unsent}
    special |= {*spec.replaces, *spec.flat_settings}
    return tuple(name for name in spec.inputs.model_fields if name not in special)


def setting_path(spec: ObjectSpec, inputs: Mapping[str, Any], setting: str) -> tuple[str, ...]:
    """Where ``setting`` stands in the inputs."""
    extras = inputs.get(spec.extras) if spec.extras else None
    if spec.extras and isinstance(extras, Mapping) and setting in extras:
        return spec.extras, setting
    return (spec.settings, setting) if spec.settings else (setting,)


def live_settings(spec: ObjectSpec, live: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an object as Daily shows them, in the normal form of check (lists sorted, whole numbers)."""
    normal, _ = validate(settings_model(spec), _raw_settings(spec, live))
    return dict(normal)


def _raw_settings(spec: ObjectSpec, live: Mapping[str, Any]) -> Mapping[str, Any]:
    config = live.get(spec.config) if spec.config else live
    return config if isinstance(config, Mapping) else {}


def as_seen(model: type[Fields] | None, wanted: Any, live: Any, written: Any = ABSENT, *, defaults: bool = True) -> Any:
    """``live`` cut down to what ``wanted`` speaks of, Daily's defaults filled in; ABSENT where it is not set.

    Objects are projected key by key and lists of equal length element by element; everything else is shown whole.
    ``written`` is what was written last: it stands for what Daily need not show. ``defaults=False`` leaves them out.
    """
    if live is ABSENT or live is None:
        return ABSENT
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        known = entries(model) if model else {}
        before = written if isinstance(written, Mapping) else {}
        seen = {}
        for key, inner in wanted.items():
            entry = known.get(key)
            value = live.get(key)
            if value is None and entry:
                default = entry.meta.default if defaults else ABSENT
                value = before.get(key, ABSENT) if entry.meta.unshown else default
            nested = nested_model(entry.annotation) if entry else model
            value = as_seen(nested, inner, value, before.get(key), defaults=defaults)
            if value is not ABSENT:
                seen[key] = value
        return seen
    if isinstance(wanted, list | tuple) and isinstance(live, list | tuple) and len(wanted) == len(live):
        return [
            None if value is ABSENT else value
            for value in (as_seen(model, w, v, defaults=defaults) for w, v in zip(wanted, live, strict=True))
        ]
    return live


def seen_settings(
    spec: ObjectSpec,
    wanted: Mapping[str, Any],
    live: Mapping[str, Any],
    written: Mapping[str, Any] | None = None,
    *,
    explicit: bool = False,
) -> dict[str, Any]:
    """For each setting in ``wanted``: what Daily shows of it (ABSENT where it is not set).

    Of what Daily need not show, nothing is known where it does not, but what was ``written`` last. ``explicit`` takes
    no default for what is ``inherited``: nobody knows what holds there.
    """
    raw = _raw_settings(spec, live)
    if all(value != "" and same(raw.get(key), value) for key, value in wanted.items()):
        return dict(wanted)  # nearly always, and what is wanted has its normal form already
    settings = live_settings(spec, live)
    if spec.blank_is_unset:
        settings = {key: value for key, value in settings.items() if value != "" or wanted.get(key) == ""}
    model = settings_model(spec)
    shown = as_seen(model, wanted, settings, written)
    if explicit:
        bare = as_seen(model, wanted, settings, written, defaults=False)
        shown |= {key: bare.get(key, ABSENT) for key in wanted if (spec.settings or key) in spec.inherited}
    found = {key: shown.get(key, ABSENT) for key in wanted}
    if spec.blank_is_unset:
        # A program that asks for "" asks for a setting that is not set.
        found |= {key: "" for key, value in wanted.items() if value == "" and found[key] is ABSENT}
    return found


def echo_mark(value: Any) -> str:
    """How a repeated value is remembered: never the value itself, which may be secret under its own key."""
    return _ABSENT if value is ABSENT else fingerprint(value)


def echoes(spec: ObjectSpec, inputs: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, str]:
    """Which settings Daily's answer to a write repeats otherwise than they were sent."""
    wanted = settings_of(spec, inputs)
    shown = seen_settings(spec, wanted, answer, wanted)
    return {key: echo_mark(shown[key]) for key in wanted if not same(shown[key], wanted[key])}


def outputs(
    spec: ObjectSpec,
    inputs: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    echo: Mapping[str, str],
    domain: str,
    domain_id: str,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The outputs of a resource: its inputs, and what Daily says of the object. Plain JSON; never raises.

    ``before`` are the outputs so far: secrets that Daily shows only once are kept from them.
    """
    outs: dict[str, Any] = {name: value for name, value in inputs.items() if value is not None}
    config = live.get(spec.config) if spec.config else None
    config = dict(config) if isinstance(config, Mapping) else {}
    for item in spec.shown:
        if item.name in outs:
            continue  # given: outputs repeat inputs as they are, even where ``ignore_changes`` keeps Daily's value
        given = get_at(inputs, item.given) if item.given else ABSENT
        value = (config if item.lifted else live).get(item.key or item.name) if given is ABSENT else given
        known = (before or {}).get(item.name)
        if not live or (item.name == "created_at" and _same_second(known, value)):
            value = known  # no usable answer; or a moment that one answer gives with milliseconds and another without
        if value is not None:
            outs[item.name] = value if item.secret else masked(None, value)
    for name in spec.secrets:
        kept = name in spec.computed or name not in spec.inputs.model_fields
        if kept and name not in outs and before is not None and before.get(name) is not None:
            outs[name] = before[name]
    if spec.config:
        extras = inputs.get(spec.extras) if spec.extras else None
        free = extras if isinstance(extras, Mapping) else {}
        shown = masked(settings_model(spec), config)
        outs[spec.config] = {key: without_text(value) if key in free else value for key, value in shown.items()}
        if not live and before is not None:
            outs[spec.config] = before.get(spec.config) or {}
    if echo:
        outs[ECHO] = dict(echo)
    if spec.computed:
        outs[GIVEN] = sorted(name for name in spec.computed if inputs.get(name) is not None)
    outs[DOMAIN] = domain
    outs[DOMAIN_ID] = domain_id
    return outs


def _same_second(known: Any, shown: Any) -> bool:
    before, now = seconds(known), seconds(shown)
    return before is not None and now is not None and int(before) == int(now)


def secret_at(spec: ObjectSpec, setting: str, value: Any) -> bool:
    """Return whether a setting with this value is, or holds, a secret."""
    return value is not ABSENT and not same(masked(settings_model(spec), {setting: value}), {setting: value})


def projected_inputs(
    spec: ObjectSpec, inputs: Mapping[str, Any], live: Mapping[str, Any], echo: Mapping[str, str]
) -> dict[str, Any]:
    """The inputs as the live object has them: only keys the user manages, in check's normal form.

    A setting that Daily shows as it did after the last write counts as unchanged; one that is gone is left out, so
    that the next preview shows it as an addition. One with a secret that the inputs have not stays as it is: its path
    is not marked as secret in the state.
    """
    result = dict(inputs)
    for name in top_level(spec):
        if name in inputs and live.get(name) is not None:
            result[name] = live[name]
    wanted = settings_of(spec, inputs)
    shown = seen_settings(spec, wanted, live, wanted)
    kept: dict[str, Any] = {}
    for key, value in wanted.items():
        new_secret = secret_at(spec, key, shown[key]) and not secret_at(spec, key, value)
        if is_accepted(key, value, shown[key], echo) or new_secret:
            kept[key] = value
        elif shown[key] is not ABSENT:
            kept[key] = shown[key]
    if spec.settings is None:
        return {name: value for name, value in result.items() if name not in wanted} | kept
    for name in (str(spec.settings), str(spec.extras)):
        if isinstance(inputs.get(name), Mapping):
            result[name] = {key: kept[key] for key in inputs[name] if key in kept}
    return result


def is_accepted(setting: str, wanted: Any, shown: Any, echo: Mapping[str, str]) -> bool:
    """Whether what Daily shows of a setting is what it showed, or would show, after the value was written."""
    return same(shown, wanted) or (setting in echo and echo[setting] == echo_mark(shown))


def body(spec: ObjectSpec, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The request body that makes the object."""
    skip = {*spec.local, *spec.unsent, spec.settings, spec.extras}
    made = {spec.api_name(name): value for name, value in inputs.items() if name not in skip and value is not None}
    settings = settings_of(spec, inputs)
    if spec.settings and settings:
        made[spec.settings] = settings
    return made


def live_inputs(spec: ObjectSpec, live: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that describe an object as Daily shows it.

    Settings that this package does not know go to the escape hatch; those that Daily sets itself are left out.
    """
    inputs: dict[str, Any] = {} if spec.id_input is None else {spec.id_input: live[spec.id_input]}
    for name in (*spec.replaces, *top_level(spec)):
        if live.get(name) is not None:
            inputs[name] = live[name]
    known = entries(settings_model(spec))
    hidden = spec.lifted
    settings: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    for key, value in live_settings(spec, live).items():
        if key in hidden or value is None or (known.get(key) and known[key].meta.read_only):
            continue
        (settings if key in known else extras)[key] = value
    if spec.blank_is_unset:
        # It reads back what nobody set: defaults, and keys that are Daily's own.
        usual = defaults(settings_model(spec))
        settings = {k: v for k, v in settings.items() if v != "" and not same(v, usual.get(k, ABSENT))}
        extras = {}
    if spec.settings is None:
        inputs |= {key: value for key, value in settings.items() if key in spec.flat_settings}
    elif settings:
        inputs[spec.settings] = settings
    if spec.extras and extras:
        inputs[spec.extras] = extras
    return inputs
