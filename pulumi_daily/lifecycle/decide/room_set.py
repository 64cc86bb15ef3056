"""The decisions about a set of rooms, which is one resource. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...api import BATCH_LIMIT
from ...objects.fields import entries
from ...objects.room import ROOM
from ...objects.room_set import RoomSetRoom, effective
from ...objects.spec import ObjectSpec
from ...objects.validation import Failure
from ...objects.values import ABSENT, Path, get_at, same
from ...ownership import Hints
from ..state import NO_STATE, Domain, LiveView, ResourceState, as_mapping
from .check import Checked, check, placed
from .diff import Plan, diff
from .drift import NO_HINTS, Drift
from .inputs import settings_of
from .project import secret_at

LET_GO = "let_go"
"""The output with the ids, by name, of rooms that left the set for another resource, which did not have them yet.

They are the set's no more: whether the other resource got them, and who has them since, no state of the set can tell.
"""
BUCKETS = 10
"""The number of different ``recordings_bucket`` configurations that one batch may have (Daily: /rest-api/batch)."""


def plan(
    state: ResourceState,
    news: Mapping[str, Any],
    lives: Mapping[str, LiveView],
    now: float,
    hints: Hints = NO_HINTS,
) -> Plan:
    """Return the plans of all rooms as one plan: changes in the program, and drift on Daily."""
    recorded, wanted = rooms_of_state(state), effective(news)
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
    changes = None if inputs_changed(state, news) else differs
    return Plan(changes, drift=tuple(drift), notes=tuple(notes))


def inputs_changed(state: ResourceState, news: Mapping[str, Any]) -> bool:
    """Return whether the program's rooms differ from those of the state."""
    return any(not same(state.inputs.get(key), news.get(key)) for key in ("rooms", "defaults"))


def rooms_of_state(state: ResourceState) -> dict[str, ResourceState]:
    """Return the state of each room of a set, as a single room would have it."""
    ids = state.mapping("room_ids")
    return {
        name: ResourceState(
            room,
            {"room_id": ids.get(name)},
            as_mapping(state.normalized.get(name)),
            state.domain,
            made_at=state.made_at,
        )
        for name, room in effective(state).items()
    }


def let_go_of(state: ResourceState) -> dict[str, ResourceState]:
    """Return the state of each room that left the set for another resource, with its name and id alone."""
    return {
        name: ResourceState({"name": name}, {"room_id": identity}, {}, state.domain)
        for name, identity in state.mapping(LET_GO).items()
    }


def chunks(rooms: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Mapping[str, Any]]]:
    """Return the rooms in batches that Daily accepts: at most 1 000, with at most 10 bucket configurations."""
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


def check_set(spec: ObjectSpec, before: Mapping[str, Any], inputs: Mapping[str, Any], now: float) -> Checked:
    """Check the inputs of a set, as a set and for each room by the rules of a single room.

    A failure that a room has because of ``defaults`` alone is reported once, at ``defaults``.
    """
    checked = check(spec, before, inputs, now)
    shared = checked.inputs.get("defaults")
    alone = check(ROOM, {}, {"name": "room", **(shared if isinstance(shared, Mapping) else {})}, now)
    of_defaults = {failure.path for failure in alone.failures}
    old, found = effective(before), {failure.path: failure for failure in checked.failures}
    for name, room in effective(checked.inputs).items():
        for failure in check(ROOM, old.get(name, {}), room, now).failures:
            own = get_at(checked.inputs, ("rooms", name, *failure.path)) is not ABSENT
            at: Path = ("rooms", name) if own or failure.path not in of_defaults else ("defaults",)
            # The name of a room is the key itself. The room's failure replaces that of the set: it contains advice.
            path = at if failure.path == ("name",) else (*at, *failure.path)
            found[(*at, *failure.path)] = replace(failure, path=path)
    return replace(checked, failures=[_placed_in_room(spec, failure) for failure in found.values()])


