"""Jobs of the batch processor: submitted, moved on by a test, read, deleted."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from pulumi_daily.emulator import Emulator

FILE = {"sourceType": "uri", "uri": "https://files.example/a.mp4"}
OUT = {"s3Config": {"s3KeyTemplate": "t/{job_id}"}}


def submit(http: Any, **more: Any) -> str:
    answer = http.ok("POST", "/batch-processor", {"preset": "transcript", "inParams": FILE, "outParams": OUT, **more})
    assert set(answer) == {"id"}
    return str(answer["id"])


def test_a_job_waits_until_it_is_moved_on(emulator: Emulator, http: Any) -> None:
    job = submit(http)
    path = f"/batch-processor/{job}"
    waiting = {"id": job, "preset": "transcript", "status": "submitted", "input": FILE}
    assert http.ok("GET", path) == waiting
    assert "not finished" in http.refused("GET", f"{path}/access-link")
    emulator.set_job(job, "processing")
    assert http.ok("GET", path) == {**waiting, "status": "processing"}
    emulator.set_job(job, "finished")
    finished = http.ok("GET", path)
    files = finished["output"]["transcription"]
    assert [file["format"] for file in files] == ["json", "srt", "txt", "vtt"]
    assert files[0]["s3Config"] == {"key": "t/{job_id}.json", "bucket": "daily-batch-processor", "region": "us-west-2"}
    assert "summary" not in finished["output"]
    links = http.ok("GET", f"{path}/access-link")
    assert [link["format"] for link in links.pop("transcription")] == ["json", "srt", "txt", "vtt"]
    assert links == {"id": job, "preset": "transcript", "status": "finished"}
    assert http.ok("DELETE", path) == finished
    assert http("GET", path) == (404, {"error": "not-found", "info": f"job {job} not found"})


def test_a_job_can_fail(emulator: Emulator, http: Any) -> None:
    job = submit(http)
    emulator.set_job(job, "error", "no audio in it")
    seen = http.ok("GET", f"/batch-processor/{job}")
    assert (seen["status"], seen["error"], "output" in seen) == ("error", "no audio in it", False)
    http.refused("GET", f"/batch-processor/{job}/access-link")
    emulator.set_job(job, "finished")
    assert "error" not in http.ok("GET", f"/batch-processor/{job}")
    for status, error in (("done", None), ("error", None), ("finished", "x")):
        with pytest.raises(ValueError):
            emulator.set_job(job, status, error)
    with pytest.raises(KeyError, match="gone"):
        emulator.set_job("gone", "finished")


def test_a_summary_of_a_recording_in_ones_own_bucket(emulator: Emulator, http: Any) -> None:
    bucket = {"bucket_name": "mine", "bucket_region": "eu-west-1", "assume_role_arn": "arn"}
    http.ok("POST", "/", {"properties": {"batch_processor_bucket": bucket}})
    recording = emulator.add("recordings", room_name="a")["id"]
    template = {"s3KeyTemplate": "{room_name}/{recording_id}/{job_id}", "useReplacement": True}
    source = {"sourceType": "recordingId", "recordingId": recording}
    job = submit(http, preset="summarize", inParams=source, outParams={"s3Config": template})
    emulator.set_job(job, "finished")
    output = http.ok("GET", f"/batch-processor/{job}")["output"]
    where = {"bucket": "mine", "region": "eu-west-1"}
    assert output["summary"] == {"format": "txt", "s3Config": {"key": f"a/{recording}/{job}", **where}}
    assert output["transcription"][3]["s3Config"]["key"] == f"a/{recording}/{job}.vtt"
    assert http.ok("GET", f"/batch-processor/{job}/access-link")["summary"]["format"] == "txt"
    other = submit(http)
    listed = http.ok("GET", "/batch-processor")
    assert listed["total_count"] == 2
    assert listed["data"][1] == {"id": job, "preset": "summarize", "status": "finished"}
    filtered = http.ok("GET", "/batch-processor", params={"recordingId": recording})
    assert [one["id"] for one in filtered["data"]] == [job]
    assert [one["id"] for one in http.ok("GET", "/batch-processor", params={"limit": 1})["data"]] == [other]


def test_jobs_that_are_refused(emulator: Emulator, http: Any) -> None:
    body = {"preset": "transcript", "inParams": FILE, "outParams": OUT}
    for key in body:
        short = {k: v for k, v in body.items() if k != key}
        assert key in http.refused("POST", "/batch-processor", short)
    unknown = {"sourceType": "recordingId", "recordingId": "gone"}
    assert "gone" in http.refused("POST", "/batch-processor", {**body, "inParams": unknown})
    assert "language" in http.refused(
        "POST", "/batch-processor", {**body, "preset": "summarize", "inParams": {**FILE, "language": "de"}}
    )
    emulator.switches.plan = "free"
    assert http("POST", "/batch-processor", body)[1]["error"] == "invalid-plan-type"
    assert http.ok("GET", "/batch-processor") == {"total_count": 0, "data": []}


def test_jobs_are_moved_on_over_http(emulator: Emulator, http: Any) -> None:
    job = emulator.add("batch_jobs")["id"]
    answer = requests.post(f"{emulator.control_url}/set_job", json={"job_id": job, "status": "finished"}, timeout=20)
    assert answer.status_code == 200
    assert http.ok("GET", f"/batch-processor/{job}")["output"]
