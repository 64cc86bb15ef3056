"""What the generated inputs are made with, for Pulumi's SDK and for type checkers alike."""

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

    Pulumi's SDK makes it, and is told nothing of the types: the names in a program are those of the JSON already, and
    it can read neither unions with lists nor every TypedDict.
    """
    annotations = cls.__annotations__
    cls.__annotations__ = dict.fromkeys(annotations, Any)
    made = pulumi.input_type(cls)
    made.__annotations__ = annotations
    made.__init__.__qualname__ = f"{made.__qualname__}.__init__"  # errors about arguments show it
    return made


def untyped(value: Any) -> Any:
    """Return ``value`` itself, which type checkers then accept as any input.

    For what a program computes, where its type says less than its values: a ``dict[str, Any]`` of settings, or a text
    from the stack's configuration that is one of a few. The preview checks it like every input.
    """
    return value
