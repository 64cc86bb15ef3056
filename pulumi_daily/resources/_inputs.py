"""Converts a program's inputs for Pulumi's wire.

Secret settings become secrets in the state, whether the program marks them or not. Where a null has a meaning of its
own, it is distinguished from a missing value (the wire drops nulls).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import isawaitable
from typing import Any
from weakref import WeakKeyDictionary

import pulumi

from ..objects.fields import Entry, Fields, entries
from ..objects.validation import holds_secrets, nested_model
from ..objects.values import NULL_GIVEN, Path

_given: WeakKeyDictionary[pulumi.Output[Any], pulumi.Output[Any]] = WeakKeyDictionary()
"""The Output that the program gave, for each Output made by this module."""


def on_the_wire(model: type[Fields], value: Any, null: Any = None) -> Any:
    """Return inputs along a field model in the form in which they are registered; ``null`` replaces a null.

    Awaitables become Outputs. An Output that may contain a secret is secret as a whole: Pulumi cannot mark a part of
    it.
    """
    if value is None:
        return null
    if _is_later(value):
        return _later(value, lambda known: on_the_wire(model, known, null), holds_secrets(model))
    known = entries(model)
    if all(isinstance(getattr(type(value), name, None), property) for name in known):
        # An instance of the typed inputs (…Args), which has a property for each setting.
        value = {name: getattr(value, name) for name in known if getattr(value, name) is not None}
    if isinstance(value, Mapping):
        extras = _extras(known)
        return {
            key: _setting(known[key], item, extras.get(key)) if key in known else _free(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [on_the_wire(model, item) for item in value]
    return value


def program_outputs(value: Any, path: Path = ()) -> Iterator[tuple[Path, pulumi.Output[Any]]]:
    """Yield the Outputs in the result of ``on_the_wire`` with their paths, each in the form that the program gave."""
    if isinstance(value, pulumi.Output):
        yield path, _given.get(value, value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from program_outputs(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from program_outputs(item, (*path, index))


def _extras(known: Mapping[str, Entry]) -> dict[str, type[Fields]]:
    """Return the inputs that may contain settings of another input's model, with this model."""
    models = (nested_model(entry.annotation) for entry in known.values())
    return {model.extras: model for model in models if model is not None and model.extras in known}


def _further(model: type[Fields], value: Any) -> Any:
    """Return settings beside those of ``model``. Those that it contains are marked as their entries say."""
    if _is_later(value):
        return _later(value, lambda known: _further(model, known), holds_secrets(model))
    if not isinstance(value, Mapping):
        return _free(value)
    known = {key: entry for key, entry in entries(model).items() if value.get(key) is not None}
    return {key: _setting(known[key], item) if key in known else _free(item) for key, item in value.items()}


def _setting(entry: Entry, value: Any, further: type[Fields] | None = None) -> Any:
    """Return one input. ``further`` is the model of the known settings in an input with free keys."""
    meta, inner = entry.meta, nested_model(entry.annotation)
    if value is None:
        return NULL_GIVEN if meta.null_means else None
    if further is not None:
        return _further(further, value)
    if meta.secret:
        return _later(value, lambda known: known, secret=True)
    if _is_later(value) and (inner is not None or meta.null_means):
        return _later(value, lambda known: _setting(entry, known), inner is not None and holds_secrets(inner))
    if inner is None:
        return _free(value)
    values = _values_of_map(entry)
    if isinstance(value, Mapping) and values is not None:
        # A null for an object has no content: a room with the defaults.
        return {key: on_the_wire(inner, item, {} if values is inner else None) for key, item in value.items()}
    return on_the_wire(inner, value)


def _free(value: Any) -> Any:
    """Return a value without a model. An awaitable becomes an Output, because it can be awaited only once."""
    if isinstance(value, Mapping):
        return {key: _free(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_free(item) for item in value]
    return pulumi.Output.from_input(value) if isawaitable(value) else value


def _is_later(value: Any) -> bool:
    return isinstance(value, pulumi.Output) or isawaitable(value)


def _later(value: Any, look: Callable[[Any], Any], secret: bool) -> pulumi.Output[Any]:
    """Return an Output of the result of ``look`` for a value that is known later; ``secret``: marked as secret."""
    if isinstance(value, pulumi.Output) and value in _given:
        return value  # was made by this function
    # `from_input` would also resolve typed inputs, and lose the values in them that resolve to null.
    given = value if isinstance(value, pulumi.Output) else pulumi.Output.from_input(None).apply(lambda _: value)
    found = given.apply(look)
    made: pulumi.Output[Any] = pulumi.Output.secret(found) if secret else pulumi.Output.from_input(found)
    _given[made] = given
    return made


def _values_of_map(entry: Entry) -> Any:
    """Return the type of the values in a setting with free keys; None for other settings."""
    for option in getattr(entry.annotation, "__args__", ()):
        if getattr(option, "__origin__", None) is dict:
            return option.__args__[1]
    return None
