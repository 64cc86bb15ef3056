"""Resources under Pulumi's mocks: what the mocks get, and outputs in their types from what they return."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

import pulumi_daily as daily
from pulumi_daily import connection, outputs


class Mocks(mocks.Mocks):
    """Mocks that return the inputs and a few outputs as floats, as the wire does."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.made: dict[str, mocks.MockResourceArgs] = {}
        self.loops = {loop}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.loops.add(asyncio.get_event_loop())  # Pulumi makes one for each thread and forgets it
        self.made[args.name] = args
        return args.resource_id or f"{args.name}-id", {**args.inputs, "config": {"max_participants": 20.0}}

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError("no lookup is in these programs")


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mocks]:
    """Give mocks on a machine where every attempt to reach Daily is an error."""
    monkeypatch.delenv("DAILY_API_KEY", raising=False)
    monkeypatch.setattr(connection, "Client", None)
    pulumi.runtime.settings.set_root_resource(None)  # type: ignore[arg-type]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # other tests take that of the thread along
    made = Mocks(loop)
    pulumi.runtime.set_mocks(made, project="shop", stack="test", preview=False)
    yield made
    pulumi.runtime.settings.set_root_resource(None)  # type: ignore[arg-type]
    asyncio.set_event_loop(None)
    for one in made.loops:
        one.close()


def test_a_room(mocked: Mocks) -> None:
    found: dict[str, Any] = {}

    @pulumi.runtime.test
    def program() -> Any:
        room = daily.Room("r", name="r", properties={"exp": 2_000_000_000, "enable_chat": True})
        # Not in one `Output.all`, which makes plain dictionaries.
        for name in ("id", "name", "properties", "config", "url"):
            getattr(room, name).apply(lambda value, name=name: found.update({name: value}))
        return room.url

    program()
    assert (found["id"], found["name"], found["url"]) == ("r-id", "r", None)
    properties, config = found["properties"], found["config"]
    assert isinstance(properties, outputs.RoomProperties)
    assert isinstance(config, outputs.RoomProperties)
    assert (properties.exp, type(properties.exp)) == (2_000_000_000, int)
    assert type(config.max_participants) is int
    made = mocked.made["r"]
    assert made.typ == "pulumi-python:dynamic/daily:Room"
    assert {key for key in made.inputs if not key.startswith("__")} == {"name", "properties"}


def test_a_room_that_is_only_read_and_a_component_with_an_account(mocked: Mocks) -> None:
    class Site(pulumi.ComponentResource):
        def __init__(self, name: str, account: daily.Provider) -> None:
            super().__init__("shop:Site", name, opts=pulumi.ResourceOptions(provider=account))
            self.set = daily.RoomSet(
                f"{name}-rooms",
                rooms={"a": {}, "b": {"properties": {"max_participants": 5}}},
                opts=pulumi.ResourceOptions(parent=self),
            )

    found: list[Any] = []

    @pulumi.runtime.test
    def program() -> Any:
        site = Site("site", daily.Provider("eu", api_key="canary-key"))
        read = daily.Room.get("lobby", "lobby")
        return pulumi.Output.all(read.id, site.set.rooms).apply(found.extend)

    program()
    assert found == ["lobby", {"a": {}, "b": {"properties": {"max_participants": 5}}}]
    assert mocked.made["eu"].typ == "pulumi:providers:pulumi-python"
    assert mocked.made["site-rooms"].typ == "pulumi-python:dynamic/daily:RoomSet"
    assert (mocked.made["site-rooms"].provider or "").endswith("::eu::eu-id")
    assert mocked.made["lobby"].resource_id == "lobby"


def test_inputs_are_not_checked(mocked: Mocks) -> None:
    pulumi.runtime.test(lambda: daily.Room("r", name="not a name", properties=daily.untyped({"no_such": 1})).urn)()
    assert mocked.made["r"].inputs["properties"] == {"no_such": 1}
