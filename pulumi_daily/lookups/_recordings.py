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
"""The limits of ``valid_for_secs``: a quarter of an hour, half a day."""


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
    """When the recording began, in Unix seconds."""
    duration: int | None = None
    """The approximate length in seconds; None while the recording is in progress."""
    max_participants: int | None = None
    """The largest number of simultaneous participants."""
    s3key: Annotated[str | None, Wire(("s3key", "s3Key", "s3_key", "key"))] = None
    """The key of the recording in the bucket."""
    mtg_session_id: str | None = None
    """Id of the meeting session."""
    storage_provider: str | None = None
    """``aws`` or ``oci``; None where Daily does not return it."""
    tracks: list[dict[str, Any]] = field(default_factory=list)
    """The files of a raw-tracks recording: ``{"type": "audio" | "video", "size": bytes, "s3key": …}``."""
    data_outputs: list[str] = field(default_factory=list)
    """The additional files of the recording: ``event-json``, ``transcript-webvtt``, ``chat-webvtt``."""
    share_token: Annotated[str | None, Wire(secret=True)] = None
    """A token that gives access to the recording. Deprecated by Daily."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetRecordingAccessLinkResult(Result):
    """A download URL for a recording; for a raw-tracks recording, the location of its files."""

    download_link: Annotated[str, Wire(("download_link", "link"), secret=True)] = ""
    """The URL; anybody who has it can download the recording. Empty for a raw-tracks recording."""
    expires: int | None = None
    """When the URL expires, in Unix seconds."""
    validity_capped: bool | None = None
    """Whether the URL is valid for a shorter time than requested, as can be with a bucket of your own."""
    data_outputs: Annotated[dict[str, Any], Wire(secret=True)] = field(default_factory=dict)
    """The download URL of each additional file, by its kind, such as ``event-json``."""
    s3_bucket: str | None = None
    """The bucket of a raw-tracks recording."""
    s3_region: str | None = None
    """The region of this bucket."""
    tracks: list[dict[str, Any]] = field(default_factory=list)
    """The files of a raw-tracks recording: ``{"type": …, "content_type": …, "s3Key": …}``."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetTranscriptOutParamsResult(Result):
    """The location of a stored transcript."""

    s3key: Annotated[str | None, Wire(("s3key", "s3Key", "key"))] = None
    """The key in the bucket."""
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
    """Name of the room; None where Daily does not return it."""
    mtg_session_id: str | None = None
    """Id of the meeting session."""
    domain_id: str | None = None
    """Id of the domain."""
    status: str = ""
    """``t_in_progress``, ``t_finished``, ``t_error`` or ``t_deleted``."""
    is_vtt_available: bool | None = None
    """Whether the transcript was stored as a WebVTT file."""
    duration: float | None = None
    """The approximate length in seconds."""
    created_at: str | None = None
    """When the transcript began."""
    updated_at: str | None = None
    """When the transcript was last changed."""
    out_params: GetTranscriptOutParamsResult | None = None
    """The location of the transcript; may be missing in lists."""
    error: str | None = None
    """The error of a failed transcript."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetTranscriptAccessLinkResult(Result):
    """A download URL for a transcript."""

    transcript_id: str = ""
    """Id of the transcript."""
    download_link: Annotated[str, Wire(("download_link", "link"), secret=True)] = ""
    """The URL; anybody who has it can download the transcript. Valid for about an hour."""
    out_params: GetTranscriptOutParamsResult | None = None
    """The location of the transcript."""


@lookup("get_recording", "recordings.get")
def _recording(client: Client, id: str) -> GetRecordingResult:
    return GetRecordingResult.of(get_one(client, "recordings.get", id))


def get_recording(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetRecordingResult | D:
    """Return a recording by its id (Daily: GET /recordings/:id).

    :param id: Id of the recording.
    :param default: The value to return when there is no such recording, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _recording.plain_or(opts, default, id=id)


def get_recording_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetRecordingResult | D]:
    """Return the result of :func:`get_recording` as an Output, for an id that is known later.

    The Output is secret when the recording has a ``share_token``.
    """
    return _recording.output(opts, default, id=id)


@lookup("get_recordings", "recordings.list")
def _recordings(client: Client, room_name: str | None, limit: int | None) -> Results[GetRecordingResult]:
    return read(client, "recordings.list", GetRecordingResult, {"room_name": room_name}, limit=limit)


def get_recordings(
    *, room_name: str | None = None, limit: int | None = None, opts: pulumi.InvokeOptions | None = None
) -> Results[GetRecordingResult]:
    """Return recordings, newest first (Daily: GET /recordings, 100 per request, at most 2 requests per second).

    :param room_name: Only recordings of this room.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _recordings.plain(opts, room_name=room_name, limit=limit)


def get_recordings_output(
    *,
    room_name: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetRecordingResult]]:
    """Return the list of :func:`get_recordings` as an Output, for a room that is known later.

    The Output is secret when one has a ``share_token``.
    """
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
    """Return a new download URL for a recording (Daily: GET /recordings/:id/access-link).

    :param id: Id of the recording.
    :param valid_for_secs: Seconds for which the URL is valid, 900 to 43200; an hour by default.
    :param default: The value to return when there is no such recording, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _recording_link.plain_or(opts, default, id=id, valid_for_secs=valid_for_secs)


def get_recording_access_link_output(
    id: pulumi.Input[str],
    *,
    valid_for_secs: pulumi.Input[int] | None = None,
    default: D | Required = REQUIRED,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetRecordingAccessLinkResult | D]:
    """Return the result of :func:`get_recording_access_link` as an Output, for an id that is known later.

    The Output is secret.
    """
    return _recording_link.output(opts, default, id=id, valid_for_secs=valid_for_secs)


@lookup("get_transcript", "transcripts.get")
def _transcript(client: Client, id: str) -> GetTranscriptResult:
    return GetTranscriptResult.of(get_one(client, "transcripts.get", id))


def get_transcript(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetTranscriptResult | D:
    """Return a transcript by its id (Daily: GET /transcript/:id).

    :param id: Id of the transcript.
    :param default: The value to return when there is no such transcript, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _transcript.plain_or(opts, default, id=id)


def get_transcript_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetTranscriptResult | D]:
    """Return the result of :func:`get_transcript` as an Output, for an id that is known later."""
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
    """Return transcripts, newest first (Daily: GET /transcript, 100 per request).

    :param room_id: Only transcripts of the room with this id (Daily's, the ``room_id`` of a room).
    :param room_name: Only transcripts of the room with this name.
    :param mtg_session_id: Only transcripts of this meeting session.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
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
    """Return the list of :func:`get_transcripts` as an Output, for a room or meeting that is known later."""
    return _transcripts.output(opts, room_id=room_id, room_name=room_name, mtg_session_id=mtg_session_id, limit=limit)


@lookup("get_transcript_access_link", "transcripts.access_link")
def _transcript_link(client: Client, id: str) -> GetTranscriptAccessLinkResult:
    return GetTranscriptAccessLinkResult.of(get_one(client, "transcripts.access_link", id))


def get_transcript_access_link(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetTranscriptAccessLinkResult | D:
    """Return a new download URL for a transcript (Daily: GET /transcript/:id/access-link).

    :param id: Id of the transcript.
    :param default: The value to return when there is no such transcript, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _transcript_link.plain_or(opts, default, id=id)


def get_transcript_access_link_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetTranscriptAccessLinkResult | D]:
    """Return the result of :func:`get_transcript_access_link` as an Output, for an id that is known later.

    The Output is secret.
    """
    return _transcript_link.output(opts, default, id=id)
