"""The typed inputs: complete, and on the wire exactly Daily's JSON."""

from __future__ import annotations

import asyncio
import inspect
import types
import typing
from typing import Any, Literal, get_args, get_origin

import pulumi
import pytest
from google.protobuf import json_format
from pulumi.runtime import rpc

from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.room import RoomProperties
from pulumi_daily.objects.validation import nested_model
from pulumi_daily.resources import _room_types


def _options(annotation: Any) -> list[Any]:
    while get_origin(annotation) is typing.Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (typing.Union, types.UnionType):
        return [o for a in get_args(annotation) if a is not type(None) for o in _options(a)]
    return [annotation]


def _models(model: type[Fields]) -> list[type[Fields]]:
    found = [model]
    for entry in entries(model).values():
        for option in _options(entry.annotation):
            inner = nested_model(option)
            if inner is not None:
                found += _models(inner)
    return list(dict.fromkeys(found))


MODELS = _models(RoomProperties)


def _samples(annotation: Any, typed: bool) -> list[Any]:
    """One value for each member of the union."""
    found: list[Any] = []
    for option in _options(annotation):
        origin, args = get_origin(option), get_args(option)
        if isinstance(option, type) and issubclass(option, Fields):
            found.append(_full(option, typed))
        elif origin is Literal:
            found.append(args[0])
        elif origin is list:
            found.append(_samples(args[0], typed) * 2)
        elif origin is dict:
            values = [{"free": [1, {"form": True}]}] if args[1] is Any else _samples(args[1], typed)
            found.append({f"some_{i}": value for i, value in enumerate(values)})
        else:
            found.append({bool: True, int: 5, float: 0.5, str: "text"}[option])
    return found


def _full(model: type[Fields], typed: bool, pick: int = 0) -> Any:
    values = {}
    for name, entry in entries(model).items():
        samples = _samples(entry.annotation, typed)
        values[name] = samples[min(pick, len(samples) - 1)]
    return getattr(_room_types, f"{model.__name__}Args")(**values) if typed else values


def _wire(properties: Any) -> dict[str, Any]:
    """What the engine gets for ``properties``, as JSON."""

    async def go() -> dict[str, Any]:
        struct = await rpc.serialize_properties({"properties": properties}, {})
        return json_format.MessageToDict(struct)

    found: dict[str, Any] = asyncio.run(go())["properties"]
    return found


def test_all_49_properties_are_there() -> None:
    parameters = inspect.signature(_room_types.RoomPropertiesArgs).parameters
    assert len(parameters) == 49
    assert list(parameters) == list(entries(RoomProperties))
    assert set(_room_types.RoomPropertiesArgsDict.__annotations__) == set(entries(RoomProperties))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_type_has_the_fields_of_its_model(model: type[Fields]) -> None:
    args = getattr(_room_types, f"{model.__name__}Args")
    as_dict = getattr(_room_types, f"{model.__name__}ArgsDict")
    parameters = inspect.signature(args).parameters
    required = {name for name, entry in entries(model).items() if entry.meta.required}
    assert set(parameters) == set(entries(model))
    assert {p.kind for p in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert {name for name, p in parameters.items() if p.default is p.empty} == required
    assert set(as_dict.__annotations__) == set(entries(model))
    optional = {name for name, kind in as_dict.__annotations__.items() if kind.__forward_arg__.startswith("NotReq")}
    assert optional == set(entries(model)) - required
    assert {args.__name__, as_dict.__name__} <= set(_room_types.__all__)
    for name, entry in entries(model).items():
        assert entry.meta.doc.split()[0] in (getattr(args, name).__doc__ or "")


@pytest.mark.parametrize("pick", [0, 1])
def test_what_is_typed_is_sent_under_dailys_names(pick: int) -> None:
    plain = _full(RoomProperties, typed=False, pick=pick)
    assert _wire(_full(RoomProperties, typed=True, pick=pick)) == _wire(plain) == plain


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("pick", [0, 1])
def test_dicts_and_lists_may_stand_inside_a_typed_value(model: type[Fields], pick: int) -> None:
    plain = _full(model, typed=False, pick=pick)
    assert _wire(getattr(_room_types, f"{model.__name__}Args")(**plain)) == plain


def test_every_value_may_be_an_output() -> None:
    plain = _full(RoomProperties, typed=False)

    async def go() -> dict[str, Any]:
        later = {name: pulumi.Output.from_input(value) for name, value in _full(RoomProperties, typed=False).items()}
        typed = _room_types.RoomPropertiesArgs(**later)
        struct = await rpc.serialize_properties({"properties": typed}, {})
        return json_format.MessageToDict(struct)

    assert asyncio.run(go())["properties"] == plain


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_values_can_be_read_and_set(model: type[Fields]) -> None:
    plain = _full(model, typed=False)
    first = getattr(_room_types, f"{model.__name__}Args")(**plain)
    second = getattr(_room_types, f"{model.__name__}Args")(**dict.fromkeys(plain))
    for name, value in plain.items():
        assert getattr(first, name) == value
        setattr(second, name, value)
    assert _wire(second) == plain


def test_what_is_left_out_is_not_sent() -> None:
    assert _wire(_room_types.RoomPropertiesArgs(enable_chat=False, lang=None)) == {"enable_chat": False}
