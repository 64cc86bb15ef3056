"""The base of the typed outputs in :mod:`pulumi_daily.outputs`.

Pulumi's own output types lose keys that they do not declare, and raise for a value of another type than declared. Daily
may send both at any time, so this package has its own conversion.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T", bound="OutputObject")


class OutputObject(dict[str, Any]):
    """An object of Daily: a dictionary whose documented keys are also attributes. A missing key is None there."""

    @classmethod
    def of(cls: type[T], value: Mapping[str, Any]) -> T:
        """Return ``value`` with its documented keys converted to their types, and whole numbers as ``int``."""
        known = _converters(cls)
        return cls({key: known.get(key, _with_ints)(item) for key, item in value.items()})

    def copy(self: T) -> T:
        """Return a copy of the same type."""
        return type(self)(self)

    if not TYPE_CHECKING:  # so that type checkers report a misspelt attribute

        def __getattr__(self, name: str) -> Any:
            if name in _converters(type(self)):
                return self.get(name)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def converter(kind: Any) -> Callable[[Any], Any]:
    """Return a function that converts a JSON-like value to the type ``kind`` as far as possible; it never raises.

    Objects become output objects, and whole numbers ``int`` everywhere: Pulumi sends every number as a float, and
    ``2000000000.0`` would be the text of a Unix time.
    """
    options = [option for option in _options(kind) if option is not type(None)]

    def convert(value: Any) -> Any:
        for option in options:
            origin, args = get_origin(option), get_args(option)
            if isinstance(value, Mapping):
                if isinstance(option, type) and issubclass(option, OutputObject):
                    return option.of(value)
                if origin is dict:
                    inner = converter(args[1])
                    return {key: inner(item) for key, item in value.items()}
            elif isinstance(value, list) and origin is list:
                return list(map(converter(args[0]), value))
        return _with_ints(value)

    return convert


def _with_ints(value: Any) -> Any:
    """Return a JSON-like value with its whole numbers as ``int``, at any depth."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _with_ints(item) for key, item in value.items()}
    return [_with_ints(item) for item in value] if isinstance(value, list) else value


@cache
def _converters(cls: type[OutputObject]) -> dict[str, Callable[[Any], Any]]:
    """Return the converter of each documented key."""
    return {name: converter(kind) for name, kind in get_type_hints(cls).items()}


def _options(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
