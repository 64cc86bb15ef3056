"""The typed inputs of every kind of object: complete, and on the wire exactly Daily's JSON."""

from __future__ import annotations

import asyncio
import inspect
import sys
from typing import Any, Literal, get_args, get_origin

import pulumi
import pytest
from google.protobuf import json_format
from models import nested_models, options
from pulumi.runtime import rpc
from targets import TARGETS

import pulumi_daily
from pulumi_daily.objects.domain import DomainProperties
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.meeting_token import TokenProperties
from pulumi_daily.objects.room import Room, RoomProperties
from pulumi_daily.objects.webhook import Webhook

MODELS = list(dict.fromkeys(m for target in TARGETS for top in target.models for m in nested_models(top)))
"""Every field model that a program can fill in."""

INPUTS = [target.spec.inputs for target in TARGETS]
"""The models of all inputs of a resource."""

every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def args_of(model: type[Fields]) -> Any:
    return getattr(pulumi_daily, f"{model.__name__}Args")


def _samples(annotation: Any, typed: bool) -> list[Any]:
    """One value for each member of the union."""
    found: list[Any] = []
    for option in options(annotation):
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
    return args_of(model)(**values) if typed else values


def _wire(properties: Any) -> dict[str, Any]:
    """What the engine gets for ``properties``, as JSON."""

    async def go() -> dict[str, Any]:
        struct = await rpc.serialize_properties({"properties": properties}, {})
        return json_format.MessageToDict(struct)

    found: dict[str, Any] = asyncio.run(go())["properties"]
    return found


@pytest.mark.parametrize(("model", "count"), [(RoomProperties, 50), (DomainProperties, 39), (TokenProperties, 24)])
def test_all_properties_are_there(model: type[Fields], count: int) -> None:
    parameters = inspect.signature(args_of(model)).parameters
    assert len(parameters) == count
    assert list(parameters) == list(entries(model))


@pytest.mark.parametrize("model", [*MODELS, *INPUTS], ids=lambda model: model.__name__)
def test_a_class_has_the_fields_of_its_model(model: type[Fields]) -> None:
    args = args_of(model)
    parameters = inspect.signature(args).parameters
    required = {name for name, entry in entries(model).items() if entry.meta.required}
    assert set(parameters) == set(args.__annotations__) == set(entries(model))
    assert {p.kind for p in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert {name for name, p in parameters.items() if p.default is p.empty} == required
    assert args.__name__ in sys.modules[args.__module__].__all__
    source = inspect.getsource(args)
    for name, entry in entries(model).items():
        assert isinstance(getattr(args, name), property)
        assert f'    """{entry.meta.doc.split()[0]}' in source.split(f"    {name}: ")[1]


@every_model
def test_a_dictionary_type_has_the_fields_of_its_model(model: type[Fields]) -> None:
    as_dict = getattr(pulumi_daily, f"{model.__name__}ArgsDict")
    required = {name for name, entry in entries(model).items() if entry.meta.required}
    assert set(as_dict.__annotations__) == set(entries(model))
    optional = {name for name, kind in as_dict.__annotations__.items() if kind.__forward_arg__.startswith("NotReq")}
    assert optional == set(entries(model)) - required
    assert as_dict.__name__ in sys.modules[as_dict.__module__].__all__


def test_a_wrong_keyword_is_named_with_its_class() -> None:
    with pytest.raises(TypeError, match=r"^RoomArgs has no input 'privcy'"):
        args_of(Room)(privcy="public")
    with pytest.raises(TypeError, match=r"^WebhookArgs\.__init__\(\) missing 1 required keyword-only argument: 'url'"):
        args_of(Webhook)(event_types=[])


@every_model
@pytest.mark.parametrize("pick", [0, 1])
def test_what_is_typed_is_sent_under_dailys_names(model: type[Fields], pick: int) -> None:
    plain = _full(model, typed=False, pick=pick)
    assert _wire(_full(model, typed=True, pick=pick)) == _wire(plain) == plain


@every_model
@pytest.mark.parametrize("pick", [0, 1])
def test_dicts_and_lists_may_stand_inside_a_typed_value(model: type[Fields], pick: int) -> None:
    plain = _full(model, typed=False, pick=pick)
    assert _wire(args_of(model)(**plain)) == plain


@every_model
def test_every_value_may_be_an_output(model: type[Fields]) -> None:
    plain = _full(model, typed=False)

    async def go() -> dict[str, Any]:
        later = {name: pulumi.Output.from_input(value) for name, value in _full(model, typed=False).items()}
        struct = await rpc.serialize_properties({"properties": args_of(model)(**later)}, {})
        return json_format.MessageToDict(struct)

    assert asyncio.run(go())["properties"] == plain


@every_model
def test_values_can_be_read_and_set(model: type[Fields]) -> None:
    plain = _full(model, typed=False)
    first = args_of(model)(**plain)
    second = args_of(model)(**dict.fromkeys(plain))
    for name, value in plain.items():
        assert getattr(first, name) == value
        setattr(second, name, value)
    assert _wire(second) == plain


def test_what_is_left_out_is_not_sent() -> None:
    assert _wire(pulumi_daily.RoomPropertiesArgs(enable_chat=False, lang=None)) == {"enable_chat": False}


def test_nothing_is_written_that_no_resource_takes() -> None:
    written = {name for name in pulumi_daily.__all__ if name.endswith("Args")} - {"ProviderArgs"}
    assert written == {f"{model.__name__}Args" for model in (*MODELS, *INPUTS)}
    assert not set(MODELS) & set(INPUTS)
