"""A recognisable value for every secret input of every kind, and a program that gives them all, unmarked."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pulumi_daily as daily
from pulumi_daily.emulator import Emulator

HOOK = "https://example.com/events"
"""Not on this machine: the emulator takes its test calls as answered."""


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


STREAM = {name: f"canary-stream-{name}-91c2e8" for name in ("room", "set", "shared", "trunk")}
JOIN = {name: f"canary-join-{name}-5d07aa" for name in ("room", "set", "shared", "domain", "trunk")}
HMAC = {name: _base64(f"canary-hmac-{name}-77f0") for name in ("hook", "dialin", "trunk")}
BASIC_AUTH = _base64("user:canary-basic-auth")
CARRIER, CLIENT = "canary-carrier-1", "canary-client-1"

GIVEN = (*STREAM.values(), *JOIN.values(), *HMAC.values(), BASIC_AUTH, CARRIER, CLIENT)
"""What the program gives in clear."""


def endpoint(name: str, host: str = "live.example") -> dict[str, Any]:
    """A streaming endpoint with a stream key."""
    return {"name": "main", "type": "rtmp", "rtmp_config": {"url": f"rtmps://{host}/app/{STREAM[name]}"}}


def join(name: str) -> dict[str, Any]:
    """A setting with an address that holds a secret."""
    return {"meeting_join_hook": f"https://hooks.example/{JOIN[name]}"}


def hooked(name: str) -> dict[str, Any]:
    """Settings of a room with both of its secrets."""
    return {"streaming_endpoints": [endpoint(name)], **join(name)}


CREDENTIAL = {"username": "carrier", "password": CARRIER}
INPUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "live": ("Room", {"name": "live", "properties": hooked("room")}),
    "set": (
        "RoomSet",
        {
            "rooms": {"a": {"properties": {"streaming_endpoints": [endpoint("set")]}}, "b": {}},
            "defaults": {"properties": hooked("shared")},
        },
    ),
    "domain": ("DomainConfig", {"properties": join("domain")}),
    "hook": (
        "Webhook",
        {"url": HOOK, "event_types": ["meeting.ended"], "hmac": HMAC["hook"], "basic_auth": BASIC_AUTH},
    ),
    "made-hook": ("Webhook", {"url": f"{HOOK}/2", "event_types": ["meeting.ended"]}),
    "dialin": (
        "DialinConfig",
        {
            "type": "pinless_dialin",
            "phone_number": "+18055550100",
            "room_creation_api": HOOK,
            "hmac": HMAC["dialin"],
        },
    ),
    "made-dialin": ("DialinConfig", {"type": "pinless_dialin", "room_creation_api": HOOK}),
    "trunk": (
        "SipTrunk",
        {
            "trunk_name": "support",
            "room_template": hooked("trunk"),
            "notification": {"webhook_url": HOOK, "hmac": HMAC["trunk"]},
            "trunk_config": {"credential": CREDENTIAL},
        },
    ),
    "made-trunk": (
        "SipTrunk",
        {
            "trunk_name": "sales",
            "room_template": {},
            "notification": {"webhook_url": HOOK},
            "trunk_config": {"is_open": True},
        },
    ),
    "client": ("SipClient", {"username": "desk.1", "password": CLIENT}),
    "made-client": ("SipClient", {"username": "desk.2"}),
    "token": ("MeetingToken", {"properties": {"room_name": "live"}, "lifetime": 86400}),
    "signed": ("MeetingToken", {"properties": {"room_name": "typed"}, "self_signed": True, "lifetime": 86400}),
}
"""Every kind, with every secret that it can be given, and those that Daily or the provider make. None is marked."""


def program() -> None:
    """The inputs as a program; typed inputs, and values that come later, among them."""
    for name, (kind, inputs) in INPUTS.items():
        getattr(daily, kind)(name, **inputs)
    typed = daily.RoomPropertiesArgs(
        streaming_endpoints=[
            daily.StreamingEndpointArgs(
                name="main", type="rtmp", rtmp_config=daily.RtmpConfigArgs(url=endpoint("room")["rtmp_config"]["url"])
            )
        ],
        **join("room"),
    )
    first = daily.Room("typed", name="typed", properties=typed)
    later = first.name.apply(lambda _: endpoint("room"))
    daily.Room("later", name="later", properties={"streaming_endpoints": [later]})
    daily.Room("all-later", name="all-later", properties=first.name.apply(lambda _: hooked("room")))
    rooms = {
        "t": daily.RoomSetRoomArgs(properties=typed),
        "u": first.name.apply(lambda _: {"properties": hooked("set")}),
    }
    daily.RoomSet("typed-set", rooms=rooms, defaults=daily.RoomSetRoomArgs(properties=join("shared")))
    daily.RoomSet("later-set", rooms=first.name.apply(lambda _: {"v": {"properties": hooked("set")}}))


def settle_switches(emulator: Emulator) -> None:
    """Two webhooks in a domain, and numbers that nobody bought."""
    emulator.switches.second_webhook = "allow"
    emulator.switches.dialin_number_check = False


def made(emulator: Emulator) -> set[str]:
    """The secrets that Daily, or the provider, made: all that the emulator has, but for the given ones."""
    found = set()
    for kind in ("webhooks", "dialin_configs", "sip_trunks", "sip_clients"):
        for one in emulator.objects(kind).values():
            found |= {one.get("hmac"), one.get("password"), one.get("notification", {}).get("hmac")}
    return {str(secret) for secret in found if secret} - set(GIVEN)


SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks a special value in Pulumi's state; a secret among them."""


def in_clear(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a state that is not inside of a secret, with its place."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return
        for key, item in value.items():
            yield f"{path} (a key)", str(key)
            yield from in_clear(item, f"{path}.{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from in_clear(item, f"{path}[{i}]")
    else:
        yield path, str(value)
