"""Whose is a room? Random programs of two stacks beside somebody else, whatever moves, fails, is lost or is killed:

no room that a stack did not make is changed or removed by it, unless it was asked to take it over; and none that it
made is removed while another of its resources stands for it. What a refusal says to do leads on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from parallel_stack import Failed, ParallelStack, assert_holds
from shared_world import Declared, SharedWorld, Weather, shared_world
from soak import TIMES

from pulumi_daily.ownership import Adoption

NAMES = [f"room-{i}" for i in range(8)]
laws = settings(
    max_examples=40 * TIMES,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
seeds = st.integers(0, 2**32)
SWITCHES: list[dict[str, Any]] = [
    {},
    {},
    {"case_sensitive_names": False},
    {"batch_error": "generic"},
    {"batch_delete_missing": "400"},
    {"batch_delete_missing": "skip"},
    {"read_lag": 1.0},
]
"""Settings of the emulator's switches that could cost a room."""


class Author:
    """Writes and rewrites the program of a stack."""

    def __init__(self, random: Random, names: list[str], processes: Sequence[str] = ("", "eu")) -> None:
        self.random = random
        self.processes = processes
        self.names = names
        self.program: dict[str, Declared] = {}
        self._count = 0

    def rewrite(self) -> None:
        """Change a few things."""
        # An alias is for one run: after it, the state has the new name.
        self.program = {name: dataclasses.replace(one, alias="") for name, one in self.program.items()}
        changes: list[Callable[[], None]] = [
            self._add_room, self._add_room, self._add_room, self._add_set, self._rename, self._rename, self._swap,
            self._other_name, self._move, self._move, self._move, self._drop, self._settings, self._adopting,
            self._process, self._other_case,
        ]  # fmt: skip
        if not self.program:
            changes = changes[:4]
        for change in self.random.choices(changes, k=self.random.randint(1, 6)):
            change()

    def _settings(self) -> None:
        name = self._pick()
        if name:
            self._edit(name, **self._properties())

    def _properties(self) -> dict[str, Any]:
        most = {"max_participants": self.random.randint(2, 5)}
        return {"properties": most} if self.random.random() < 0.7 else {}

    def _free(self) -> str:
        used = {room.lower() for one in self.program.values() for room in one.rooms()}
        return self.random.choice([name for name in self.names if name not in used] or [""])

    def _pick(self, kind: str = "Room") -> str:
        return self.random.choice([name for name, one in self.program.items() if one.kind == kind] or [""])

    def _logical(self) -> str:
        self._count += 1
        return f"r{self._count}"

    def _edit(self, resource: str, /, **inputs: Any) -> None:
        one = self.program[resource]
        if one.kind == "Room":
            merged = {key: value for key, value in {**one.inputs, **inputs}.items() if value is not None}
            self.program[resource] = dataclasses.replace(one, inputs=merged)

    def _add_room(self) -> None:
        name, inputs = self._free(), self._properties()
        if name and self.random.random() < 0.8:
            inputs["name"] = name
        self.program[self._logical()] = Declared("Room", inputs)

    def _add_set(self) -> None:
        rooms = {name: self._properties() for name in sorted({self._free(), self._free()}) if name}
        self.program[f"set-{self._logical()}"] = Declared("RoomSet", {"rooms": rooms})

    def _rename(self) -> None:
        """Give a resource another logical name, with an alias or without."""
        name = self._pick(self.random.choice(["Room", "RoomSet"]))
        if name:
            one = self.program.pop(name)
            alias = name if self.random.random() < 0.5 and not one.alias else ""
            self.program[self._logical()] = dataclasses.replace(one, alias=alias)

    def _other_name(self) -> None:
        name, other = self._pick(), self._free()
        if name and other:
            self._edit(name, name=other)

    def _other_case(self) -> None:
        name = self._pick()
        if name and "name" in self.program[name].inputs:
            self._edit(name, name=self.program[name].inputs["name"].swapcase())

    def _swap(self) -> None:
        one, two = self._pick(), self._pick()
        if one != two:
            names = [self.program[name].inputs.get("name") for name in (one, two)]
            self._edit(one, name=names[1])
            self._edit(two, name=names[0])

    def _move(self) -> None:
        """Let a room go from one resource to another."""
        sets = [name for name, one in self.program.items() if one.kind == "RoomSet"]
        source, target = self._pick(self.random.choice(["Room", "RoomSet"])), self.random.choice([*sets, ""])
        if not source or source == target:
            return
        one = self.program[source]
        room = self.random.choice([name for name in one.rooms() if name] or [""])
        if not room:
            return
        own = {key: value for key, value in one.rooms()[room].items() if key in ("properties",)}
        if one.kind == "Room":
            del self.program[source]
        else:
            left = {name: value for name, value in one.inputs["rooms"].items() if name != room}
            self.program[source] = dataclasses.replace(one, inputs={**one.inputs, "rooms": left})
        adopt = {"adopt_existing": True} if self.random.random() < 0.5 else {}
        if target:
            into = self.program[target]
            rooms = {**into.inputs["rooms"], room: own}
            self.program[target] = dataclasses.replace(into, inputs={**into.inputs, "rooms": rooms, **adopt})
        else:
            self.program[self._logical()] = Declared("Room", {"name": room, **own, **adopt})

    def _drop(self) -> None:
        if self.program:
            del self.program[self.random.choice(list(self.program))]

    def _adopting(self) -> None:
        """Ask for what is there, or ask no longer."""
        if self.program:
            name = self.random.choice(list(self.program))
            one = self.program[name]
            inputs = {key: value for key, value in one.inputs.items() if key != "adopt_existing"}
            if inputs == one.inputs:
                inputs["adopt_existing"] = True
            self.program[name] = dataclasses.replace(one, inputs=inputs)

    def _process(self) -> None:
        if self.program:
            name = self.random.choice(list(self.program))
            one = self.program[name]
            self.program[name] = dataclasses.replace(one, process=self.random.choice(self.processes))


