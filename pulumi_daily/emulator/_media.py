"""Recordings and transcripts of running calls, from their start to their end. No HTTP.

A `stream` runs in a meeting and can be stopped: `{"kind", "instance", "type", "started_at", "due", "object",
"options"}`. `due` is its latest end (Unix seconds or None), `object` the id of its recording or transcript.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from pulumi_daily.objects.room import RoomProperties
from pulumi_daily.objects.validation import defaults

from ._call import Kind
from ._state import Domain, Room
from ._store import Item, Values

RECORDING, LIVE_STREAM, TRANSCRIPTION = "recording", "live-stream", "transcription"
LONGEST = {RECORDING: 10_800.0, LIVE_STREAM: 86_400.0}
"""The default of `maxDuration`, in seconds (Daily's pages; its API description has 15 000 for both)."""
BUCKET = {"bucket_name": "daily-meeting-recordings", "bucket_region": "us-west-2", "storage_provider": "aws"}
"""Daily's own bucket, for customers without one."""

_DEFAULTS = defaults(RoomProperties)
_TOKEN = string.ascii_letters + string.digits


def effective(domain: Domain, room: Room | None, key: str) -> Any:
    """Return the effective setting for a room: its own, else the domain's, else None."""
    own = room.properties.get(key) if room is not None else None
    return domain.properties.get(key) if own is None else own


def object_key(template: str, tags: Mapping[str, str]) -> str:
    """Return an object key from a template with {tags}."""
    for tag, value in tags.items():
        template = template.replace(f"{{{tag}}}", value)
    return template


def share_token(domain: Domain) -> str:
    """Return a text of 12 letters and digits, as recordings have it."""
    return "".join(_TOKEN[byte % len(_TOKEN)] for byte in domain.new_bytes(12))


def _tags(domain: Domain, meeting: Item, instance: str, now: float) -> dict[str, str]:
    return {
        "domain_name": domain.name,
        "room_name": str(meeting.data["room"]),
        "epoch_time": str(round(now * 1000)),
        "mtg_session_id": meeting.id,
        "instance_id": instance,
    }


def start_recording(domain: Domain, room: Room, meeting: Item, kind: str, instance: str, now: float) -> Item:
    """Create a recording that begins at `now` (Unix seconds), and return it."""
    recording_id = domain.new_id()
    bucket = effective(domain, room, "recordings_bucket") or BUCKET
    template = effective(domain, room, "recordings_template") or _DEFAULTS["recordings_template"]
    tags = {**_tags(domain, meeting, instance, now), "recording_id": recording_id}
    data = {
        "room_name": room.name,
        "status": "in-progress",
        "max_participants": meeting.data["max_participants"],
        "share_token": share_token(domain),
        "s3key": object_key(template, tags),
        "mtgSessionId": meeting.id,
        "type": kind,
        "bucket": dict(bucket),
    }
    return domain.collection("recordings").add(recording_id, data, int(now))


def start_transcript(domain: Domain, room: Room, meeting: Item, instance: str, now: float) -> Item:
    """Create a transcript that begins at `now` (Unix seconds), and return it."""
    transcript_id = domain.new_id()
    data: Values = {
        "room_name": room.name,
        "roomId": room.id,
        "mtgSessionId": meeting.id,
        "status": "t_in_progress",
        "isVttAvailable": effective(domain, room, "enable_transcription_storage") is True,
        "duration": 0,
        "updated_at": int(now),
    }
    bucket = effective(domain, room, "transcription_bucket")
    if bucket:
        template = effective(domain, room, "transcription_template") or _DEFAULTS["transcription_template"]
        tags = {**_tags(domain, meeting, instance, now), "transcript_id": transcript_id}
        data["out"] = {
            "key": object_key(template, tags),
            "bucket": bucket["bucket_name"],
            "region": bucket["bucket_region"],
        }
    return domain.collection("transcripts").add(transcript_id, data, int(now))


def stop(domain: Domain, meeting: Item, stream: Values, at: float) -> None:
    """End a stream at `at` (Unix seconds); its recording or transcript is finished without delay."""
    meeting.data["streams"].remove(stream)
    if stream["object"] is None:
        return
    made = domain.collection("recordings" if stream["kind"] == RECORDING else "transcripts").by_id(stream["object"])
    if made is None:
        return  # deleted meanwhile
    made.data["duration"] = max(0, int(at - made.created_at))
    if stream["kind"] == TRANSCRIPTION:
        made.data.update(status="t_finished", updated_at=int(at))
        return
    made.data.update(status="finished", max_participants=meeting.data["max_participants"])
    if made.data["type"] == "raw-tracks":
        made.data["tracks"] = [
            {
                "size": 10_000 * (1 + made.data["duration"]),
                "type": media,
                "s3key": f"{made.data['s3key']}-{who}-{media}",
            }
            for who in (one["participant_id"] for one in meeting.data["participants"])
            for media in ("audio", "video")
        ]


# -- without a request


def _filled_recording(domain: Domain, values: Values) -> Values:
    filled: Values = {
        "room_name": "room",
        "status": "finished",
        "max_participants": 1,
        "share_token": share_token(domain),
        "mtgSessionId": domain.new_id(),
        "type": "cloud",
        "bucket": dict(BUCKET),
        **values,
    }
    if filled["status"] != "in-progress":
        filled.setdefault("duration", 60)
    filled.setdefault("s3key", f"{domain.name}/{filled['room_name']}/{round(domain.now * 1000)}")
    return filled


def _filled_transcript(domain: Domain, values: Values) -> Values:
    room = domain.find(str(values.get("room_name", "")))
    return {
        "room_name": "room",
        "roomId": room.id if room else domain.new_id(),
        "mtgSessionId": domain.new_id(),
        "status": "t_finished",
        "isVttAvailable": True,
        "duration": 60,
        "updated_at": int(domain.now),
        **values,
    }


KINDS = (Kind("recordings", _filled_recording), Kind("transcripts", _filled_transcript, "transcriptId"))