def _placed_in_room(spec: ObjectSpec, failure: Failure) -> Failure:
    """Return the failure of an unknown input of a room or of the defaults, with the path where it belongs."""
    length = 2 if failure.path[:1] == ("rooms",) else 1
    at, below = failure.path[:length], failure.path[length:]
    if failure.kind != "unknown" or failure.path[:1] not in (("rooms",), ("defaults",)):
        return failure
    if below in (("name",), ("properties", "name")):
        return replace(failure, reason="does not belong here: the name of a room is its key in rooms")
    if len(below) == 1 and below[0] in entries(spec.inputs):
        return replace(failure, reason=f"does not belong here: give it to the whole set, as {below[0]}")
    return placed(ROOM, failure, at)


def room_hints(hints: Hints, room: str) -> Hints:
    """Return the hints of a set as hints for one of its rooms."""
    return replace(hints, ignored=below(hints.ignored, room), secret=below(hints.secret, room))


def below(ignored: Iterable[Path], room: str) -> tuple[Path, ...]:
    """Return a set's paths as paths of one of its rooms. Paths in ``defaults`` are converted as well."""
    found: list[Path] = []
    for path in ignored:
        if path[:1] in (("rooms",), ("*",)) and path[1:2] in ((), (room,), ("*",)):
            found.append(path[2:])
        if path[:1] in (("defaults",), ("*",)):
            found += [path[1:]] if len(path) > 1 else [(name,) for name in RoomSetRoom.model_fields]
    return tuple(found)


def with_overrides(given: Any, room: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """Return a room's own inputs with the live values that differ from the program's.

    ``given`` are its own inputs, ``room`` those with the defaults, ``seen`` the same with Daily's values.
    """
    own: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {}
    if not same(seen.get("privacy"), room["privacy"]):
        own["privacy"] = seen["privacy"]
    for container in ("properties", "extra_properties"):
        mine = _overridden(dict(as_mapping(own.get(container))), room.get(container) or {}, seen.get(container) or {})
        if mine or container in own:
            own[container] = mine
    return own


def _overridden(mine: dict[str, Any], wanted: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in wanted.items():
        if key not in shown:
            mine.pop(key, None)
        elif not same(shown[key], value) and (key in mine or not secret_at(ROOM, key, shown[key])):
            # A secret is omitted where the program has it in the defaults: here, no path is marked as secret.
            mine[key] = shown[key]
    return mine


def set_state(
    inputs: Mapping[str, Any],
    lives: Mapping[str, Mapping[str, Any]],
    normalized: Mapping[str, Any],
    domain: Domain,
    before: ResourceState = NO_STATE,
    hints: Hints = NO_HINTS,
    let_go: Collection[str] = (),
) -> ResourceState:
    """Return the state of a set: its inputs, and the URL and id of each room.

    ``lives`` are the live rooms, ``normalized`` the fingerprints of each room (see :func:`is_accepted`), both by name;
    ``before`` is the state before the operation. ``let_go`` are rooms that left the set for a resource that did not
    have them yet.
    """
    given: dict[str, Any] = {key: value for key, value in inputs.items() if value is not None}
    urls = {key: str(live.get("url") or f"https://{domain.name}.daily.co/{key}") for key, live in sorted(lives.items())}
    # The id of a room that expired or was not readable is kept: another room may get its name.
    known = before.mapping("room_ids")
    ids = {**known, **{key: live.get("id") or known.get(key) for key, live in lives.items()}}
    ids = {key: ids[key] for key in sorted(effective(inputs)) if isinstance(ids.get(key), str)}
    left = {**before.mapping(LET_GO), **known}
    kept = {LET_GO: {key: left.get(key) for key in sorted(let_go)}} if let_go else {}
    observed = {"urls": urls, "room_ids": ids, **kept}
    return ResourceState(given, observed, dict(normalized), domain, hints, made_at=before.made_at)