class Somebody:
    """Somebody who works on the same domain without Pulumi."""

    def __init__(self, world: SharedWorld, stacks: list[ParallelStack]) -> None:
        self._world = world
        self._stacks = stacks

    def acts(self, *, meanwhile: bool, lossy: bool) -> None:
        """Do something. What nobody could tell from a stack's own work is not done in the middle of a run: a room just
        as it asks, made through the API while its answers are lost; another room under the name of one that it removes.
        """
        world, random = self._world, self._world.random
        held = {room for stack in self._stacks for kept in stack.state.values() for room in kept.objects()}
        name = random.choice(NAMES)
        there = world.room(name) is not None
        with world.journal("somebody"):
            if not there and not (meanwhile and (name in held or (lossy and name in world.seen))):
                api = random.random() < 0.5
                values: dict[str, Any] = random.choice([{}, {"max_participants": random.randint(2, 5)}, {"lang": "de"}])
                if api and meanwhile and lossy:
                    values = {"lang": "de"}  # no program asks for that
                world.emulator.add_room(name, api_created=api, **values)
            elif there and (not meanwhile or random.random() < 0.5):
                world.emulator.edit_room(name, max_participants=random.randint(2, 5))
            elif there:
                return
        if there and not meanwhile and random.random() < 0.3:
            self.remakes(name)

    def remakes(self, name: str) -> None:
        """Delete a room and make another one of that name."""
        with self._world.journal("somebody"):
            self._world.emulator.remove_room(name)
        with self._world.journal("somebody"):
            self._world.emulator.add_room(name, max_participants=7)

    def leaves(self) -> None:
        """Remove all that is somebody's own."""
        world = self._world
        with world.journal("somebody"):
            for identity, (name, _) in world.ids().items():
                if world.maker[identity] == "somebody":
                    world.emulator.remove_room(name)


def attempt(operation: Callable[[], None]) -> str:
    """Return the error of an operation; empty when it went well."""
    try:
        operation()
    except Failed as error:
        return str(error)
    return ""


KNOWN = (
    "killed", "exists on Daily already", "passes between", "is there, and this resource has it", "lost on the way",
    "already exists",  # where reads lag
    "declares it but does not have it",  # another stack, or another process, is just taking it over
    "not-found",  # another stack, or another process, removed what was just to be taken over
)  # fmt: skip
"""What an operation may fail for."""


def weather_of(random: Random) -> Weather:
    weather = Weather(at_once=random.random() < 0.3, slow=random.choice([0.2, 5.0, 60.0]))
    weather.adoption = random.choice(["never", "never", "as-asked", "always"])
    if random.random() < 0.35:
        weather.kill_at = random.randint(2, 25)
    elif random.random() < 0.3:
        weather.lossy = 0.1
    return weather


def converge(world: SharedWorld, stack: ParallelStack, author: Author) -> None:
    """Follow what the refusals say until the program holds: one run as asked, one that takes over, one in between."""
    ways: list[Adoption] = ["never", "as-asked", "always", "always", "always"]
    texts = []
    for number, adoption in enumerate(ways):
        if number == 3:  # names that pass from one to another need a run between
            kept = {
                name: one
                for name, one in author.program.items()
                if name in stack.state and (one.kind == "RoomSet" or one.inputs.get("name") == stack.state[name].id)
            }
            texts.append(attempt(partial(stack.up, kept, Weather(adoption="always"))))
        said = attempt(partial(stack.up, author.program, Weather(adoption=adoption)))
        assert not world.faults, world.faults
        if not said:
            break
        texts.append(said)
    else:
        raise AssertionError(f"no way on: {texts}")
    assert_holds(stack, author.program)
    plan = stack.preview(author.program)
    assert plan == {}, (plan, stack.lines)


