"""The provider under answers of Daily that were recorded, and under the emulator's switches about them."""

from __future__ import annotations

from typing import Any

import pytest
from in_process import CLOCK, NOW, World
from mini_stack import KIND, MiniStack, attempt

NUMBER = "+18055550100"
BOUGHT = {KIND: "PhoneNumber", "number": NUMBER}
CALLS = "https://example.com/calls"
DIALIN = {KIND: "DialinConfig", "type": "pinless_dialin", "phone_number": NUMBER, "room_creation_api": CALLS}
HOOK = {KIND: "Webhook", "url": "https://example.com/events", "event_types": ["meeting.ended"]}


def old_enough(world: World) -> None:
    """Let the time pass before which a number cannot be released."""
    for identity in world.emulator.objects("phone_numbers"):
        world.emulator.edit("phone_numbers", identity, created_at=NOW - 20 * 86400)


# -- a released number takes its dial-in config along


@pytest.mark.parametrize("first", ["number", "dialin"])
@pytest.mark.parametrize("effect", ["delete", "allow"])
def test_a_number_and_its_dialin_config_are_destroyed_in_either_order(effect: str, first: str) -> None:
    world = World(release_in_use=effect)
    stack = MiniStack(world)
    stack.up({"number": BOUGHT, "dialin": DIALIN})
    old_enough(world)
    # Without a dependency between them, Pulumi deletes them in any order.
    stack.state = dict(sorted(stack.state.items(), key=lambda item: item[0] == first))
    stack.destroy()
    assert world.emulator.objects("phone_numbers") == world.emulator.objects("dialin_configs") == {}


def test_a_config_that_vanished_with_its_number_is_replaced_as_soon_as_there_is_a_number() -> None:
    world = World()
    stack = MiniStack(world)
    stack.up({"number": BOUGHT, "dialin": DIALIN})
    old_enough(world)
    stack.up({"dialin": DIALIN})  # only the number leaves the program
    assert world.emulator.objects("dialin_configs") == {}
    assert stack.preview({"dialin": DIALIN}) == {"dialin": "replace"}
    error = attempt(lambda: stack.up({"dialin": DIALIN}))
    assert error is not None
    assert f"{NUMBER} is not a number of this domain" in error
    both = {"number": BOUGHT, "dialin": DIALIN}
    stack.up(both)
    assert stack.preview(both) == {}
    assert len(world.emulator.objects("dialin_configs")) == 1


# -- forms of answers


@pytest.mark.parametrize(
    "switches",
    [
        {"available_number_key": "number"},
        {"purchased_number_id": False},
        {"available_number_key": "number", "purchased_number_id": False},
    ],
    ids=str,
)
def test_a_number_through_its_life(switches: dict[str, Any]) -> None:
    world = World(**switches)
    stack = MiniStack(world)
    program = {"number": {KIND: "PhoneNumber", "search": {"region": "CA"}}}
    stack.up(program)
    (bought,) = world.emulator.objects("phone_numbers").values()
    assert stack.preview(program) == {}
    stack.refresh()
    assert stack.preview(program) == {}
    assert stack.state["number"].id == bought["id"]
    assert stack.state["number"].outputs["number"] == bought["number"]
    old_enough(world)
    stack.destroy()
    assert world.emulator.objects("phone_numbers") == {}


@pytest.mark.parametrize("form", ["milliseconds", "rounded", "seconds"])
@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.75, 0.9996])
def test_a_creation_time_is_one_time_in_each_of_its_forms(form: str, fraction: float) -> None:
    CLOCK.set(NOW + fraction)
    world = World(created_at=form)
    stack = MiniStack(world)
    many = {KIND: "RoomSet", "rooms": {"a": {}, "b": {}}}
    program: dict[str, dict[str, Any]] = {"room": {"name": "standup"}, "set": many}
    stack.up(program)
    first = stack.state["room"].outputs["created_at"]
    CLOCK.advance(60)
    assert stack.preview(program) == {}
    stack.refresh()
    assert stack.preview(program) == {}
    assert stack.state["room"].outputs["created_at"] == first
    stack.up({**program, "room": {"name": "standup", "properties": {"enable_chat": True}}})
    assert stack.state["room"].outputs["created_at"] == first


@pytest.mark.parametrize("form", ["milliseconds", "rounded", "seconds"])
@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.75])
def test_after_a_lost_answer_the_creation_time_proves_whose_room_it_is(form: str, fraction: float) -> None:
    CLOCK.set(NOW + fraction)
    world = World(created_at=form)
    world.emulator.drop("POST /rooms", when="after")
    stack = MiniStack(world)
    program = {"room": {"name": "standup"}}
    stack.up(program)
    assert stack.preview(program) == {}
    assert world.emulator.count("POST /rooms") == 1


def test_a_time_with_a_fraction_is_sent_without_it() -> None:
    """As in `time.time() + 3600`."""
    world = World()
    stack = MiniStack(world)
    moments = {"nbf": NOW + 60.75, "exp": NOW + 3600.25}
    program: dict[str, dict[str, Any]] = {
        "room": {"name": "standup", "properties": moments},
        "set": {KIND: "RoomSet", "rooms": {"a": {"properties": moments}}},
        "token": {KIND: "MeetingToken", "properties": moments},
        "signed": {KIND: "MeetingToken", "properties": moments, "self_signed": True},
    }
    stack.up(program)
    for name in ("standup", "a"):
        assert world.emulator.rooms()[name]["properties"] == {"nbf": int(NOW) + 60, "exp": int(NOW) + 3600}
    for name in ("token", "signed"):
        assert stack.state[name].outputs["expires_at"] == int(NOW) + 3600
    assert stack.preview(program) == {}
    stack.refresh()
    assert stack.preview(program) == {}


def test_a_room_whose_time_has_a_fraction_on_daily_is_as_the_program_says() -> None:
    """Others send it, such as pipecat."""
    world = World()
    world.emulator.add_room("standup", exp=NOW + 3600.25, api_created=True)
    stack = MiniStack(world)
    program = {"room": {"name": "standup", "properties": {"exp": NOW + 3600}, "adopt_existing": True}}
    stack.up(program)
    assert world.emulator.count("POST /rooms/:name") == 0
    assert stack.preview(program) == {}


# -- a free plan


def test_a_webhook_on_a_free_plan_is_refused_with_the_reason() -> None:
    world = World(plan="free")
    stack = MiniStack(world)
    error = attempt(lambda: stack.up({"hook": HOOK}))
    assert error is not None
    assert "This feature is only available to paid accounts" in error
    assert "the plan of this Daily account does not include the feature" in error
    # Another resource of the same program is made nevertheless.
    stack.up({"room": {"name": "standup"}})
    assert set(world.emulator.rooms()) == {"standup"}


def test_a_webhook_of_an_account_that_left_its_plan() -> None:
    world = World()
    stack = MiniStack(world)
    stack.up({"hook": HOOK})
    world.emulator.switches.plan = "free"
    changed = {**HOOK, "event_types": ["meeting.started"]}
    for program in ({"hook": HOOK}, {"hook": changed}, {}):
        error = attempt(lambda program=program: stack.up(program))  # type: ignore[misc]
        assert error is not None
        assert "the plan of this Daily account does not include the feature" in error
    assert len(world.emulator.objects("webhooks")) == 1
