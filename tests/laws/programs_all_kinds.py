"""Random programs with every kind of object, drawn from the field models as those of rooms are."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any, get_args

from hypothesis import strategies as st
from in_process import NOW, World
from mini_stack import KIND
from programs import WORD, few_of, properties, rooms, valid

from pulumi_daily.objects.dialin import PIN_ONLY, PINLESS_ONLY, DialinConfig
from pulumi_daily.objects.domain import DomainProperties
from pulumi_daily.objects.meeting_token import TokenProperties
from pulumi_daily.objects.sip_trunk import RoomTemplate, TrunkConfig
from pulumi_daily.objects.webhook import EventType, Webhook

Inputs = dict[str, Any]

HOOK = "https://example.com/events"
"""Not on this machine: the emulator takes its test calls as answered."""

OPEN_TRUNK: Mapping[str, Any] = {
    KIND: "SipTrunk",
    "trunk_name": "support",
    "room_template": {},
    "notification": {"webhook_url": HOOK},
    "trunk_config": {"is_open": True},
}
"""The inputs of a SIP trunk that takes calls from any address."""

NUMBERS = ("+18055550100", "+12125550101")
BASE64 = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="
PASSWORD = st.text(string.ascii_letters + string.digits, min_size=12, max_size=16).map(lambda text: f"a1{text}")
VERSION = st.sampled_from(["1", "2"])

domain_properties = few_of(DomainProperties)
room_template = few_of(RoomTemplate, 4)
_hook = few_of(Webhook, 4)
_dialin = few_of(DialinConfig, 5)
_trunk_config = few_of(TrunkConfig, 3)
_token = few_of(TokenProperties, 4)


def _some(draw: Any, **optional: st.SearchStrategy[Any]) -> Inputs:
    return {name: draw(value) for name, value in optional.items() if draw(st.booleans())}


@st.composite
def room_sets(draw: Any, least: int = 0) -> Inputs:
    """Rooms by name, and what they share."""
    names = draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=least, max_size=4, unique=True))
    made: Inputs = {}
    for name in names:
        room = draw(rooms(name))
        del room["name"]
        made[name] = room
    found: Inputs = {"rooms": made, **_some(draw, adopt_existing=st.just(True))}
    if draw(st.booleans()):
        shared = draw(rooms("shared"))
        del shared["name"]
        # Each setting may be fine by itself and not beside those of a room.
        own = {key for room in made.values() for key in room.get("properties", {})} | {
            "nbf",
            "enable_adaptive_simulcast",
            "enable_multiparty_adaptive_simulcast",
        }
        shared["properties"] = {k: v for k, v in shared.get("properties", {}).items() if k not in own}
        found["defaults"] = shared
    return found


@st.composite
def domain_configs(draw: Any) -> Inputs:
    """Settings of the domain."""
    return {"properties": draw(domain_properties), **_some(draw, on_destroy=st.sampled_from(["reset", "keep"]))}


@st.composite
def webhooks(draw: Any) -> Inputs:
    """A webhook."""
    chosen = draw(st.lists(st.sampled_from(get_args(EventType)), min_size=1, max_size=4, unique=True))
    more = _some(
        draw,
        retry_type=st.sampled_from(["circuit-breaker", "exponential"]),
        hmac=st.just(BASE64),
        basic_auth=WORD,
    )
    return {"url": draw(st.sampled_from([HOOK, f"{HOOK}/2"])), "event_types": chosen, **more}


@st.composite
def dialin_configs(draw: Any) -> Inputs:
    """A dial-in configuration of either type."""
    kind = draw(st.sampled_from(["pin_dialin", "pinless_dialin"]))
    inputs = {**draw(_dialin), "type": kind}
    inputs.setdefault("phone_number", NUMBERS[0])
    for name in PINLESS_ONLY if kind == "pin_dialin" else PIN_ONLY:
        inputs.pop(name, None)
    if kind == "pinless_dialin":
        inputs.setdefault("room_creation_api", HOOK)
    return valid(DialinConfig, inputs)


@st.composite
def sip_trunks(draw: Any) -> Inputs:
    """A gated trunk, or an open one."""
    config = {key: value for key, value in draw(_trunk_config).items() if key not in ("credential", "is_open")}
    if draw(st.booleans()):
        config["credential"] = {"username": draw(WORD), "password": draw(PASSWORD)}
    if not config.get("allowed_ips") and "credential" not in config:
        config["is_open"] = True
    notification = {"webhook_url": draw(st.sampled_from([HOOK, f"{HOOK}/2"])), **_some(draw, hmac=st.just(BASE64))}
    return {
        "trunk_name": draw(st.sampled_from(["support", "sales"])),
        "room_template": draw(room_template),
        "notification": notification,
        "trunk_config": config,
        **_some(draw, description=WORD, enabled=st.booleans(), credential_version=VERSION, hmac_version=VERSION),
    }


@st.composite
def sip_clients(draw: Any) -> Inputs:
    """A login."""
    more = _some(draw, password=PASSWORD, password_version=VERSION, expires_in_seconds=st.just(86400))
    return {"username": draw(st.sampled_from(["desk.1", "pbx"])), **more}


@st.composite
def meeting_tokens(draw: Any) -> Inputs:
    """A token of either making."""
    found: Inputs = {"properties": draw(_token), **_some(draw, self_signed=st.booleans())}
    if not {"exp", "nbf"} & found["properties"].keys() and draw(st.booleans()):
        found["lifetime"] = draw(st.integers(60, 10**6))
        found |= _some(draw, renew_share=st.sampled_from([0, 0.25, 0.5]))
    return found


@st.composite
def phone_numbers(draw: Any) -> Inputs:
    """A number by itself, or by a search that finds others."""
    if draw(st.booleans()):
        return {"number": NUMBERS[0]}
    return {"search": draw(st.sampled_from([{}, {"region": "CA"}, {"areacode": "312"}, {"ends_with": "0107"}]))}


INPUTS: Mapping[str, st.SearchStrategy[Inputs]] = {
    "Room": rooms("alone"),
    "RoomSet": room_sets(),
    "DomainConfig": domain_configs(),
    "Webhook": webhooks(),
    "PhoneNumber": phone_numbers(),
    "DialinConfig": dialin_configs(),
    "SipTrunk": sip_trunks(),
    "SipClient": sip_clients(),
    "MeetingToken": meeting_tokens(),
}
"""Valid inputs by kind."""

Program = dict[str, Inputs]


@st.composite
def programs(draw: Any, least: int = 0, only: tuple[str, ...] = tuple(INPUTS)) -> Program:
    """At most one resource of each kind, named after its kind."""
    kinds = draw(st.lists(st.sampled_from(only), min_size=least, max_size=4, unique=True))
    return {kind: {**draw(INPUTS[kind]), KIND: kind} for kind in kinds}


def world(**switches: Any) -> World:
    """A world in which objects do not depend on each other."""
    made = World(dialin_number_check=False, release_in_use="allow", **switches)
    made.read_lag = 2 * made.emulator.switches.read_lag
    return made


def age_numbers(on: World) -> None:
    """Numbers cannot be released before they have been there for two weeks; now they have."""
    for identity in on.emulator.objects("phone_numbers"):
        on.emulator.edit("phone_numbers", identity, created_at=NOW - 20 * 86400)


__all__ = ["HOOK", "INPUTS", "KIND", "OPEN_TRUNK", "age_numbers", "programs", "properties", "world"]
