"""The rules, as pure functions: inputs of a resource and settings of the rule in, texts about what is wrong out.

No text contains a value of the program: it may be a secret. The names of the rooms of a set are shown, unless the
program marked them as secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

TYPE = "pulumi-python:dynamic/daily:"
"""The beginning of the types of this package; `…:Room` is a room."""

Inputs = Mapping[str, Any]


class Unknown:
    """A value that a preview does not know yet."""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Room:
    """A room, on its own or in a set."""

    where: str
    """How texts call it, such as `room 'math-1'` or `the room`."""
    name: Any
    privacy: Any
    settings: Mapping[str, Any]
    complete: bool
    """Whether all its settings are known."""


def rooms_of(kind: str, inputs: Inputs) -> Iterator[Room]:
    """Yield the rooms that a `Room` or `RoomSet` declares; nothing for other kinds, and for an unknown set."""
    if kind == f"{TYPE}Room":
        yield _room("the room", inputs.get("name"), inputs, {})
    rooms = inputs.get("rooms")
    if kind == f"{TYPE}RoomSet" and isinstance(rooms, Mapping):
        hidden = any(path.startswith("rooms") for path in _secrets(inputs))
        for number, (name, own) in enumerate(rooms.items(), 1):
            where = f"room {number} of the set" if hidden else f"room {name!r}"
            yield _room(where, name, own, inputs.get("defaults"))


def _room(where: str, name: Any, own: Any, defaults: Any) -> Room:
    given = [part for part in (defaults, own) if isinstance(part, Mapping)]
    privacy: Any = UNKNOWN if own is UNKNOWN else "public"  # Daily's default
    settings: dict[str, Any] = {}
    complete = own is not UNKNOWN and defaults is not UNKNOWN
    for part in given:
        privacy = part.get("privacy") or privacy
        for key in ("properties", "extra_properties"):
            if isinstance(part.get(key), Mapping):
                settings |= part[key]
            complete &= part.get(key) is not UNKNOWN
    if defaults is UNKNOWN and not (isinstance(own, Mapping) and own.get("privacy")):
        privacy = UNKNOWN
    return Room(where, name, privacy, settings, complete)


def _secrets(inputs: Inputs) -> list[str]:
    """Return the paths of the inputs that the program marked as secret; the package keeps them in a hidden input."""
    hidden = inputs.get("__daily")
    found = hidden.get("secrets") if isinstance(hidden, Mapping) else None
    return [path for path in found if isinstance(path, str)] if isinstance(found, list | tuple) else []


def _setting(room: Room, name: str) -> Any:
    """Return a setting; `UNKNOWN` when it may be among settings that are not known yet."""
    return room.settings.get(name, None if room.complete else UNKNOWN)


def private_rooms(kind: str, inputs: Inputs, except_names: list[str]) -> Iterator[str]:
    """Yield a text for each public room whose name matches none of the patterns."""
    for room in rooms_of(kind, inputs):
        known = isinstance(room.name, str)
        excepted = known and any(fnmatchcase(room.name, pattern) for pattern in except_names)
        if room.privacy == "public" and not excepted and (known or not except_names):
            yield f"{room.where} is public: set privacy to private, or add its name to exceptNames"


def is_production(stack: str, tags: Mapping[str, str], patterns: list[str], tag: str) -> bool:
    """Return whether a stack's name matches a pattern, or the stack has a tag, given as `name=value`."""
    name, _, value = tag.partition("=")
    return any(fnmatchcase(stack, pattern) for pattern in patterns) or (bool(name) and tags.get(name) == value)


def expiring_rooms(kind: str, inputs: Inputs, now: float, days: float, names: list[str]) -> Iterator[str]:
    """Yield a text for each room, of those with these names, without an `exp` within so many days from `now`."""
    for room in rooms_of(kind, inputs):
        if not isinstance(room.name, str) or not any(fnmatchcase(room.name, pattern) for pattern in names):
            continue
        exp = _setting(room, "exp")
        if exp is None:
            yield f"{room.where} never expires: set properties.exp to a time within {days:g} days"
        elif isinstance(exp, int | float) and exp > now + days * 86400:
            yield f"{room.where} expires in {(exp - now) / 86400:.0f} days, more than {days:g}"


OTHER_PLACES = {
    f"{TYPE}DomainConfig": ("the domain", "properties"),
    f"{TYPE}MeetingToken": ("the token", "properties"),
    f"{TYPE}SipTrunk": ("a room of the trunk", "room_template"),
}
"""Kinds other than rooms with settings for recordings: how texts call them, and the input with the settings."""


def recordings(kind: str, inputs: Inputs, buckets: list[str], domain_bucket: bool) -> Iterator[str]:
    """Yield a text for each place (room, token, SIP trunk, domain) with recordings that are not stored in our buckets.

    `domain_bucket` says that the bucket of the domain is ours, so that rooms need none of their own.
    """
    places = [*rooms_of(kind, inputs)]
    if kind in OTHER_PLACES:
        where, key = OTHER_PLACES[kind]
        places = [_room(where, None, {"properties": inputs.get(key)}, inputs)]
    for place in places:
        kinds, bucket = _setting(place, "enable_recording"), _setting(place, "recordings_bucket")
        name = bucket.get("bucket_name") if isinstance(bucket, Mapping) else bucket
        if isinstance(name, str) and name not in buckets:
            yield f"{place.where} records to a bucket that is not in buckets"
        elif name is None and _records(kinds) and not (domain_bucket and kind != f"{TYPE}DomainConfig"):
            yield f"{place.where} allows recordings that are not stored in our bucket: set recordings_bucket"
        elif _records_locally(kinds):
            yield f"{place.where} allows recordings on the computers of participants (local)"


def _records(kinds: Any) -> bool:
    return kinds not in (None, False, "", []) and kinds is not UNKNOWN


def _records_locally(kinds: Any) -> bool:
    return kinds == "local" or (isinstance(kinds, list) and "local" in kinds)


URLS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Webhook": (("url",),),
    "DialinConfig": (("room_creation_api",),),
    "SipTrunk": (("notification", "webhook_url"),),
    "DomainConfig": (("properties", "meeting_join_hook"),),
}
"""Where the kinds have the addresses that Daily calls."""


def https_only(kind: str, inputs: Inputs) -> Iterator[str]:
    """Yield a text for each address that Daily calls without encryption."""
    for path in URLS.get(kind.removeprefix(TYPE), ()):
        value: Any = inputs
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else value
        if isinstance(value, str) and value and not value.lower().startswith("https://"):
            yield f"{'.'.join(path)} does not begin with https://"
