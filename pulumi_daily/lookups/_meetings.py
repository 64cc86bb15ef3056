"""Lookups of meetings and who was in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import pulumi

from ..api import Client
from ._lookup import REQUIRED, Required, lookup
from ._paging import Moment, get_one, read, whole_seconds
from ._results import Result, Results

__all__ = [
    "GetMeetingParticipantResult",
    "GetMeetingResult",
    "get_meeting",
    "get_meeting_output",
    "get_meeting_participants",
    "get_meeting_participants_output",
    "get_meetings",
    "get_meetings_output",
]

D = TypeVar("D")


@dataclass(frozen=True, kw_only=True, repr=False)
class GetMeetingParticipantResult(Result):
    """Somebody who was in a meeting."""

    participant_id: str = ""
    """Id of the participant in this session."""
    user_id: str | None = None
    """Your app's id of the person, from the meeting token."""
    user_name: str | None = None
    """The name that was shown."""
    join_time: int | None = None
    """When the person joined, in unix seconds."""
    duration: int | None = None
    """How many seconds the person was there."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetMeetingResult(Result):
    """A meeting: one session in a room."""

    id: str = ""
    """Id of the meeting session."""
    room: str = ""
    """Name of the room."""
    start_time: int | None = None
    """When it began, in unix seconds."""
    duration: int | None = None
    """How many seconds it lasted, so far if it goes on."""
    ongoing: bool | None = None
    """Whether it goes on."""
    max_participants: int | None = None
    """How many people were there at once, at most."""
    participants: list[GetMeetingParticipantResult] = field(default_factory=list)
    """Who was there, in lists of meetings; ``get_meeting`` gives none, ``get_meeting_participants`` gives all."""


@lookup("get_meeting", "meetings.get")
def _meeting(client: Client, id: str) -> GetMeetingResult:
    return GetMeetingResult.of(get_one(client, "meetings.get", id))


def get_meeting(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetMeetingResult | D:
    """A meeting by its id (Daily: GET /meetings/:meeting), without its participants.

    :param id: Id of the meeting session.
    :param default: What to give when there is no such meeting.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _meeting.plain_or(opts, default, id=id)


def get_meeting_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetMeetingResult | D]:
    """:func:`get_meeting` for an id that is known later."""
    return _meeting.output(opts, default, id=id)


@lookup("get_meetings", "meetings.list")
def _meetings(
    client: Client,
    room: str | None,
    timeframe_start: Moment | None,
    timeframe_end: Moment | None,
    ongoing: bool | None,
    no_participants: bool | None,
    limit: int | None,
) -> Results[GetMeetingResult]:
    params = {
        "room": room,
        "timeframe_start": whole_seconds("timeframe_start", timeframe_start),
        "timeframe_end": whole_seconds("timeframe_end", timeframe_end),
        "ongoing": ongoing,
        "no_participants": no_participants,
    }
    return read(client, "meetings.list", GetMeetingResult, params, limit=limit)


def get_meetings(
    *,
    room: str | None = None,
    timeframe_start: Moment | None = None,
    timeframe_end: Moment | None = None,
    ongoing: bool | None = None,
    no_participants: bool | None = None,
    limit: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> Results[GetMeetingResult]:
    """Meetings, the newest first (Daily: GET /meetings, 100 a request). A room that never was has none.

    :param room: Only those in this room.
    :param timeframe_start: Only those from this moment on.
    :param timeframe_end: Only those up to this moment.
    :param ongoing: Only those that go on, or that have ended.
    :param no_participants: Leave the participants out, which makes the answers small.
    :param limit: How many to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _meetings.plain(
        opts,
        room=room,
        timeframe_start=timeframe_start,
        timeframe_end=timeframe_end,
        ongoing=ongoing,
        no_participants=no_participants,
        limit=limit,
    )


def get_meetings_output(
    *,
    room: pulumi.Input[str] | None = None,
    timeframe_start: pulumi.Input[Moment] | None = None,
    timeframe_end: pulumi.Input[Moment] | None = None,
    ongoing: pulumi.Input[bool] | None = None,
    no_participants: pulumi.Input[bool] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetMeetingResult]]:
    """:func:`get_meetings` for filters that are known later, as a list."""
    return _meetings.output(
        opts,
        room=room,
        timeframe_start=timeframe_start,
        timeframe_end=timeframe_end,
        ongoing=ongoing,
        no_participants=no_participants,
        limit=limit,
    )


@lookup("get_meeting_participants", "meetings.participants")
def _participants(client: Client, meeting: str, limit: int | None) -> Results[GetMeetingParticipantResult]:
    return read(client, "meetings.participants", GetMeetingParticipantResult, path={"id": meeting}, limit=limit)


def get_meeting_participants(
    meeting: str, *, limit: int | None = None, opts: pulumi.InvokeOptions | None = None
) -> Results[GetMeetingParticipantResult]:
    """Who was in a meeting (Daily: GET /meetings/:meeting/participants, 100 a request).

    :param meeting: Id of the meeting session.
    :param limit: How many to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _participants.plain(opts, meeting=meeting, limit=limit)


def get_meeting_participants_output(
    meeting: pulumi.Input[str], *, limit: pulumi.Input[int] | None = None, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[list[GetMeetingParticipantResult]]:
    """:func:`get_meeting_participants` for an id that is known later, as a list."""
    return _participants.output(opts, meeting=meeting, limit=limit)
