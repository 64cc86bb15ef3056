"""Lookups of rooms and their participants."""

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
"""Settings that a room must have, or a function that returns for a room's ``config`` whether to include the room."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetRoomResult(Result):
    """A room."""

    name: str = ""
    """The name of the room, the last part of its URL."""
    room_id: str = ""
    """Daily's id of the room, a UUID."""
    url: str = ""
    """``https://<domain>.daily.co/<name>``."""
    privacy: str = ""
    """``public`` or ``private``."""
    created_at: str = ""
    """When the room was created, as in ``2019-01-26T09:01:22.000Z``."""
    api_created: bool | None = None
    """Whether the room was created by the API (and not in the dashboard)."""
    config: outputs.RoomProperties = field(default_factory=outputs.RoomProperties)
    """The settings that differ from Daily's defaults. Stream keys are in clear text here, but not in the repr."""
    sip_uri: outputs.RoomSipUri | None = None
    """The SIP addresses of the room; None without SIP."""

    @classmethod
    def _seen(cls, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        config = answer.get("config")
        sip = config.get("sip_uri") if isinstance(config, Mapping) else None
        return {"room_id": answer.get("id"), "sip_uri": sip, **answer}

    def setting(self, name: str) -> Any:
        """Return the value of a setting in ``config``, else Daily's default for rooms.

        The domain's value may apply instead of that default. None without either: the setting comes from the domain,
        is unset, or is unknown to this package.
        """
        if self.config.get(name) is not None:
            return self.config[name]
        known = entries(RoomProperties).get(name)
        return None if known is None or known.meta.default is ABSENT else known.meta.default


@dataclass(frozen=True, kw_only=True, repr=False)
class GetPresenceResult(Result):
    """A participant who is in a room."""

    id: str = ""
    """Id of the participant in this session."""
    room: str = ""
    """Name of the room."""
    user_id: str | None = None
    """Your app's id of the person, from the meeting token."""
    user_name: str | None = None
    """The displayed name."""
    mtg_session_id: str | None = None
    """Id of the meeting session, which :func:`get_meeting` takes."""
    join_time: str | None = None
    """When the person joined, as in ``2023-01-01T20:53:19.000Z``."""
    duration: int | None = None
    """Seconds since the person joined."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetRoomSessionDataResult(Result):
    """The data that participants and servers stored in the ongoing meeting of a room."""

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
    """Return a room by its name (Daily: GET /rooms/:name).

    :param name: The name of the room; upper and lower case differ.
    :param default: The value to return when there is no such room, instead of raising ``NotFoundError``. Whether an
        expired room is returned depends on Daily; ``config["exp"]`` is its expiry.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _room.plain_or(opts, default, name=name)


def get_room_output(
    name: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetRoomResult | D]:
    """Return the result of :func:`get_room` as an Output, for a name that is known later.

    The Output is secret when the room's settings contain a secret.
    """
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
        # Newest first: after the first room that is too old there are only older ones.
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
    """Return the rooms of the domain, newest first, without expired ones (Daily: GET /rooms, 100 per request).

    Daily has no filters for rooms, so all rooms are read and filtered here. Only ``created_after`` ends the reading
    early, at the first older room.

    :param privacy: ``public`` or ``private``.
    :param name: A pattern that the whole name matches: ``*`` is any text, ``?`` any character, ``[ab]`` one of these.
    :param name_prefix: The beginning of the name.
    :param created_after: Rooms created at this time or later.
    :param created_before: Rooms created before this time.
    :param config: Settings that the room has, such as ``{"enable_chat": True}``; a setting
        that is unset in the room has Daily's default. Or a function that takes the room's ``config``.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
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
    """Return the list of :func:`get_rooms` as an Output, for filters that are known later.

    The Output is secret when a room's settings contain a secret.
    """
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
    """Return the participants of a room (Daily: GET /rooms/:name/presence). Daily's data is 10 to 25 seconds old.

    :param name: The name of the room.
    :param user_id: Only the person with this id (your app's).
    :param user_name: Only people with this name.
    :param limit: The largest number of participants that Daily returns.
    :param default: The value to return when there is no such room, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
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
    """Return the result of :func:`get_room_presence` as an Output, for a name that is known later."""
    return _room_presence.output(opts, default, name=name, user_id=user_id, user_name=user_name, limit=limit)


@lookup("get_presence", "presence.get")
def _presence(client: Client) -> dict[str, list[GetPresenceResult]]:
    answer = client.get_presence()
    return {
        room: [GetPresenceResult.of(item) for item in objects("presence.get", present)]
        for room, present in answer.items()
    }


def get_presence(*, opts: pulumi.InvokeOptions | None = None) -> dict[str, list[GetPresenceResult]]:
    """Return the participants of all rooms, by room name (Daily: GET /presence). Daily's data is up to 15 seconds old.

    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _presence.plain(opts)


def get_presence_output(
    *, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[dict[str, list[GetPresenceResult]]]:
    """Return the result of :func:`get_presence` as an Output, once the account is known."""
    return _presence.output(opts)


@lookup("get_room_session_data", "rooms.session_data.get")
def _session_data(client: Client, name: str) -> GetRoomSessionDataResult:
    route = "rooms.session_data.get"
    return GetRoomSessionDataResult.of(one(route, client.call(route, path={"name": name})))


def get_room_session_data(
    name: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetRoomSessionDataResult | D:
    """Return the data of the ongoing meeting in a room (Daily: GET /rooms/:name/get-session-data).

    :param name: The name of the room.
    :param default: The value to return when there is no such room, or no meeting in it, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _session_data.plain_or(opts, default, name=name)


def get_room_session_data_output(
    name: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetRoomSessionDataResult | D]:
    """Return the result of :func:`get_room_session_data` as an Output, for a name that is known later."""
    return _session_data.output(opts, default, name=name)
