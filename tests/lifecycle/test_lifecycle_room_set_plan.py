"""Decisions about many rooms: chunks, plans, ignored paths, past moments, and what a refresh shows of each."""

from __future__ import annotations

from typing import Any

import pytest
from edge import outs_of_set, plan_of_set, state_of
from fake_daily import NOW
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.api import BATCH_LIMIT
from pulumi_daily.lifecycle import Domain
from pulumi_daily.lifecycle.decide.project import fingerprint_of
from pulumi_daily.lifecycle.decide.room_set import (
    BUCKETS,
    below,
    check_set,
    chunks,
    room_hints,
    rooms_of_state,
    with_overrides,
)
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET, effective
from pulumi_daily.objects.values import UNKNOWN, format_path
from pulumi_daily.ownership import Hints


def bucket(name: str) -> dict[str, Any]:
    value = {"bucket_name": name, "bucket_region": "us-west-2", "assume_role_arn": "arn"}
    return {"privacy": "public", "properties": {"recordings_bucket": value}}


@given(marks=st.lists(st.integers(0, 14) | st.none(), max_size=60), limit=st.integers(1, 7))
def test_chunks_hold_every_room_once_within_dailys_limits(marks: list[int | None], limit: int):
    rooms = {f"r-{i}": bucket(f"b-{m}") if m is not None else {"privacy": "public"} for i, m in enumerate(marks)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pulumi_daily.lifecycle.decide.room_set.BATCH_LIMIT", limit)
        made = chunks(rooms)
    assert sorted(name for chunk in made for name in chunk) == sorted(rooms)
    for chunk in made:
        assert 0 < len(chunk) <= limit
        different = {str(room["properties"]["recordings_bucket"]) for room in chunk.values() if "properties" in room}
        assert len(different) <= BUCKETS
    assert BATCH_LIMIT == 1000


def ignoring(*path: Any) -> Hints:
    return Hints(ignored=(path,))


def live(name: str, privacy: str = "public", **config: Any) -> dict[str, Any]:
    return {"name": name, "privacy": privacy, "config": config}


def test_a_plan_names_the_drift_of_each_room_and_leaves_the_others_alone():
    outs = {"rooms": {"a": {"properties": {"lang": "de"}}, "b": {}, "gone": {}}, "defaults": {"privacy": "private"}}
    lives = {"a": live("a", "private", lang="fr"), "b": live("b")}
    found = plan_of_set(outs, outs, lives, NOW)
    assert found.changes is True
    assert [(drift.owner, drift.path) for drift in found.drift] == [("a", ("properties", "lang")), ("b", ("privacy",))]
    assert found.notes == (
        'room "gone" is gone from Daily; it will be made again (if it is protected, run `pulumi refresh` first)',
    )
    good = {"a": live("a", "private", lang="de"), "b": live("b", "private"), "gone": live("gone", "private")}
    assert plan_of_set(outs, outs, good, NOW).changes is False


@pytest.mark.parametrize(
    "news",
    [
        {"rooms": {"a": {}, "b": {}}},
        {"rooms": {}},
        {"rooms": {"a": {"properties": {"lang": "fr"}}}},
        {"rooms": {"a": {}}, "defaults": {"privacy": "private"}},
        {"rooms": UNKNOWN},
        {"rooms": {"a": UNKNOWN}},
        {"rooms": {"a": {}}, "defaults": UNKNOWN},
    ],
    ids=str,
)
def test_a_changed_program_is_for_pulumi_to_mark(news: dict[str, Any]):
    assert plan_of_set({"rooms": {"a": {}}}, news, {"a": live("a")}, NOW).changes is None


def test_an_echo_and_an_ignored_path_are_no_drift():
    outs = {
        "rooms": {"a": {"properties": {"lang": "de"}}},
        "__daily": {"normalized": {"a": {"lang": fingerprint_of("DE")}}},
    }
    assert plan_of_set(outs, outs, {"a": live("a", lang="DE")}, NOW).changes is False
    assert plan_of_set(outs, outs, {"a": live("a", lang="fr")}, NOW).changes is True
    assert (
        plan_of_set(outs, outs, {"a": live("a", lang="fr")}, NOW, ignoring("rooms", "a", "properties", "lang")).changes
        is False
    )


@pytest.mark.parametrize("ignored", [("defaults",), ("*",)], ids=str)
def test_drift_of_what_all_rooms_share_can_be_ignored(ignored: Any):
    shared = {"privacy": "private", "properties": {"lang": "de"}, "extra_properties": {"new": 1}}
    outs = {"rooms": {"a": {}}, "defaults": shared}
    lives = {"a": live("a", "public", lang="fr", new=2)}
    assert plan_of_set(outs, outs, lives, NOW).changes is True
    assert plan_of_set(outs, outs, lives, NOW, ignoring(*ignored)).changes is False
    found = plan_of_set(outs, outs, lives, NOW, ignoring("defaults", "properties"))
    assert [drift.path for drift in found.drift] == [("privacy",), ("extra_properties", "new")]


SHARED = (("privacy",), ("properties",), ("extra_properties",))
"""What ``defaults`` hold, as paths of a room."""


@pytest.mark.parametrize(
    ("ignored", "expected"),
    [
        ((), ()),
        (("rooms",), ((),)),
        (("rooms", "a"), ((),)),
        (("rooms", "*"), ((),)),
        (("rooms", "b"), ()),
        (("rooms", "a", "properties", "lang"), (("properties", "lang"),)),
        (("rooms", "*", "privacy"), (("privacy",),)),
        (("defaults",), SHARED),
        (("defaults", "properties"), (("properties",),)),
        (("defaults", "properties", "lang"), (("properties", "lang"),)),
        (("*",), ((), *SHARED)),
        (("*", "a", "privacy"), (("privacy",), ("a", "privacy"))),
        (("*", "properties", "lang"), (("properties", "lang"),)),
        (("other", "a"), ()),
    ],
    ids=str,
)
def test_ignored_paths_of_a_set_are_those_of_its_rooms(ignored: Any, expected: Any):
    assert below([ignored], "a") == expected


def failures(inputs: Any, olds: Any = None) -> dict[str, str]:
    found = check_set(ROOM_SET, olds or {}, inputs, NOW).failures
    return {format_path(f.path): f.reason for f in found if "in the past" in f.reason}


def test_past_moments_are_named_where_they_stand_once():
    past = {"properties": {"exp": int(NOW)}}
    found = failures({"rooms": {"a": past, "b": {}, "c": {}}, "defaults": past})
    assert set(found) == {"rooms.a.properties.exp", "defaults.properties.exp"}
    assert "lies in the past (2027-01-15 08:00:00 UTC)" in found["defaults.properties.exp"]
    assert failures({"rooms": {"a": {"properties": {"exp": int(NOW) + 1}}}}) == {}


def test_a_past_moment_is_left_alone_where_it_is():
    old = {"rooms": {"a": {}}, "defaults": {"properties": {"exp": int(NOW)}}}
    assert failures(old, old) == {}
    moved = {"rooms": {"a": {"properties": {"exp": int(NOW)}}}}
    assert failures(moved, old) == {}
    assert set(failures({**old, "rooms": {"a": {}, "new": {}}}, old)) == {"defaults.properties.exp"}


@pytest.mark.parametrize("odd", [5, "text", [1], None, UNKNOWN, True], ids=repr)
def test_whatever_stands_in_a_room_nothing_raises(odd: Any):
    past = {"properties": {"exp": 5}}
    assert "defaults.properties.exp" in failures({"rooms": {"a": {"properties": odd}, "b": odd}, "defaults": past})
    assert failures({"rooms": odd, "defaults": past}) == {}
    assert len(failures({"rooms": {"a": {"properties": {"exp": odd}}}, "defaults": odd})) == (odd == 5)


def test_a_refresh_shows_what_differs_in_the_room_it_is_of():
    outs = {
        "rooms": {"a": {"properties": {"lang": "de", "geo": "us-west-2"}}, "b": {}, "c": {"privacy": "public"}},
        "defaults": {"privacy": "private", "properties": {"enable_chat": True}},
    }
    rooms = effective(outs)
    same = with_overrides(outs["rooms"]["a"], rooms["a"], rooms["a"])
    assert same == outs["rooms"]["a"]
    seen = {"privacy": "private", "properties": {"lang": "fr", "enable_chat": False}}
    assert with_overrides(outs["rooms"]["a"], rooms["a"], seen) == {"properties": {"lang": "fr", "enable_chat": False}}
    assert with_overrides(outs["rooms"]["b"], rooms["b"], rooms["b"]) == {}
    # What all rooms share and one of them lost cannot be shown in the room: the next preview says so.
    assert with_overrides({}, rooms["b"], {"privacy": "private"}) == {}
    assert with_overrides(None, rooms["b"], {"privacy": "public", "properties": {"enable_chat": True}}) == {
        "privacy": "public"
    }
    room = {"privacy": "public", "extra_properties": {"new": 1}}
    assert with_overrides({"extra_properties": {"new": 1}}, room, {"privacy": "public"}) == {"extra_properties": {}}


def test_outputs_of_a_set():
    inputs = {"rooms": {"b": {}, "a": {}}, "defaults": None}
    made = outs_of_set(inputs, {"b": {"url": "https://x/b"}, "a": {}}, {}, Domain("acme", "id"))
    assert made == {
        "rooms": {"b": {}, "a": {}},
        "urls": {"a": "https://acme.daily.co/a", "b": "https://x/b"},
        "room_ids": {},
        "domain": "acme",
        "domain_id": "id",
    }
    made = outs_of_set(inputs, {}, {"a": {"sip": "absent"}}, Domain("acme", "id"))
    assert made["__daily"]["normalized"] == {"a": {"sip": "absent"}}


def test_the_ids_of_a_set_are_kept_where_daily_does_not_show_them():
    inputs = {"rooms": {"a": {}, "b": {}, "c": {}}}
    lives = {"a": {"id": "new-a"}, "b": {"name": "b"}}
    before = {"a": "old-a", "b": "old-b", "c": "old-c", "gone": "old-gone"}
    made = outs_of_set(inputs, lives, {}, Domain("acme", "id"), {"room_ids": before})
    assert made["room_ids"] == {"a": "new-a", "b": "old-b", "c": "old-c"}


def test_a_room_of_the_state_has_its_own_id():
    outs = {"rooms": {"a": {}, "b": {}}, "room_ids": {"a": "id-a"}}
    rooms = rooms_of_state(state_of(ROOM_SET, outs))
    assert {name: room.get("room_id") for name, room in rooms.items()} == {
        "a": "id-a",
        "b": None,
    }


def test_a_room_that_somebody_made_anew_is_said_so():
    outs = {"rooms": {"a": {}, "b": {}}, "room_ids": {"a": "id-a", "b": "id-b"}}
    lives = {"a": {**live("a"), "id": "other"}, "b": {**live("b"), "id": "id-b"}}
    found = plan_of_set(outs, outs, lives, NOW)
    assert found.changes is True
    assert found.notes == (
        'room "a" was deleted on Daily and made anew by somebody else; `pulumi up` takes the new one over where '
        "adopt_existing asks for it, and fails where not (if it is protected, run `pulumi refresh` first)",
    )


def test_hints_of_a_set_are_those_of_its_rooms():
    told = Hints("o", ("f",), (("rooms", "a", "privacy"),), (("defaults", "properties", "lang"), ("rooms", "b")))
    assert room_hints(told, "a") == Hints("o", ("f",), (("privacy",),), (("properties", "lang"),))
    assert room_hints(told, "b") == Hints("o", ("f",), (), (("properties", "lang"), ()))


@pytest.mark.parametrize(
    "marked", [("rooms", "a", "properties", "lang"), ("rooms",), ("defaults", "properties")], ids=str
)
def test_what_the_program_marked_as_a_secret_is_not_shown_in_a_set(marked: Any):
    outs = {"rooms": {"a": {"properties": {"lang": "CANARY"}}}}
    found = plan_of_set(outs, outs, {"a": live("a", lang="fr")}, NOW, Hints(secret=(marked,)))
    assert [item.line(ROOM, "x") for item in found.drift] == ['room "a": lang has another value on Daily']


def test_names_and_settings_that_stand_at_the_wrong_place_are_found():
    inputs = {
        "rooms": {
            "bad name": {},
            "x" * 129: {},
            "a": {"properties": {"new": 1, "lang": "de"}, "extra_properties": {"lang": "hu", "enable_chat": True}},
            "b": {"properties": {"exp": NOW + 1}},
        },
        "defaults": {
            "properties": {"enable_chat": False, "enable_dialin": True, "geo": "eu-west-2"},
            "extra_properties": {"exp": "soon", "geo": "here"},
        },
    }
    found = {format_path(f.path): f.reason for f in check_set(ROOM_SET, {}, inputs, NOW).failures}
    assert found.pop("rooms.a.properties.new").endswith("use extra_properties")
    assert "did you mean bad-name?" in found.pop('rooms["bad name"]')
    assert "at most 128 characters" in found.pop(f"rooms.{'x' * 129}")
    assert found == {
        "defaults.properties.enable_dialin": "is a setting that Daily no longer documents; "
        "give it under extra_properties",
        "rooms.a.extra_properties.lang": "is also given under properties; give it only once",
        "defaults.extra_properties.geo": "is also given under properties; give it only once",
    }


def failures_of_set(**inputs: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for failure in check_set(ROOM_SET, {}, inputs, NOW).failures:
        found.setdefault(format_path(failure.path), []).append(failure.reason)
    return found


def test_an_input_at_the_wrong_place_of_a_set_is_sent_to_the_right_one():
    room = {"enable_chat": True, "name": "b", "adopt_existing": True, "enable_caht": True}
    inside = {"properties": {"privacy": "public", "name": "b", "zzz": 1}}
    assert failures_of_set(rooms={"a": room, "c": inside}, defaults={"exp": 5}, room={}, zzz=1) == {
        "rooms.a.enable_chat": ["belongs into properties: give it as rooms.a.properties.enable_chat"],
        "rooms.a.name": ["does not belong here: the name of a room is its key in rooms"],
        "rooms.a.adopt_existing": ["does not belong here: give it to the whole set, as adopt_existing"],
        "rooms.a.enable_caht": ["is not known here; did you mean rooms.a.properties.enable_chat?"],
        "rooms.c.properties.privacy": ["does not belong into properties: give it as rooms.c.privacy"],
        "rooms.c.properties.name": ["does not belong here: the name of a room is its key in rooms"],
        "rooms.c.properties.zzz": [
            "is not known here; if Daily has it and this package does not know it yet, use extra_properties"
        ],
        "defaults.exp": ["belongs into properties: give it as defaults.properties.exp"],
        "room": ["is not known here; did you mean rooms?"],
        "zzz": ["is not known here"],
    }


def test_all_failures_of_a_set_come_at_once():
    past = int(NOW) - 1
    found = failures_of_set(
        rooms={
            "a b": {},
            "c d": 5,
            "e": {"privacy": "privat", "properties": {"enable_chat": "x", "nbf": past, "exp": past}},
            "f": {"properties": {"lang": 5}},
        },
        defaults={"properties": {"max_participants": -1}},
        adopt_existing="x",
    )
    assert set(found) == {
        'rooms["a b"]',
        'rooms["c d"]',
        "rooms.e.privacy",
        "rooms.e.properties.enable_chat",
        "rooms.e.properties.nbf",
        "rooms.e.properties.exp",
        "rooms.f.properties.lang",
        "defaults.properties.max_participants",
        "adopt_existing",
    }
    assert found['rooms["c d"]'] == [
        "must be an object, not a number",
        "may hold only A-Z a-z 0-9 - and _; did you mean c-d?",
    ]
