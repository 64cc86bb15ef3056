"""What is known to be a secret is one in the state, however a program writes it down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from serialisation import SECRET, serialised

import pulumi_daily as daily
from pulumi_daily.objects.dialin import DialinConfig
from pulumi_daily.objects.fields import Fields
from pulumi_daily.objects.permissions import Permissions
from pulumi_daily.objects.room import Room, RoomProperties
from pulumi_daily.objects.room_set import RoomSet
from pulumi_daily.objects.sip_trunk import SipTrunk
from pulumi_daily.objects.validation import holds_secrets
from pulumi_daily.objects.webhook import Webhook
from pulumi_daily.resources._inputs import on_the_wire

URL = "rtmps://live.example/app/KEY"
ENDPOINT = {"name": "a", "type": "rtmp", "rtmp_config": {"url": URL}}


def shape(make: Callable[[], Any]) -> Any:
    """What is made, as far as it is known at once: `secret` for a secret, `output` for what is known later anyway."""

    async def seen(value: Any) -> Any:
        if isinstance(value, pulumi.Output):
            return "secret" if await value.is_secret() else "output"
        if isinstance(value, dict):
            return {key: await seen(item) for key, item in value.items()}
        return [await seen(item) for item in value] if isinstance(value, list) else value

    async def go() -> Any:
        return await seen(make())

    return asyncio.run(go())


def later(value: Any) -> Any:
    return pulumi.Output.from_input(value)


CASES: list[tuple[type[Fields], Any, Any]] = [
    (Webhook, {"url": "u", "hmac": "h", "basic_auth": None}, {"url": "u", "hmac": "secret", "basic_auth": None}),
    (DialinConfig, {"type": "pin_dialin", "hmac": "h"}, {"type": "pin_dialin", "hmac": "secret"}),
    (Webhook, {"urll": "u"}, {"urll": "u"}),
    (
        Room,
        {"extra_properties": {"meeting_join_hook": "h", "streaming_endpoints": [ENDPOINT], "lang": None, "new": ["n"]}},
        {
            "extra_properties": {
                "meeting_join_hook": "secret",
                "streaming_endpoints": [{"name": "a", "type": "rtmp", "rtmp_config": {"url": "secret"}}],
                "lang": None,
                "new": ["n"],
            }
        },
    ),
    (RoomSet, {"defaults": {"extra_properties": "odd"}}, {"defaults": {"extra_properties": "odd"}}),
    (
        Room,
        {"properties": {"streaming_endpoints": [ENDPOINT], "lang": "de"}},
        {
            "properties": {
                "streaming_endpoints": [{"name": "a", "type": "rtmp", "rtmp_config": {"url": "secret"}}],
                "lang": "de",
            }
        },
    ),
    (Room, {"properties": {"streaming_endpoints": "odd"}}, {"properties": {"streaming_endpoints": "odd"}}),
    (
        RoomSet,
        {"rooms": {"a": {"properties": {"meeting_join_hook": "h"}}, "b": {}}, "defaults": {"privacy": "private"}},
        {"rooms": {"a": {"properties": {"meeting_join_hook": "secret"}}, "b": {}}, "defaults": {"privacy": "private"}},
    ),
    (
        SipTrunk,
        {"trunk_config": {"credential": {"username": "u", "password": "p"}}, "notification": {"hmac": "h"}},
        {"trunk_config": {"credential": {"username": "u", "password": "secret"}}, "notification": {"hmac": "secret"}},
    ),
]


@pytest.mark.parametrize(
    ("model", "value", "expected"), CASES, ids=[f"{m.__name__}-{i}" for i, (m, *_) in enumerate(CASES)]
)
def test_secret_settings_are_wrapped_where_they_stand(model: type[Fields], value: Any, expected: Any):
    assert shape(lambda: on_the_wire(model, value)) == expected


def test_typed_inputs_are_wrapped_like_plain_ones():
    typed = daily.RoomPropertiesArgs(
        lang="de",
        streaming_endpoints=[
            daily.StreamingEndpointArgs(name="a", type="rtmp", rtmp_config=daily.RtmpConfigArgs(url=URL)),
            ENDPOINT,
        ],
    )
    wrapped = {"name": "a", "type": "rtmp", "rtmp_config": {"url": "secret"}}
    assert shape(lambda: on_the_wire(RoomProperties, typed)) == {
        "lang": "de",
        "streaming_endpoints": [wrapped, wrapped],
    }
    room = daily.RoomSetRoomArgs(properties=typed)
    found = shape(lambda: on_the_wire(RoomSet, {"rooms": {"a": room}}))
    assert found["rooms"]["a"]["properties"]["streaming_endpoints"] == [wrapped, wrapped]


def known_later() -> dict[str, Any]:
    return {
        "whole": on_the_wire(Room, later({"properties": {}})),
        "inside": on_the_wire(Room, {"properties": later({}), "name": later("a")}),
        "in a list": on_the_wire(RoomProperties, {"streaming_endpoints": [later(ENDPOINT)], "permissions": later({})}),
        "a map": on_the_wire(RoomSet, {"rooms": later({}), "defaults": later({})}),
        "in a map": on_the_wire(RoomSet, {"rooms": {"a": later({})}}),
        "without secrets": on_the_wire(Permissions, later({})),
        "further settings": on_the_wire(Room, {"extra_properties": later({})}),
        "a secret itself": on_the_wire(Webhook, {"hmac": later("h")}),
    }


def test_a_value_that_is_known_later_is_a_secret_when_it_may_hold_one():
    assert shape(known_later) == {
        "whole": "secret",
        "inside": {"properties": "secret", "name": "output"},
        "in a list": {"streaming_endpoints": ["secret"], "permissions": "output"},
        "a map": {"rooms": "secret", "defaults": "secret"},
        "in a map": {"rooms": {"a": "secret"}},
        "without secrets": "output",
        "further settings": {"extra_properties": "secret"},
        "a secret itself": {"hmac": "secret"},
    }


async def soon(value: Any) -> Any:
    return value


def waiting(value: Any) -> asyncio.Future[Any]:
    made: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    made.set_result(value)
    return made


HOOK = {"meeting_join_hook": "https://hook.example/canary"}


@pytest.mark.parametrize("kind", [soon, waiting], ids=["coroutine", "future"])
def test_what_is_awaited_is_a_secret_on_the_wire_when_it_may_hold_one(kind: Callable[[Any], Any]):
    assert serialised(
        lambda: on_the_wire(
            Room, {"name": kind("a"), "properties": kind(HOOK), "extra_properties": {"new": [kind({"n": kind(1)})]}}
        )
    ) == {"name": "a", "properties": {**SECRET, "value": HOOK}, "extra_properties": {"new": [{"n": 1.0}]}}
    assert serialised(lambda: on_the_wire(Webhook, {"url": kind("u"), "hmac": kind("h")})) == {
        "url": "u",
        "hmac": {**SECRET, "value": "h"},
    }


@pytest.mark.parametrize("kind", [soon, waiting], ids=["coroutine", "future"])
def test_what_is_awaited_inside_is_a_secret_on_the_wire(kind: Callable[[Any], Any]):
    def inputs() -> dict[str, Any]:
        rooms = {"a": kind({"properties": HOOK}), "b": {"properties": kind(HOOK)}, "c": {"properties": dict(HOOK)}}
        return {"rooms": rooms, "defaults": kind({"properties": kind(HOOK)})}

    assert serialised(lambda: on_the_wire(RoomSet, inputs())) == {
        "rooms": {
            "a": {**SECRET, "value": {"properties": HOOK}},
            "b": {"properties": {**SECRET, "value": HOOK}},
            "c": {"properties": {"meeting_join_hook": {**SECRET, "value": HOOK["meeting_join_hook"]}}},
        },
        "defaults": {**SECRET, "value": {"properties": HOOK}},
    }


def test_what_is_marked_is_not_marked_again():
    async def go() -> bool:
        once = on_the_wire(Webhook, {"hmac": "h"})
        return on_the_wire(Webhook, once)["hmac"] is once["hmac"]

    assert asyncio.run(go())


def test_which_models_hold_secrets():
    assert all(map(holds_secrets, (Room, RoomProperties, RoomSet, Webhook, DialinConfig, SipTrunk)))
    assert not holds_secrets(Permissions)