def story_of(seed: int) -> SharedWorld:
    """Live through a random story and return its world."""
    with shared_world(seed, **Random(seed).choice(SWITCHES)) as world:
        random = world.random
        stacks = [ParallelStack(world, project) for project in ("ours", "others")]
        # Where reads lag, nothing shows what another process or stack made a moment ago in place of what is gone
        # (docs/ownership.md).
        processes, share = (("",), 2) if world.emulator.switches.read_lag else (("", "eu"), 0)
        authors = [Author(random, NAMES[: 6 - share], processes), Author(random, NAMES[4:], processes)]
        somebody = Somebody(world, stacks)
        try:
            for _ in range(random.randint(2, 5)):
                live_through_a_round(world, stacks, authors, somebody)
                assert not world.faults, world.faults
            somebody.leaves()
            stacks[1].destroy()
            converge(world, stacks[0], authors[0])
            made = {i for i, maker in world.maker.items() if maker == "somebody" and i in world.ids()}
            stacks[0].destroy()
            assert not world.faults, world.faults
            assert {i for i in made if i not in world.ids() and i not in stacks[0].adopted} == set()
            assert orphans(world, stacks) == []
            states = [[stack.state, stack.pending, stack.said, stack.lines] for stack in stacks]
            assert world.emulator.api_key not in repr([world.story, states])
        except BaseException:
            world.tell(seed)
            raise
        return world


def orphans(world: SharedWorld, stacks: list[ParallelStack]) -> list[str]:
    """Return what the stacks made and left without a line that names it, but for runs that were killed or lost answers.

    Of those, a program that no longer declares a room cannot know that it was made.
    """
    stays = [line for stack in stacks for line in (*stack.said, *stack.lines) if "stay" in line]
    return [
        name
        for identity, (name, _) in world.ids().items()
        if world.maker[identity] != "somebody"
        and world.made_in[identity] not in world.troubled
        and not any(name in line for line in stays)
    ]


def live_through_a_round(
    world: SharedWorld, stacks: list[ParallelStack], authors: list[Author], somebody: Somebody
) -> None:
    """One or both stacks bring their programs up, while somebody does this and that."""
    random = world.random
    weather = [weather_of(random), weather_of(random)]
    busy = random.choice([[0], [0], [0], [1], [0, 1]])
    if len(busy) > 1:  # each could make just what the other one lost
        weather[0].lossy = weather[1].lossy = 0.0
    for _ in range(random.choice([0, 0, 1])):
        somebody.acts(meanwhile=False, lossy=False)
    for number in busy:
        authors[number].rewrite()
        if random.random() < 0.15:
            attempt(stacks[number].refresh)
    said: dict[int, str] = {}
    began = len(world.story)

    def up(number: int) -> None:
        said[number] = attempt(lambda: stacks[number].up(dict(authors[number].program), weather[number]))

    def meddle() -> None:
        for _ in range(random.choice([0, 0, 1, 2])):
            world.turns.sleep(random.uniform(0, 3))
            somebody.acts(meanwhile=True, lossy=any(weather[number].lossy for number in busy))

    tasks = [world.turns.spawn(partial(up, number)) for number in busy]
    tasks.append(world.turns.spawn(meddle))
    world.turns.join(tasks)
    for task in tasks:
        task.result()
    for number, text in said.items():
        for line in text.splitlines():
            assert any(known in line for known in KNOWN), line
        if not text and len(busy) == 1 and not any(" somebody " in line for line in world.story[began:]):
            assert_holds(stacks[number], authors[number].program)


@laws
@given(seed=seeds)
def test_no_stack_touches_what_is_not_its_own(seed: int) -> None:
    story_of(seed)


def room(name: str, process: str = "", **inputs: Any) -> Declared:
    return Declared("Room", {"name": name, **inputs}, process=process)


def a_set(*names: str, process: str = "", **inputs: Any) -> Declared:
    return Declared("RoomSet", {"rooms": {name: {} for name in names}, **inputs}, process=process)


def occupied(world: SharedWorld) -> Declared:
    """Return a resource whose create fails."""
    if world.room("theirs") is None:
        with world.journal("somebody"):
            world.emulator.add_room("theirs")
    return room("theirs")


