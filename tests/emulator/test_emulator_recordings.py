"""Recordings and transcripts as objects: lists, reads, deletes, access links, the test of an OCI bucket."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_daily.emulator import Emulator

AWS = {"bucket_name": "mine", "bucket_region": "us-west-2", "assume_role_arn": "arn", "allow_api_access": True}
OCI = {"bucket_name": "o", "bucket_region": "us-ashburn-1", "storage_provider": "oci", "namespace": "n"}


# -- recordings


def test_recordings_are_listed_newest_first(emulator: Emulator, http: Any) -> None:
    ids = [emulator.add("recordings", created_at=1000 + i, room_name=f"r{i % 2}")["id"] for i in range(5)]

    def listed(**query: Any) -> list[int]:
        return [ids.index(one["id"]) for one in http.ok("GET", "/recordings", params=query)["data"]]

    assert listed() == [4, 3, 2, 1, 0]
    assert listed(room_name="r0") == [4, 2, 0]
    assert listed(room_name="r0", starting_after=ids[2]) == [0]
    assert listed(limit=2, starting_after=ids[3]) == [2, 1]
    assert listed(limit=2, ending_before=ids[0]) == [2, 1]
    assert http.ok("GET", "/recordings", params={"room_name": "r1", "limit": 1})["total_count"] == 2
    assert http.ok("GET", "/recordings", params={"room_name": "none"}) == {"total_count": 0, "data": []}


def test_a_recording_of_the_past(emulator: Emulator, http: Any) -> None:
    made = emulator.add("recordings", created_at=1000, room_name="a", status="canceled", max_participants=3)
    seen = http.ok("GET", f"/recordings/{made['id']}")
    assert (seen["start_ts"], seen["status"], seen["duration"], seen["max_participants"]) == (1000, "canceled", 60, 3)
    assert "duration" not in http.ok("GET", f"/recordings/{emulator.add('recordings', status='in-progress')['id']}")


@pytest.mark.parametrize("noun", ["recording", "transcript"])
def test_what_is_not_there(http: Any, noun: str) -> None:
    path = f"/{noun}s/x" if noun == "recording" else "/transcript/x"
    missing = (404, {"error": "not-found", "info": f"{noun} x not found"})
    for method, tail in (("GET", ""), ("DELETE", ""), ("GET", "/access-link")):
        assert http(method, path + tail) == missing


def test_the_files_beside_a_recording(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a", enable_recording=["cloud", "raw-tracks"])
    ada = emulator.join("a", "Ada")
    answers = {}
    for kind in ("cloud", "raw-tracks"):
        body = {"type": kind, "dataOutputs": ["event-json", "chat-webvtt"]}
        http.ok("POST", "/rooms/a/recordings/start", body)
        http.ok("POST", "/rooms/a/recordings/stop")
        (made,) = (one["id"] for one in emulator.objects("recordings").values() if one["type"] == kind)
        assert http.ok("GET", f"/recordings/{made}")["data_outputs"] == ["event-json", "chat-webvtt"]
        answers[kind] = http.ok("GET", f"/recordings/{made}/access-link")
        assert set(answers[kind]["data_outputs"]) == {"event-json", "chat-webvtt"}
        assert answers[kind]["data_outputs"]["event-json"].startswith("https://daily-meeting-recordings.s3.")
    assert set(answers["cloud"]) == {"download_link", "expires", "data_outputs"}
    raw = answers["raw-tracks"]
    assert set(raw) == {"s3_bucket", "s3_region", "tracks", "data_outputs"}
    assert (raw["s3_bucket"], raw["s3_region"]) == ("daily-meeting-recordings", "us-west-2")
    assert [(one["type"], one["content_type"]) for one in raw["tracks"]] == [
        ("audio", "audio/webm"),
        ("video", "video/webm"),
    ]
    assert all(ada in one["s3Key"] for one in raw["tracks"])


def test_an_access_link_is_valid_for_a_while(emulator: Emulator, http: Any) -> None:
    now = int(emulator.clock.now())
    path = f"/recordings/{emulator.add('recordings', s3key='acme/a/1')['id']}/access-link"
    link = http.ok("GET", path)
    assert set(link) == {"download_link", "expires"}
    assert link["expires"] == now + 3600
    assert ".emulator.invalid/acme/a/1?" in link["download_link"]
    for seconds in (900, 43_200):
        assert http.ok("GET", path, params={"valid_for_secs": seconds})["expires"] == now + seconds
    for bad in ("899", "43201", "-900", "x", "", "1e4"):
        assert "valid_for_secs" in http.refused("GET", path, params={"valid_for_secs": bad})


def test_an_access_link_into_a_bucket_of_ones_own(emulator: Emulator, http: Any) -> None:
    now = int(emulator.clock.now())

    def path(bucket: Any) -> str:
        return f"/recordings/{emulator.add('recordings', bucket=bucket)['id']}/access-link"

    capped = http.ok("GET", path(AWS), params={"valid_for_secs": 7200})
    assert (capped["expires"], capped["validity_capped"]) == (now + 3600, True)
    assert "validity_capped" not in http.ok("GET", path(AWS), params={"valid_for_secs": 3600})
    wide = http.ok("GET", path({**OCI, "allow_api_access": True}), params={"valid_for_secs": 7200})
    assert (wide["expires"], "validity_capped" in wide) == (now + 7200, False)
    for closed in ({**AWS, "allow_api_access": False}, OCI):
        assert "allow_api_access" in http.refused("GET", path(closed))


@pytest.mark.parametrize("status", ["in-progress", "canceled"])
def test_only_a_finished_recording_has_a_link(emulator: Emulator, http: Any, status: str) -> None:
    recording = emulator.add("recordings", status=status)["id"]
    assert "not finished" in http.refused("GET", f"/recordings/{recording}/access-link")


def test_an_oci_bucket_is_tried_on_request(emulator: Emulator, http: Any) -> None:
    path = "/recordings/test-oci-bucket"
    assert http.refused("GET", path) == "missing required field"
    assert "property" in http.refused("GET", path, params={"property": "bucket"})
    query = {"property": "recordings_bucket"}
    assert "not set for the domain" in http.refused("GET", path, params=query)
    http.ok("POST", "/", {"properties": {"recordings_bucket": AWS}})
    assert "not an OCI bucket" in http.refused("GET", path, params=query)
    http.ok("POST", "/", {"properties": {"recordings_bucket": OCI}})
    assert http.ok("GET", path, params=query) == {"success": True, "recordings_bucket": OCI}
    assert http("GET", path, params={**query, "room_name": "a"})[0] == 404
    emulator.add_room("a")
    query = {"property": "transcription_bucket", "room_name": "a"}
    assert "not set for room a" in http.refused("GET", path, params=query)
    emulator.edit_room("a", transcription_bucket={**OCI, "allow_api_access": True})
    answer = http.ok("GET", path, params=query)
    assert answer["expires"] == int(emulator.clock.now()) + 3600
    assert answer["download_link"].startswith("https://o.s3.us-ashburn-1.emulator.invalid/")
    emulator.switches.bucket_verification = "fail"
    http.refused("GET", path, params=query)


# -- transcripts


def test_a_transcript_from_start_to_stop(emulator: Emulator, http: Any) -> None:
    bucket = {"bucket_name": "t", "bucket_region": "eu-west-1", "assume_role_arn": "arn"}
    properties = {
        "enable_transcription_storage": True,
        "transcription_bucket": bucket,
        "transcription_template": "x/{epoch_time}-{instance_id}.vtt",
    }
    room = http.ok("POST", "/rooms", {"name": "a", "properties": properties})
    emulator.join("a")
    http.ok("POST", "/rooms/a/transcription/start", {"instanceId": "one"})
    (made,) = http.ok("GET", "/transcript")["data"]
    (meeting,) = emulator.objects("meetings")
    assert made == {
        "transcriptId": made["transcriptId"],
        "domainId": emulator.domain_id,
        "roomId": room["id"],
        "mtgSessionId": meeting,
        "status": "t_in_progress",
        "isVttAvailable": True,
        "duration": 0,
        "created_at": "2027-01-15T08:00:00.000Z",
        "updated_at": "2027-01-15T08:00:00.000Z",
    }
    path = f"/transcript/{made['transcriptId']}"
    http.refused("GET", f"{path}/access-link")
    emulator.clock.advance(30)
    http.ok("POST", "/rooms/a/transcription/stop", {"instanceId": "one"})
    finished = {**made, "status": "t_finished", "duration": 30, "updated_at": "2027-01-15T08:00:30.000Z"}
    out = {"s3key": "x/1800000000000-one.vtt", "bucket": "t", "region": "eu-west-1"}
    assert http.ok("GET", path) == {**finished, "outParams": out}
    assert http.ok("GET", "/transcript")["data"] == [finished]
    link = http.ok("GET", f"{path}/access-link")
    assert link == {
        "transcriptId": made["transcriptId"],
        "link": "https://t.s3.eu-west-1.emulator.invalid/x/1800000000000-one.vtt?Expires=1800003630&Signature=emulated",
        "outParams": out,
    }
    assert http.ok("DELETE", path) == {**finished, "status": "t_deleted", "outParams": out}
    assert http.ok("GET", path)["status"] == "t_deleted"
    http.refused("GET", f"{path}/access-link")


def test_a_transcript_that_is_not_stored_has_no_file(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a")
    emulator.join("a")
    http.ok("POST", "/rooms/a/transcription/start")
    http.ok("POST", "/rooms/a/transcription/stop")
    (made,) = http.ok("GET", "/transcript")["data"]
    assert (made["status"], made["isVttAvailable"]) == ("t_finished", False)
    assert "no file" in http.refused("GET", f"/transcript/{made['transcriptId']}/access-link")


def test_transcripts_are_filtered(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a")
    first = emulator.add("transcripts", created_at=1000, room_name="a")
    second = emulator.add("transcripts", created_at=2000, room_name="b", mtgSessionId="m", status="t_error", error="e")
    assert first["roomId"] == emulator.rooms()["a"]["id"]

    def listed(**query: Any) -> list[str]:
        return [one["transcriptId"] for one in http.ok("GET", "/transcript", params=query)["data"]]

    both = [second["transcriptId"], first["transcriptId"]]
    assert listed() == both
    assert listed(roomId=first["roomId"]) == both[1:]
    assert listed(mtgSessionId="m") == both[:1]
    assert listed(room_name="a") == both[1:]
    assert listed(room_name="a", mtgSessionId="m") == []
    assert listed(starting_after=both[0]) == both[1:]
    assert http.ok("GET", f"/transcript/{both[0]}")["error"] == "e"
    path = f"/transcript/{both[1]}/access-link"
    assert "outParams" not in http.ok("GET", path)
