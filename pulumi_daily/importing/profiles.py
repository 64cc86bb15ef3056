"""Finds the settings that many rooms share, so that a program declares them once. Pure."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FEWEST = 3
"""The fewest rooms that are written as a table."""

MOST = 12
"""The most profiles of a program with properties: more are harder to read than repetitions."""

OVERHEAD = 200
"""About the characters of source that a profile costs in addition to its settings."""

Room = Mapping[str, Any]
"""The inputs of a room."""
Written = Mapping[str, str]
"""The properties of a room: the JSON text of each value."""


@dataclass(frozen=True)
class Profile:
    """Rooms that are declared together."""

    privacy: str
    extra_properties: Mapping[str, Any] | None
    shared: Mapping[str, Any]
    """The properties of all rooms, unless a room has another value; empty if they share none."""
    own: Mapping[str, Mapping[str, Any]]
    """The properties by room that are not ``shared``, or have another value there."""
    has_properties: bool = True
    """False if the rooms have no input ``properties``."""


@dataclass
class _Base:
    """Properties that some rooms can share: each of these rooms has all keys, perhaps with other values."""

    shared: dict[str, str] = field(default_factory=dict)
    saved: int = 0
    """The characters that they save."""
    rooms: list[str] = field(default_factory=list)


def profiles(rooms: Mapping[str, Room]) -> tuple[list[Profile], list[str]]:
    """Return the profiles of rooms by name, and the names of rooms that are better declared one by one.

    A profile is used if it makes the program shorter. Rooms of one profile have the same privacy and the same
    ``extra_properties``.
    """
    found: list[Profile] = []
    single: list[str] = []
    for names in _alike(rooms).values():
        written = {name: _written(rooms[name].get("properties") or {}) for name in names}
        while len(found) < MOST and (base := _best_base(written)):
            found.append(_profile(rooms, base.rooms, base.shared))
            written = {name: value for name, value in written.items() if name not in base.rooms}
        if len(written) >= FEWEST:
            found.append(_profile(rooms, list(written), {}))
        else:
            single += written
    return found, single


def common_values(objects: Sequence[Mapping[str, Any]], fewest: int) -> dict[str, Any]:
    """Return the most frequent value of each key that all objects have, if at least ``fewest`` objects have it."""
    found = {}
    for key in objects[0]:
        if all(key in one for one in objects):
            written = [json.dumps(one[key], sort_keys=True) for one in objects]
            most, count = Counter(written).most_common(1)[0]
            if count >= fewest:
                found[key] = objects[written.index(most)][key]
    return found


def _alike(rooms: Mapping[str, Room]) -> dict[Hashable, list[str]]:
    """Return the names of rooms that one loop can declare, by what they have in common."""
    found: defaultdict[Hashable, list[str]] = defaultdict(list)
    for name, room in rooms.items():
        extra = json.dumps(room.get("extra_properties"), sort_keys=True)
        found[room["privacy"], extra, bool(room.get("properties"))].append(name)
    return found


def _written(properties: Mapping[str, Any]) -> Written:
    return {key: json.dumps(value, sort_keys=True) for key, value in properties.items()}


def _best_base(rooms: Mapping[str, Written]) -> _Base | None:
    """Return the base that saves most, if it is worth it.

    It grows key by key, by the key that leaves the greatest saving; each key keeps only the rooms that have it.
    """
    best = now = _Base(rooms=list(rooms))
    saved = dict.fromkeys(rooms, 0)
    while True:
        total: Counter[str] = Counter()
        values: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for name in now.rooms:
            for key, value in rooms[name].items():
                if key not in now.shared:
                    total[key] += saved[name]
                    values[key][value] += 1
        options = {
            key: total[key] + _length(key, value) * count
            for key, found in values.items()
            for value, count in found.most_common(1)
        }
        if not options:
            break
        key = max(options, key=lambda name: (options[name], name))
        value, _ = values[key].most_common(1)[0]
        now = _Base({**now.shared, key: value}, options[key], [name for name in now.rooms if key in rooms[name]])
        for name in now.rooms:
            saved[name] += _length(key, value) * (rooms[name][key] == value)
        if len(now.rooms) >= FEWEST and _gain(now) > _gain(best):
            best = now
    return best if best.shared and _gain(best) > OVERHEAD else None


def _length(key: str, value: str) -> int:
    """Return the characters of a setting in the source."""
    return len(f'"{key}": {value}, ')


def _gain(base: _Base) -> int:
    return base.saved - sum(_length(key, value) for key, value in base.shared.items())


def _profile(rooms: Mapping[str, Room], names: list[str], shared: Written) -> Profile:
    first = rooms[names[0]]
    return Profile(
        first["privacy"],
        first.get("extra_properties"),
        {key: json.loads(shared[key]) for key in first.get("properties") or {} if key in shared},
        {
            name: {
                key: value
                for key, value in (rooms[name].get("properties") or {}).items()
                if shared.get(key) != json.dumps(value, sort_keys=True)
            }
            for name in names
        },
        bool(first.get("properties")),
    )
