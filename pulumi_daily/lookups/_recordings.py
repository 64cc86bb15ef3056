"""Lookups of recordings and transcripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import pulumi

from ..api import Client, UsageError
from ._lookup import REQUIRED, Required, lookup
from ._paging import get_one, one, read
from ._results import Result, Results, Wire

__all__ = [
    "GetRecordingAccessLinkResult",
    "GetRecordingResult",
    "GetTranscriptAccessLinkResult",
    "GetTranscriptOutParamsResult",
    "GetTranscriptResult",
    "get_recording",
    "get_recording_access_link",
    "get_recording_access_link_output",
    "get_recording_output",
    "get_recordings",
    "get_recordings_output",
    "get_transcript",
    "get_transcript_access_link",
    "get_transcript_access_link_output",
    "get_transcript_output",
    "get_transcripts",
    "get_transcripts_output",
]

D = TypeVar("D")


SHORTEST_LINK, LONGEST_LINK = 900, 43200
"""Bounds of ``valid_for_secs``: a quarter of an hour, half a day."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetRecordingResult(Result):
    """A recording."""

    id: str = ""
    """Id of the recording."""
    room_name: str | None = None
    """Name of the room."""
    status: str = ""
    """``finished``, ``in-progress`` or ``canceled``."""
    start_ts: int | None = None
    """When it began, in unix seconds."""
    duration: int | None = None
    """About how many seconds long it is; None while it is in progress."""
    max_participants: int | None = None
    """How many people were there at once, at most."""
    s3key: Annotated[str | None, Wire(("s3key", "s3Key", "s3_key", "key"))] = None
    """Where it is in the bucket."""
    mtg_session_id: str | None = None
    """Id of the meeting session."""
    storage_provider: str | None = None
    """``aws`` or ``oci``, when Daily says."""
    tracks: list[dict[str, Any]] = field(default_factory=list)
    """Of a raw-tracks recording, its files: ``{"type": "audio" | "video", "size": bytes, "s3key": …}``."""
    share_token: Annotated[str | None, Wire(secret=True)] = None
    """Deprecated by Daily: a token that opens the recording."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetRecordingAccessLinkResult(Result):
    """An address that downloads a recording."""

    download_link: Annotated[str, Wire(("download_link", "link"), secret=True)] = ""
    """The address; whoever has it can download."""
    expires: int | None = None
    """Until when it works, in unix seconds."""
    validity_capped: bool | None = None
    """Whether it works for a shorter time than was asked for, as links into a bucket of your own may."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetTranscriptOutParamsResult(Result):
    """Where a transcript is stored."""

    s3key: Annotated[str | None, Wire(("s3key", "s3Key", "key"))] = None
    """Its key in the bucket."""
    bucket: str | None = None
    """Name of the bucket."""
    region: str | None = None
    """Region of the bucket."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetTranscriptResult(Result):
    """A transcript."""

    transcript_id: str = ""
    """Id of the transcript."""
    room_id: str | None = None
    """Daily's id of the room (``room_id`` of a room)."""
    room_name: str | None = None
    """Name of the room, when Daily says."""
    mtg_session_id: str | None = None
    """Id of the meeting session."""
    domain_id: str | None = None
    """Id of the domain."""
    status: str = ""
    """``t_in_progress``, ``t_finished``, ``t_error`` or ``t_deleted``."""
    is_vtt_available: bool | None = None
    """Whether it was stored as a WebVTT file."""
    duration: float | None = None
    """About how many seconds long it is."""
    created_at: str | None = None
    """When it began."""
    updated_at: str | None = None
    """When it was changed last."""
    out_params: GetTranscriptOutParamsResult | None = None
    """Where it is stored; lists may leave it out."""
    error: str | None = None
    """What went wrong, of a failed one."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetTranscriptAccessLinkResult(Result):
    """An address that downloads a transcript."""

    transcript_id: str = ""
    """Id of the transcript."""
    download_link: Annotated[str, Wire(("download_link", "link"), secret=True)] = ""
    """The address; whoever has it can download. Works for about an hour."""
    out_params: GetTranscriptOutParamsResult | None = None
    """Where the transcript is stored."""


@lookup("get_recording", "recordings.get")
def _recording(client: Client, id: str) -> GetRecordingResult:
    return GetRecordingResult.of(get_one(client, "recordings.get", id))


def get_recording(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetRecordingResult | D:
    """A recording by its id (Daily: GET /recordings/:id).

    :param id: Id of the recording.
    :param default: What to give when there is no such recording.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _recording.plain_or(opts, default, id=id)


def get_recording_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetRecordingResult | D]:
    """:func:`get_recording` for an id that is known later. Secret when it has a ``share_token``."""
    return _recording.output(opts, default, id=id)


@lookup("get_recordings", "recordings.list")
def _recordings(client: Client, room_name: str | None, limit: int | None) -> Results[GetRecordingResult]:
    return read(client, "recordings.list", GetRecordingResult, {"room_name": room_name}, limit=limit)


