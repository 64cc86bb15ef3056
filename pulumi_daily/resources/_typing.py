"""Helpers for the generated inputs, both for Pulumi's SDK and for type checkers."""

from __future__ import annotations

import sys
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
    does not need them, because the names in a program equal those in the JSON.
    """
    annotations = cls.__annotations__
    cls.__annotations__ = dict.fromkeys(annotations, Any)
    made = pulumi.input_type(cls)
    made.__annotations__ = annotations
    made.__init__.__qualname__ = f"{made.__qualname__}.__init__"  # shown in errors about arguments
    return made


def untyped(value: Any) -> Any:
    """Return ``value`` unchanged, in a type that type checkers accept as any input.

    Use it for computed values whose type is less precise than the value: a ``dict[str, Any]`` of settings, or a text
    from the stack's configuration that must be one of a few. The preview validates the value like every input.
    """
    return value
