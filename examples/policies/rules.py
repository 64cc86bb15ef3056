"""The rules, as pure functions: inputs of a resource and settings of the rule in, texts about what is wrong out.

No text contains a value of the program: it may be a secret. The names of the rooms of a set are shown, unless the
program marked them as secret.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

DYNAMIC, PLUGIN = "pulumi-python:dynamic/daily:", "daily:index:"
TYPES = (DYNAMIC, PLUGIN)
"""The beginnings of the types of dynamic resources and of the native plugin; `…:Room` is a room."""

Inputs = Mapping[str, Any]

KEPT = ("extra_properties", "permissions", "start_cloud_recording_opts", "auto_transcription_settings")
"""The inputs whose contents have Daily's names with the plugin as well."""


def declared(resource_type: str, inputs: Inputs) -> tuple[str, Inputs]:
    """Return the kind of a resource with one of these types, such as `Room`, and its inputs under Daily's names."""
    if resource_type.startswith(PLUGIN):
        return resource_type.removeprefix(PLUGIN), _daily_names(inputs)
    return resource_type.removeprefix(DYNAMIC), inputs


def _daily_names(value: Any, *, own_keys: bool = False) -> Any:
    """Return a value of the plugin under Daily's names: `enable_chat` for `enableChat`.

    `own_keys`: the keys are the program's own, as the names of the rooms of a set are.
    """
    if isinstance(value, list):
        return [_daily_names(part) for part in value]
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for key, part in value.items():
        name = key if own_keys else re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key)
        kept = name in KEPT and not own_keys
        found[name] = part if kept else _daily_names(part, own_keys=name == "rooms" and not own_keys)
    return found


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
    if kind == "Room":
        yield _room("the room", inputs.get("name"), inputs, {})
    rooms = inputs.get("rooms")
    if kind == "RoomSet" and isinstance(rooms, Mapping):
        hidden = any(path.startswith("rooms") for path in _secrets(inputs))
        for number, (name, own) in enumerate(rooms.items(), 1):
            where = f"room {number} of the set" if hidden else f"room {name!r}"
            yield _room(where, name, own, inputs.get("defaults"))


def _room(where: str, name: Any, own: Any, defaults: Any) -> Room:
    privacy: Any = "public"  # Daily's default
    settings: dict[str, Any] = {}
    complete = True
    for part in (defaults, own):
        if part is UNKNOWN:
            privacy = UNKNOWN
        known = part if isinstance(part, Mapping) else {}
        privacy = known.get("privacy") or privacy
        inside = [known.get(key) for key in ("properties", "extra_properties")]
        if UNKNOWN in (part, *inside):  # it may replace what is known so far
            settings = dict.fromkeys(settings, UNKNOWN)
            complete = False
        for given in inside:
            if isinstance(given, Mapping):
                settings |= {key: value for key, value in given.items() if value is not None}
    return Room(where, name, privacy, settings, complete)


OTHER_PLACES = {
    "DomainConfig": ("the domain", "properties"),
    "MeetingToken": ("the token", "properties"),
    "SipTrunk": ("a room of the trunk", "room_template"),
}
"""Kinds other than rooms with settings of rooms: how texts call them, and the input with the settings."""


def _places(kind: str, inputs: Inputs) -> Iterator[Room]:
    """Yield everything with settings of rooms: rooms, and tokens, SIP trunks and the domain as if they were rooms."""
    yield from rooms_of(kind, inputs)
    if kind in OTHER_PLACES:
        where, key = OTHER_PLACES[kind]
        given = {"properties": inputs.get(key), "extra_properties": inputs.get("extra_properties")}
        yield _room(where, None, given, None)


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
        # Privacy is not among Daily's settings of a room; if `extra_properties` has one, it must be private as well.
        public = room.privacy == "public" or room.settings.get("privacy", "private") not in ("private", UNKNOWN)
        if public and not excepted and (known or not except_names):
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
        elif exp is not UNKNOWN and not _is_time(exp):
            yield f"{room.where} has an exp that is not a time: set properties.exp to unix seconds, as a number"
        elif exp is not UNKNOWN and exp > now + days * 86400:
            yield f"{room.where} expires in {(exp - now) / 86400:.0f} days, more than {days:g}"


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def recordings(kind: str, inputs: Inputs, buckets: list[str], domain_bucket: bool) -> Iterator[str]:
    """Yield a text for each place (room, token, SIP trunk, domain) with recordings that are not stored in our buckets.

    `domain_bucket` says that the bucket of the domain is ours, so that rooms need none of their own.
    """
    for place in _places(kind, inputs):
        kinds, bucket = _setting(place, "enable_recording"), _setting(place, "recordings_bucket")
        name = (bucket.get("bucket_name") if isinstance(bucket, Mapping) else bucket) or None
        if name is not None and name is not UNKNOWN and name not in buckets:
            yield f"{place.where} records to a bucket that is not in buckets"
        elif name is None and _records(kinds) and not (domain_bucket and kind != "DomainConfig"):
            yield f"{place.where} allows recordings that are not stored in our bucket: set recordings_bucket"
        elif _records_locally(kinds):
            yield f"{place.where} allows recordings on the computers of participants (local)"


def _records(kinds: Any) -> bool:
    return any(part is not UNKNOWN for part in kinds) if isinstance(kinds, list) else bool(kinds) and kinds != UNKNOWN


def _records_locally(kinds: Any) -> bool:
    """Return whether the text is anywhere in a value, which has any form in `extra_properties`."""
    if isinstance(kinds, Mapping):
        kinds = [*kinds, *kinds.values()]
    if isinstance(kinds, list):
        return any(map(_records_locally, kinds))
    return isinstance(kinds, str) and "local" in kinds.lower()


URLS: Mapping[str, tuple[str, ...]] = {
    "Webhook": ("url",),
    "DialinConfig": ("room_creation_api",),
    "SipTrunk": ("notification", "webhook_url"),
}
"""Where the kinds have the address that Daily calls."""
URL_SETTINGS = ("meeting_join_hook", "room_creation_api")
"""The settings of rooms and of the domain with such an address; the second is in each entry of `pinless_dialin`."""


def https_only(kind: str, inputs: Inputs) -> Iterator[str]:
    """Yield a text for each address that Daily calls without encryption."""
    path = URLS.get(kind, ())
    value: Any = inputs if path else None
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else value
    if _unencrypted(value):
        yield f"{'.'.join(path)} does not begin with https://"
    for place in _places(kind, inputs):
        for name in URL_SETTINGS:
            if any(map(_unencrypted, _named(name, place.settings))):
                yield f"{place.where} has a {name} that does not begin with https://"


def _named(name: str, value: Any) -> Iterator[Any]:
    """Yield the values with this name at any depth."""
    if isinstance(value, Mapping):
        if name in value:
            yield value[name]
        value = [*value.values()]
    if isinstance(value, list):
        for part in value:
            yield from _named(name, part)


def _unencrypted(url: Any) -> bool:
    """Return whether a value is known, and neither empty nor an address with HTTPS."""
    return bool(url) and url is not UNKNOWN and not (isinstance(url, str) and url.lower().startswith("https://"))
