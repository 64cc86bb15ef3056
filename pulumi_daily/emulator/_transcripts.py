"""Transcripts of calls (Daily: /rest-api/transcript): created in calls, or added by a test."""

from __future__ import annotations

from typing import Any

from . import _calls as calls
from . import _errors as errors
from . import _runtime as runtime
from ._call import Call, Handler
from ._paging import page_of
from ._state import timestamp
from ._store import Item, Values

# The bucket of a transcript when the customer has none.
_BUCKET = {"bucket_name": "daily-meeting-transcripts", "bucket_region": "us-west-2"}
_LINK_SECONDS = 3600


def _view(call: Call, transcript: Item, single: bool) -> Values:
    data = transcript.data
    shown = {
        "transcriptId": transcript.id,
        "domainId": call.domain.id,
        **{key: data[key] for key in ("roomId", "mtgSessionId", "status", "isVttAvailable", "duration")},
        "created_at": timestamp(int(transcript.created_at)),
        "updated_at": timestamp(int(data["updated_at"])),
    }
    if single:
        if "out" in data:
            shown["outParams"] = _out(call, data["out"])
        if "error" in data:
            shown["error"] = data["error"]
    return shown


def _out(call: Call, out: Values) -> Values:
    key = "key" if call.switches.transcript_names == "sample" else "s3key"
    return {key: out["key"], "bucket": out["bucket"], "region": out["region"]}


def list_transcripts(call: Call) -> dict[str, Any]:
    """Answer `GET /transcript`, filtered by room (its id or its name) and meeting."""
    calls.settle(call.domain)
    wanted = {key: call.query[key] for key in ("roomId", "mtgSessionId", "room_name") if key in call.query}
    selection = call.domain.collection("transcripts").select(
        lambda item: all(item.data[key] == value for key, value in wanted.items())
    )
    page = page_of(call, selection)
    return {"total_count": len(selection), "data": [_view(call, item, False) for item in page]}


def get_transcript(call: Call) -> dict[str, Any]:
    """Answer `GET /transcript/:id`."""
    return _view(call, runtime.stored(call, "transcripts", "transcript"), True)


def delete_transcript(call: Call) -> dict[str, Any]:
    """Answer `DELETE /transcript/:id`: the record is removed, or only marked as `t_deleted` (a switch)."""
    transcript = runtime.stored(call, "transcripts", "transcript")
    transcript.data.update(status="t_deleted", updated_at=int(call.now))
    if call.switches.deleted_transcript == "gone":
        call.domain.collection("transcripts").remove(transcript)
    return _view(call, transcript, True)


def access_link(call: Call) -> dict[str, Any]:
    """Answer `GET /transcript/:id/access-link` with a link that is valid for an hour.

    Raises `Problem`: 404 for an unknown transcript, 400 for one that is not finished, or whose file is not stored.
    """
    transcript = runtime.stored(call, "transcripts", "transcript")
    data = transcript.data
    if data["status"] != "t_finished" or not data["isVttAvailable"]:
        raise errors.invalid(f"transcript {transcript.id} has no file")
    bucket, key = _BUCKET, f"{call.domain.name}/{transcript.id}.vtt"
    if "out" in data:
        bucket = {"bucket_name": data["out"]["bucket"], "bucket_region": data["out"]["region"]}
        key = data["out"]["key"]
    name = "download_link" if call.switches.transcript_names == "sample" else "link"
    answer: dict[str, Any] = {"transcriptId": transcript.id}
    answer[name] = runtime.link(bucket, key, int(call.now) + _LINK_SECONDS)
    if "out" in data:
        answer["outParams"] = _out(call, data["out"])
    return answer


HANDLERS: dict[str, Handler] = {
    "GET /transcript": list_transcripts,
    "GET /transcript/:id": get_transcript,
    "DELETE /transcript/:id": delete_transcript,
    "GET /transcript/:id/access-link": access_link,
}
