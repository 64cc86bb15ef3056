"""What is known to be a secret is one in the state, however a program writes it down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

import pulumi_daily as daily
from pulumi_daily.objects.dialin import DialinConfig
from pulumi_daily.objects.fields import Fields
from pulumi_daily.objects.permissions import Permissions
from pulumi_daily.objects.room import Room, RoomProperties
from pulumi_daily.objects.room_set import RoomSet
from pulumi_daily.objects.sip_trunk import SipTrunk
from pulumi_daily.objects.webhook import Webhook
from pulumi_daily.resources._secrets import holds_secrets, secured

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
    assert shape(lambda: secured(model, value)) == expected


def test_typed_inputs_are_wrapped_like_plain_ones():
    typed = daily.RoomPropertiesArgs(
        lang="de",
        streaming_endpoints=[
            daily.StreamingEndpointArgs(name="a", type="rtmp", rtmp_config=daily.RtmpConfigArgs(url=URL)),
            ENDPOINT,
        ],
    )
    wrapped = {"name": "a", "type": "rtmp", "rtmp_config": {"url": "secret"}}
    assert shape(lambda: secured(RoomProperties, typed)) == {"lang": "de", "streaming_endpoints": [wrapped, wrapped]}
    room = daily.RoomSetRoomArgs(properties=typed)
    found = shape(lambda: secured(RoomSet, {"rooms": {"a": room}}))
    assert found["rooms"]["a"]["properties"]["streaming_endpoints"] == [wrapped, wrapped]


def known_later() -> dict[str, Any]:
    return {
        "whole": secured(Room, later({"properties": {}})),
        "inside": secured(Room, {"properties": later({}), "name": later("a")}),
        "in a list": secured(RoomProperties, {"streaming_endpoints": [later(ENDPOINT)], "permissions": later({})}),
        "a map": secured(RoomSet, {"rooms": later({}), "defaults": later({})}),
        "in a map": secured(RoomSet, {"rooms": {"a": later({})}}),
        "without secrets": secured(Permissions, later({})),
        "a secret itself": secured(Webhook, {"hmac": later("h")}),
    }


def test_a_value_that_is_known_later_is_a_secret_when_it_may_hold_one():
    assert shape(known_later) == {
        "whole": "secret",
        "inside": {"properties": "secret", "name": "output"},
        "in a list": {"streaming_endpoints": ["secret"], "permissions": "output"},
        "a map": {"rooms": "secret", "defaults": "secret"},
        "in a map": {"rooms": {"a": "secret"}},
        "without secrets": "output",
        "a secret itself": {"hmac": "secret"},
    }


def test_which_models_hold_secrets():
    assert all(map(holds_secrets, (Room, RoomProperties, RoomSet, Webhook, DialinConfig, SipTrunk)))
    assert not holds_secrets(Permissions)
