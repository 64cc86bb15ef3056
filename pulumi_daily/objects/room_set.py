"""Many rooms as one resource: what they share, and what each has of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .fields import Fields, Rule, RuleFinding, setting
from .names import MAX_LENGTH, suggestion
from .room import Privacy, RoomProperties
from .spec import ObjectSpec, Routes, Shown

_NAME = re.compile(r"[A-Za-z0-9_-]+")


def _both_ways(room: Mapping[str, Any]) -> Iterator[RuleFinding]:
    extras = room.get("extra_properties")
    for key in extras if isinstance(extras, Mapping) else ():
        if key in RoomProperties.model_fields:
            yield ("extra_properties", str(key)), "is known to this package; give it under properties"


class RoomSetRoom(Fields):
    """One room of a set, or what all of them have unless they say otherwise."""

    rules = (Rule((), _both_ways),)

    privacy: Privacy | None = setting(
        "Whether everybody with the URL may join (`public`), or not.",
        default="public",
        null_means="what `defaults` say, or else that everybody with the URL may join",
    )
    properties: RoomProperties | None = setting("The settings; those of a room win over those of `defaults`.")
    extra_properties: dict[str, Any] | None = setting(
        "Settings that Daily has and this package does not know yet, sent and compared as they are."
    )


def _names(inputs: Mapping[str, Any]) -> Iterator[RuleFinding]:
    rooms = inputs.get("rooms")
    for name in rooms if isinstance(rooms, Mapping) else ():
        if not _NAME.fullmatch(str(name)):
            reason = f"a room's name may hold only A-Z a-z 0-9 - and _; did you mean {suggestion(name)}?"
            yield ("rooms", str(name)), reason
        elif len(name) > MAX_LENGTH:
            yield ("rooms", str(name)), f"a room's name may be at most {MAX_LENGTH} characters long"


def _together(inputs: Mapping[str, Any]) -> Iterator[RuleFinding]:
    """What the defaults and a room's own settings say must go together; each by itself does."""
    for name, room in effective(inputs).items():
        for rule in RoomProperties.rules:
            for at, reason in rule.findings(room.get("properties", {})):
                yield ("rooms", name, "properties", *at), reason


class RoomSet(Fields):
    """The inputs of a set of rooms."""

    rules = (Rule((), _names), Rule((), _together))

    rooms: dict[str, RoomSetRoom] | None = setting("The rooms by name.", required=True)
    defaults: RoomSetRoom | None = setting(
        "What every room has unless it says otherwise.",
        null_means="rooms that everybody with their URL may join, unless they say otherwise",
    )
    adopt_existing: bool | None = setting(
        "Take over rooms of these names that exist already and differ from the program, instead of failing.",
        default=False,
    )


ROOM_SET = ObjectSpec(
    kind="RoomSet",
    noun="room set",
    doc="""Many rooms as one resource: made and removed in batches of 1 000, compared by paged lists.

Each room is what `defaults` say, overlaid with what it says itself. A room that is added, changed, removed, or drifted
on Daily is one entry of the diff; the others are left alone.""",
    inputs=RoomSet,
    id_input=None,
    local=("adopt_existing",),
    claims=lambda inputs: [("Room", name) for name in effective(inputs)],
    shown=(
        Shown("urls", "The address of each room by its name.", "dict[str, str]"),
        Shown("room_ids", "Daily's own id of each room by its name.", "dict[str, str]"),
    ),
    routes=Routes(),
)


def effective(inputs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of each room by name, as a single room would have them: ``{"name", "privacy", "properties"?, …}``.

    Empty when the rooms are not known yet.
    """
    rooms = inputs.get("rooms")
    shared = inputs.get("defaults")
    shared = shared if isinstance(shared, Mapping) else {}
    made: dict[str, dict[str, Any]] = {}
    for name, own in rooms.items() if isinstance(rooms, Mapping) else ():
        own = own if isinstance(own, Mapping) else {}
        room: dict[str, Any] = {"name": name, "privacy": own.get("privacy") or shared.get("privacy") or "public"}
        for key in ("properties", "extra_properties"):
            both = [part[key] for part in (shared, own) if isinstance(part.get(key), Mapping)]
            merged = {setting: value for part in both for setting, value in part.items() if value is not None}
            if merged:
                room[key] = merged
        made[str(name)] = room
    return made
