"""Random stories of two stacks with objects of every kind at once, whatever drifts, fails, is lost or is killed, while
the API key is rotated: nothing that a stack made is lost or left, nothing else is touched, and no secret is told.

Rooms that change hands have stories of their own (`test_laws_ownership`).
"""

from __future__ import annotations

import re
from functools import partial
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from parallel_stack import Failed, ParallelStack, assert_holds
from programs_all_kinds import age_numbers
from shared_world import Program, SharedWorld, Weather, shared_world
from soak import TIMES
from stored import COLLECTIONS, SPECS, broken, objects_of
from stories import Author, Secrets, Somebody

from pulumi_daily.objects.domain import DomainProperties
from pulumi_daily.ownership import Adoption

SWITCHES: list[dict[str, Any]] = [
    {},
    {},
    {"nested_update": "merge"},
    {"trunk_shape": "flat", "trunk_hmac_on_read": False},
    {"dialin_hmac": "absent"},
    {"webhook_missing": "400"},
    {"taken": "409"},
]
"""Settings of the emulator's switches that a provider could notice."""

KNOWN = (
    "killed", "exists on Daily already", "Daily allows one", "lost on the way", "already exists", "not-found",
    "was removed from Daily while this ran", "has settings already", "declares it but does not have it",
    "passes between", "cannot be released", "is managed by",
)  # fmt: skip
"""What an operation may fail for."""

FOREIGN = {"hide_daily_branding": True}
"""A setting of the domain that no program has."""


def attempt(stack: ParallelStack, program: Program, weather: Weather) -> str:
    """Bring a program up. Return the error; empty when it went well."""
    try:
        stack.up(dict(program), weather)
    except Failed as error:
        for line in str(error).splitlines():
            assert any(known in line for known in KNOWN), line
        return str(error)
    assert_whole(stack, program)
    return ""


def assert_whole(stack: ParallelStack, program: Program) -> None:
    """After an up: every object is there as the program says."""
    assert_holds(stack, program)
    world = stack.world
    for name, one in program.items():
        if one.kind in COLLECTIONS:
            stored = objects_of(world, one.kind).get(stack.state[name].id)
            assert stored is not None, f"{one.kind} {name} is lost"
            found = list(broken(SPECS[one.kind].inputs, stored, one.inputs))
        elif one.kind == "DomainConfig":
            properties = world.emulator.backend.domain().properties
            found = list(broken(DomainProperties, properties, one.inputs["properties"]))
        else:
            continue
        assert found == [], name


def converge(stack: ParallelStack, author: Author) -> None:
    """Follow what the refusals say until the program holds."""
    ways: list[Adoption] = ["never", "as-asked", "always", "always", "always"]
    texts: list[str] = []
    for adoption in ways:
        texts.append(attempt(stack, author.program, Weather(adoption=adoption)))
        assert not stack.world.faults, stack.world.faults
        if not texts[-1]:
            break
        follow(stack, author.program, texts[-1], adoption)
    else:
        raise AssertionError(f"no way on: {texts}")
    plan = stack.preview(author.program)
    assert plan == {}, (plan, stack.lines)


def follow(stack: ParallelStack, program: Program, text: str, adoption: Adoption) -> None:
    """Do what a refusal says, beyond another run: delete the webhook of a killed run, let a name be free between."""
    if "Daily allows one" in text:
        with stack.world.journal("somebody"):
            for identity in stack.world.emulator.objects("webhooks"):
                stack.world.emulator.remove("webhooks", identity)
    passing = {name for pair in re.findall(r'passes between "(\w+)" and "(\w+)"', text) for name in pair}
    if passing:
        attempt(stack, {name: one for name, one in program.items() if name not in passing}, Weather(adoption=adoption))


def weather_of(random: Random) -> Weather:
    weather = Weather(at_once=random.random() < 0.3)
    weather.adoption = random.choice(["never", "never", "as-asked"])
    if random.random() < 0.35:
        weather.kill_at = random.randint(2, 25)
    elif random.random() < 0.3:
        weather.lossy = 0.1
    return weather


def story_of(seed: int) -> SharedWorld:
    """Live through a random story and return its world."""
    switches = Random(seed).choice(SWITCHES)
    with shared_world(seed, dialin_number_check=False, release_in_use="allow", **switches) as world:
        secrets = Secrets()
        keys = [world.emulator.api_key]
        world.kinds = tuple(COLLECTIONS)
        world.emulator.backend.domain().properties.update(FOREIGN)
        stacks = [ParallelStack(world, project) for project in ("ours", "others")]
        authors = [Author(world.random, "ours", secrets, first=True), Author(world.random, "others", secrets)]
        somebody = Somebody(world, secrets)
        said: list[str] = []
        try:
            for _ in range(world.random.randint(2, 4)):
                if world.random.random() < 0.3:
                    keys.append(world.emulator.rotate_key())
                age_numbers(world)
                said += live_through_a_round(world, stacks, authors)
                assert not world.faults, world.faults
                if world.random.random() < 0.5:
                    somebody.acts()
            end(world, stacks, authors, somebody)
            properties = world.emulator.backend.domain().properties
            # A program that no longer declares a setting cannot know that a killed run set it.
            assert properties == FOREIGN or (world.troubled and FOREIGN.items() < properties.items()), properties
            assert_nothing_told(world, stacks, said, secrets, keys)
        except BaseException:
            world.tell(seed)
            raise
        return world


def live_through_a_round(world: SharedWorld, stacks: list[ParallelStack], authors: list[Author]) -> list[str]:
    """One or both stacks bring their programs up. Return what they said."""
    random = world.random
    busy = random.choice([[0], [0], [1], [0, 1]])
    weather = [weather_of(random) for _ in stacks]
    for number in busy:
        authors[number].rewrite()
        if random.random() < 0.15:
            stacks[number].refresh()
    tasks = [world.turns.spawn(partial(attempt, stacks[n], authors[n].program, weather[n])) for n in busy]
    world.turns.join(tasks)
    return [task.result() for task in tasks]


def end(world: SharedWorld, stacks: list[ParallelStack], authors: list[Author], somebody: Somebody) -> None:
    """Let both stacks converge and end, one after the other: nothing of theirs is left."""
    somebody.leaves()
    for stack, author in zip(stacks, authors, strict=True):
        converge(stack, author)
        age_numbers(world)
        stack.destroy()
        assert not world.faults, world.faults
    stays = [line for stack in stacks for line in (*stack.said, *stack.lines) if "stay" in line]
    left = {
        name: identity
        for identity, (name, _) in world.ids().items()
        if world.maker[identity] != "somebody"
        and world.made_in[identity] not in world.troubled
        and not any(name in line or identity in line for line in stays)
    }
    assert left == {}


def assert_nothing_told(
    world: SharedWorld, stacks: list[ParallelStack], said: list[str], secrets: Secrets, keys: list[str]
) -> None:
    """No secret is in a line or an error, and none of the keys is in a state."""
    lines = [line for stack in stacks for line in (*stack.said, *stack.lines)]
    text = repr([lines, said])
    assert secrets.found_in(text) == []
    assert [key for key in keys if key in text + repr([stack.state for stack in stacks])] == []


@settings(
    max_examples=25 * TIMES,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**32))
def test_stories_of_every_kind(seed: int) -> None:
    story_of(seed)
