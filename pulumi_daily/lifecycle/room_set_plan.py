"""The decisions about many rooms as one resource. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..api import BATCH_LIMIT
from ..objects.room import ROOM
from ..objects.room_set import RoomSetRoom, effective
from ..objects.spec import DOMAIN, DOMAIN_ID
from ..objects.validation import Failure
from ..objects.values import UNKNOWN, Path, get_at, same
from .check import moment
from .diff import Drift, Plan, diff
from .outputs import ECHO, settings_of

BUCKETS = 10
"""How many different ``recordings_bucket`` configurations one batch may have (Daily: /rest-api/batch)."""

NAMED = 10
"""How many rooms an error names."""


@dataclass
class Made:
    """What an operation did so far."""

    lives: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The rooms of the set as Daily answered, by name."""
    created: list[str] = field(default_factory=list)
    """Those that this operation made, and takes back when it fails."""
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
    ignored: tuple[Path, ...] = (),
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
        old = as_outs(*recorded[key])
        found = diff(ROOM, old, room, lives.get(key), name=key, now=now, ignored=below(ignored, key))
        differs = differs or found.changes is True
        drift += [Drift(item.path, item.live, item.wanted, item.reason, owner=key) for item in found.drift]
        notes += found.notes
    return Plan(None if changed else differs, drift=tuple(drift), notes=tuple(notes))


def rooms_of_state(outs: Mapping[str, Any]) -> dict[str, tuple[dict[str, Any], Mapping[str, str]]]:
    """The inputs and the echoes of each room that the state knows."""
    echo = outs.get(ECHO) or {}
    return {name: (room, echo.get(name) or {}) for name, room in effective(outs).items()}


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
    """Moments that Daily would refuse, unless the room has them already; those of ``defaults`` named there."""
    before, failures = effective(olds), []
    seen: set[tuple[Any, ...]] = set()
    for name, room in effective(inputs).items():
        for key in ROOM.future_moments:
            value = settings_of(ROOM, room).get(key)
            old = settings_of(ROOM, before.get(name, {})).get(key)
            if value is UNKNOWN or isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if value > now or old == value:
                continue
            own = get_at(inputs, ("rooms", name, "properties"))
            here = isinstance(own, Mapping) and key in own
            path = ("rooms", name, "properties", key) if here else ("defaults", "properties", key)
            if path not in seen:
                seen.add(path)
                reason = f"lies in the past ({moment(value)}); give a later one or leave it out"
                failures.append(Failure(path, "rule", reason))
    return failures


def as_outs(room: Mapping[str, Any], echo: Mapping[str, str]) -> dict[str, Any]:
    return {**room, ECHO: echo}


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
            elif not same(shown[key], value):
                mine[key] = shown[key]
        if mine or container in own:
            own[container] = mine
    return own


def set_outputs(
    inputs: Mapping[str, Any],
    lives: Mapping[str, Mapping[str, Any]],
    echo: Mapping[str, Any],
    domain: str,
    domain_id: str,
) -> dict[str, Any]:
    """The outputs of a set: its inputs, and the address of each room that is there."""
    outs: dict[str, Any] = {key: value for key, value in inputs.items() if value is not None}
    outs["urls"] = {
        key: str(live.get("url") or f"https://{domain}.daily.co/{key}") for key, live in sorted(lives.items())
    }
    if echo:
        outs[ECHO] = dict(echo)
    outs[DOMAIN], outs[DOMAIN_ID] = domain, domain_id
    return outs


def listed(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"
