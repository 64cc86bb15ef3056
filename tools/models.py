"""Reads field models for the generators."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.validation import nested_model


def options(annotation: Any) -> list[Any]:
    """Return the members of a union without None, also inside Annotated."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        return [found for part in get_args(annotation) if part is not type(None) for found in options(part)]
    return [annotation]


def is_model(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, Fields)


def nested_models(model: type[Fields]) -> list[type[Fields]]:
    """Return ``model`` and every field model below it, the deepest first, each once."""
    found: list[type[Fields]] = []
    for entry in entries(model).values():
        for option in options(entry.annotation):
            inner = nested_model(option)
            if inner is not None:
                found += nested_models(inner)
    return list(dict.fromkeys([*found, model]))


def below(model: type[Fields]) -> Iterator[type[Fields]]:
    """Yield every field model below ``model`` in reading order; some of them twice."""
    for entry in entries(model).values():
        for option in options(entry.annotation):
            inner = nested_model(option)
            if inner is not None:
                yield inner
                yield from below(inner)


def camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def summary(model: type[Fields]) -> str:
    return " ".join((model.__doc__ or model.__name__).split())
