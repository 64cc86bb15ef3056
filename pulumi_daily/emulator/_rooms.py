"""Rooms, and batches of rooms (Daily: /rest-api/rooms, /rest-api/batch)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.room import RoomProperties
from pulumi_daily.objects.validation import defaults
from pulumi_daily.objects.values import same

from . import _checks as checks
from . import _errors as errors
from ._call import Call, Handler
from ._paging import page_of
from ._state import Domain, Room, timestamp, timestamp_ms
from ._switches import Switches

BATCH_MAX = 1000
BATCH_BUCKETS = 10
DEFAULTS = {**defaults(RoomProperties), "owner_only_broadcast": False}
"""The room defaults, with that of a setting that Daily no longer documents but still accepts."""
PLAIN = frozenset(name for name in entries(RoomProperties) if name not in DEFAULTS)
"""Settings without a room default: they are returned as given."""
ECHOED = frozenset({"lang"})
"""Settings with a room default that are returned even when they equal it (measured)."""


def config(domain: Domain, room: Room, switches: Switches) -> dict[str, Any]:
    """Return the `config` of a room: the given values that differ from the room defaults, and the SIP addresses."""
    found: dict[str, Any] = {}
    for key, value in room.properties.items():
        usual = key in DEFAULTS and key not in ECHOED and same(value, DEFAULTS[key])
        if usual and not switches.echo_defaults:
            continue
        if value is False and key in PLAIN and not switches.echo_false:
            continue
        if key == "sip":
            found["sip_uri"] = _sip_uri(domain, room, value)
            if not switches.echo_sip:
                continue
        found[key] = value
    return found


def _sip_uri(domain: Domain, room: Room, sip: Mapping[str, Any]) -> dict[str, Any]:
    host = f"daily-{domain.id.replace('-', '')[:16]}.sip.emulator.invalid"
    if sip.get("force_digit_only_username"):
        users = [str(int(room.id.replace("-", ""), 16))[:12]]
    else:
        users = [f"{room.name}.{i}" for i in range(int(sip.get("num_endpoints", 1)))]
    addresses = [f"{user}@{host}" for user in users]
    return {"endpoint": addresses[0], "extra_endpoints": addresses[1:]}


def view(domain: Domain, room: Room, switches: Switches) -> dict[str, Any]:
    """Return a room in the API's form."""
    return {
        "id": room.id,
        "name": room.name,
        "api_created": room.api_created,
        "privacy": room.privacy,
        "url": f"https://{domain.name}.daily.co/{room.name}",
        "created_at": timestamp(room.created_at),
        "config": config(domain, room, switches),
    }


def _as_made(call: Call, room: Room) -> dict[str, Any]:
    """Return a room in the form of the answer to its create, which alone shows milliseconds (a switch)."""
    shown = view(call.domain, room, call.switches)
    return shown if call.switches.created_at == "seconds" else {**shown, "created_at": timestamp_ms(call.now)}


def _room(call: Call) -> Room:
    name = call.params["name"]
    room = call.domain.live(name)
    if room is None:
        raise errors.room_missing(name)
    return room


# -- single rooms


def list_rooms(call: Call) -> dict[str, Any]:
    """Answer `GET /rooms`."""
    rooms = page_of(call, call.domain)
    return {
        "total_count": call.domain.count(),
        "data": [view(call.domain, room, call.switches) for room in rooms],
    }


