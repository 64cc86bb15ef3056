"""Law 11 at the sizes that matter: how many requests a look at the stack takes."""

from __future__ import annotations

import random

import pytest
from in_process import World
from mini_stack import MiniStack, Resource


def stack_of(size: int, strangers: int, *, ours: str) -> tuple[MiniStack, dict[str, dict[str, str]]]:
    """A stack of `size` rooms in a domain with `strangers` more; `ours` are the oldest, the newest, or anywhere."""
    world = World()
    stack = MiniStack(world)
    program = {f"room-{i}": {"name": f"room-{i}"} for i in range(size)}
    own = [inputs["name"] for inputs in program.values()]
    others = [f"stranger-{i}" for i in range(strangers)]
    order = own + others if ours == "oldest" else others + own
    if ours == "anywhere":
        random.Random(7).shuffle(order)
    world.emulator.seed([{"name": name} for name in order])
    # Every room of the stack is as the program says; only names and ids differ.
    template = world.process().provider.read(own[0], {"name": own[0], "privacy": "public", "domain": "acme"}).outs
    rooms = world.emulator.rooms()
    for name, inputs in program.items():
        checked = {**inputs, "privacy": "public", "room_id": rooms[inputs["name"]]["id"]}
        stack.state[name] = Resource(inputs["name"], checked, {**template, **checked})
    world.emulator.clear_log()
    return stack, program


def look(stack: MiniStack, program: dict[str, dict[str, str]], operation: str) -> int:
    """Requests of one look."""
    if operation == "preview":
        assert stack.preview(program) == {}
    else:
        stack.refresh()
    assert len(stack.state) == len(program)
    return stack.world.emulator.count()


@pytest.mark.parametrize("operation", ["preview", "refresh"])
def test_law_11_250_rooms_in_stack_and_domain_take_4_requests(operation: str):
    stack, program = stack_of(250, 0, ours="oldest")
    assert look(stack, program, operation) <= 4


@pytest.mark.parametrize("ours", ["oldest", "newest", "anywhere"])
@pytest.mark.parametrize("operation", ["preview", "refresh"])
def test_law_11_10_rooms_among_50_000_take_22_requests(operation: str, ours: str):
    stack, program = stack_of(10, 50_000, ours=ours)
    assert look(stack, program, operation) <= 22


@pytest.mark.parametrize("operation", ["preview", "refresh"])
def test_law_11_nothing_is_asked_for_an_empty_stack(operation: str):
    stack, program = stack_of(1, 500, ours="oldest")
    stack.state.clear()
    program.clear()
    assert look(stack, program, operation) == 0
