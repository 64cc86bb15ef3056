"""The decisions about many rooms as one resource. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from ..api import BATCH_LIMIT
from ..objects.room import ROOM
from ..objects.room_set import RoomSetRoom, effective
from ..objects.spec import DOMAIN, DOMAIN_ID
from ..objects.validation import Failure
from ..objects.values import ABSENT, Path, get_at, same
from ..ownership import Hints
from .account import Domain
from .check import past_moments as past_moments_of
from .diff import Drift, Plan, diff
from .outputs import ECHO, secret_at, settings_of

LET_GO = "let_go"
"""The output with the ids, by name, of rooms that left the set and were to go to another resource, which does not have
them yet."""
BUCKETS = 10
"""How many different ``recordings_bucket`` configurations one batch may have (Daily: /rest-api/batch)."""


@dataclass
class Made:
    """What an operation did so far."""

    lives: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The rooms of the set as Daily answered, by name."""
    created: list[str] = field(default_factory=list)
    """Those that this operation made, and takes back when it fails."""
    adopted: list[str] = field(default_factory=list)
    """Those that it took over."""
    written: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """Those that were written, with the settings that were sent; None: all of them, as the program says."""


@dataclass(frozen=True)
class Change:
    """What is sent to a room, with its outputs so far and its new inputs."""

    sent: Mapping[str, Any]
    before: Mapping[str, Any]
    wanted: Mapping[str, Any]


def plan(
    outs: Mapping[str, Any],
    news: Mapping[str, Any],
    lives: Mapping[str, Mapping[str, Any]],
    now: float,
    hints: Hints = Hints(),  # noqa: B008 - frozen
) -> Plan:
    """The plans of all rooms as one: what changed in the program, and what drifted on Daily."""
    recorded, wanted = rooms_of_state(outs), effective(news)
    changed = any(not same(outs.get(key), news.get(key)) for key in ("rooms", "defaults"))
    drift: list[Drift] = []
    notes: list[str] = []
    differs = False
    for key, room in wanted.items():
        if key not in recorded:
            continue
        found = diff(ROOM, recorded[key], room, lives.get(key), name=key, now=now, hints=room_hints(hints, key))
        differs = differs or found.changes is True
        drift += [replace(item, owner=key) for item in found.drift]
        notes += found.notes
    return Plan(None if changed else differs, drift=tuple(drift), notes=tuple(notes))


def rooms_of_state(outs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the outputs of each room that the state knows, as a single room would have them."""
    echo, ids = outs.get(ECHO) or {}, outs.get("room_ids") or {}
    let_go = {
        name: {"name": name, ECHO: {}, "room_id": identity} for name, identity in (outs.get(LET_GO) or {}).items()
    }
    return let_go | {
        name: {**room, ECHO: echo.get(name) or {}, "room_id": ids.get(name)} for name, room in effective(outs).items()
    }


def chunks(rooms: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Mapping[str, Any]]]:
    """The rooms in batches that Daily takes: at most 1 000, with at most 10 different bucket configurations."""
    made: list[dict[str, Mapping[str, Any]]] = []
    seen: list[set[str]] = []
    for name, room in rooms.items():
        bucket = settings_of(ROOM, room).get("recordings_bucket")
        mark = "" if bucket is None else json.dumps(bucket, sort_keys=True, default=repr)
        for chunk, marks in zip(made, seen, strict=True):
            if len(chunk) < BATCH_LIMIT and (not mark or mark in marks or len(marks) < BUCKETS):
                break
        else:
            chunk, marks = {}, set()
            made.append(chunk)
            seen.append(marks)
        chunk[name] = room
        if mark:
            marks.add(mark)
    return made


def past_moments(olds: Mapping[str, Any], inputs: Mapping[str, Any], now: float) -> list[Failure]:
    """Return moments that Daily would refuse, unless the room has them already; those of ``defaults`` named there."""
    before, found = effective(olds), dict[Path, Failure]()
    for name, room in effective(inputs).items():
        for failure in past_moments_of(ROOM, before.get(name, {}), room, now):
            own = get_at(inputs, ("rooms", name, *failure.path)) is not ABSENT
            path = (*(("rooms", name) if own else ("defaults",)), *failure.path)
            found[path] = replace(failure, path=path)
    return list(found.values())


def room_hints(hints: Hints, room: str) -> Hints:
    """Return the hints of a set for one of its rooms."""
    return replace(hints, ignored=below(hints.ignored, room), secret=below(hints.secret, room))


def below(ignored: Iterable[Path], room: str) -> tuple[Path, ...]:
    """The ignored paths of a set as those of one of its rooms, where what ``defaults`` say stands at the same place."""
    found: list[Path] = []
    for path in ignored:
        if path[:1] in (("rooms",), ("*",)) and path[1:2] in ((), (room,), ("*",)):
            found.append(path[2:])
        if path[:1] in (("defaults",), ("*",)):
            found += [path[1:]] if len(path) > 1 else [(name,) for name in RoomSetRoom.model_fields]
    return tuple(found)


def with_overrides(given: Any, room: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """A room's own inputs with what Daily shows otherwise than the program says."""
    own: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {}
    if not same(seen.get("privacy"), room["privacy"]):
        own["privacy"] = seen["privacy"]
    for container in ("properties", "extra_properties"):
        wanted, shown = room.get(container) or {}, seen.get(container) or {}
        mine = dict(own.get(container) or {})
        for key, value in wanted.items():
            if key not in shown:
                mine.pop(key, None)
            elif not same(shown[key], value) and (key in mine or not secret_at(ROOM, key, shown[key])):
                # A secret stays out where the program's own stands in the defaults: here, no path is marked as one.
                mine[key] = shown[key]
        if mine or container in own:
            own[container] = mine
    return own


def set_outputs(
    inputs: Mapping[str, Any],
    lives: Mapping[str, Mapping[str, Any]],
    echo: Mapping[str, Any],
    domain: Domain,
    outs: Mapping[str, Any] = MappingProxyType({}),
    let_go: Collection[str] = (),
) -> dict[str, Any]:
    """Return the outputs of a set: its inputs, and address and id of each room; ``outs`` are those so far.

    ``let_go`` are rooms that left the set and were to go to a resource that does not have them yet.
    """
    made: dict[str, Any] = {key: value for key, value in inputs.items() if value is not None}
    made["urls"] = {
        key: str(live.get("url") or f"https://{domain.name}.daily.co/{key}") for key, live in sorted(lives.items())
    }
    # The id of a room that ended, or was not readable, is kept: another one may get its name.
    before = {**(outs.get(LET_GO) or {}), **(outs.get("room_ids") or {})}
    ids = {**before, **{key: live.get("id") or before.get(key) for key, live in lives.items()}}
    made["room_ids"] = {key: ids[key] for key in sorted(effective(inputs)) if isinstance(ids.get(key), str)}
    if echo:
        made[ECHO] = dict(echo)
    if let_go:
        made[LET_GO] = {key: before.get(key) for key in sorted(let_go)}
    made[DOMAIN], made[DOMAIN_ID] = domain.name, domain.id
    return made
