"""Recordings, live streams and transcriptions of a running call: start, update, stop (Daily: /rest-api/rooms)."""

from __future__ import annotations

from typing import Any

from pulumi_daily.objects.incall import (
    DEFAULT_INSTANCE,
    LiveStreamStart,
    LiveStreamStop,
    LiveStreamUpdate,
    RecordingStart,
    RecordingStop,
    RecordingUpdate,
    TranscriptionStart,
    TranscriptionStop,
    TranscriptionUpdate,
)

from . import _errors as errors
from . import _media as media
from . import _runtime as runtime
from ._call import Call, Handler
from ._state import Room
from ._store import Item, Values

SENT = {"status": "sent"}


def _running(meeting: Item, kind: str, body: Values) -> Values | None:
    """Return the running stream of the instance in a request's body, or of the default one; None if there is none."""
    instance = body.get("instanceId", DEFAULT_INSTANCE)
    for stream in meeting.data["streams"]:
        if stream["kind"] == kind and stream["instance"] == instance and body.get("type") in (None, stream["type"]):
            found: Values = stream
            return found
    return None


def _start(call: Call, meeting: Item, kind: str, body: Values, made: Item | None = None) -> None:
    longest = body.get("maxDuration", media.LONGEST.get(kind))
    meeting.data["streams"].append(
        {
            "kind": kind,
            "instance": body.get("instanceId", DEFAULT_INSTANCE),
            "type": body.get("type", "cloud") if kind == media.RECORDING else None,
            "started_at": int(call.now),
            "due": None if longest is None else int(call.now) + longest,
            "object": made.id if made else None,
            "options": body,
        }
    )


def _free(call: Call, room: Room, meeting: Item, kind: str, body: Values) -> None:
    """Raise `Problem` for a second stream of the same instance, or for one too many of its kind in the room."""
    here = [stream for stream in meeting.data["streams"] if stream["kind"] == kind]
    instance = body.get("instanceId", DEFAULT_INSTANCE)
    most = call.domain.read_only.get("max_streaming_instances_per_room", 1)
    if len(here) >= most or any(stream["instance"] == instance for stream in here):
        raise errors.stream_active(room.name)


def _update(call: Call, kind: str, model: Any) -> Values:
    room, meeting, body = runtime.acting(call, model)
    stream = _running(meeting, kind, {"instanceId": body.get("instanceId", DEFAULT_INSTANCE)})
    if stream is None:
        raise errors.stream_missing(room.name, kind)
    if stream["type"] == "raw-tracks":
        raise errors.invalid("a raw-tracks recording cannot be updated")
    stream["options"] = {**stream["options"], **body}
    return stream


def _stop(call: Call, kind: str, model: Any) -> None:
    room, meeting, body = runtime.acting(call, model)
    stream = _running(meeting, kind, body)
    if stream is None:
        raise errors.stream_missing(room.name, kind)
    media.stop(call.domain, meeting, stream, int(call.now))


# -- recordings


def start_recording(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/recordings/start`."""
    room, meeting, body = runtime.acting(call, RecordingStart)
    kind = body.get("type", "cloud")
    allowed = media.effective(call.domain, room, "enable_recording") or []
    if call.switches.enabling_check and kind not in ([allowed] if isinstance(allowed, str) else allowed):
        raise errors.invalid(f"enable_recording of room {room.name} does not allow {kind} recordings")
    _free(call, room, meeting, media.RECORDING, body)
    instance = body.get("instanceId", DEFAULT_INSTANCE)
    made = media.start_recording(call.domain, room, meeting, kind, instance, call.now)
    if "dataOutputs" in body:
        made.data["data_outputs"] = body["dataOutputs"]
    _start(call, meeting, media.RECORDING, body, made)
    return SENT


def update_recording(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/recordings/update`."""
    _update(call, media.RECORDING, RecordingUpdate)
    return SENT


def stop_recording(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/recordings/stop`. The recording is finished at once."""
    _stop(call, media.RECORDING, RecordingStop)
    return SENT


# -- live streams


def _known_targets(call: Call, room: Room, body: Values) -> None:
    known = {one["name"] for one in media.effective(call.domain, room, "streaming_endpoints") or ()}
    for target in body.get("endpoints", ()):
        if target["endpoint"] not in known:
            raise errors.invalid(f"streaming_endpoints of room {room.name} has no {target['endpoint']}")


def start_live_stream(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/live-streaming/start`."""
    room, meeting, body = runtime.acting(call, LiveStreamStart)
    _known_targets(call, room, body)
    _free(call, room, meeting, media.LIVE_STREAM, body)
    _start(call, meeting, media.LIVE_STREAM, body)
    return {"sent": runtime.json_true(call)}


def update_live_stream(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/live-streaming/update`."""
    _known_targets(call, runtime.room_of(call), runtime.body_of(call, LiveStreamUpdate))
    _update(call, media.LIVE_STREAM, LiveStreamUpdate)
    return {"sent": runtime.json_true(call)}


def stop_live_stream(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/live-streaming/stop`."""
    _stop(call, media.LIVE_STREAM, LiveStreamStop)
    return {"sent": runtime.json_true(call)}


# -- transcription


def start_transcription(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/transcription/start`."""
    room, meeting, body = runtime.acting(call, TranscriptionStart)
    if _running(meeting, media.TRANSCRIPTION, body):
        raise errors.stream_active(room.name)
    instance = body.get("instanceId", DEFAULT_INSTANCE)
    made = media.start_transcript(call.domain, room, meeting, instance, call.now)
    _start(call, meeting, media.TRANSCRIPTION, body, made)
    return {"sent": runtime.json_true(call)}


def update_transcription(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/transcription/update`."""
    _update(call, media.TRANSCRIPTION, TranscriptionUpdate)
    return {"sent": runtime.json_true(call)}


def stop_transcription(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/transcription/stop`. The transcript is finished at once."""
    _stop(call, media.TRANSCRIPTION, TranscriptionStop)
    return {"sent": runtime.json_true(call)}


HANDLERS: dict[str, Handler] = {
    "POST /rooms/:name/recordings/start": start_recording,
    "POST /rooms/:name/recordings/update": update_recording,
    "POST /rooms/:name/recordings/stop": stop_recording,
    "POST /rooms/:name/live-streaming/start": start_live_stream,
    "POST /rooms/:name/live-streaming/update": update_live_stream,
    "POST /rooms/:name/live-streaming/stop": stop_live_stream,
    "POST /rooms/:name/transcription/start": start_transcription,
    "POST /rooms/:name/transcription/update": update_transcription,
    "POST /rooms/:name/transcription/stop": stop_transcription,
}
