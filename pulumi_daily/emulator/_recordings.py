"""Recordings (Daily: /rest-api/recordings): created in calls, or added by a test."""

from __future__ import annotations

from typing import Any

from . import _calls as calls
from . import _errors as errors
from . import _media as media
from . import _runtime as runtime
from ._call import Call, Handler
from ._paging import page_of
from ._store import Item, Values

KINDS = media.KINDS
VALID_SECONDS = (900, 43_200)
"""The shortest and the longest validity of an access link, in seconds."""
DEFAULT_SECONDS = 3600
CAPPED_SECONDS = 3600
"""The longest validity in seconds of a link into the customer's S3 bucket."""


def _view(recording: Item) -> Values:
    data = recording.data
    shown = {
        "id": recording.id,
        "room_name": data["room_name"],
        "start_ts": int(data.get("start_ts", recording.created_at)),
        "status": data["status"],
        "max_participants": data["max_participants"],
        "share_token": data["share_token"],
        "s3key": data["s3key"],
        "mtgSessionId": data["mtgSessionId"],
        "storage_provider": _provider(data),
    }
    for key in ("duration", "tracks", "data_outputs"):
        if key in data:
            shown[key] = data[key]
    return shown


def _provider(data: Values) -> str:
    return str(data["bucket"].get("storage_provider", "aws"))


def list_recordings(call: Call) -> dict[str, Any]:
    """Answer `GET /recordings`. `total_count` counts all recordings of the requested room."""
    calls.settle(call.domain)
    room = call.query.get("room_name")
    selection = call.domain.collection("recordings").select(lambda item: room in (None, item.data["room_name"]))
    page = page_of(call, selection)
    return {"total_count": len(selection), "data": [_view(item) for item in page]}


def get_recording(call: Call) -> dict[str, Any]:
    """Answer `GET /recordings/:id`."""
    return _view(runtime.stored(call, "recordings", "recording"))


def delete_recording(call: Call) -> dict[str, Any]:
    """Answer `DELETE /recordings/:id` with the former location of the file."""
    recording = runtime.stored(call, "recordings", "recording")
    call.domain.collection("recordings").remove(recording)
    bucket = recording.data["bucket"]
    return {
        "deleted": True,
        "id": recording.id,
        "s3_bucket": bucket["bucket_name"],
        "s3_region": bucket["bucket_region"],
        "s3_key": recording.data["s3key"],
        "storage_provider": _provider(recording.data),
    }


def access_link(call: Call) -> dict[str, Any]:
    """Answer `GET /recordings/:id/access-link` with links to the files; for raw tracks, with their places instead.

    Raises `Problem`: 404 for an unknown recording, 400 for an invalid validity, a recording that is not finished, or a
    customer's bucket without `allow_api_access`.
    """
    seconds = runtime.whole(call, "valid_for_secs")
    if seconds is not None and not VALID_SECONDS[0] <= seconds <= VALID_SECONDS[1]:
        raise errors.invalid(f'"valid_for_secs" must be between {VALID_SECONDS[0]} and {VALID_SECONDS[1]}')
    recording = runtime.stored(call, "recordings", "recording")
    if recording.data["status"] != "finished":
        raise errors.invalid(f"recording {recording.id} is not finished")
    bucket = recording.data["bucket"]
    own = bucket != media.BUCKET
    if own and bucket.get("allow_api_access") is not True:
        raise errors.invalid("the bucket of this recording does not allow access through the API (allow_api_access)")
    seconds = DEFAULT_SECONDS if seconds is None else seconds
    capped = own and _provider(recording.data) == "aws" and seconds > CAPPED_SECONDS
    expires = int(call.now) + (CAPPED_SECONDS if capped else seconds)
    key = recording.data["s3key"]
    answer: dict[str, Any] = {"download_link": runtime.link(bucket, key, expires), "expires": expires}
    if recording.data["type"] == "raw-tracks":
        answer = {"s3_bucket": bucket["bucket_name"], "s3_region": bucket["bucket_region"], "tracks": _files(recording)}
    elif capped:
        answer["validity_capped"] = True
    if "data_outputs" in recording.data:
        kinds = recording.data["data_outputs"]
        answer["data_outputs"] = {kind: runtime.link(bucket, f"{key}-{kind}", expires) for kind in kinds}
    return answer


def _files(recording: Item) -> list[Values]:
    """Return the tracks of a recording in the form of its access link."""
    tracks = recording.data.get("tracks", ())
    return [{"type": t["type"], "content_type": f"{t['type']}/webm", "s3Key": t["s3key"]} for t in tracks]


def test_oci_bucket(call: Call) -> dict[str, Any]:
    """Answer `GET /recordings/test-oci-bucket`. OCI buckets are tested here, not when they are set."""
    key = runtime.choice(call, "property", ("recordings_bucket", "transcription_bucket"))
    if key is None:
        raise errors.missing_field()
    name = call.query.get("room_name")
    room = None
    if name is not None:
        room = call.domain.live(name)
        if room is None:
            raise errors.room_missing(name)
    bucket = (room or call.domain).properties.get(key)
    if not bucket:
        raise errors.invalid(f"{key} is not set for {f'room {name}' if name else 'the domain'}")
    if bucket.get("storage_provider", "aws") != "oci":
        raise errors.invalid(f"{key} is not an OCI bucket")
    if call.switches.bucket_verification == "fail":
        raise errors.bad_bucket(bucket)
    answer: dict[str, Any] = {"success": True, key: bucket}
    if bucket.get("allow_api_access") is True:
        expires = int(call.now) + DEFAULT_SECONDS
        answer.update(download_link=runtime.link(bucket, "daily-test-object", expires), expires=expires)
    return answer


HANDLERS: dict[str, Handler] = {
    "GET /recordings": list_recordings,
    "GET /recordings/test-oci-bucket": test_oci_bucket,
    "GET /recordings/:id": get_recording,
    "DELETE /recordings/:id": delete_recording,
    "GET /recordings/:id/access-link": access_link,
}
