"""Laws 1 to 3 where time passes and lists change under the reader, whatever Daily's answers are then."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from in_process import CLOCK, NOW, World
from mini_stack import CheckFailed, MiniStack, attempt

EXPIRY = [
    dict(zip(("expired_get", "create_over_expired", "collect_expired_after"), values, strict=True))
    for values in itertools.product(("404", "200"), ("exists", "allowed"), (None, 60.0))
]
every_expiry = pytest.mark.parametrize("switches", EXPIRY, ids=lambda s: "-".join(map(str, s.values())))


def ending(at: int) -> dict[str, Any]:
    return {"r": {"name": "party", "properties": {"exp": at, "lang": "de"}}}


@every_expiry
def test_law_1_a_room_that_ended_as_the_program_says_is_left_alone(switches: dict[str, Any]):
    stack = MiniStack(World(**switches))
    program = ending(int(NOW) + 100)
    stack.up(program)
    for later in (101, 200):  # expired; collected, where the server does so
        CLOCK.set(NOW + later)
        assert stack.preview(program) == {}
        assert stack.up(program) == {}
        assert stack.lines == ['room "party" expired at 2027-01-15 08:01:40 UTC, as the program says']


@every_expiry
@pytest.mark.parametrize("later", [101, 200])
@pytest.mark.parametrize("refresh", [False, True])
def test_law_3_an_expired_room_is_made_again_when_the_program_moves_its_end(
    switches: dict[str, Any], later: int, refresh: bool
):
    stack = MiniStack(World(**switches))
    stack.up(ending(int(NOW) + 100))
    CLOCK.set(NOW + later)
    if refresh:
        stack.refresh()
        assert stack.state == {}
    program = ending(int(NOW) + 10_000)
    kept = switches["collect_expired_after"] is None or later < 100 + switches["collect_expired_after"]
    if refresh and kept and (switches["expired_get"], switches["create_over_expired"]) == ("404", "exists"):
        # Neither Daily nor the state says any more that it is an ended room, and not somebody else's of a moment ago.
        error = attempt(lambda: stack.up(program))
        assert error is not None
        assert 'it does not show room "party"' in error
        assert "Nothing was removed to free the name" in error
        assert stack.world.emulator.rooms()["party"]["expired"]
        return
    stack.up(program)
    room = stack.world.emulator.rooms()["party"]
    assert room["properties"] == {"exp": int(NOW) + 10_000, "lang": "de"}
    assert not room["expired"]
    assert stack.preview(program) == {}
    stack.destroy()
    assert stack.world.emulator.rooms() == {}


@every_expiry
def test_law_3_an_end_that_somebody_else_set_is_drift(switches: dict[str, Any]):
    stack = MiniStack(World(**switches))
    program = {"r": {"name": "party", "properties": {"lang": "de"}}}
    stack.up(program)
    stack.world.emulator.edit_room("party", exp=int(NOW) + 100)
    assert stack.preview(program) == {}  # not managed: theirs to set
    CLOCK.set(NOW + 101)
    assert stack.preview(program) == {"r": "replace"}
    stack.up(program)
    assert stack.world.emulator.rooms()["party"]["properties"] == {"lang": "de"}
    assert stack.preview(program) == {}


@every_expiry
def test_law_6_an_expired_room_can_be_destroyed(switches: dict[str, Any]):
    for later in (101, 200):
        CLOCK.set(NOW)
        stack = MiniStack(World(**switches))
        stack.up(ending(int(NOW) + 100))
        CLOCK.set(NOW + later)
        stack.destroy()
        assert stack.world.emulator.rooms() == {}
        assert stack.state == {}


def test_a_new_room_with_a_past_end_is_refused_by_check():
    stack = MiniStack(World())
    with pytest.raises(CheckFailed, match="lies in the past"):
        stack.up(ending(int(NOW) - 1))


@pytest.mark.parametrize("cursor", ["400", "404", "empty", "restart"])
@pytest.mark.parametrize("operation", ["preview", "refresh"])
@pytest.mark.parametrize("removed", [1, 3])
def test_law_2_rooms_that_vanish_while_the_list_is_read_cost_nobody_a_room(cursor: str, operation: str, removed: int):
    """The rooms at the end of each page are deleted before the next is asked for: the cursor names nothing."""
    world = World(unknown_cursor=cursor)
    stack = MiniStack(world)
    program = {f"r{i}": {"name": f"r{i}"} for i in range(60)}
    emulator = world.emulator
    emulator.seed(60, "older")
    stack.up(program)
    emulator.seed(160, "newer")
    send = world.transport.send

    def meddling(method: str, url: str, *args: Any) -> Any:
        answer = send(method, url, *args)
        if url.endswith("/rooms") and method == "GET":
            shown = emulator.rooms()
            names = [room["name"] for room in json.loads(answer.body)["data"]]
            for name in [name for name in names if name in shown and not name.startswith("r")][-removed:]:
                emulator.remove_room(name)
        return answer

    world.transport.send = meddling  # type: ignore[method-assign]
    if operation == "preview":
        assert stack.preview(program) == {}, stack.lines
    else:
        stack.refresh()
        assert len(stack.state) == 60
    assert emulator.count() <= 2 * 60 + 1
