"""Helpers for the generated inputs, both for Pulumi's SDK and for type checkers."""

from __future__ import annotations

import functools
import re
import sys
from difflib import get_close_matches
from typing import Any, TypeVar

import pulumi

if sys.version_info >= (3, 11):
    from typing import NotRequired as NotRequired
    from typing import TypedDict as TypedDict
    from typing import dataclass_transform
else:
    from typing_extensions import NotRequired as NotRequired
    from typing_extensions import TypedDict as TypedDict
    from typing_extensions import dataclass_transform

T = TypeVar("T")


@dataclass_transform(kw_only_default=True)
def input_type(cls: type[T]) -> type[T]:
    """Return a class of typed inputs: each annotation is a keyword of its constructor and a property.

    Pulumi's SDK makes the class, but without the types: it can read neither unions with lists nor every TypedDict. It
    does not need them, because the names in a program equal those in the JSON. The error about an unknown keyword
    contains the place where it belongs, or the name that may be meant.
    """
    annotations = cls.__annotations__
    cls.__annotations__ = dict.fromkeys(annotations, Any)
    made: type[Any] = pulumi.input_type(cls)
    made.__annotations__ = annotations
    made.__init__.__qualname__ = f"{made.__qualname__}.__init__"  # shown in errors about arguments
    take: Any = made.__init__

    @functools.wraps(take)
    def checked(self: T, *args: Any, **given: Any) -> None:
        unknown = [f"{name!r}{_advice(made, name)}" for name in given if name not in annotations]
        if unknown:
            raise TypeError(f"{made.__name__} has no input {', and no '.join(unknown)}")
        take(self, *args, **given)

    made.__init__ = checked
    return made


def _advice(kind: type[Any], name: str) -> str:
    """Return what to write instead of an unknown keyword of a class of typed inputs; empty when nothing is similar."""
    module = vars(sys.modules[kind.__module__])
    own = kind.__annotations__
    below = {
        key: field
        for field, annotation in own.items()
        for inner in _classes_in(annotation)
        for key in module[inner].__annotations__
    }
    if name in below:
        return f' (it belongs into {below[name]}: {below[name]}={{"{name}": …}})'
    for outer in [module[known] for known in module if known.endswith("Args")]:
        for field, annotation in outer.__annotations__.items():
            if kind.__name__ in _classes_in(annotation) and name in outer.__annotations__:
                return f" (it does not belong into {field}, but beside it)"
    near = get_close_matches(name, own, 1) or get_close_matches(name, below, 1)
    meant = [f'{below[key]}={{"{key}": …}}' if key in below and key not in own else key for key in near]
    return f" (did you mean {meant[0]}?)" if meant else ""


def _classes_in(annotation: str) -> list[str]:
    """Return the names of the classes of typed inputs in an annotation."""
    return re.findall(r"\b\w+Args\b", annotation)


def untyped(value: Any) -> Any:
    """Return ``value`` unchanged, in a type that type checkers accept as any input.

    Use it for computed values whose type is less precise than the value: a ``dict[str, Any]`` of settings, or a text
    from the stack's configuration that must be one of a few. The preview validates the value like every input.
    """
    return value
