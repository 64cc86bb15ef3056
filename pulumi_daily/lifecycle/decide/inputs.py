"""The parts of a resource's inputs: settings, other compared inputs, and the body of a create. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...objects.fields import entries
from ...objects.secrets import mask_in_errors
from ...objects.spec import ObjectSpec, settings_model


def settings_of(spec: ObjectSpec, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings in the inputs by name, including those in ``spec.extras`` (masked in errors)."""
    if spec.settings is None:
        return {name: inputs[name] for name in spec.flat_settings if inputs.get(name) is not None}
    found: dict[str, Any] = {}
    for key in (spec.settings, spec.extras):
        value = inputs.get(key) if key else None
        if isinstance(value, Mapping):
            found.update(_masked_extras(spec, value) if key == spec.extras else value)
    return found


def _masked_extras(spec: ObjectSpec, extras: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of ``spec.extras``. Those that no model knows may be secret: their text is masked in errors."""
    known = entries(settings_model(spec))
    return {key: value if key in known else mask_in_errors(value) for key, value in extras.items()}


def top_level(spec: ObjectSpec) -> tuple[str, ...]:
    """Return the inputs other than settings that are compared and sent (for a room: ``privacy``), without the id."""
    special = {spec.settings, spec.extras, spec.id_input, *spec.provider_only_inputs, *spec.rotation_triggers}
    special |= {*spec.replaces, *spec.flat_settings}
    return tuple(name for name in spec.inputs.model_fields if name not in special)


def setting_path(spec: ObjectSpec, inputs: Mapping[str, Any], setting: str) -> tuple[str, ...]:
    """Return the path of a setting in the inputs."""
    extras = inputs.get(spec.extras) if spec.extras else None
    if spec.extras and isinstance(extras, Mapping) and setting in extras:
        return spec.extras, setting
    return (spec.settings, setting) if spec.settings else (setting,)


def create_body(spec: ObjectSpec, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the request that creates the object."""
    skip = {*spec.provider_only_inputs, *spec.rotation_triggers, spec.settings, spec.extras}
    made = {spec.api_name(name): value for name, value in inputs.items() if name not in skip and value is not None}
    settings = settings_of(spec, inputs)
    if spec.settings and settings:
        made[spec.settings] = settings
    return made
