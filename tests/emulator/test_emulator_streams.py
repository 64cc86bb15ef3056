"""Recordings, live streams and transcriptions in a call: start, update, stop, and how they end by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_daily.emulator import Emulator

A, B = "0b4e4c7c-5eaf-46fe-990b-a3752f5684f5", "1b4e4c7c-5eaf-46fe-990b-a3752f5684f5"
STARTS: dict[str, Any] = {
    "recordings": {},
    "live-streaming": {"rtmpUrl": "rtmp://live.example/app/key"},
    "transcription": {},
}
SAID = {"recordings": {"status": "sent"}, "live-streaming": {"sent": "true"}, "transcription": {"sent": "true"}}
WHAT = {"recordings": "recording", "live-streaming": "live-stream", "transcription": "transcription"}


@pytest.fixture
def room(emulator: Emulator) -> str:
    emulator.add_room("a", enable_recording=["cloud", "raw-tracks"])
    emulator.join("a", "Ada")
    return "/rooms/a"


def running(emulator: Emulator) -> list[dict[str, Any]]:
    streams: list[dict[str, Any]] = next(iter(emulator.objects("meetings").values()))["streams"]
    return streams


@pytest.mark.parametrize("kind", STARTS)
def test_one_at_a_time(emulator: Emulator, http: Any, room: str, kind: str) -> None:
    for action in ("update", "stop"):
        assert http.refused("POST", f"{room}/{kind}/{action}", {}) == f"room a has no active {WHAT[kind]}"
    assert http.ok("POST", f"{room}/{kind}/start", STARTS[kind]) == SAID[kind]
    assert http.refused("POST", f"{room}/{kind}/start", STARTS[kind]) == "room a has an active stream"
    assert http.ok("POST", f"{room}/{kind}/update", {}) == SAID[kind]
    assert http.ok("POST", f"{room}/{kind}/stop") == SAID[kind]
    assert http.refused("POST", f"{room}/{kind}/stop") == f"room a has no active {WHAT[kind]}"
    assert http.ok("POST", f"{room}/{kind}/start", STARTS[kind]) == SAID[kind]


def test_a_body_is_checked_before_the_call(emulator: Emulator, http: Any) -> None:
    """Recorded: the layout `default` takes no number of cameras, `custom` no composition."""
    emulator.add_room("a", enable_recording="cloud")
    start = "/rooms/a/recordings/start"
    default = {"layout": {"preset": "default", "max_cam_streams": 4}}
    assert http.refused("POST", start, default) == '"layout.max_cam_streams" is not allowed'
    status, body = http("POST", start, {"layout": {"preset": "custom"}})
    assert (status, body["info"]) == (404, "room a does not seem to be hosting a call currently")
    emulator.join("a")
    assert http.ok("POST", start, {"layout": {"preset": "custom"}}) == {"status": "sent"}


def test_the_three_kinds_run_side_by_side(emulator: Emulator, http: Any, room: str) -> None:
    for kind, body in STARTS.items():
        http.ok("POST", f"{room}/{kind}/start", body)
    assert [stream["kind"] for stream in running(emulator)] == list(WHAT.values())
    http.ok("POST", f"{room}/live-streaming/stop")
    assert [stream["kind"] for stream in running(emulator)] == ["recording", "transcription"]


@pytest.mark.parametrize("kind", ["recordings", "live-streaming"])
def test_more_instances_are_for_daily_to_grant(emulator: Emulator, http: Any, room: str, kind: str) -> None:
    def start(instance: str) -> tuple[int, Any]:
        answer: tuple[int, Any] = http("POST", f"{room}/{kind}/start", {**STARTS[kind], "instanceId": instance})
        return answer

    assert start(A)[0] == 200
    assert start(B)[0] == 400
    emulator.set_domain_config(max_streaming_instances_per_room=2)
    assert start(B)[0] == 200
    assert start(B)[0] == 400
    assert http("POST", f"{room}/{kind}/stop")[0] == 400  # the default instance
    http.ok("POST", f"{room}/{kind}/update", {"instanceId": B, "width": 640})
    http.ok("POST", f"{room}/{kind}/stop", {"instanceId": A})
    (left,) = running(emulator)
    assert (left["instance"], left["options"]["width"]) == (B, 640)


def test_transcriptions_are_told_apart_by_any_text(emulator: Emulator, http: Any, room: str) -> None:
    for instance in ("one", "two"):
        http.ok("POST", f"{room}/transcription/start", {"instanceId": instance, "language": "de"})
    http.ok("POST", f"{room}/transcription/update", {"instanceId": "two", "participants": ["p"]})
    http.ok("POST", f"{room}/transcription/stop", {"instanceId": "one"})
    assert [stream["options"] for stream in running(emulator)] == [
        {"instanceId": "two", "language": "de", "participants": ["p"]}
    ]


# -- recordings


def test_a_recording_from_start_to_stop(emulator: Emulator, http: Any, room: str) -> None:
    now = int(emulator.clock.now())
    http.ok("POST", f"{room}/recordings/start", {"layout": {"preset": "active-participant"}})
    (made,) = http.ok("GET", "/recordings")["data"]
    (meeting,) = emulator.objects("meetings")
    assert made == {
        "id": made["id"],
        "room_name": "a",
        "start_ts": now,
        "status": "in-progress",
        "max_participants": 1,
        "share_token": made["share_token"],
        "s3key": f"acme/a/{now * 1000}",
        "mtgSessionId": meeting,
        "storage_provider": "aws",
    }
    assert len(made["share_token"]) == 12
    emulator.join("a")
    emulator.clock.advance(30)
    http.ok("POST", f"{room}/recordings/stop")
    finished = http.ok("GET", f"/recordings/{made['id']}")
    assert finished == {**made, "status": "finished", "max_participants": 2, "duration": 30}


def test_raw_tracks_have_files_for_everybody(emulator: Emulator, http: Any, room: str) -> None:
    http.ok("POST", f"{room}/recordings/start", {"type": "raw-tracks"})
    assert "raw-tracks" in http.refused("POST", f"{room}/recordings/update", {})
    assert http("POST", f"{room}/recordings/stop", {"type": "cloud"})[0] == 400
    emulator.join("a")
    http.ok("POST", f"{room}/recordings/stop", {"type": "raw-tracks"})
    (made,) = http.ok("GET", "/recordings")["data"]
    assert [track["type"] for track in made["tracks"]] == ["audio", "video", "audio", "video"]
    assert all(track["s3key"].startswith(made["s3key"]) and track["size"] > 0 for track in made["tracks"])


def test_a_kind_must_be_enabled(emulator: Emulator, http: Any, room: str) -> None:
    assert "cloud-audio-only" in http.refused("POST", f"{room}/recordings/start", {"type": "cloud-audio-only"})
    emulator.edit_room("a", enable_recording="cloud-audio-only")
    assert "cloud" in http.refused("POST", f"{room}/recordings/start")
    http.ok("POST", f"{room}/recordings/start", {"type": "cloud-audio-only"})


def test_templates_and_buckets_name_the_file(emulator: Emulator, http: Any, room: str) -> None:
    bucket = {"bucket_name": "mine", "bucket_region": "eu-central-1", "assume_role_arn": "arn"}
    http.ok("POST", "/", {"properties": {"recordings_bucket": bucket}})
    http.ok("POST", room, {"properties": {"recordings_template": "{room_name}/{recording_id}-{epoch_time}.mp4"}})
    http.ok("POST", f"{room}/recordings/start")
    (made,) = http.ok("GET", "/recordings")["data"]
    assert made["s3key"] == f"a/{made['id']}-{int(emulator.clock.now()) * 1000}.mp4"
    assert http.ok("DELETE", f"/recordings/{made['id']}") == {
        "deleted": True,
        "id": made["id"],
        "s3_bucket": "mine",
        "s3_region": "eu-central-1",
        "s3_key": made["s3key"],
        "storage_provider": "aws",
    }
    http.ok("POST", f"{room}/recordings/stop")  # what it made is gone; it ends all the same
    assert http.ok("GET", "/recordings") == {"total_count": 0, "data": []}


@pytest.mark.parametrize(("body", "seconds"), [({}, 10_800), ({"maxDuration": 60}, 60)])
def test_a_recording_ends_after_its_longest_time(
    emulator: Emulator, http: Any, room: str, body: Any, seconds: int
) -> None:
    http.ok("POST", f"{room}/recordings/start", body)
    emulator.clock.advance(seconds - 1)
    assert http.ok("GET", "/recordings")["data"][0]["status"] == "in-progress"
    emulator.clock.advance(100)
    assert next(iter(emulator.objects("recordings").values()))["duration"] == seconds
    assert http.ok("GET", "/recordings")["data"][0]["duration"] == seconds
    http.ok("POST", f"{room}/recordings/start")


def test_the_last_one_to_leave_ends_everything(emulator: Emulator, http: Any, room: str) -> None:
    for kind, body in STARTS.items():
        http.ok("POST", f"{room}/{kind}/start", body)
    emulator.clock.advance(7)
    emulator.end_call("a")
    assert running(emulator) == []
    assert http.ok("GET", "/recordings")["data"][0]["duration"] == 7
    transcript = http.ok("GET", "/transcript")["data"][0]
    assert (transcript["status"], transcript["duration"]) == ("t_finished", 7)


def test_who_is_ejected_last_ends_what_runs(emulator: Emulator, http: Any) -> None:
    emulator.add_room("b", enable_recording="cloud", eject_after_elapsed=20)
    emulator.join("b")
    http.ok("POST", "/rooms/b/recordings/start", {"maxDuration": 50})
    emulator.clock.advance(100)
    assert http.ok("GET", "/recordings")["data"][0]["duration"] == 20


# -- live streams


def test_targets_are_addresses_or_known_names(emulator: Emulator, http: Any, room: str) -> None:
    start = f"{room}/live-streaming/start"
    assert "rtmpUrl" in http.refused("POST", start, {})
    assert "h1" in http.refused("POST", start, {"endpoints": [{"endpoint": "h1"}]})
    endpoint = {"name": "h1", "type": "rtmp", "rtmp_config": {"url": "rtmp://live.example/k"}}
    http.ok("POST", room, {"properties": {"streaming_endpoints": [endpoint]}})
    http.ok("POST", start, {"endpoints": [{"endpoint": "h1"}]})
    assert "h2" in http.refused("POST", f"{room}/live-streaming/update", {"endpoints": [{"endpoint": "h2"}]})
    http.ok("POST", f"{room}/live-streaming/update", {"endpoints": [{"endpoint": "h1"}]})


def test_a_stream_key_is_not_in_errors_or_logs(emulator: Emulator, http: Any, room: str) -> None:
    assert "hush" not in http.refused("POST", f"{room}/live-streaming/start", {"rtmpUrl": "http://live.example/hush"})
    http.ok("POST", f"{room}/live-streaming/start", {"rtmpUrl": ["rtmp://live.example/hush"]})
    assert "hush" not in str(http.ok("GET", "/logs/api"))
