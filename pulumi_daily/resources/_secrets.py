"""Secret settings are secrets in the state whether the program marks them or not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi

from ..objects.fields import Fields, entries
from ..objects.validation import nested_model


def secured(model: type[Fields], value: Any) -> Any:
    """``value``, inputs along a field model, with its secret settings wrapped as Pulumi secrets.

    A value that is known only later becomes a secret as a whole when it may hold one: Pulumi has no finer mark then.
    """
    known = entries(model)
    if all(isinstance(getattr(type(value), name, None), property) for name in known):
        # An instance of the typed inputs (…Args), which have a property for each setting.
        value = {name: getattr(value, name) for name in known if getattr(value, name) is not None}
    if isinstance(value, Mapping):
        return {key: _setting(known[key], item) if key in known else item for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [secured(model, item) for item in value]
    if isinstance(value, pulumi.Output) and holds_secrets(model):
        return pulumi.Output.secret(value)
    return value


def _setting(entry: Any, value: Any) -> Any:
    if value is None:
        return None
    if entry.meta.secret:
        return pulumi.Output.secret(value)
    inner = nested_model(entry.annotation)
    if inner is None:
        return value
    if isinstance(value, Mapping) and _is_map(entry):
        return {key: secured(inner, item) for key, item in value.items()}
    return secured(inner, value)


@cache
def holds_secrets(model: type[Fields]) -> bool:
    """Whether a model has a secret setting, at any depth."""
    inner = [(entry.meta.secret, nested_model(entry.annotation)) for entry in entries(model).values()]
    return any(secret or (below is not None and holds_secrets(below)) for secret, below in inner)


def _is_map(entry: Any) -> bool:
    """Whether a setting is an object by free keys, of objects of the model."""
    return any(getattr(option, "__origin__", None) is dict for option in getattr(entry.annotation, "__args__", ()))