def get_recordings(
    *, room_name: str | None = None, limit: int | None = None, opts: pulumi.InvokeOptions | None = None
) -> Results[GetRecordingResult]:
    """Recordings, the newest first (Daily: GET /recordings, 100 a request, and only 50 requests in 30 seconds).

    :param room_name: Only those of this room.
    :param limit: How many to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _recordings.plain(opts, room_name=room_name, limit=limit)


def get_recordings_output(
    *,
    room_name: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetRecordingResult]]:
    """:func:`get_recordings` for a room that is known later, as a list. Secret when one has a ``share_token``."""
    return _recordings.output(opts, room_name=room_name, limit=limit)


@lookup("get_recording_access_link", "recordings.access_link")
def _recording_link(client: Client, id: str, valid_for_secs: int | None) -> GetRecordingAccessLinkResult:
    if valid_for_secs is not None:
        whole = not isinstance(valid_for_secs, bool) and float(valid_for_secs).is_integer()
        if not whole or not SHORTEST_LINK <= valid_for_secs <= LONGEST_LINK:
            raise UsageError(
                f"valid_for_secs must be a whole number from {SHORTEST_LINK} to {LONGEST_LINK}, not {valid_for_secs!r}"
            )
    route = "recordings.access_link"
    params = {"valid_for_secs": None if valid_for_secs is None else int(valid_for_secs)}
    return GetRecordingAccessLinkResult.of(one(route, client.call(route, path={"id": id}, params=params)))


def get_recording_access_link(
    id: str,
    *,
    valid_for_secs: int | None = None,
    default: D | Required = REQUIRED,
    opts: pulumi.InvokeOptions | None = None,
) -> GetRecordingAccessLinkResult | D:
    """An address that downloads a recording (Daily: GET /recordings/:id/access-link), another one each time.

    :param id: Id of the recording.
    :param valid_for_secs: For how many seconds it works, 900 to 43200; an hour when left out.
    :param default: What to give when there is no such recording.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _recording_link.plain_or(opts, default, id=id, valid_for_secs=valid_for_secs)


def get_recording_access_link_output(
    id: pulumi.Input[str],
    *,
    valid_for_secs: pulumi.Input[int] | None = None,
    default: D | Required = REQUIRED,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetRecordingAccessLinkResult | D]:
    """:func:`get_recording_access_link` for an id that is known later. Secret."""
    return _recording_link.output(opts, default, id=id, valid_for_secs=valid_for_secs)


@lookup("get_transcript", "transcripts.get")
def _transcript(client: Client, id: str) -> GetTranscriptResult:
    return GetTranscriptResult.of(get_one(client, "transcripts.get", id))


def get_transcript(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetTranscriptResult | D:
    """A transcript by its id (Daily: GET /transcript/:id).

    :param id: Id of the transcript.
    :param default: What to give when there is no such transcript.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _transcript.plain_or(opts, default, id=id)


def get_transcript_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetTranscriptResult | D]:
    """:func:`get_transcript` for an id that is known later."""
    return _transcript.output(opts, default, id=id)


@lookup("get_transcripts", "transcripts.list")
def _transcripts(
    client: Client, room_id: str | None, room_name: str | None, mtg_session_id: str | None, limit: int | None
) -> Results[GetTranscriptResult]:
    params = {"roomId": room_id, "room_name": room_name, "mtgSessionId": mtg_session_id}
    return read(client, "transcripts.list", GetTranscriptResult, params, limit=limit)


def get_transcripts(
    *,
    room_id: str | None = None,
    room_name: str | None = None,
    mtg_session_id: str | None = None,
    limit: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> Results[GetTranscriptResult]:
    """Transcripts, the newest first (Daily: GET /transcript, 100 a request).

    :param room_id: Only those of the room with this id of Daily's (``room_id`` of a room).
    :param room_name: Only those of the room of this name.
    :param mtg_session_id: Only those of this meeting session.
    :param limit: How many to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _transcripts.plain(opts, room_id=room_id, room_name=room_name, mtg_session_id=mtg_session_id, limit=limit)


def get_transcripts_output(
    *,
    room_id: pulumi.Input[str] | None = None,
    room_name: pulumi.Input[str] | None = None,
    mtg_session_id: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetTranscriptResult]]:
    """:func:`get_transcripts` for a room or meeting that is known later, as a list."""
    return _transcripts.output(opts, room_id=room_id, room_name=room_name, mtg_session_id=mtg_session_id, limit=limit)


@lookup("get_transcript_access_link", "transcripts.access_link")
def _transcript_link(client: Client, id: str) -> GetTranscriptAccessLinkResult:
    return GetTranscriptAccessLinkResult.of(get_one(client, "transcripts.access_link", id))


def get_transcript_access_link(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetTranscriptAccessLinkResult | D:
    """An address that downloads a transcript (Daily: GET /transcript/:id/access-link), another one each time.

    :param id: Id of the transcript.
    :param default: What to give when there is no such transcript.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _transcript_link.plain_or(opts, default, id=id)


def get_transcript_access_link_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetTranscriptAccessLinkResult | D]:
    """:func:`get_transcript_access_link` for an id that is known later. Secret."""
    return _transcript_link.output(opts, default, id=id)
