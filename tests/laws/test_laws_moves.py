"""150 rooms that move between sets and single resources in one up, on a Daily with slow deletes: nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from parallel_stack import ParallelStack, assert_holds
from shared_world import Declared, SharedWorld, Weather, shared_world

ROOMS = 150
SETS = ("blue", "green", "red")
SEEDS = range(int(os.environ.get("DAILY_LAW_SEEDS", "8")))


def settings_of(random: Random) -> dict[str, Any]:
    return {"properties": {"max_participants": random.randint(2, 50), "lang": random.choice(["de", "fr", "es"])}}


def placed(where: Mapping[str, str], rooms: Mapping[str, Any], processes: Mapping[str, str]) -> dict[str, Declared]:
    """A program: each room in its set, or by itself."""
    program = {}
    for name in sorted({*where.values()} - {""}):
        own = {room: rooms[room] for room, place in where.items() if place == name}
        inputs = {"rooms": own, "adopt_existing": True}
        program[name] = Declared("RoomSet", inputs, process=processes.get(name, ""))
    for room, place in where.items():
        if not place:
            inputs = {"name": room, "adopt_existing": True, **rooms[room]}
            program[f"one-{room}"] = Declared("Room", inputs, process=processes.get(room, ""))
    return dict(sorted(program.items()))


def foreign(world: SharedWorld) -> dict[str, Any]:
    return {name: room for name, room in world.emulator.rooms().items() if name.startswith("theirs")}


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_when_150_rooms_move_at_once(seed: int) -> None:
    """Half of the rooms move; in every second seed to other settings as well, in every third to another process."""
    random = Random(seed)
    with shared_world(seed) as world:
        stack = ParallelStack(world, "ours")
        for i in range(5):
            world.emulator.add_room(f"theirs-{i}", api_created=bool(i % 2), max_participants=i + 2)
        before = foreign(world)
        names = [f"room-{i}" for i in range(ROOMS)]
        rooms = {name: settings_of(random) for name in names}
        where = {name: random.choice([*SETS, "", ""]) for name in names}
        stack.up(placed(where, rooms, {}), Weather(slow=0.2), preview=False)
        for name in random.sample(names, ROOMS // 2):
            where[name] = random.choice([*SETS, "", ""])
            if seed % 2:
                rooms[name] = settings_of(random)
        elsewhere = {name: random.choice(["", "eu"]) for name in (*SETS, *names)} if seed % 3 == 0 else {}
        program = placed(where, rooms, elsewhere)
        stack.up(program, Weather(slow=random.choice([5.0, 60.0]), at_once=seed % 4 == 0))
        assert not world.faults, world.story
        assert_holds(stack, program)
        assert foreign(world) == before
        stack.destroy()
        assert not world.faults, world.story
        assert world.emulator.rooms().keys() == before.keys()
