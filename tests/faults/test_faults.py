"""Every call of every operation, with everything that can go wrong with a call.

Afterwards the rooms on the server are those of the state, or the next up makes it so; and the error is readable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from calls import FAULTS
from in_process import Process, World
from mini_stack import MiniStack, attempt, wire

from pulumi_daily.lifecycle import Account
from pulumi_daily.lifecycle.live.writes import Writes
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.operations import DailyError

ROUTES = ("GET /", "GET /rooms", "GET /rooms/:name", "POST /rooms", "POST /rooms/:name", "DELETE /rooms/:name")

BEFORE = {
    "keep": {"name": "keep", "properties": {"lang": "de"}},
    "change": {"name": "change", "properties": {"lang": "de", "permissions": {"canSend": True, "canAdmin": True}}},
    "rename": {"name": "old"},
    "drop": {"name": "drop"},
}
AFTER = {
    "keep": {"name": "keep", "properties": {"lang": "de"}},
    "change": {"name": "change", "privacy": "private", "properties": {"permissions": {"canSend": True}}},
    "rename": {"name": "new"},
    "fresh": {"name": "fresh", "properties": {"enable_chat": True}},
}
"""Between them: same, update, replace, delete and create."""


def started(**switches: Any) -> MiniStack:
    stack = MiniStack(World(**switches))
    stack.world.emulator.seed([{"name": "stranger"}])
    stack.up(BEFORE)
    return stack


def settle(stack: MiniStack, program: dict[str, Any]) -> None:
    """With Daily well again, the next up makes it so and is the last one needed."""
    stack.world.emulator.clear_faults()
    stack.up(program)
    rooms = set(stack.world.emulator.rooms())
    assert rooms == {"stranger", *(inputs["name"] for inputs in program.values())}
    assert {r.id for r in stack.state.values()} == rooms - {"stranger"}
    assert stack.preview(program) == {}


def went_well(operation: Callable[[], Any]) -> bool:
    """Run an operation; its error is one line without the key."""
    error = attempt(operation)
    assert "k" * 64 not in (error or "")
    return error is None


# How Daily updates nested settings matters to updates alone.
@pytest.mark.parametrize(
    ("route", "nested"), [*((route, "replace") for route in ROUTES), ("POST /rooms/:name", "merge")]
)
@pytest.mark.parametrize("fault", FAULTS)
def test_law_5_one_call_of_an_up_goes_wrong(fault: str, route: str, nested: str):
    for skipped in range(8):  # the first call to the route, the second, ...
        stack = started(nested_update=nested)
        emulator = stack.world.emulator
        FAULTS[fault](emulator, route, 1)
        emulator.faults._waiting[0].after = skipped
        well = went_well(lambda stack=stack: stack.up(AFTER))
        hit = not len(emulator.faults)
        if well:
            assert {r.id for r in stack.state.values()} == set(emulator.rooms()) - {"stranger"}
        else:
            assert hit
            assert fault in ("401", "403") or "POST" in route, "not tried again"
        settle(stack, AFTER)
        if not hit:
            break
    else:
        raise AssertionError(f"{route} is called more than eight times")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("fault", FAULTS)
def test_law_5_all_calls_of_an_up_go_wrong(fault: str, route: str):
    stack = started()
    emulator = stack.world.emulator
    FAULTS[fault](emulator, route, None)
    went_well(lambda: stack.up(AFTER))
    settle(stack, AFTER)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ["preview", "refresh"])
@pytest.mark.parametrize("route", ["*", *ROUTES[:3]])
def test_looking_never_takes_a_failure_for_absence(fault: str, operation: str, route: str):
    """Reads fail or are tried again; no room is ever taken for gone, and nothing is written."""
    for times in (1, None):
        stack = started()
        emulator = stack.world.emulator
        before = stack.dump()
        emulator.clear_log()
        FAULTS[fault](emulator, route, times)
        run = stack.refresh if operation == "refresh" else lambda stack=stack: check_empty(stack)
        went_well(run)
        emulator.clear_faults()
        assert stack.dump() == before
        assert not [r for r in emulator.requests if r.method != "GET"]


def check_empty(stack: MiniStack) -> None:
    assert stack.preview(BEFORE) == {}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("route", ["DELETE /rooms/:name", "GET /", "*"])
@pytest.mark.parametrize("times", [1, None])
def test_law_5_destroy_goes_wrong(fault: str, route: str, times: int | None):
    stack = started()
    emulator = stack.world.emulator
    FAULTS[fault](emulator, route, times)
    went_well(stack.destroy)
    assert set(emulator.rooms()) - {"stranger"} <= {r.id for r in stack.state.values()}, "forgotten"
    emulator.clear_faults()
    stack.destroy()
    assert set(emulator.rooms()) == {"stranger"}
    assert stack.state == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_law_5_nothing_works_any_more_and_then_the_user_decides(fault: str):
    """A create that Daily took, when not even a read works afterwards, is the one thing that a person must settle."""
    stack = started()
    emulator = stack.world.emulator
    process = stack.world.process()
    process.provider.read("keep", wire(stack.state["keep"].outputs))  # so that the domain is known
    FAULTS[fault](emulator, "POST /rooms", None)
    FAULTS[fault](emulator, "GET /rooms/:name", None)
    inputs = {"name": "fresh", "privacy": "public"}
    with pytest.raises(DailyError):
        process.provider.create(inputs)
    emulator.clear_faults()
    orphaned = "fresh" in emulator.rooms()
    fresh = stack.world.process().provider
    if orphaned:
        with pytest.raises(DailyError, match=r"adopt_existing=True.*pulumi-daily import --room fresh"):
            fresh.create(inputs)
    assert fresh.create({**inputs, "adopt_existing": orphaned}).id == "fresh"
    assert stack.world.process().provider.create({"name": "auto", "__daily": {"auto_name": "auto"}}).id == "auto"


# -- groups: calls that go together


class _Together(Account):
    """An account whose concurrent creates and deletes of three always form one group."""

    def writes(self, spec: ObjectSpec) -> Writes:
        with self._lock:
            return self._writes.setdefault(spec.kind, Writes(self.api, spec, most=3, window=20.0))


def grouped(world: World) -> Process:
    process = world.process()
    process.provider._connection._made = _Together(world.client())  # type: ignore[attr-defined]
    return process


def at_once(work: Callable[[str], Any]) -> dict[str, Any]:
    """Results, or the readable errors, of three calls at once."""
    found: dict[str, Any] = {}

    def one(name: str) -> None:
        try:
            found[name] = work(name)
        except DailyError as error:
            found[name] = error

    threads = [threading.Thread(target=one, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 3, "a call never came back, or raised what nobody can read"
    return found


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("times", [1, None])
def test_law_5_a_group_of_creates_goes_wrong(fault: str, times: int | None):
    world = World()
    process = grouped(world)
    process.provider._connection.account().domain()
    FAULTS[fault](world.emulator, "POST /batch/rooms", times)
    made = at_once(lambda name: process.provider.create({"name": name, "privacy": "public"}).id)
    assert ("POST", "/v1/batch/rooms") in [sent[:2] for sent in world.transport.bodies]
    created = {name for name, result in made.items() if result == name}
    assert set(world.emulator.rooms()) == created, "a room that no state knows"
    world.emulator.clear_faults()
    for name in made.keys() - created:
        assert world.process().provider.create({"name": name, "privacy": "public"}).id == name
    assert set(world.emulator.rooms()) == {"a", "b", "c"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("times", [1, None])
@pytest.mark.parametrize("missing", [False, True])
def test_law_5_a_group_of_deletes_goes_wrong(fault: str, times: int | None, missing: bool):
    world = World()
    outs = {name: world.process().provider.create({"name": name}).outs for name in ("a", "b", "c")}
    if missing:
        world.emulator.remove_room("b")
    process = grouped(world)
    process.provider._connection.account().domain()
    FAULTS[fault](world.emulator, "DELETE /batch/rooms", times)
    done = at_once(lambda name: process.provider.delete(name, wire(outs[name])))
    assert ("DELETE", "/v1/batch/rooms") in [sent[:2] for sent in world.transport.bodies]
    failed = {name for name, result in done.items() if result is not None}
    assert set(world.emulator.rooms()) <= failed, "a room that no state knows"
    world.emulator.clear_faults()
    for name in failed:
        world.process().provider.delete(name, wire(outs[name]))
    assert world.emulator.rooms() == {}


def test_one_bad_room_in_a_group_does_not_spoil_the_others():
    world = World()
    world.emulator.add_room("b")
    process = grouped(world)
    made = at_once(lambda name: process.provider.create({"name": name}).id)
    assert (made["a"], made["c"]) == ("a", "c")
    assert "exists on Daily already" in str(made["b"])
    assert set(world.emulator.rooms()) == {"a", "b", "c"}
