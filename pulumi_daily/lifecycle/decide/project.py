"""Projects a live object on a resource: its outputs, the inputs of a refresh, and the forms that Daily gives to values.

Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ...objects.fields import Fields, entries
from ...objects.secrets import masked, redact_strings
from ...objects.spec import ObjectSpec, OutputField, settings_model
from ...objects.validation import defaults, nested_model
from ...objects.values import ABSENT, fingerprint, get_at, same, seconds
from .inputs import settings_of, top_level

if TYPE_CHECKING:
    from ..state import LiveView, ResourceState

_ABSENT_MARK = "absent"


# -- settings ---------------------------------------------------------------------------------------------------------


def project(model: type[Fields] | None, wanted: Any, live: Any, written: Any = ABSENT, *, defaults: bool = True) -> Any:
    """Return ``live`` cut down to the keys of ``wanted``, with Daily's defaults; ABSENT where it is not set.

    Objects are projected key by key and lists of equal length element by element; all other values are returned whole.
    ``written`` is the last value sent; it replaces write-only values, which Daily may omit. ``defaults=False`` omits
    the defaults.
    """
    if live is ABSENT or live is None:
        return ABSENT
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        return _project_object(model, wanted, live, written if isinstance(written, Mapping) else {}, defaults)
    if isinstance(wanted, list | tuple) and isinstance(live, list | tuple) and len(wanted) == len(live):
        items = [project(model, w, v, defaults=defaults) for w, v in zip(wanted, live, strict=True)]
        return [None if value is ABSENT else value for value in items]
    return live


def _project_object(
    model: type[Fields] | None,
    wanted: Mapping[str, Any],
    live: Mapping[str, Any],
    written: Mapping[str, Any],
    defaults: bool,
) -> dict[str, Any]:
    known = entries(model) if model else {}
    projected = {}
    for key, inner in wanted.items():
        entry, value = known.get(key), live.get(key)
        if value is None and entry and entry.meta.write_only:
            value = written.get(key, ABSENT)
        elif value is None and entry:
            value = entry.meta.default if defaults else ABSENT
        nested = nested_model(entry.annotation) if entry else model
        value = project(nested, inner, value, written.get(key), defaults=defaults)
        if value is not ABSENT:
            projected[key] = value
    return projected


def observed_settings(
    spec: ObjectSpec,
    wanted: Mapping[str, Any],
    live: LiveView,
    written: Mapping[str, Any] | None = None,
    *,
    explicit: bool = False,
) -> dict[str, Any]:
    """Return the settings in ``wanted`` with Daily's values, cut down to the wanted keys; ABSENT where one is not set.

    In place of a value that Daily omits is the one in ``written`` if it is write-only, else the documented default.
    ``explicit`` leaves out these defaults in settings of ``spec.inherited``: there the domain's value may apply.
    With ``spec.blank_is_unset``, ``""`` counts as not set; where the program wants ``""``, it replaces ABSENT.
    """
    equal = {key: value for key, value in wanted.items() if value != "" and same(live.config.get(key), value)}
    if len(equal) == len(wanted):
        return equal  # nearly always the case
    settings = live.settings
    if spec.blank_is_unset:
        settings = {key: value for key, value in settings.items() if value != "" or wanted.get(key) == ""}
    model = settings_model(spec)
    shown = project(model, wanted, settings, written)
    if explicit:
        bare = project(model, wanted, settings, written, defaults=False)
        shown |= {key: bare.get(key, ABSENT) for key in wanted if (spec.settings or key) in spec.inherited}
    found = {key: shown.get(key, ABSENT) for key in wanted}
    if spec.blank_is_unset:
        # A program that sets "" wants the setting to be unset.
        found |= {key: "" for key, value in wanted.items() if value == "" and found[key] is ABSENT}
    return found | equal  # a setting in ``spec.extras`` need not be in normal form


# -- normalisations: values that Daily returns in another form -------------------------------------------------------


def fingerprint_of(value: Any) -> str:
    """Return the fingerprint of a live value, or a fixed text for ABSENT.

    The value itself is not stored because it may be secret.
    """
    return _ABSENT_MARK if value is ABSENT else fingerprint(value)


def is_accepted(setting: str, wanted: Any, shown: Any, normalized: Mapping[str, str]) -> bool:
    """Return whether a live value (``shown``) counts as ``wanted``: it is equal, or is Daily's known form of it.

    ``normalized`` are the fingerprints, by setting, of the values that Daily returned for what was sent in another form
    (``ResourceState.normalized``).
    """
    return same(shown, wanted) or (setting in normalized and normalized[setting] == fingerprint_of(shown))


def normalizations(spec: ObjectSpec, inputs: Mapping[str, Any], answer: LiveView) -> dict[str, str]:
    """Return the fingerprints, by setting, of the values in ``answer`` that differ from those in ``inputs``.

    ``answer`` is Daily's answer to the write of ``inputs``.
    """
    wanted = settings_of(spec, inputs)
    shown = observed_settings(spec, wanted, answer, wanted)
    return {key: fingerprint_of(shown[key]) for key in wanted if not same(shown[key], wanted[key])}


def kept_normalizations(spec: ObjectSpec, state: ResourceState, inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the fingerprints of the state whose settings are the same in ``inputs`` and in the state's inputs."""
    old, new = settings_of(spec, state.inputs), settings_of(spec, inputs)
    return {key: mark for key, mark in state.normalized.items() if key in new and same(old.get(key), new[key])}


