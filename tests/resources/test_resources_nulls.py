"""A null that is given is told from what is not given where leaving out means more; a null room is a room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from serialisation import SECRET, serialised

import pulumi_daily as daily
from pulumi_daily._wire import from_wire
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.meeting_token import MeetingToken
from pulumi_daily.objects.phone_number import PhoneNumber
from pulumi_daily.objects.room import Room
from pulumi_daily.objects.room_set import RoomSet
from pulumi_daily.objects.sip_trunk import SipTrunk
from pulumi_daily.objects.validation import nested_model, validate
from pulumi_daily.objects.values import NULL_GIVEN, format_path
from pulumi_daily.providers import PROVIDERS
from pulumi_daily.resources._inputs import on_the_wire

later = pulumi.Output.from_input


async def soon(value: Any) -> Any:
    return value


KINDS: dict[str, Callable[[Any], Any]] = {"plain": lambda value: value, "output": later, "coroutine": soon}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@every_kind
def test_a_null_room_name_stays_on_the_wire_at_any_depth(kind: Callable[[Any], Any]):
    def token(make: Callable[[], Any]) -> dict[str, Any]:
        return serialised(lambda: on_the_wire(MeetingToken, {"properties": make()}))["properties"]  # type: ignore[no-any-return]

    null = {"room_name": dict(NULL_GIVEN), "is_owner": True}
    assert token(lambda: {"room_name": kind(None), "is_owner": True}) == null
    assert token(lambda: kind({"room_name": None, "is_owner": True})) == null
    assert token(lambda: kind({"room_name": later(None), "is_owner": True})) == null
    if kind is not later:  # Pulumi itself resolves typed inputs in an Output, and drops what comes out as null
        assert token(lambda: kind(daily.TokenPropertiesArgs(room_name=later(None), is_owner=True))) == null
    assert token(lambda: kind(daily.TokenPropertiesArgs(room_name=None, is_owner=True))) == {"is_owner": True}
    assert token(lambda: kind({"room_name": "a"})) == {"room_name": "a"}


def test_a_null_secret_stays_a_secret():
    found = serialised(lambda: on_the_wire(MeetingToken, {"properties": {"room_name": pulumi.Output.secret(None)}}))
    assert found == {"properties": {"room_name": {**SECRET, "value": dict(NULL_GIVEN)}}}


def null() -> Any:
    return later(None)


@pytest.mark.parametrize(
    ("model", "path", "inputs", "means"),
    [
        (MeetingToken, "properties", lambda: {"properties": null()}, "a token for every room"),
        (MeetingToken, "properties.room_name", lambda: {"properties": {"room_name": null()}}, "a token for every room"),
        (MeetingToken, "properties.exp", lambda: {"properties": {"exp": null()}}, "a token that never expires"),
        (MeetingToken, "lifetime", lambda: {"lifetime": null()}, "a token that never expires"),
        (Room, "privacy", lambda: {"privacy": null()}, "a room that everybody with the URL may join"),
        (RoomSet, "rooms.a.privacy", lambda: {"rooms": {"a": {"privacy": null()}}}, "everybody with the URL may join"),
        (RoomSet, "defaults", lambda: {"rooms": {}, "defaults": null()}, "everybody with their URL may join"),
        (PhoneNumber, "number", lambda: {"number": null(), "search": {}}, "that the first one is bought"),
        (PhoneNumber, "search.areacode", lambda: {"search": {"areacode": null()}}, "that any number is bought"),
        (SipTrunk, "trunk_config.allowed_ips", lambda: {"trunk_config": {"allowed_ips": null()}}, "from every address"),
        (SipTrunk, "trunk_config.credential", lambda: {"trunk_config": {"credential": null()}}, "nobody has to log in"),
    ],
)
def test_a_null_is_refused_where_leaving_out_means_more(
    model: type[Fields], path: str, inputs: Callable[[], dict[str, Any]], means: str
):
    own, _ = from_wire(serialised(lambda: on_the_wire(model, inputs())))
    _, failures = validate(model, own)
    found = {format_path(failure.path): failure.reason for failure in failures}
    assert found[path].startswith("came out as null, which would mean ")
    assert means in found[path]


@every_kind
def test_another_null_is_as_good_as_not_given(kind: Callable[[Any], Any]):
    own, _ = from_wire(
        serialised(lambda: on_the_wire(Room, {"name": "a", "properties": {"lang": kind(None), "geo": "us-west-2"}}))
    )
    assert validate(Room, own) == ({"name": "a", "properties": {"geo": "us-west-2"}}, [])


@every_kind
def test_a_null_room_of_a_set_is_a_room_with_the_defaults(kind: Callable[[Any], Any]):
    def rooms(make: Callable[[], Any]) -> Any:
        found = serialised(lambda: on_the_wire(RoomSet, {"rooms": make()}))["rooms"]
        return found.get("value", found)

    assert rooms(lambda: kind({"a": None, "b": {"privacy": "private"}})) == {"a": {}, "b": {"privacy": "private"}}
    found = rooms(lambda: {"a": kind(None)})["a"]
    assert found.get("value", found) == {}


def test_only_inputs_that_have_a_meaning_of_their_own_are_refused():
    def flagged(model: type[Fields], path: str) -> set[str]:
        found = set()
        for name, entry in entries(model).items():
            inner = nested_model(entry.annotation)
            found |= {f"{path}.{name}"} if entry.meta.null_means else set()
            found |= flagged(inner, f"{path}.{name}") if inner is not None else set()
        return found

    assert {name for provider in PROVIDERS for name in flagged(provider.spec.inputs, provider.spec.kind)} == {
        "MeetingToken.lifetime",
        "MeetingToken.properties",
        "MeetingToken.properties.exp",
        "MeetingToken.properties.room_name",
        "PhoneNumber.number",
        *(
            f"PhoneNumber.search.{key}"
            for key in ("areacode", "region", "city", "contains", "starts_with", "ends_with")
        ),
        "Room.privacy",
        "RoomSet.defaults",
        "RoomSet.defaults.privacy",
        "RoomSet.rooms.privacy",
        "SipTrunk.trunk_config.allowed_ips",
        "SipTrunk.trunk_config.credential",
    }
