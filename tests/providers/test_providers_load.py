"""What a provider process holds does not grow with its operations, only with the number of different objects."""

from __future__ import annotations

import gc
import types
from typing import Any

import pytest
from in_process import Direct, World
from mini_stack import wire

from pulumi_daily.emulator import Emulator
from pulumi_daily.providers import DailyProvider, RoomProvider, RoomSetProvider

FOREIGN = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, Direct, Emulator)


WINDOW = 100  # times of the last requests, which the rate limiter keeps
EACH = 20  # entries for each room of a set: the room as Daily returned it, its name and id, and the claims on them


def held(provider: DailyProvider) -> int:
    """Return the number of containers that a provider and its connection hold, without code and without the server.

    Texts and numbers are not counted: they are in containers.
    """
    found, left = {id(provider)}, [provider]
    while left:
        new = [item for item in gc.get_referents(*left) if gc.is_tracked(item) or isinstance(item, (dict, tuple))]
        left = []
        for item in new:
            if not isinstance(item, FOREIGN) and id(item) not in found:
                found.add(id(item))
                left.append(item)
    return len(found)


def entries(provider: DailyProvider) -> int:
    """Return the number of entries of all containers that a provider and its connection hold."""
    found, left, count = {id(provider)}, [provider], 0
    while left:
        new = [item for item in gc.get_referents(*left) if not isinstance(item, FOREIGN) and id(item) not in found]
        left = list({id(item): item for item in new}.values())
        found.update(map(id, left))
        count += len(new)
    return count


def provider_of(world: World, kind: type[DailyProvider]) -> Any:
    process = world.process()
    return next(provider for provider in process.providers.values() if type(provider) is kind)


def lives(provider: Any, times: int, changes: int) -> None:
    """Create and delete a room so many times; in between, change and read it so many times."""
    for _ in range(times):
        inputs = wire(provider.check({}, {"name": "a", "properties": {"enable_chat": True}}).inputs)
        outs = provider.create(inputs).outs
        for i in range(changes):
            changed = {**inputs, "properties": {"enable_chat": i % 2 == 1}}
            assert provider.check(inputs, changed).failures == []
            assert provider.diff("a", wire(outs), changed).changes is None
            outs = provider.update("a", wire(outs), changed).outs
            assert provider.read("a", wire(outs)).id == "a"
        provider.delete("a", wire(outs))


def test_what_is_held_does_not_grow_with_operations() -> None:
    """Only the ids of created objects are remembered: whoever has one of them did not make another object."""
    few, many = (provider_of(World(), RoomProvider) for _ in range(2))
    lives(few, 1, 4)
    lives(many, 1, 130)  # 520 operations
    assert held(many) == held(few)
    assert entries(many) - entries(few) <= WINDOW
    before = held(many), entries(many)
    lives(many, 30, 1)
    assert held(many) - before[0] <= 30 + 1
    assert entries(many) - before[1] <= 30 * 7 + WINDOW


@pytest.mark.parametrize("operation", ["create", "diff", "read"])
def test_what_is_held_of_a_set_grows_with_its_rooms_evenly(operation: str) -> None:
    """So many entries for each room, of a domain with other rooms as well."""

    def after(rooms: int) -> int:
        world = World()
        settings = {"enable_chat": True, "max_participants": 10.0}
        inputs = {"rooms": {f"room-{i}": {} for i in range(rooms)}, "defaults": {"properties": settings}}
        provider = provider_of(world, RoomSetProvider)
        inputs = wire(provider.check({}, inputs).inputs)
        made = provider.create(inputs)
        if operation != "create":
            provider = provider_of(world, RoomSetProvider)
            assert operation != "diff" or provider.diff(made.id, wire(made.outs), inputs).changes is False
            assert operation != "read" or provider.read(made.id, wire(made.outs)).id == made.id
        return entries(provider)

    small, middle, large = map(after, (100, 200, 300))
    assert 0 < middle - small <= 100 * EACH, (small, middle, large)
    assert 0 < large - middle <= 100 * EACH, (small, middle, large)