def new_normalizations(
    spec: ObjectSpec,
    inputs: Mapping[str, Any],
    answer: LiveView | None,
    sent: Collection[str] | None,
    kept: Mapping[str, str],
) -> dict[str, str]:
    """Return the fingerprints for the state after a write, by setting; none without an ``answer``.

    A live value that differs from the input is recorded as Daily's form of it when exactly the input's value was sent,
    or when ``kept``, the fingerprints before the write, has the same one. ``sent`` are the settings of an update, with
    values where these may differ from the program's; None means all settings.
    """
    found = normalizations(spec, inputs, answer) if answer is not None else {}
    wanted = settings_of(spec, inputs)

    def was_sent(key: str) -> bool:
        return sent is None or (key in sent and (not isinstance(sent, Mapping) or same(sent[key], wanted[key])))

    return {key: mark for key, mark in found.items() if was_sent(key) or kept.get(key) == mark}


# -- outputs and inputs -----------------------------------------------------------------------------------------------


def observe(
    spec: ObjectSpec, inputs: Mapping[str, Any], live: LiveView | None, before: ResourceState | None = None
) -> dict[str, Any]:
    """Return the outputs that are not inputs, from Daily's answer. Plain JSON; never raises.

    ``live`` is None when no object could be read from Daily's answer; then the values of ``before`` are kept. Secrets
    that Daily returns only once are kept in any case.
    """
    found: dict[str, Any] = {}
    for item in spec.output_fields:
        # Outputs repeat inputs unchanged, even where ``ignore_changes`` keeps Daily's value.
        value = None if inputs.get(item.name) is not None else _output(item, inputs, live, before)
        if value is not None:
            found[item.name] = value
    for name in spec.secrets:
        kept = name in spec.computed or name not in spec.inputs.model_fields
        known = before.get(name) if kept and before is not None and name not in found else None
        if known is not None and inputs.get(name) is None:
            found[name] = known
    if spec.config:
        found[spec.config] = _config_output(spec, inputs, live, before)
    return found


def _output(item: OutputField, inputs: Mapping[str, Any], live: LiveView | None, before: ResourceState | None) -> Any:
    known = before.get(item.name) if before is not None else None
    if live is None:
        return known
    given = get_at(inputs, item.repeats) if item.repeats else ABSENT
    value = live.output(item.name) if given is ABSENT else given
    if item.name == "created_at" and _same_second(known, value):
        return known  # some answers contain a time with milliseconds, others a whole second, cut off or rounded
    return value if item.secret or value is None else masked(None, value)