def create_room(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms`."""
    room = _prepared(call, call.body, set())
    _commit(call, [room])
    return _as_made(call, room)


def get_room(call: Call) -> dict[str, Any]:
    """Answer `GET /rooms/:name`."""
    name = call.params["name"]
    room = call.domain.find(name)
    if room is None or (call.domain.expired(room) and call.switches.expired_get == "404"):
        raise errors.room_missing(name)
    return view(call.domain, room, call.switches)


def update_room(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name`: values are merged key by key, null resets one, the name cannot be changed."""
    room = _room(call)
    body = checks.as_object(call.body)
    checks.only(body, ("privacy", "properties"), call.switches)
    privacy = checks.privacy(body, call.switches)
    given = checks.properties(RoomProperties, body, call.switches, call.now)
    if call.switches.nested_update == "merge":
        raw = body.get("properties", {})
        for key, value in given.items():
            if isinstance(value, dict) and isinstance(room.properties.get(key), dict):
                given[key] = _merged(room.properties[key], value, raw[key])
    call.domain.change(room, privacy=privacy, properties=given)
    return view(call.domain, room, call.switches)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return `old` overlaid with `new`, without the keys that are null in `raw` (the unchanged request)."""
    result = {key: value for key, value in old.items() if raw.get(key, value) is not None}
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            value = _merged(result[key], value, raw[key])
        result[key] = value
    return result


def delete_room(call: Call) -> dict[str, Any]:
    """Answer `DELETE /rooms/:name`. An expired room is removed and answered with 404."""
    name = call.params["name"]
    room = call.domain.find(name)
    if room is None:
        raise errors.room_missing(name)
    gone = call.domain.expired(room)
    call.domain.remove(room)
    if gone:
        raise errors.room_missing(name, deleted=True)
    return {"deleted": True, "name": room.name}


def _prepared(call: Call, item: Any, claimed: set[str]) -> Room:
    """Check a create body and return its room, not stored yet. Raises `Problem` for a body that Daily refuses.

    `claimed` are the names of the earlier rooms of the same request (folded, see `_folded`); the new name is added.
    """
    body = checks.as_object(item)
    checks.only(body, ("name", "privacy", "properties"), call.switches)
    domain, switches = call.domain, call.switches
    if "name" in body:
        name = checks.room_name(body["name"])
        holder = domain.find(name)
        free = holder is None or (domain.expired(holder) and switches.create_over_expired == "allowed")
        if not free or _folded(name, switches) in claimed:
            raise errors.name_taken(name)
    else:
        name = domain.new_name()
    claimed.add(_folded(name, switches))
    privacy = checks.privacy(body, switches) or "public"
    given = checks.properties(RoomProperties, body, switches, call.now)
    properties = {key: value for key, value in given.items() if value is not None}
    created_at = round(call.now) if switches.created_at == "rounded" else int(call.now)
    return Room(domain.new_id(), name, privacy, created_at, True, properties)


def _folded(name: str, switches: Switches) -> str:
    return name if switches.case_sensitive_names else name.lower()


def _commit(call: Call, rooms: list[Room]) -> None:
    limit = call.switches.max_rooms
    if limit is not None and call.domain.count() + len(rooms) > limit:
        raise errors.invalid(f"this domain may have at most {limit} rooms")
    for room in rooms:
        holder = call.domain.find(room.name)
        if holder is not None:
            call.domain.remove(holder)  # expired; the switch allows another room to take its name
    if len(rooms) == 1:
        call.domain.add(rooms[0])
    else:
        call.domain.add_many(rooms)


# -- batches: all or nothing


def create_batch(call: Call) -> list[dict[str, Any]]:
    """Answer `POST /batch/rooms`."""
    items = _items(call, "rooms")
    claimed: set[str] = set()
    try:
        rooms = [_prepared(call, item, claimed) for item in items]
    except errors.Problem:
        if call.switches.batch_error == "item":
            raise
        raise errors.invalid("failed to create rooms; no room was created") from None
    buckets = {json.dumps(r.properties.get("recordings_bucket"), sort_keys=True) for r in rooms} - {"null"}
    if len(buckets) > BATCH_BUCKETS:
        raise errors.invalid(f"at most {BATCH_BUCKETS} different recordings_bucket configurations are allowed")
    _commit(call, rooms)
    return [_as_made(call, room) for room in rooms]


def delete_batch(call: Call) -> dict[str, Any]:
    """Answer `DELETE /batch/rooms`."""
    found: dict[str, Room] = {}
    for name in _items(call, "room_names"):
        if not isinstance(name, str):
            raise errors.invalid('"room_names" must hold strings')
        room = call.domain.live(name)
        if room is not None:
            found[room.name] = room
        elif call.switches.batch_delete_missing == "404":
            raise errors.room_missing(name)
        elif call.switches.batch_delete_missing == "400":
            raise errors.invalid(f"room {name} not found")
    for room in found.values():
        call.domain.remove(room)
    return {"deleted_count": len(found)}


def _items(call: Call, key: str) -> list[Any]:
    body = checks.as_object(call.body)
    checks.only(body, (key,), call.switches)
    if key not in body:
        raise errors.missing_field()
    items = body[key]
    if not isinstance(items, list):
        raise errors.invalid(f'"{key}" must be an array')
    if len(items) > BATCH_MAX:
        raise errors.invalid(f'"{key}" must contain less than or equal to {BATCH_MAX} items')
    return items


HANDLERS: dict[str, Handler] = {
    "GET /rooms": list_rooms,
    "POST /rooms": create_room,
    "GET /rooms/:name": get_room,
    "POST /rooms/:name": update_room,
    "DELETE /rooms/:name": delete_room,
    "POST /batch/rooms": create_batch,
    "DELETE /batch/rooms": delete_batch,
}
