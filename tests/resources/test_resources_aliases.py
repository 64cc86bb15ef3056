"""What the hidden input tells a provider of a resource's aliases."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi import Alias

import pulumi_daily as daily
from pulumi_daily.providers import HIDDEN_INPUT


@pytest.mark.parametrize(
    ("aliases", "names"),
    [
        (None, None),
        ([], None),
        ([Alias(name="old"), Alias(name="older")], ["old", "older"]),
        ([Alias(name="old", parent=pulumi.ROOT_STACK_RESOURCE)], ["old"]),
        ([Alias(name="old", parent="urn:pulumi:dev::p::my:Desk::a")], None),
        ([Alias(name="old", stack="prod")], None),
        ([Alias(name="old", type_="daily:Studio")], None),
        ([Alias(stack="prod")], None),
        (["urn:pulumi:dev::p::pulumi-python:dynamic/daily:Room::old"], None),
    ],
)
def test_former_names_of_the_same_place(daily_stack: Any, aliases: Any, names: list[str] | None):
    def program() -> None:
        daily.Room("room", opts=pulumi.ResourceOptions(aliases=aliases))

    stack = daily_stack(program)
    stack.up()
    hidden = stack.resource("room").inputs[HIDDEN_INPUT]
    root = hidden["owner"].removesuffix("Room room")
    assert hidden.get("formerly") == (names and [f"{root}Room {name}" for name in names])
