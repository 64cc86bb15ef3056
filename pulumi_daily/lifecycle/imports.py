"""The state of an object that exists already, as an import file for Pulumi wants it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..objects.fields import entries
from ..objects.spec import ObjectSpec
from .account import Domain
from .outputs import live_settings, outputs, settings_model, top_level


def imported(spec: ObjectSpec, live: Mapping[str, Any], domain: Domain) -> tuple[dict[str, Any], dict[str, Any]]:
    """``(inputs, outputs)`` of an object as Daily shows it: every setting that is set becomes managed.

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
    if spec.settings is None:
        inputs |= {key: value for key, value in settings.items() if key in spec.flat_settings}
    elif settings:
        inputs[spec.settings] = settings
    if spec.extras and extras:
        inputs[spec.extras] = extras
    return inputs, outputs(spec, inputs, live, echo={}, domain=domain.name, domain_id=domain.id)
