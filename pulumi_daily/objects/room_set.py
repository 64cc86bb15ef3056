"""A set of rooms as one resource: common settings, and each room's own ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .fields import EXTRAS, Fields, setting
from .room import Privacy, RoomProperties, room_url
from .spec import ObjectSpec, OutputField, Parts, Routes, Values


class RoomSetRoom(Fields):
    """One room of a set, or the defaults of all rooms."""

    privacy: Privacy | None = setting(
        "Whether everyone with the URL may join (`public`), or not (`private`).",
        default="public",
        closed=True,
        null_means="what `defaults` say, or else that everybody with the URL may join",
    )
    properties: RoomProperties | None = setting("The settings; those of a room take precedence over `defaults`.")
    extra_properties: dict[str, Any] | None = setting(EXTRAS)


class RoomSet(Fields):
    """The inputs of a set of rooms."""

    rooms: dict[str, RoomSetRoom] | None = setting("The rooms by name.", required=True)
    defaults: RoomSetRoom | None = setting(
        "The settings of all rooms, unless a room overrides them.",
        null_means="rooms that everybody with their URL may join, unless they say otherwise",
    )
    adopt_existing: bool | None = setting(
        "Take over existing rooms with these names instead of failing.",
        default=False,
    )


ROOM_SET = ObjectSpec(
    kind="RoomSet",
    noun="room set",
    doc="""Many rooms as one resource: created and deleted in batches of 1 000, compared by paged lists.

The settings of a room are merged over `defaults`. Each added, changed, removed or drifted room is one entry of the
diff; other rooms are not changed.""",
    inputs=RoomSet,
    id_input=None,
    provider_only_inputs=("adopt_existing",),
    claims=lambda inputs: [("Room", name) for name in effective(inputs)],
    parts=Parts("rooms", "Room", "room"),
    output_fields=(
        OutputField(
            "urls",
            "The address of each room by its name.",
            "dict[str, str]",
            expected=lambda inputs, domain: {name: room_url(name, domain) for name in effective(inputs)},
        ),
        OutputField("room_ids", "Daily's own id of each room by its name.", "dict[str, str]"),
    ),
    routes=Routes(),
)


_SETTINGS = ("properties", "extra_properties")


def effective(inputs: Values) -> dict[str, dict[str, Any]]:
    """Return the inputs of each room by name, in the form of a single room: ``{"name", "privacy", "properties"?, …}``.

    A room's setting overrides that of ``defaults``, whichever of the two inputs for settings contains them. Empty while
    the rooms are unknown.
    """
    rooms = inputs.get("rooms")
    shared = inputs.get("defaults")
    shared = shared if isinstance(shared, Mapping) else {}
    made: dict[str, dict[str, Any]] = {}
    for name, own in rooms.items() if isinstance(rooms, Mapping) else ():
        own = own if isinstance(own, Mapping) else {}
        room: dict[str, Any] = {"name": name, "privacy": own.get("privacy") or shared.get("privacy") or "public"}
        for key, other in (_SETTINGS, _SETTINGS[::-1]):
            both = [part for part in (shared, own) if isinstance(part.get(key), Mapping)]
            elsewhere = own[other] if isinstance(own.get(other), Mapping) else ()
            merged = {
                setting: value
                for part in both
                for setting, value in part[key].items()
                if value is not None and (part is own or setting not in elsewhere)
            }
            if merged:
                room[key] = merged
        made[str(name)] = room
    return made