def _config_output(
    spec: ObjectSpec, inputs: Mapping[str, Any], live: LiveView | None, before: ResourceState | None
) -> dict[str, Any]:
    if live is None and before is not None:
        return dict(before.mapping(str(spec.config)))
    extras = inputs.get(spec.extras) if spec.extras else None
    model = settings_model(spec)
    free = extras.keys() - entries(model) if isinstance(extras, Mapping) else ()
    shown = masked(model, live.config if live is not None else {})
    return {key: redact_strings(value) if key in free else value for key, value in shown.items()}


def _same_second(known: Any, shown: Any) -> bool:
    """Return whether two times of Daily may be forms of one: a whole second may be cut off or rounded."""
    before, now = seconds(known), seconds(shown)
    return before is not None and now is not None and abs(before - now) < 1


def secret_at(spec: ObjectSpec, setting: str, value: Any) -> bool:
    """Return whether a setting with this value is, or contains, a secret."""
    return value is not ABSENT and not same(masked(settings_model(spec), {setting: value}), {setting: value})


def project_inputs(
    spec: ObjectSpec, inputs: Mapping[str, Any], live: LiveView, normalized: Mapping[str, str]
) -> dict[str, Any]:
    """Return the inputs as the live object has them: only keys that the user manages, in check's normal form.

    A setting with Daily's known form of its value (``normalized``, see :func:`is_accepted`) counts as unchanged. A
    setting that Daily does not have is left out, so that the next preview shows it as an addition.
    """
    result = dict(inputs)
    for name in top_level(spec):
        if name in inputs and live.get(name) is not None:
            result[name] = live[name]
    kept = _projected_settings(spec, settings_of(spec, inputs), live, normalized)
    if spec.settings is None:
        return {name: value for name, value in result.items() if name not in spec.flat_settings} | kept
    for name in (str(spec.settings), str(spec.extras)):
        if isinstance(inputs.get(name), Mapping):
            result[name] = {key: kept[key] for key in inputs[name] if key in kept}
    return result


def _projected_settings(
    spec: ObjectSpec, wanted: Mapping[str, Any], live: LiveView, normalized: Mapping[str, str]
) -> dict[str, Any]:
    """Return the settings of a refresh; see :func:`project_inputs`.

    A setting whose live value contains a secret, but whose input does not, keeps its input: its path is not marked as
    secret in the state.
    """
    shown = observed_settings(spec, wanted, live, wanted)
    kept: dict[str, Any] = {}
    for key, value in wanted.items():
        new_secret = secret_at(spec, key, shown[key]) and not secret_at(spec, key, value)
        if is_accepted(key, value, shown[key], normalized) or new_secret:
            kept[key] = value
        elif shown[key] is not ABSENT:
            kept[key] = shown[key]
    return kept


def declared_inputs(spec: ObjectSpec, live: LiveView) -> dict[str, Any]:
    """Return the inputs that describe a live object.

    Settings that this package does not know go into ``spec.extras``; those that Daily sets itself are omitted.
    """
    inputs: dict[str, Any] = {} if spec.id_input is None else {spec.id_input: live[spec.id_input]}
    for name in (*spec.replaces, *top_level(spec)):
        if live.get(name) is not None:
            inputs[name] = live[name]
    settings, extras = _declared_settings(spec, live)
    if spec.settings is None:
        inputs |= {key: value for key, value in settings.items() if key in spec.flat_settings}
    elif settings:
        inputs[spec.settings] = settings
    if spec.extras and extras:
        inputs[spec.extras] = extras
    return inputs


def _declared_settings(spec: ObjectSpec, live: LiveView) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of an object that a program can set: those of the field model, and all others."""
    model = settings_model(spec)
    known = entries(model)
    declarable = {
        key: value
        for key, value in live.settings.items()
        if value is not None and key not in spec.config_outputs and not (key in known and known[key].meta.read_only)
    }
    settings = {key: value for key, value in declarable.items() if key in known}
    if spec.blank_is_unset:
        # Daily also returns settings that were never set: defaults, and its own keys.
        usual = defaults(model)
        return {k: v for k, v in settings.items() if v != "" and not same(v, usual.get(k, ABSENT))}, {}
    return settings, {key: value for key, value in declarable.items() if key not in known}
