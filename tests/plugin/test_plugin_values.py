"""Names and values of the plugin: nothing is lost on the way to Daily's names and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.lifecycle.decide.diff import Plan
from pulumi_daily.lifecycle.decide.drift import Drift
from pulumi_daily.lifecycle.kinds.table import KINDS
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.kinds import SPECS
from pulumi_daily.objects.plugin_names import (
    MODELS,
    is_secret,
    path_to_daily,
    path_to_program,
    shape_of,
    to_daily,
    to_program,
)
from pulumi_daily.objects.values import UNKNOWN, camel_case
from pulumi_daily.plugin._differences import differences
from pulumi_daily.plugin._urns import parse
from pulumi_daily.plugin._values import read, write

TEXT = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


def test_every_kind_has_operations() -> None:
    assert {name: kind.spec for name, kind in KINDS.items()} == SPECS


def test_what_the_program_changes_is_not_marked_as_drift() -> None:
    old = {"rooms": {"a": {}}, "defaults": {"properties": {"lang": "de"}}}
    new = {**old, "rooms": {"a": {"properties": {"enable_chat": True}}}}
    drift = Drift(("properties", "lang"), "fr", "de", owner="a")
    found = differences(SPECS["RoomSet"], old, new, Plan(None, drift=(drift,)))
    assert [(item.path, item.change, item.of_program) for item in found] == [
        (("rooms", "a", "properties"), "ADD", True)
    ]


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_no_two_settings_have_one_name(model: Any) -> None:
    names = list(entries(model))
    assert len({camel_case(name) for name in names}) == len(names)
    assert all("_" not in camel_case(name) for name in names)


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_a_kind_are_converted_back(kind: str) -> None:
    spec = KINDS[kind].spec
    shape = shape_of(spec)
    values = dict.fromkeys((*spec.inputs.model_fields, *spec.outputs, "domain", "domain_id"), "x")
    there = to_program(shape, values)
    assert len(there) == len(values)
    assert to_daily(shape, there) == values


def test_free_keys_are_the_programs_own() -> None:
    shape = shape_of(KINDS["RoomSet"].spec)
    given = {"rooms": {"my_room": {"properties": {"enable_chat": True}, "extra_properties": {"new_key": 1}}}}
    there = {"rooms": {"my_room": {"properties": {"enableChat": True}, "extraProperties": {"new_key": 1}}}}
    assert to_program(shape, given) == there
    assert to_daily(shape, there) == given
    path = ("rooms", "my_room", "extra_properties", "new_key")
    assert path_to_program(shape, path) == ("rooms", "my_room", "extraProperties", "new_key")
    assert path_to_daily(shape, path_to_program(shape, path)) == path
    assert to_daily(shape, {"rooms": UNKNOWN}) == {"rooms": UNKNOWN}


def test_secret_settings_are_known_by_their_path() -> None:
    trunk = shape_of(KINDS["SipTrunk"].spec)
    assert is_secret(trunk, ("trunkConfig", "credential", "password"))
    assert is_secret(trunk, ("hmac",))
    assert not is_secret(trunk, ("trunkConfig", "credential", "username"))
    room = shape_of(KINDS["Room"].spec)
    assert is_secret(room, ("properties", "meetingJoinHook"))


@given(st.dictionaries(TEXT.filter(lambda key: not key.startswith("__")), JSON, max_size=4))
def test_values_cross_the_wire_unchanged(values: dict[str, Any]) -> None:
    given = {key: value for key, value in values.items() if value is not None}
    assert read(write(given, lambda path: False)).values == given


def test_marks_cross_the_wire() -> None:
    struct = write({"a": {"b": ["x", "y"]}, "c": UNKNOWN, "__own": 1}, lambda path: path in (("a", "b", 1), ("c",)))
    props = read(struct)
    assert props.values == {"a": {"b": ["x", "y"]}, "c": UNKNOWN}
    assert props.hidden == {"__own": 1}
    assert sorted(props.secrets, key=str) == [("a", "b", 1), ("c",)]


def test_a_urn_has_the_owner_of_the_dynamic_providers() -> None:
    found = parse("urn:pulumi:dev::shop::pulumi:pulumi:Stack$shop:Desk$daily:index:Room::a::b")
    assert (found.parents, found.kind, found.name) == (("shop:Desk",), "Room", "a::b")
    assert found.owner == "shop/dev::shop:Desk::Room a::b"


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Room", ("extraProperties", "meeting_join_hook")),
        ("Room", ("extraProperties", "streaming_endpoints", 0, "rtmp_config", "url")),
        ("RoomSet", ("rooms", "a", "extraProperties", "meeting_join_hook")),
        ("RoomSet", ("defaults", "extraProperties", "meeting_join_hook")),
        ("DomainConfig", ("extraProperties", "meeting_join_hook")),
        ("Room", ("properties", "meetingJoinHook")),
    ],
)
def test_known_secrets_are_secret_among_the_extra_properties(kind: str, path: tuple[str | int, ...]) -> None:
    shape = shape_of(SPECS[kind])
    assert is_secret(shape, path)
    assert path_to_program(shape, path_to_daily(shape, path)) == path
    assert not is_secret(shape, (*path[:-1], "unknown"))


def test_a_setting_under_both_names_keeps_both() -> None:
    """So that the check refuses it, and neither value is dropped without a word."""
    given = {"name": "a", "properties": {"enableChat": False, "enable_chat": True}}
    assert to_daily(shape_of(SPECS["Room"]), given) == given
