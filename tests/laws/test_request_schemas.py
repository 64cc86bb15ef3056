"""Every request that the package sends is one that Daily's own API description allows, where a copy of it is at hand.

SIP trunks and SIP clients are not in that file: what is sent about them is held to the field models alone, by check and
by the emulator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from daily_description import NO_COPY, SPEC, Operation, operation_of, plain, spec
from hypothesis import given, settings
from in_process import World
from jsonschema import Draft202012Validator
from mini_stack import KIND, MiniStack
from programs_all_kinds import BASE64, HOOK, NUMBERS, OPEN_TRUNK, age_numbers, programs, world

pytestmark = pytest.mark.skipif(not SPEC.is_file(), reason=NO_COPY)


@dataclass(frozen=True)
class Beyond:
    """Something that is sent although the file does not have it, because Daily's prose does."""

    operation: str
    where: str
    """A regular expression for the place in the request."""
    how: str
    """What is found there, as a regular expression."""
    reason: str


NULL = "^None is not "
BEYOND = (
    Beyond("POST /", r"properties\.\w+", NULL, "a property that is set to null goes back to its default (prose)"),
    Beyond("POST /rooms/{room_name}", r"properties\.\w+", NULL, "a property that is set to null goes back (prose)"),
    Beyond(
        "POST /webhooks/{id}",
        "basicAuth",
        NULL,
        "not documented: it is shown as null where it is not set, and nothing else could take it back",
    ),
    Beyond(
        "PUT /domain-dialin-config/{id}",
        "phone_number|name_prefix|hold_music_url|timeout_config|ivr_greeting",
        NULL,
        "not documented: the request changes what it holds alone, and nothing else could take a key back",
    ),
    Beyond("DELETE /batch/rooms", "body", "^is not described$", "the names are in the body (prose and samples)"),
)
"""All requests of this package that the description does not allow."""

NEWER = re.compile("'(enable_raw_tracks_event_json|hmac)' was unexpected|^'(cs|sk|signalwire)' is not one of ")
"""The settings and values that Daily has announced, but not described yet."""

NOT_DESCRIBED = ("/sip-trunk", "/sip-clients")


def validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator({**plain(schema), "components": plain(spec().get("components", {}))})


