"""Lookups of rooms, and of who is in them."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

import pulumi

from .. import outputs
from ..api import Client, UsageError
from ..objects.fields import entries
from ..objects.room import RoomProperties
from ..objects.values import ABSENT, same
from ._lookup import REQUIRED, Required, lookup
from ._paging import Moment, objects, one, read, seconds
from ._results import Result, Results

__all__ = [
    "GetPresenceResult",
    "GetRoomResult",
    "GetRoomSessionDataResult",
    "get_presence",
    "get_presence_output",
    "get_room",
    "get_room_output",
    "get_room_presence",
    "get_room_presence_output",
    "get_room_session_data",
    "get_room_session_data_output",
    "get_rooms",
    "get_rooms_output",
]

D = TypeVar("D")


ConfigFilter: TypeAlias = Mapping[str, Any] | Callable[[dict[str, Any]], bool]
"""Settings that a room must have, or a function that is given its ``config`` and says whether to take it."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetRoomResult(Result):
    """A room."""

    name: str = ""
    """The name of the room, the last part of its URL."""
    room_id: str = ""
    """Daily's own id of it, a UUID."""
    url: str = ""
    """``https://<domain>.daily.co/<name>``."""
    privacy: str = ""
    """``public`` or ``private``."""
    created_at: str = ""
    """When it was made, as in ``2019-01-26T09:01:22.000Z``."""
    api_created: bool | None = None
    """Whether it was made by the API (and not in the dashboard)."""
    config: outputs.RoomProperties = field(default_factory=outputs.RoomProperties)
    """The settings that differ from Daily's defaults. Stream keys are in it in clear, and not in the repr."""
    sip_uri: outputs.RoomSipUri | None = None
    """The SIP addresses of a room that has some."""

    @classmethod
    def _seen(cls, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        config = answer.get("config")
        sip = config.get("sip_uri") if isinstance(config, Mapping) else None
        return {**answer, "room_id": answer.get("id"), "sip_uri": sip}

    def setting(self, name: str) -> Any:
        """A setting as it is in force by the room itself: what ``config`` says, else Daily's default for rooms.

        None for what is neither: such a setting comes from the domain, or is unset.
        """
        if self.config.get(name) is not None:
            return self.config[name]
        known = entries(RoomProperties).get(name)
        return None if known is None or known.meta.default is ABSENT else known.meta.default


@dataclass(frozen=True, kw_only=True, repr=False)
class GetPresenceResult(Result):
    """Somebody who is in a room."""

    id: str = ""
    """Id of the participant in this session."""
    room: str = ""
    """Name of the room."""
    user_id: str | None = None
    """Your app's id of the person, from the meeting token."""
    user_name: str | None = None
    """The name that is shown."""
    mtg_session_id: str | None = None
    """Id of the meeting session, which :func:`get_meeting` takes."""
    join_time: str | None = None
    """When the person joined, as in ``2023-01-01T20:53:19.000Z``."""
    duration: int | None = None
    """Seconds since then."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetRoomSessionDataResult(Result):
    """What participants and your servers keep with the meeting that goes on in a room."""

    data: dict[str, Any] = field(default_factory=dict)
    """The data."""


@lookup(
    "get_room",
    "rooms.get",
    hint="make it with daily.Room, look a room of this program up by its output, get_room_output(room.name), "
    "or pass default=None if it may be missing",
)
def _room(client: Client, name: str) -> GetRoomResult:
    return GetRoomResult.of(client.get_room(name))


def get_room(
    name: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetRoomResult | D:
    """A room by its name (Daily: GET /rooms/:name).

    :param name: The name of the room; upper and lower case differ.
    :param default: What to give when there is no such room, instead of raising ``NotFoundError``. An expired room is
        there or not as Daily answers; its ``config["exp"]`` tells.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _room.plain_or(opts, default, name=name)


def get_room_output(
    name: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetRoomResult | D]:
    """:func:`get_room` for a name that is known later. Secret when the room's settings hold a secret."""
    return _room.output(opts, default, name=name)


@lookup("get_rooms", "rooms.list")
def _rooms(
    client: Client,
    privacy: str | None,
    name: str | None,
    name_prefix: str | None,
    created_after: Moment | None,
    created_before: Moment | None,
    config: ConfigFilter | None,
    limit: int | None,
) -> Results[GetRoomResult]:
    if privacy not in (None, "public", "private"):
        raise UsageError(f"privacy must be public or private, not {privacy!r}")
    after, before = seconds("created_after", created_after), seconds("created_before", created_before)
    tests: list[Callable[[GetRoomResult], bool]] = []
    if privacy is not None:
        tests.append(lambda room: room.privacy == privacy)
    if name is not None:
        tests.append(lambda room: fnmatch.fnmatchcase(room.name, name))
    if name_prefix is not None:
        tests.append(lambda room: room.name.startswith(name_prefix))
    if after is not None:
        tests.append(lambda room: _made_at(room) is not None)
    if before is not None:
        tests.append(lambda room: (_made_at(room) or before) < before)
    if callable(config):
        tests.append(lambda room: config(room.config))
    elif config is not None:
        tests.append(lambda room: all(same(room.setting(key), value) for key, value in config.items()))
    return read(
        client,
        "rooms.list",
        GetRoomResult,
        limit=limit,
        keep=(lambda room: all(test(room) for test in tests)) if tests else None,
        # The newest come first: behind the first room that is too old there are only older ones.
        until=None if after is None else lambda room: (_made_at(room) or after) < after,
    )


def _made_at(room: GetRoomResult) -> float | None:
    try:
        return seconds("created_at", room.created_at or None)
    except UsageError:
        return None


def get_rooms(
    *,
    privacy: Literal["public", "private"] | None = None,
    name: str | None = None,
    name_prefix: str | None = None,
    created_after: Moment | None = None,
    created_before: Moment | None = None,
    config: ConfigFilter | None = None,
    limit: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> Results[GetRoomResult]:
    """The rooms of the domain, the newest first (Daily: GET /rooms, 100 a request). Expired rooms are left out.

    Daily has no filters here, so all rooms are read for the filters but ``created_after``, which stops at the first
    room that is older.

    :param privacy: ``public`` or ``private``.
    :param name: A pattern that the whole name matches: ``*`` is any text, ``?`` any character, ``[ab]`` one of these.
    :param name_prefix: What the name begins with.
    :param created_after: Rooms made at this moment or later.
    :param created_before: Rooms made before this moment.
    :param config: Settings that the room has, such as ``{"enable_chat": True}``; one that the room leaves at Daily's
        default has that value. Or a function of the room's ``config``.
    :param limit: How many to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _rooms.plain(
        opts,
        privacy=privacy,
        name=name,
        name_prefix=name_prefix,
        created_after=created_after,
        created_before=created_before,
        config=config,
        limit=limit,
    )


def get_rooms_output(
    *,
    privacy: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    name_prefix: pulumi.Input[str] | None = None,
    created_after: pulumi.Input[Moment] | None = None,
    created_before: pulumi.Input[Moment] | None = None,
    config: pulumi.Input[ConfigFilter] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetRoomResult]]:
    """:func:`get_rooms` for filters that are known later, as a list. Secret when a room's settings hold a secret."""
    return _rooms.output(
        opts,
        privacy=privacy,
        name=name,
        name_prefix=name_prefix,
        created_after=created_after,
        created_before=created_before,
        config=config,
        limit=limit,
    )


@lookup("get_room_presence", "rooms.presence")
def _room_presence(
    client: Client, name: str, user_id: str | None, user_name: str | None, limit: int | None
) -> list[GetPresenceResult]:
    answer = client.get_room_presence(name, limit=limit, user_id=user_id, user_name=user_name)
    return [GetPresenceResult.of(item) for item in objects("rooms.presence", answer.get("data"))]


def get_room_presence(
    name: str,
    *,
    user_id: str | None = None,
    user_name: str | None = None,
    limit: int | None = None,
    default: D | Required = REQUIRED,
    opts: pulumi.InvokeOptions | None = None,
) -> list[GetPresenceResult] | D:
    """Who is in a room (Daily: GET /rooms/:name/presence); 10 to 25 seconds behind.

    :param name: The name of the room.
    :param user_id: Only this person, by your app's id.
    :param user_name: Only people of this name.
    :param limit: How many Daily gives at most.
    :param default: What to give when there is no such room.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _room_presence.plain_or(opts, default, name=name, user_id=user_id, user_name=user_name, limit=limit)


def get_room_presence_output(
    name: pulumi.Input[str],
    *,
    user_id: pulumi.Input[str] | None = None,
    user_name: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    default: D | Required = REQUIRED,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetPresenceResult] | D]:
    """:func:`get_room_presence` for a name that is known later."""
    return _room_presence.output(opts, default, name=name, user_id=user_id, user_name=user_name, limit=limit)


@lookup("get_presence", "presence.get")
def _presence(client: Client) -> dict[str, list[GetPresenceResult]]:
    answer = client.get_presence()
    return {
        room: [GetPresenceResult.of(item) for item in objects("presence.get", present)]
        for room, present in answer.items()
    }


def get_presence(*, opts: pulumi.InvokeOptions | None = None) -> dict[str, list[GetPresenceResult]]:
    """Who is in which room of the domain, by room name (Daily: GET /presence); up to 15 seconds behind.

    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _presence.plain(opts)


def get_presence_output(
    *, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[dict[str, list[GetPresenceResult]]]:
    """:func:`get_presence` once the account is known."""
    return _presence.output(opts)


@lookup("get_room_session_data", "rooms.session_data.get")
def _session_data(client: Client, name: str) -> GetRoomSessionDataResult:
    route = "rooms.session_data.get"
    return GetRoomSessionDataResult.of(one(route, client.call(route, path={"name": name})))


def get_room_session_data(
    name: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetRoomSessionDataResult | D:
    """The data of the meeting that goes on in a room (Daily: GET /rooms/:name/get-session-data).

    :param name: The name of the room.
    :param default: What to give when there is no such room, or no meeting in it.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _session_data.plain_or(opts, default, name=name)


def get_room_session_data_output(
    name: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetRoomSessionDataResult | D]:
    """:func:`get_room_session_data` for a name that is known later."""
    return _session_data.output(opts, default, name=name)
