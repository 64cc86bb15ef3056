"""Values, paths, names."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.objects.names import MAX_LENGTH, room_name, suggestion
from pulumi_daily.objects.room import ROOM, Room
from pulumi_daily.objects.validation import validate
from pulumi_daily.objects.values import (
    ABSENT,
    UNKNOWN,
    contains_unknown,
    fingerprint,
    format_path,
    get_at,
    leaves,
    parse_path,
    path_matches,
    same,
    show,
)


def test_the_markers_show_what_they_are_and_survive_copies():
    assert repr(UNKNOWN) == "UNKNOWN"
    assert repr(ABSENT) == "ABSENT"
    assert copy.deepcopy({"a": UNKNOWN})["a"] is UNKNOWN
    assert copy.copy(UNKNOWN) is UNKNOWN


def test_contains_unknown():
    assert contains_unknown({"a": [1, {"b": UNKNOWN}]})
    assert not contains_unknown({"a": [1, {"b": 2}]})


paths = st.lists(
    st.text(min_size=1, max_size=6).filter(lambda t: t != "*") | st.integers(0, 99), min_size=1, max_size=5
)


@given(paths)
def test_a_written_path_is_read_back(path: list[Any]):
    if isinstance(path[0], int):
        path.insert(0, "a")
    assert parse_path(format_path(tuple(path))) == tuple(path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("properties.enable_chat", ("properties", "enable_chat")),
        ("a[0].b", ("a", 0, "b")),
        ('a["x.y"].c', ("a", "x.y", "c")),
        ("a[*]", ("a", "*")),
        ("a.*.b", ("a", "*", "b")),
        ("a[", ("a[",)),
        ("..", ("..",)),
        ("x]y", ("x]y",)),
        (r'a["\q"]', (r'a["\q"]',)),
    ],
)
def test_paths_as_users_write_them(text: str, path: Any):
    assert parse_path(text) == path


def test_path_matches():
    assert path_matches(("a",), ("a", "b"))
    assert path_matches(("a", "*"), ("a", 3))
    assert not path_matches(("a", "b"), ("a",))
    assert not path_matches(("a", "c"), ("a", "b"))


def test_leaves_and_get_at():
    value = {"a": {"b": [1, {"c": 2}]}, "d": {}, "e": []}
    assert list(leaves(value)) == [(("a", "b", 0), 1), (("a", "b", 1, "c"), 2), (("d",), {}), (("e",), [])]
    assert get_at(value, ("a", "b", 1, "c")) == 2
    for path in (("a", "x"), ("a", "b", 9), ("a", 0), ("a", "b", "c")):
        assert get_at(value, path) is ABSENT


def test_same():
    assert same({"a": [1, 2.0]}, {"a": [1.0, 2]})
    assert not same(True, 1)
    assert not same(UNKNOWN, UNKNOWN)
    assert not same([1], [1, 2])
    assert not same({"a": 1}, {"b": 1})


def test_show():
    assert show(ABSENT) == "not set"
    assert show(UNKNOWN) == "not known yet"
    assert show({"b": 1, "a": "ä"}) == '{"a": "ä", "b": 1}'
    assert len(show("x" * 100)) == 60


def test_fingerprints_are_equal_for_equal_values_and_tell_nothing():
    assert fingerprint({"a": [1.0, {"b": True}]}) == fingerprint({"a": [1, {"b": True}]})
    assert fingerprint(1) != fingerprint(True)
    assert fingerprint(0.5) != fingerprint(1)
    assert "secret" not in fingerprint({"key": "secret"})


names = st.text(max_size=200)


@given(names, names, names)
def test_names_are_valid_and_stable(project: str, stack: str, resource: str):
    name = room_name(project, stack, resource)
    assert name == room_name(project, stack, resource)
    assert len(name) <= MAX_LENGTH
    assert validate(Room, {"name": name})[1] == []


@given(st.lists(st.tuples(names, names, names), min_size=2, max_size=2, unique=True))
def test_different_resources_have_different_names(triples: Any):
    assert room_name(*triples[0]) != room_name(*triples[1])


def test_names_show_where_they_come_from():
    assert room_name("shop", "prod", "stand up").startswith("stand-up-prod-")
    assert room_name("shop", "", "").startswith("room-")
    assert suggestion("my room!") == "my-room"
    assert suggestion("!!!") == "room"


def test_outputs_of_a_room():
    assert ROOM.outputs == ("room_id", "url", "created_at", "api_created", "sip_uri", "config")