def departures(operation: Operation, query: Mapping[str, Any], body: Any) -> Iterator[tuple[str, str]]:
    """Where a request departs from the description, and how."""
    declared = {
        one["name"]: one["schema"] for one in operation.definition.get("parameters", ()) if one["in"] == "query"
    }
    for name, value in query.items():
        if name not in declared:
            yield f"query {name}", "is not described"
            continue
        typed = {"true": True, "false": False}.get(value, value) if declared[name].get("type") == "boolean" else value
        yield from ((f"query {name}", error.message) for error in validator(declared[name]).iter_errors(typed))
    described = operation.definition.get("requestBody")
    if body is None:
        if described and described.get("required"):
            yield "body", "is missing"
    elif described is None:
        yield "body", "is not described"
    else:
        schema = described["content"]["application/json"]["schema"]
        for error in validator(schema).iter_errors(body):
            place = "".join("[]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
            yield place.lstrip("."), error.message


def floats_in(value: Any) -> list[float]:
    if isinstance(value, float):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [found for item in items for found in floats_in(item)]


class Recorded:
    """The requests of a world, held to the description one by one."""

    def __init__(self, on: World) -> None:
        self.seen: set[str] = set()
        self.met: set[Beyond] = set()
        self.wrong: list[str] = []
        self._real = on.transport.send
        on.transport.send = self._send  # type: ignore[method-assign]

    def _send(self, method: str, url: str, headers: Any, params: Any, json: Any, timeout: Any) -> Any:
        path = urlsplit(url).path.removeprefix("/v1")
        # Law 9: whole numbers cross Pulumi's wire as floats, and are sent whole.
        self.wrong += [f"{method} {path}: {number!r}" for number in floats_in(json) if number.is_integer()]
        operation = operation_of(method, path)
        if operation is None:
            if not path.startswith(NOT_DESCRIBED):
                self.wrong.append(f"{method} {path} is not described")
        else:
            self.seen.add(operation.name)
            for where, how in departures(operation, params or {}, json):
                known = [
                    one
                    for one in BEYOND
                    if one.operation == operation.name and re.fullmatch(one.where, where) and re.search(one.how, how)
                ]
                self.met.update(known)
                if not known and not NEWER.search(how):
                    self.wrong.append(f"{operation.name}: {where}: {how}")
        return self._real(method, url, headers, params, json, timeout)


@settings(max_examples=80)
@given(first=programs(), second=programs())
def test_what_random_programs_send_is_described(first: Any, second: Any):
    stack = MiniStack(world())
    recorded = Recorded(stack.world)
    stack.up(first)
    age_numbers(stack.world)
    stack.refresh()
    stack.up(second)
    age_numbers(stack.world)
    stack.destroy()
    assert recorded.wrong == []


def hook(**more: Any) -> dict[str, Any]:
    return {KIND: "Webhook", "url": HOOK, "event_types": ["meeting.ended"], **more}


def pinless(**more: Any) -> dict[str, Any]:
    return {KIND: "DialinConfig", "type": "pinless_dialin", "room_creation_api": HOOK, **more}


def pin(**more: Any) -> dict[str, Any]:
    return {KIND: "DialinConfig", "type": "pin_dialin", "phone_number": NUMBERS[1], **more}


MESSAGE = {"message": "Nobody is there"}
FULL: dict[str, dict[str, Any]] = {
    "room": {"name": "standup", "privacy": "private", "properties": {"lang": "de", "enable_recording": ["cloud"]}},
    "set": {KIND: "RoomSet", "rooms": {f"r-{i}": {"properties": {"lang": "de"}} for i in range(3)}},
    "domain": {KIND: "DomainConfig", "properties": {"lang": "de", "permissions": {"canSend": ["audio"]}}},
    "hook": hook(retry_type="exponential", basic_auth=BASE64, hmac=BASE64),
    "number": {KIND: "PhoneNumber", "number": NUMBERS[0]},
    "search": {KIND: "PhoneNumber", "search": {"region": "NY"}},
    "part": {KIND: "PhoneNumber", "search": {"areacode": "312", "contains": "5550"}},
    "pinless": pinless(
        phone_number=NUMBERS[0], name_prefix="a", hold_music_url=HOOK, timeout_config=MESSAGE, hmac=BASE64
    ),
    "pin": pin(name_prefix="a", ivr_greeting=MESSAGE),
    "token": {KIND: "MeetingToken", "properties": {"room_name": "standup", "is_owner": True}, "lifetime": 3600},
    "trunk": dict(OPEN_TRUNK),
    "client": {KIND: "SipClient", "username": "desk.1"},
}
LESS: dict[str, dict[str, Any]] = {
    **FULL,
    "room": {"name": "standup"},
    "set": {KIND: "RoomSet", "rooms": {"r-0": {}, "r-1": {"privacy": "private"}, "new-1": {}, "new-2": {}}},
    "domain": {KIND: "DomainConfig", "properties": {"enable_pip_ui": True}},
    "hook": hook(event_types=["meeting.started"]),
    "pinless": pinless(),
    "pin": pin(),
}

DESCRIBED = {
    *("GET /", "POST /", "GET /rooms", "POST /rooms", "POST /rooms/{room_name}", "DELETE /rooms/{room_name}"),
    *("POST /batch/rooms", "DELETE /batch/rooms", "POST /meeting-tokens", "GET /meeting-tokens/{meeting_token}"),
    *("GET /webhooks", "POST /webhooks", "POST /webhooks/{id}", "DELETE /webhooks/{id}"),
    *("GET /domain-dialin-config", "POST /domain-dialin-config", "PUT /domain-dialin-config/{id}"),
    *("DELETE /domain-dialin-config/{id}", "GET /list-available-numbers", "GET /purchased-phone-numbers"),
    *("POST /buy-phone-number", "DELETE /release-phone-number/{id}"),
}
"""The operations that a life of every kind makes use of."""


def test_each_operation_is_used_and_each_exception_is_met():
    stack = MiniStack(world())
    recorded = Recorded(stack.world)
    for made in (FULL, LESS, FULL):
        stack.up(made)
        age_numbers(stack.world)
        stack.refresh()
        assert stack.preview(made) == {}
    stack.destroy()
    assert recorded.wrong == []
    assert (
        recorded.seen - {"GET /rooms/{room_name}", "GET /webhooks/{id}", "GET /domain-dialin-config/{id}"} == DESCRIBED
    )
    assert recorded.met == set(BEYOND)


def test_what_is_said_not_to_be_described_is_not():
    """When Daily's file has trunks and clients one day, this says so."""
    paths = spec()["paths"]
    assert not [path for path in paths if path.startswith(NOT_DESCRIBED)]