@pytest.mark.parametrize("seed", range(5))
def test_what_another_process_takes_over_stays_while_a_set_removes_it(seed: int) -> None:
    with shared_world(seed) as world:
        stack = ParallelStack(world, "ours")
        stack.up({"a": a_set("x", "y")})
        program = {"a": a_set("y"), "b": a_set("x", process="eu", adopt_existing=True)}
        stack.up(program, Weather(slow=5.0))
        assert not world.faults, world.story
        assert_holds(stack, program)


@pytest.mark.parametrize("process", ["", "eu"])
@pytest.mark.parametrize("seed", range(3))
def test_a_delete_left_pending_keeps_what_its_own_resource_took_back(seed: int, process: str) -> None:
    """A room is renamed and named back, in runs that fail elsewhere before they come to the deletes."""
    with shared_world(seed) as world:
        stack = ParallelStack(world, "ours")
        stack.up({"r": room("x")})
        while len(stack.pending) < 1:
            assert attempt(lambda: stack.up({"r": room("y", process), "bad": occupied(world)}))
        program = {"r": room("x", process, adopt_existing=True)}
        while len(stack.pending) < 2:
            assert attempt(lambda: stack.up({**program, "bad": occupied(world)}))
        stack.up(program)
        assert not world.faults, world.story
        assert_holds(stack, program)
        assert world.room("y") is None


@pytest.mark.parametrize("seed", range(3))
def test_what_moved_to_another_provider_stays_when_the_next_run_is_on_another_machine(seed: int) -> None:
    """Its file of takeovers knows nothing of the run before, which failed before it came to the deletes."""
    with shared_world(seed) as world:
        stack = ParallelStack(world, "ours")
        stack.up({"r": room("x")})
        program = {"s": room("x", "eu", adopt_existing=True)}
        for _ in range(50):
            assert attempt(lambda: stack.up({**program, "bad": occupied(world)}))
            if "s" in stack.state:
                break
        assert {"r", "s"} <= stack.state.keys()
        world.file.unlink()
        stack.up(program)
        assert not world.faults, world.story
        assert_holds(stack, program)


@pytest.mark.parametrize("seed", range(3))
def test_a_name_in_another_case_is_another_room_where_case_counts(seed: int) -> None:
    with shared_world(seed, case_sensitive_names=True) as world:
        stack = ParallelStack(world, "ours")
        stack.up({"r": room("x")})
        program = {"s": a_set("X", adopt_existing=True)}
        stack.up(program)
        assert not world.faults, world.story
        assert_holds(stack, program)
        assert world.room("x") is None


@pytest.mark.parametrize("process", ["", "eu"])
@pytest.mark.parametrize("seed", range(3))
def test_a_name_in_another_case_is_the_same_room_where_case_is_ignored(seed: int, process: str) -> None:
    with shared_world(seed, case_sensitive_names=False) as world:
        stack = ParallelStack(world, "ours")
        stack.up({"r": room("x")})
        program = {"r": room("X", process, adopt_existing=True)}
        while not stack.pending:
            assert attempt(lambda: stack.up({**program, "bad": occupied(world)}))
        stack.up(program)
        assert not world.faults, world.story
        assert_holds(stack, program)


@pytest.mark.parametrize("seed", range(5))
def test_a_room_with_more_settings_than_asked_is_not_proved_ours(seed: int) -> None:
    """Somebody makes rooms through the API while the answers to ours are lost."""
    with shared_world(seed) as world:
        stack = ParallelStack(world, "ours")

        def somebody() -> None:
            for name in ("x", "y"):
                world.turns.sleep(world.random.uniform(2, 4))
                if name not in world.seen:
                    with world.journal("somebody"):
                        world.emulator.add_room(name, api_created=True, lang="de")

        def ours() -> None:
            attempt(lambda: stack.up({"a": a_set("w", "x"), "b": room("y")}, Weather(lossy=0.7, pace=1.0)))

        world.turns.join([world.turns.spawn(ours), world.turns.spawn(somebody)])
        assert not world.faults, world.story


@pytest.mark.parametrize("seed", range(3))
def test_a_room_that_was_gone_is_not_removed_under_its_name_at_the_end(seed: int) -> None:
    """A renamed room was deleted on Daily before the run, and its name is given to another one meanwhile."""
    with shared_world(seed) as world:
        stack = ParallelStack(world, "ours")
        stack.up({"r": room("x")})
        with world.journal("somebody"):
            world.emulator.remove_room("x")

        def somebody() -> None:
            world.turns.wait(lambda: world.room("y") is not None)
            with world.journal("somebody"):
                world.emulator.add_room("x")

        program = {"r": room("y")}
        tasks = [world.turns.spawn(partial(stack.up, program)), world.turns.spawn(somebody)]
        world.turns.join(tasks)
        assert [task.result() for task in tasks] == [None, None]
        assert not world.faults, world.story
        assert_holds(stack, program)
