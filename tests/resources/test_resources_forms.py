"""The forms of a constructor, `(name, opts, inputs as keywords)` and `(name, args, opts)`, and what is neither."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import pulumi
import pytest

import pulumi_daily as daily
from pulumi_daily.resources import provider
from pulumi_daily.resources._arguments import inputs_and_options

OPTIONS = pulumi.ResourceOptions(protect=True)
NOTHING: dict[str, Any] = {}


def forms(*args: Any, **kwargs: Any) -> tuple[dict[str, Any], pulumi.ResourceOptions | None]:
    inputs, opts = inputs_and_options(daily.RoomArgs, args, kwargs)
    return dict(inputs), opts


@pytest.mark.parametrize(
    ("args", "kwargs", "opts"),
    [
        ((), {"name": "a", "privacy": "public"}, None),
        ((OPTIONS,), {"name": "a", "privacy": "public"}, OPTIONS),
        ((None,), {"name": "a", "privacy": "public"}, None),
        ((), {"name": "a", "privacy": "public", "properties": None, "opts": OPTIONS}, OPTIONS),
        ((daily.RoomArgs(name="a", privacy="public"),), {}, None),
        ((daily.RoomArgs(name="a", privacy="public"), OPTIONS), {}, OPTIONS),
        ((daily.RoomArgs(name="a", privacy="public"),), {"opts": OPTIONS}, OPTIONS),
        ((), {"args": daily.RoomArgs(name="a", privacy="public"), "opts": OPTIONS}, OPTIONS),
    ],
)
def test_every_form_gives_the_same_inputs(
    args: tuple[Any, ...], kwargs: dict[str, Any], opts: pulumi.ResourceOptions | None
):
    assert forms(*args, **kwargs) == ({"name": "a", "privacy": "public"}, opts)


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((OPTIONS, OPTIONS), {}, r"a resource takes \(name, opts, inputs as keywords\) or \(name, RoomArgs, opts\)"),
        ((daily.RoomArgs(), OPTIONS, OPTIONS), {}, r"or \(name, RoomArgs, opts\)"),
        ((OPTIONS,), {"opts": OPTIONS}, "got multiple values for argument 'opts'"),
        ((daily.RoomArgs(),), {"args": daily.RoomArgs()}, "got multiple values for argument 'args'"),
        ((daily.RoomArgs(),), {"name": "a"}, "args must be a RoomArgs with all inputs, and no input beside it"),
        ((), {"args": daily.RoomPropertiesArgs()}, "args must be a RoomArgs with all inputs"),
        (({"name": "a"},), {}, r"opts must be pulumi\.ResourceOptions, not dict"),
        ((), {"opts": pulumi.InvokeOptions()}, r"opts must be pulumi\.ResourceOptions, not InvokeOptions"),
        ((), {"privcy": "public"}, r"RoomArgs has no input 'privcy' \(did you mean privacy\?\)$"),
    ],
)
def test_what_no_form_has_is_refused(args: tuple[Any, ...], kwargs: dict[str, Any], message: str):
    with pytest.raises(TypeError, match=message):
        forms(*args, **kwargs)


@pytest.mark.parametrize(
    ("kind", "unknown", "message"),
    [
        (
            daily.RoomArgs,
            ["enable_chat"],
            "'enable_chat' (it belongs into properties: properties={\"enable_chat\": …})",
        ),
        (daily.RoomArgs, ["enable_caht"], "'enable_caht' (did you mean properties={\"enable_chat\": …}?)"),
        (daily.RoomArgs, ["zzz", "privcy"], "'zzz', and no 'privcy' (did you mean privacy?)"),
        (daily.RoomSetRoomArgs, ["exp"], "'exp' (it belongs into properties: properties={\"exp\": …})"),
        (daily.RoomPropertiesArgs, ["privacy"], "'privacy' (it does not belong into properties, but beside it)"),
        (daily.RoomPropertiesArgs, ["enableChat"], "'enableChat' (did you mean enable_chat?)"),
        (daily.ProviderArgs, ["apikey"], "'apikey' (did you mean api_key?)"),
    ],
)
def test_an_unknown_input_is_refused_with_its_place_or_the_name_that_is_meant(
    kind: Any, unknown: list[str], message: str
):
    with pytest.raises(TypeError) as refused:
        kind(**dict.fromkeys(unknown, 1))
    assert str(refused.value) == f"{kind.__name__} has no input {message}"


def test_a_program_may_go_on_with_its_args(daily_stack: Any, daily_emulator: Any):
    args = daily.RoomArgs(name="a", properties={"enable_chat": True})

    def program() -> None:
        daily.Room("a", args)
        args.name = "b"
        daily.Room("b", args, pulumi.ResourceOptions(protect=True))
        args.name = "a"

    stack = daily_stack(program)
    stack.up()
    assert set(daily_emulator.rooms()) == {"a", "b"}
    assert [step.name for step in stack.preview().steps if step.op != "same"] == []


def test_an_account_takes_the_same_forms():
    keywords = inspect.signature(daily.ProviderArgs).parameters
    first, second, _ = [node for node in ast.walk(ast.parse(inspect.getsource(provider.Provider))) if _is_init(node)]
    assert [one.arg for one in first.args.kwonlyargs] == list(keywords)
    written = {one.arg: ast.unparse(one.annotation or one) for one in first.args.kwonlyargs}
    assert written == daily.ProviderArgs.__annotations__
    assert [one.arg for one in second.args.args] == ["self", "resource_name", "args", "opts"]
    with pytest.raises(ValueError, match=r'domain of daily\.Provider "eu" may not be empty'):
        daily.Provider("eu", daily.ProviderArgs(api_key="key", domain=" "), OPTIONS)
    with pytest.raises(TypeError, match=r"ProviderArgs has no input 'key' \(did you mean api_key\?\)"):
        daily.Provider("eu", OPTIONS, key="key")  # type: ignore[call-overload]


def _is_init(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"
