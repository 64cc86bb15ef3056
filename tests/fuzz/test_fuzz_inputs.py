"""Whatever Pulumi may hand to a provider: a result, or one readable error; no other exception."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from in_process import NOW, World
from mini_stack import KIND, MiniStack
from pulumi.output import Unknown
from wild import INPUTS, SOAK, Wild, names_of

from pulumi_daily.operations import DailyError
from pulumi_daily.providers import PROVIDERS

SPECS = {provider.spec.kind: provider.spec for provider in PROVIDERS}
MOST_REQUESTS = 200
"""Of one operation on an object that exists, with retries."""
EXAMPLES = 6
OPERATIONS = ("check", "diff", "create", "read", "update", "delete")


def attempt(call: Callable[[], Any]) -> Any:
    """Return the result of a call, or None after an error that is one readable line. Fails for any other error."""
    try:
        return call()
    except DailyError as error:
        text = str(error)
        assert text.isprintable(), text
        assert 0 < len(text) < 10_000
        return None


def is_unknown(value: Any) -> bool:
    """Return whether a value is unknown or contains an unknown one."""
    if isinstance(value, dict | list):
        return any(map(is_unknown, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Unknown)


def run(world: World, kind: str, operation: str, identity: str, state: Any, news: Any) -> bool:
    """Run an operation of the real adapter class, and return whether it worked.

    As in Pulumi's engine, the inputs that an operation gets are those that `check` returned, and all are known for a
    create and an update.
    """
    process = world.process()
    provider = process.providers[kind]
    if operation in ("check", "create", "diff", "update"):
        checked = attempt(lambda: provider.check({} if operation == "create" else state, news))
        if checked is None or checked.failures:
            assert all(failure.reason.isprintable() for failure in (checked.failures if checked else ()))
            return False
        news = checked.inputs
        if operation in ("create", "update") and is_unknown(news):
            return False
    calls: dict[str, Callable[[], Any]] = {
        "check": lambda: provider.check(state, news),
        "diff": lambda: provider.diff(identity, state, news),
        "create": lambda: provider.create(news),
        "read": lambda: provider.read(identity, state),
        "update": lambda: provider.update(identity, state, news),
        "delete": lambda: provider.delete(identity, state) or True,
    }
    before = len(world.transport.bodies)
    result = attempt(calls[operation])
    assert len(world.transport.bodies) - before < MOST_REQUESTS
    return result is not None


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", SPECS)
def test_anything_in_any_place(kind: str, operation: str) -> None:
    """Random inputs, or random state with inputs that are valid or random too."""
    worked = 0
    for number in range(EXAMPLES * SOAK):
        wild = Wild(f"{kind} {operation} {number}", names_of(SPECS[kind]), on_wire=True)
        world = World(unknown_property="store", release_in_use="allow")
        stack = MiniStack(world)
        stack.up({"one": {KIND: kind, **copy.deepcopy(INPUTS[kind])}})
        for number_id in world.emulator.objects("phone_numbers"):
            world.emulator.edit("phone_numbers", number_id, created_at=NOW - 20 * 86400)  # old enough to be released
        made = stack.state["one"]
        state, news = made.outputs, made.inputs
        if number:  # the first time all is valid
            state = (wild.object(), state, wild.spoiled(state), wild.spoiled(state))[wild.random.randrange(4)]
            news = (wild.object(), news, wild.spoiled(news), wild.spoiled(news))[wild.random.randrange(4)]
        if operation == "create":
            world = World(unknown_property="store")
        worked += run(world, kind, operation, made.id, copy.deepcopy(state), copy.deepcopy(news))
    assert worked
