"""The resources of the native plugin under the names and with the inputs of `pulumi_daily`.

Programs of scenarios run through both adapters without a change: ``import native_door as daily``. Names are converted
as Pulumi's generated SDKs do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi

import pulumi_daily as dynamic
from pulumi_daily import *  # noqa: F403 - the typed inputs
from pulumi_daily.lifecycle.kinds.table import KINDS
from pulumi_daily.objects.plugin_names import Shape, path_to_program, shape_of
from pulumi_daily.objects.spec import DOMAIN, DOMAIN_ID
from pulumi_daily.objects.values import camel_case, format_path, parse_path
from pulumi_daily.resources._arguments import inputs_and_options
from pulumi_daily.resources._inputs import on_the_wire
from pulumi_daily.settings import OPTIONS


def renamed(shape: Shape | None, value: Any) -> Any:
    """Inputs under the plugin's names, inside Outputs as well."""
    if shape is None:
        return value
    if isinstance(value, pulumi.Output):
        return value.apply(lambda known: renamed(shape, known))
    if isinstance(value, dict):
        return {shape.to_program(key): renamed(shape.below(key), item) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(shape.items if shape.fields is None else shape, item) for item in value]
    return value


def with_paths(shape: Shape, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    """Options whose property paths have the plugin's names."""
    for name in ("ignore_changes", "replace_on_changes"):
        paths = getattr(opts, name, None)
        if paths:
            found = [format_path(path_to_program(shape, parse_path(path))) for path in paths]
            opts = pulumi.ResourceOptions._copy(opts)
            setattr(opts, name, found)
    return opts


class Native(pulumi.CustomResource):
    """A resource of the plugin. Its outputs have the names of `pulumi_daily`."""

    kind: str

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        inputs, opts = inputs_and_options(getattr(dynamic, f"{self.kind}Args"), args, kwargs)
        spec = KINDS[self.kind].spec
        given = on_the_wire(spec.inputs, {name: value for name, value in inputs.items() if value is not None})
        outputs = dict.fromkeys(map(camel_case, (*spec.inputs.model_fields, *spec.outputs, DOMAIN, DOMAIN_ID)))
        shape = shape_of(spec)
        super().__init__(
            f"daily:index:{self.kind}", resource_name, {**outputs, **renamed(shape, given)}, with_paths(shape, opts)
        )

    @classmethod
    def get(cls, resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Any:
        by_id = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        made = cls.__new__(cls)
        outputs = KINDS[cls.kind].spec
        names = (*outputs.inputs.model_fields, *outputs.outputs, DOMAIN, DOMAIN_ID)
        pulumi.CustomResource.__init__(
            made, f"daily:index:{cls.kind}", resource_name, dict.fromkeys(map(camel_case, names)), by_id
        )
        return made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or camel_case(name) not in self.__dict__:
            raise AttributeError(name)
        return self.__dict__[camel_case(name)]


def door(name: str) -> type[Native]:
    return type(name, (Native,), {"kind": name})


class Provider(pulumi.ProviderResource):
    """An account of the plugin."""

    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        known: dict[str, Callable[[Any], Any]] = {option.name: str for option in OPTIONS}
        given = {camel_case(name): value for name, value in inputs.items() if camel_case(name) in known}
        super().__init__("daily", resource_name, given, opts)


globals().update({name: door(name) for name in KINDS})
