"""Lookups of meetings and their participants."""

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
    """A participant of a meeting."""

    participant_id: str = ""
    """Id of the participant in this session."""
    user_id: str | None = None
    """Your app's id of the person, from the meeting token."""
    user_name: str | None = None
    """The displayed name."""
    join_time: int | None = None
    """When the person joined, in Unix seconds."""
    duration: int | None = None
    """The time that the person was present, in seconds."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetMeetingResult(Result):
    """A meeting: one session in a room."""

    id: str = ""
    """Id of the meeting session."""
    room: str = ""
    """Name of the room."""
    start_time: int | None = None
    """When the meeting began, in Unix seconds."""
    duration: int | None = None
    """The duration in seconds; so far, for an ongoing meeting."""
    ongoing: bool | None = None
    """Whether the meeting is ongoing."""
    max_participants: int | None = None
    """The largest number of simultaneous participants."""
    participants: list[GetMeetingParticipantResult] = field(default_factory=list)
    """The participants, in lists of meetings. Empty in ``get_meeting``; ``get_meeting_participants`` returns all."""


@lookup("get_meeting", "meetings.get")
def _meeting(client: Client, id: str) -> GetMeetingResult:
    return GetMeetingResult.of(get_one(client, "meetings.get", id))


def get_meeting(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetMeetingResult | D:
    """Return a meeting by its id (Daily: GET /meetings/:meeting), without its participants.

    :param id: Id of the meeting session.
    :param default: The value to return when there is no such meeting, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _meeting.plain_or(opts, default, id=id)


def get_meeting_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetMeetingResult | D]:
    """Return the result of :func:`get_meeting` as an Output, for an id that is known later."""
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
    """Return meetings, newest first (Daily: GET /meetings, 100 per request).

    :param room: Only meetings in this room; none for a room that never existed.
    :param timeframe_start: Only meetings from this time on.
    :param timeframe_end: Only meetings up to this time.
    :param ongoing: True: only ongoing meetings; False: only ended ones.
    :param no_participants: Omit the participants, which makes the answers smaller.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
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
    """Return the list of :func:`get_meetings` as an Output, for filters that are known later."""
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
    """Return the participants of a meeting (Daily: GET /meetings/:meeting/participants, 100 per request).

    :param meeting: Id of the meeting session.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _participants.plain(opts, meeting=meeting, limit=limit)


def get_meeting_participants_output(
    meeting: pulumi.Input[str], *, limit: pulumi.Input[int] | None = None, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[list[GetMeetingParticipantResult]]:
    """Return the list of :func:`get_meeting_participants` as an Output, for an id that is known later."""
    return _participants.output(opts, meeting=meeting, limit=limit)
