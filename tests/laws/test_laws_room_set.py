"""The laws of rooms, for rooms of a set: random maps of rooms and what they share, under every answer of Daily."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from in_process import CLOCK, NOW, World
from mini_stack import KIND, MiniStack, attempt
from programs import properties
from programs_all_kinds import room_sets
from stored import not_held, visible

from pulumi_daily.lifecycle.kinds import rooms as room_set
from pulumi_daily.objects.room_set import effective
from pulumi_daily.objects.values import same

UNDER: list[dict[str, Any]] = [
    {},
    {"nested_update": "merge"},
    {"echo_defaults": True},
    {"echo_false": False},
    {"echo_sip": True},
    {"expired_get": "200"},
    {"create_over_expired": "allowed"},
    {"unknown_cursor": "404"},
    {"unknown_cursor": "empty"},
    {"unknown_cursor": "restart"},
    {"batch_error": "generic"},
    {"batch_delete_missing": "400"},
    {"batch_delete_missing": "skip"},
    {"nested_update": "merge", "echo_defaults": True, "echo_sip": True, "echo_false": False},
]
"""Settings of the emulator's switches that a set could notice."""

every_switch = pytest.mark.parametrize("switches", UNDER, ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()))
few = settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))


def program(inputs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {"set": {**inputs, KIND: "RoomSet"}}


def the_set(rooms: Mapping[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    return program({"rooms": rooms, **more})


def unseen(stack: MiniStack) -> dict[str, set[str]]:
    """By room: what Daily takes and does not read back, so that nobody can notice how it drifts."""
    normalized = stack.state["set"].outputs.get("__daily", {}).get("normalized", {})
    return {name: {key for key, mark in marks.items() if mark == "absent"} for name, marks in normalized.items()}


def assert_held(stack: MiniStack, made: Mapping[str, Any], *, drifted: bool = False) -> None:
    hidden = unseen(stack) if drifted else {}
    for name, room in effective(made["set"]).items():
        assert not_held(stack.world, "Room", room, hidden.get(name, ())) == [], name


@every_switch
@few
@given(inputs=room_sets(), data=st.data())
def test_laws_1_2_and_3(switches: dict[str, Any], inputs: Any, data: Any):
    stack, made = MiniStack(World(**switches)), program(inputs)
    emulator = stack.world.emulator
    stack.up(made)
    assert stack.preview(made) == {}, stack.lines
    assert_held(stack, made)
    before = stack.state["set"].inputs
    stack.refresh()
    assert stack.preview(made) == {}, stack.lines
    assert same(stack.state["set"].inputs, before)

    edited: dict[str, dict[str, Any]] = {}
    for name in data.draw(st.lists(st.sampled_from([*sorted(inputs["rooms"]), ""]), max_size=3, unique=True)):
        if name and data.draw(st.booleans(), label=f"remove {name}"):
            emulator.remove_room(name)
        elif name:
            edited[name] = data.draw(properties, label=f"edit of {name}")
            emulator.edit_room(name, privacy=data.draw(st.sampled_from([None, "private"])), **edited[name])
    if data.draw(st.booleans(), label="refresh"):
        stack.refresh()
    stack.up(made)
    assert_held(stack, made, drifted=True)
    assert stack.preview(made) == {}, stack.lines
    for name, values in edited.items():
        stored = emulator.rooms()[name]["properties"]
        for key in values.keys() - effective(inputs)[name].get("properties", {}).keys():
            assert same(stored.get(key), values[key]), f"{key} of {name} is not managed and was touched"
    stack.destroy()
    assert emulator.rooms() == {}


@pytest.mark.parametrize("switches", [{}, {"nested_update": "merge"}, {"echo_defaults": True}], ids=str)
@settings(max_examples=30)
@given(first=room_sets(), second=room_sets())
def test_law_4_a_then_b_is_b(switches: dict[str, Any], first: Any, second: Any):
    stack, straight = MiniStack(World(**switches)), MiniStack(World(**switches))
    stack.up(program(first))
    stack.up(program(second))
    straight.up(program(second))
    left, right = stack.world.emulator.rooms(), straight.world.emulator.rooms()
    assert left.keys() == right.keys()
    for name in left:
        assert left[name]["privacy"] == right[name]["privacy"]
        # What equals a default is there as well: without it the domain's setting would hold.
        assert same(visible(left[name]["properties"]), visible(right[name]["properties"])), name
    assert stack.preview(program(second)) == {}


@settings(max_examples=30)
@given(inputs=room_sets(), moved=st.sampled_from(["to a set", "out of it"]))
def test_a_set_does_the_same_as_single_rooms(inputs: Any, moved: str):
    """What Daily has after a set is what it has after the same rooms one by one, so a stack may go over to it."""
    single = {name: dict(room) for name, room in effective(inputs).items()}
    stack, other = MiniStack(World()), MiniStack(World())
    stack.up(program(inputs))
    other.up(single)
    found = [
        {name: (room["privacy"], room["properties"]) for name, room in each.world.emulator.rooms().items()}
        for each in (stack, other)
    ]
    assert same(found[0], found[1])
    # The state is forgotten, as `pulumi state delete` does, and the rooms are declared the other way.
    source, target = (other, program(inputs)) if moved == "to a set" else (stack, single)
    source.state.clear()
    error = attempt(lambda: source.up(target))
    assert error is None or "`DAILY_ADOPT_EXISTING=as-asked pulumi up`" in error
    source.state.clear()
    source.adoption = "as-asked"
    source.up(target)
    assert source.preview(target) == {}
    assert same(found[0], {n: (r["privacy"], r["properties"]) for n, r in source.world.emulator.rooms().items()})


@settings(max_examples=30)
@given(inputs=room_sets(least=1), data=st.data())
def test_what_is_ignored_is_never_repaired_and_never_forgotten(inputs: Any, data: Any):
    """A leaf under ignore_changes is left alone while it is ignored, and is drift again as soon as it is not."""
    stack = MiniStack(World())
    emulator = stack.world.emulator
    name = data.draw(st.sampled_from(sorted(inputs["rooms"])), label="room")
    inputs["rooms"][name].setdefault("properties", {})["lang"] = "de"
    other = "e"
    ignoring = {"ignore_changes": [f"rooms.{name}.properties.lang"]}
    stack.up(program(inputs))
    emulator.edit_room(name, lang="fr")
    quiet = {**inputs, "__daily": ignoring}
    assert stack.preview(program(quiet)) == {}
    assert stack.lines == []
    grown = {**quiet, "rooms": {**inputs["rooms"], other: {}}}
    if data.draw(st.booleans(), label="touched"):
        grown["rooms"] = {**grown["rooms"], name: {**inputs["rooms"][name], "privacy": "private"}}
    stack.up(program(grown))
    assert emulator.rooms()[name]["properties"]["lang"] == "fr"
    assert stack.preview(program(grown)) == {}
    loud = {key: value for key, value in grown.items() if key != "__daily"}
    assert stack.preview(program(loud)) == {"set": "update"}
    stack.up(program(loud))
    assert emulator.rooms()[name]["properties"]["lang"] == "de"
    assert stack.preview(program(loud)) == {}


def test_a_whole_room_may_be_ignored():
    stack = MiniStack(World())
    made = {"a": {"properties": {"lang": "de"}}, "b": {"properties": {"lang": "de"}}}
    stack.up(the_set(made))
    for name in made:
        stack.world.emulator.edit_room(name, lang="fr")
    assert stack.preview(the_set(made, __daily={"ignore_changes": ["rooms"]})) == {}
    assert stack.preview(the_set(made, __daily={"ignore_changes": ["rooms.a", 'rooms["b"]']})) == {}
    assert stack.preview(the_set(made, __daily={"ignore_changes": ["rooms.*.properties"]})) == {}
    stack.up(the_set(made, __daily={"ignore_changes": ["", "rooms.a"]}))
    found = stack.world.emulator.rooms()
    assert (found["a"]["properties"]["lang"], found["b"]["properties"]["lang"]) == ("fr", "de")


@pytest.mark.parametrize("path", ["defaults", "defaults.properties", "defaults.properties.lang", "*"])
def test_what_all_rooms_share_may_be_ignored(path: str):
    stack = MiniStack(World())
    shared = {"defaults": {"properties": {"lang": "de"}}}
    stack.up(the_set({"a": {}, "b": {}}, **shared))
    stack.world.emulator.edit_room("a", lang="fr")
    quiet = {**shared, "__daily": {"ignore_changes": [path]}}
    assert stack.preview(the_set({"a": {}, "b": {}}, **quiet)) == {}
    stack.up(the_set({"a": {"properties": {"enable_chat": True}}, "b": {}}, **quiet))
    assert stack.world.emulator.rooms()["a"]["properties"] == {"lang": "fr", "enable_chat": True}
    assert stack.preview(the_set({"a": {"properties": {"enable_chat": True}}, "b": {}}, **shared)) == {"set": "update"}


# -- rooms that end ----------------------------------------------------------------------------------------------------

EXPIRY = [
    dict(zip(("expired_get", "create_over_expired", "collect_expired_after"), values, strict=True))
    for values in itertools.product(("404", "200"), ("exists", "allowed"), (None, 60.0))
]
every_expiry = pytest.mark.parametrize("switches", EXPIRY, ids=lambda s: "-".join(map(str, s.values())))
SIZES = pytest.mark.parametrize("size", [1, 2, 5])
"""One and two rooms are looked for one by one, more of them in the list."""


def ending(size: int, at: int, **more: Any) -> dict[str, dict[str, Any]]:
    rooms = {f"party-{i}": {"properties": {"exp": at}} for i in range(size)}
    return the_set({**rooms, "stays": dict(more)})


@every_expiry
@SIZES
def test_rooms_that_ended_as_the_program_says_are_left_alone(switches: dict[str, Any], size: int):
    stack = MiniStack(World(**switches))
    made = ending(size, int(NOW) + 100)
    stack.up(made)
    for later in (101, 200):  # expired; collected, where the server does so
        CLOCK.set(NOW + later)
        assert stack.preview(made) == {}
        assert len(stack.lines) == size
        assert 'room "party-0" expired at 2027-01-15 08:01:40 UTC, as the program says' in stack.lines
        assert stack.up(made) == {}
    # A change elsewhere in the set does not try to make them again either.
    made = ending(size, int(NOW) + 100, properties={"lang": "de"})
    assert stack.up(made) == {"set": "update"}
    assert stack.world.emulator.rooms()["stays"]["properties"] == {"lang": "de"}
    assert stack.preview(made) == {}
    stack.destroy()
    assert all(room["expired"] for room in stack.world.emulator.rooms().values())


@every_expiry
@SIZES
@pytest.mark.parametrize("how", ["moved", "refreshed", "anew"])
def test_rooms_that_ended_are_made_again_when_the_program_moves_their_end(
    switches: dict[str, Any], size: int, how: str
):
    """Daily may keep the names of expired rooms for a while."""
    stack = MiniStack(World(**switches))
    stack.up(ending(size, int(NOW) + 100))
    CLOCK.set(NOW + 101)
    if how == "refreshed":
        stack.refresh()
        assert set(stack.state["set"].inputs["rooms"]) == {"stays"}
    elif how == "anew":
        stack.destroy()
    made = ending(size, int(NOW) + 10_000)
    if how == "refreshed" and (switches["expired_get"], switches["create_over_expired"]) == ("404", "exists"):
        # Neither Daily nor the state says any more that they are ended rooms, and not somebody else's of a moment ago.
        assert "a room named party-0 already exists" in str(attempt(lambda: stack.up(made)))
        assert len(stack.world.emulator.rooms()) == size + 1
        return
    stack.up(made)
    rooms = stack.world.emulator.rooms()
    assert not any(room["expired"] for room in rooms.values())
    assert rooms["party-0"]["properties"] == {"exp": int(NOW) + 10_000}
    assert stack.preview(made) == {}
    stack.destroy()
    assert stack.world.emulator.rooms() == {}


@every_expiry
def test_an_end_that_somebody_else_set_is_drift(switches: dict[str, Any]):
    stack, made = MiniStack(World(**switches)), the_set({"a": {"properties": {"lang": "de"}}, "b": {}, "c": {}})
    stack.up(made)
    stack.world.emulator.edit_room("a", exp=int(NOW) + 10)
    CLOCK.set(NOW + 20)
    assert stack.preview(made) == {"set": "update"}
    stack.up(made)
    assert not stack.world.emulator.rooms()["a"]["expired"]
    assert stack.world.emulator.rooms()["a"]["properties"] == {"lang": "de"}
    assert stack.preview(made) == {}


def test_a_room_that_differs_in_case_alone_is_never_taken_for_an_expired_one():
    """Where names that differ in case are one, Daily refuses a name under which the list has nothing."""
    stack = MiniStack(World(case_sensitive_names=False))
    stack.world.emulator.seed([{"name": "Party", "properties": {"lang": "fr"}}])
    error = attempt(lambda: stack.up(the_set({"party": {}, "b": {}, "c": {}})))
    assert error is not None
    assert "each of these rooms (party) exists on Daily already" in error
    assert "as-asked" not in error
    assert set(stack.world.emulator.rooms()) == {"Party"}
    assert stack.world.emulator.rooms()["Party"]["properties"] == {"lang": "fr"}


# -- what the laws above found -----------------------------------------------------------------------------------------


def test_rooms_that_were_taken_over_are_not_taken_back(monkeypatch: pytest.MonkeyPatch):
    """An answer was lost, foreign rooms were adopted, and then the operation failed."""
    monkeypatch.setattr(room_set, "chunks", lambda rooms: [{n: r} for n, r in rooms.items()])
    stack = MiniStack(World())
    emulator = stack.world.emulator
    old = NOW - 86400
    emulator.seed([{"name": "theirs", "created_at": old}, {"name": "older", "created_at": old}], api_created=True)
    made = the_set({"theirs": {"properties": {"lang": "de"}}, "older": {}, "bad": {}}, adopt_existing=True)
    emulator.drop("POST /batch/rooms", times=2)
    emulator.fail("POST /batch/rooms", status=400, times=None)
    assert "Daily did not create the room (bad)" in str(attempt(lambda: stack.up(made)))
    assert set(emulator.rooms()) == {"theirs", "older"}


def test_a_delete_that_does_nothing_is_not_taken_for_done(monkeypatch: pytest.MonkeyPatch):
    stack, made = MiniStack(World()), the_set({name: {} for name in "abcdefghi"})
    stack.up(made)
    send = stack.world.transport.send

    def lazy(method: str, url: str, *args: Any) -> Any:
        if method == "DELETE":
            method, url = "GET", url.replace("/batch/rooms", "/rooms")
            args = (args[0], None, None, *args[3:])
        return send(method, url, *args)

    monkeypatch.setattr(stack.world.transport, "send", lazy)
    error = attempt(stack.destroy)
    assert error is not None
    assert "batch.rooms.delete did not delete 9 objects, a, b, c, d, e, f, g, h among them" in error
    assert set(stack.state) == {"set"}
