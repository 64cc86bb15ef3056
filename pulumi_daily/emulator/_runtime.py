"""Helpers for the handlers of running calls: they read the room, its call, the body, and the query."""

from __future__ import annotations

from typing import Any

from pulumi_daily.objects.fields import Fields, entries

from . import _calls as calls
from . import _checks as checks
from . import _errors as errors
from ._call import Call
from ._state import Room
from ._store import Item, Values


def room_of(call: Call) -> Room:
    """Return the room of the path. Raises `Problem` (404) if there is none, or it has expired."""
    name = call.params["name"]
    room = call.domain.live(name)
    if room is None:
        raise errors.room_missing(name)
    return room


def meeting_of(call: Call, room: Room) -> Item:
    """Return the ongoing meeting in a room. Raises `Problem` (404) if there is none."""
    meeting = calls.meeting_in(call.domain, room)
    if meeting is None:
        raise errors.no_call(room.name)
    return meeting


def body_of(call: Call, model: type[Fields]) -> Values:
    """Return the body, checked against a field model and without nulls. Raises `Problem` (400) for an invalid body."""
    given = checks.known_keys(call.body, entries(model), call.switches)
    return checks.whole(model, checks.stripped(given), call.switches)


def acting(call: Call, model: type[Fields]) -> tuple[Room, Item, Values]:
    """Return room, meeting and body of an action on a running call, checked in the order room, body, meeting.

    Raises `Problem` as `room_of`, `body_of` and `meeting_of` do.
    """
    room = room_of(call)
    body = body_of(call, model)
    return room, meeting_of(call, room), body


def json_true(call: Call) -> bool | str:
    """Return the `true` of answers to actions: the boolean or the text, depending on the switch `runtime_true`."""
    return "true" if call.switches.runtime_true == "text" else True


def flag(call: Call, key: str) -> bool | None:
    """Return a boolean of the query; None when it is missing. Raises `Problem` (400) for a value of another form."""
    text = call.query.get(key)
    if text is None:
        return None
    if text.lower() not in ("true", "false"):
        raise errors.invalid(f'"{key}" must be a boolean')
    return text.lower() == "true"


def choice(call: Call, key: str, choices: tuple[str, ...]) -> str | None:
    """Return a word of the query, one of `choices`; None when it is missing. Raises `Problem` (400) for another one."""
    text = call.query.get(key)
    if text is not None and text not in choices:
        raise errors.invalid(f'"{key}" must be one of [{", ".join(choices)}]')
    return text


def whole(call: Call, key: str) -> int | None:
    """Return a whole number of the query, usually a time; None when it is missing.

    Raises `Problem` (400) for a value of another form.
    """
    text = call.query.get(key)
    if text is None:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 16):
        raise errors.invalid(f'"{key}" must be a number')
    return int(text)


def stored(call: Call, kind: str, noun: str) -> Item:
    """Return the object with the path's `id`. Raises `Problem` (404), with `noun` in its text, if there is none."""
    calls.settle(call.domain)
    item = call.domain.collection(kind).by_id(call.params["id"])
    if item is None:
        raise errors.missing(f"{noun} {call.params['id']} not found")
    return item


def link(bucket: dict[str, Any], key: str, expires: int) -> str:
    """Return a fictitious URL for an object in a bucket."""
    host = f"{bucket['bucket_name']}.s3.{bucket['bucket_region']}.emulator.invalid"
    return f"https://{host}/{key}?Expires={expires}&Signature=emulated"
