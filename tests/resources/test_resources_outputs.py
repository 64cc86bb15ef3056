"""Outputs have the types that are declared, whatever Daily shows beside them."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pulumi
import pytest

import pulumi_daily as daily
from pulumi_daily import outputs
from pulumi_daily._output_object import OutputObject, converter


def test_a_documented_key_is_an_attribute_in_its_type():
    found = outputs.RoomProperties.of({"exp": 5.0, "lang": "de", "permissions": {"canSend": ["audio"]}})
    assert (found.exp, type(found.exp)) == (5, int)
    assert isinstance(found.permissions, outputs.Permissions)
    assert found.permissions.canSend == ["audio"]
    assert found.nbf is None
    assert json.loads(json.dumps(found)) == found == {"exp": 5, "lang": "de", "permissions": {"canSend": ["audio"]}}


def test_objects_in_lists_and_maps_are_objects():
    endpoint = {"name": "a", "hls_config": {"variants": [{"bitrate": 9.0}]}}
    found = outputs.RoomProperties.of({"streaming_endpoints": [endpoint]})
    (one,) = found.streaming_endpoints or []
    assert isinstance(one, outputs.StreamingEndpoint)
    assert found == {"streaming_endpoints": [endpoint]}
    rooms = converter(dict[str, outputs.RoomSetRoom])({"a": {"properties": {"exp": 5.0}}})
    assert type(rooms["a"].properties.exp) is int


@pytest.mark.parametrize("odd", ["text", 5, 5.5, True, None, [1.0], {"a": [2.0]}, [{"b": 3.0}]])
@pytest.mark.parametrize("name", ["exp", "lang", "enable_chat", "permissions", "streaming_endpoints", "of_tomorrow"])
def test_what_does_not_fit_stays_as_it_is(name: str, odd: Any):
    found = outputs.RoomProperties.of({name: odd})
    assert found[name] == odd
    assert type(found[name]) is type(odd) or isinstance(found[name], OutputObject)


def test_another_name_is_no_attribute():
    found: Any = outputs.RoomProperties.of({"of_tomorrow": 1})
    assert found["of_tomorrow"] == 1
    for name in ("of_tomorrow", "enable_chatt", "__wrapped__"):
        with pytest.raises(AttributeError, match=f"'RoomProperties' object has no attribute '{name}'"):
            getattr(found, name)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_is_of_the_same_type(clone: Any):
    found = outputs.RoomProperties.of({"exp": 5.0, "permissions": {"hasPresence": True}})
    other = clone(found)
    assert type(other) is outputs.RoomProperties
    assert other == found
    assert other.permissions.hasPresence is True


@pytest.mark.parametrize("kind", [int, int | None, float, int | float, str, Any])
def test_a_whole_number_is_an_int_whatever_is_declared(kind: Any):
    assert type(converter(kind)(5.0)) is int
    assert converter(kind)(5.5) == 5.5


def test_whole_numbers_that_no_class_declares_are_ints():
    given = {"level": [1.0, {"deep": 2.0, "half": 0.5}], "auto_transcription_settings": {"endpointing": 10.0}}
    assert repr(outputs.RoomProperties.of(given)) == (
        "{'level': [1, {'deep': 2, 'half': 0.5}], 'auto_transcription_settings': {'endpointing': 10}}"
    )
    assert repr(converter(dict[str, Any])({"n": 3.0})) == "{'n': 3}"


def test_what_is_no_whole_number():
    assert converter(int)(True) is True


def test_outputs_in_a_program(daily_stack: Any, daily_emulator: Any):
    class Own(daily.Room):
        """A subclass, which Pulumi itself knows no types of."""

    seen: dict[str, Any] = {}

    def program() -> None:
        exp = 1_900_000_000
        sip: daily.SipArgsDict = {"sip_mode": "dial-in", "display_name": "a"}
        room = Own(
            "a", name="a", properties={"exp": exp, "sip": sip, "sfu_switchover": 2}, extra_properties={"autojoin": True}
        )
        rooms = daily.RoomSet("s", rooms={"b": {"properties": {"exp": exp}}})
        token = daily.MeetingToken("t", properties={"room_name": room.name, "exp": exp})
        pulumi.export("exp", pulumi.Output.format("{0}", room.properties.exp))
        pulumi.export("sfu", pulumi.Output.format("{0}", room.config.sfu_switchover))
        pulumi.export("endpoint", room.sip_uri.endpoint)
        pulumi.export("set", rooms.rooms.apply(lambda found: f"{found['b'].properties and found['b'].properties.exp}"))
        pulumi.export("issued", token.issued_at.apply(lambda at: type(at).__name__))
        pulumi.export("id", room.config.apply(lambda shown: f"{type(shown).__name__} {shown.exp} {shown['exp']}"))
        pulumi.export("whole", room.properties)
        room.config.apply(lambda shown: seen.update(shown))

    stack = daily_stack(program)
    stack.up()
    assert stack.outputs == {
        "exp": "1900000000",
        "sfu": "2",
        "endpoint": daily_emulator.rooms()["a"]["config"]["sip_uri"]["endpoint"],
        "set": "1900000000",
        "issued": "int",
        "id": "RoomProperties 1900000000 1900000000",
        "whole": {"exp": 1900000000, "sip": {"sip_mode": "dial-in", "display_name": "a"}, "sfu_switchover": 2},
    }
    assert seen.keys() >= {"exp", "sip_uri"}


def test_an_output_before_its_resource_is_registered():
    room = daily.Room.__new__(daily.Room)
    room._name = "a"
    with pytest.raises(AttributeError, match="Room 'a' has no url yet"):
        _ = room.url


def test_a_value_of_any_type_is_passed_on():
    value = object()
    assert daily.untyped(value) is value
