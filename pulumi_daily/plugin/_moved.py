"""Converts the state of a stack from dynamic resources to resources of the plugin. Pure.

Both keep the same values. The plugin has another type, other names and another provider, and needs neither the pickled
provider nor the input ``drift``. Encrypted values are kept as they are: an object that is secret as a whole keeps
Daily's names, which the plugin reads as well, until the next change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api import UsageError
from ..objects.kinds import DYNAMIC_PROVIDER, DYNAMIC_TYPE, PLUGIN_TYPE, SPECS
from ..objects.notes import DRIFT
from ..objects.plugin_names import Shape, path_to_program, shape_of, to_program
from ..objects.values import format_path, parse_path
from ..settings import NAMESPACE, PROVIDER_NAME

NEW_PROVIDER = "pulumi:providers:daily"

_NO_EXPORT = "this is not the output of `pulumi stack export` for a stack with resources"

Json = dict[str, Any]


def moved(export: Mapping[str, Any]) -> tuple[Json, int]:
    """Return the result of ``pulumi stack export`` with plugin resources, and the number of converted resources.

    Raises ``UsageError`` for something else, for a state with pending operations, and if there is nothing to convert.
    """
    deployment = export.get("deployment")
    resources = deployment.get("resources") if isinstance(deployment, Mapping) else None
    if not isinstance(resources, list) or not all(map(_is_resource, resources)):
        raise UsageError(_NO_EXPORT)
    assert isinstance(deployment, Mapping)
    if deployment.get("pending_operations"):
        raise UsageError("the last run of this stack was interrupted: finish it first (`pulumi refresh`, `pulumi up`)")
    mine = [one for one in resources if str(one.get("type")).startswith(DYNAMIC_TYPE)]
    if not mine:
        raise UsageError("this stack has no dynamic resources of pulumi_daily")
    unknown = sorted({one["type"] for one in mine} - {DYNAMIC_TYPE + kind for kind in SPECS})
    if unknown:
        raise UsageError(f"this version does not know {', '.join(unknown)}")
    if not all(isinstance(one.get("provider"), str) for one in mine):
        raise UsageError(_NO_EXPORT)
    used = {one["provider"] for one in mine}
    shared = {one.get("provider") for one in resources if one not in mine} & used
    urns = {one["urn"]: _urn(one["urn"]) for one in resources}
    found: list[Json] = []
    for one in resources:
        reference = f"{one['urn']}::{one.get('id')}"
        if one.get("type") == DYNAMIC_PROVIDER and reference in used:
            found += [one] if reference in shared else []
            found.append(_provider(one))
        else:
            found.append(_with_urns(_resource(one) if one in mine else one, urns))
    return {**export, "deployment": {**deployment, "resources": found}}, len(mine)


def _is_resource(one: Any) -> bool:
    """Return whether a value has the form of a resource in an export, as far as it is read here."""
    if not isinstance(one, dict) or not all(isinstance(one.get(key), str) for key in ("urn", "type")):
        return False
    return all(isinstance(one.get(key) or {}, dict) for key in ("inputs", "outputs", "propertyDependencies"))


def _urn(urn: str) -> str:
    return urn.replace(DYNAMIC_TYPE, PLUGIN_TYPE)


def _provider(one: Json) -> Json:
    """Return the provider of the plugin with the configuration of a provider of dynamic resources."""

    def options(values: Mapping[str, Any] | None) -> Json:
        known = {key: value for key, value in (values or {}).items() if key.startswith(f"{NAMESPACE}:")}
        return {key.partition(":")[2]: value for key, value in known.items() if key != PROVIDER_NAME}

    urn = one["urn"].replace(DYNAMIC_PROVIDER, NEW_PROVIDER)
    both = {name: options(one.get(name)) for name in ("inputs", "outputs")}
    return {**one, "urn": urn, "type": NEW_PROVIDER, **both}


def _resource(one: Json) -> Json:
    """Return a resource under the plugin's type, provider and names."""
    kind = one["type"].removeprefix(DYNAMIC_TYPE)
    shape = shape_of(SPECS[kind])

    def names(values: Mapping[str, Any] | None) -> Json:
        kept = {key: value for key, value in (values or {}).items() if key not in ("__provider", DRIFT)}
        return dict(to_program(shape, kept))

    made = {**one, "type": PLUGIN_TYPE + kind, "provider": one["provider"].replace(DYNAMIC_PROVIDER, NEW_PROVIDER)}
    for key in ("inputs", "outputs", "propertyDependencies"):
        if one.get(key):
            made[key] = names(one[key])
    for key in ("additionalSecretOutputs", "ignoreChanges", "replaceOnChanges"):
        if one.get(key):
            made[key] = [_path(shape, path) for path in one[key]]
    return made


def _path(shape: Shape, path: str) -> str:
    return format_path(path_to_program(shape, parse_path(path)))


def _with_urns(value: Any, urns: Mapping[str, str]) -> Any:
    """Return a value in which every URN of a converted resource is the new one, also in references to resources."""
    if isinstance(value, str):
        return urns.get(value, value)
    if isinstance(value, dict):
        return {key: _with_urns(item, urns) for key, item in value.items()}
    return [_with_urns(item, urns) for item in value] if isinstance(value, list) else value
