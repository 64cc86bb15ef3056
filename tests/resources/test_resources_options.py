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


def test_get_without_an_id_makes_nothing(daily_stack: Any, daily_emulator: Any):
    """An id from a configuration value that is not set would otherwise be a new object of the stack."""

    def program() -> None:
        daily.Room.get("lobby", pulumi.Config().get("lobby"))  # type: ignore[arg-type]

    with pytest.raises(Exception, match=r"Room\.get\('lobby', None\): give the id of a room"):
        daily_stack(program).up()
    assert daily_emulator.rooms() == {}


@pytest.mark.parametrize("lookup", [False, True])
def test_an_account_by_the_name_of_the_package_is_refused(daily_stack: Any, daily_emulator: Any, lookup: bool):
    """Pulumi would use the stack's account for what is inside."""

    def program() -> None:
        eu = daily.Provider("eu", api_key="k" * 40, api_url=daily_emulator.url)
        desk = pulumi.ComponentResource("my:Desk", "desk", None, pulumi.ResourceOptions(providers={"daily": eu}))
        if lookup:
            daily.get_domain_output(opts=pulumi.InvokeOptions(parent=desk))
        else:
            daily.Room("a", name="a", opts=pulumi.ResourceOptions(parent=desk))

    with pytest.raises(Exception, match=r"Write providers=\[account\] there"):
        daily_stack(program).up()
    assert daily_emulator.rooms() == {}
