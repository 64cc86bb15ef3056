"""The bodies of requests that act on a call, and of batch jobs: bounds, rules; against Daily's own description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_daily.objects import batch_job, incall
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.validation import validate

OPENAPI = Path(__file__).parents[3] / "shared" / "reference" / "daily-openapi.json"
UUID = "0b4e4c7c-5eaf-46fe-990b-a3752f5684f5"
JOB = {
    "preset": "transcript",
    "inParams": {"sourceType": "recordingId", "recordingId": "r"},
    "outParams": {"s3Config": {"s3KeyTemplate": "t"}},
}
GOOD: list[tuple[type[Fields], dict[str, Any]]] = [
    (incall.AppMessage, {"data": {}, "recipient": "*"}),
    (incall.AppMessage, {"data": {"text": "x" * 4085}}),
    (incall.SessionData, {}),
    (incall.SessionData, {"data": {"a": [1]}, "mergeStrategy": "shallow-merge", "keysToDelete": ["b"]}),
    (incall.Eject, {"ids": ["x"] * 100, "user_ids": [], "ban": True}),
    (incall.PermissionsUpdate, {"data": {"*": {"canSend": ["audio"], "canReceive": {"base": True}}, "p": {}}}),
    (incall.RecordingStart, {"width": 1920, "fps": 29.97, "videoBitrate": 10, "audioBitrate": 320, "instanceId": UUID}),
    (incall.RecordingStart, {"backgroundColor": "#00FFaa", "dataOutputs": ["event-json"], "type": "raw-tracks"}),
    (incall.RecordingStart, {"layout": {"preset": "default"}}),
    (incall.RecordingStart, {"layout": {"preset": "custom"}}),
    (incall.RecordingStart, {"layout": {"preset": "single-participant", "session_id": "s"}}),
    (incall.RecordingStart, {"layout": {"preset": "active-participant"}}),
    (incall.RecordingUpdate, {"layout": {"preset": "portrait", "variant": "inset", "max_cam_streams": 2}}),
    (
        incall.RecordingUpdate,
        {
            "layout": {
                "preset": "custom",
                "composition_id": "c",
                "composition_params": {"a": True, "b": 1.5, "c": "x"},
                "session_assets": {"logo": "https://x.example/logo.png"},
            }
        },
    ),
    (incall.RecordingStop, {"type": "cloud", "instanceId": UUID}),
    (incall.LiveStreamStart, {"rtmpUrl": "rtmps://live.example/app/key"}),
    (incall.LiveStreamStart, {"rtmpUrl": ["rtmp://a.example/k", "rtmp://b.example/k"]}),
    (incall.LiveStreamStart, {"endpoints": [{"endpoint": "hls_1"}], "minIdleTimeOut": 0}),
    (incall.LiveStreamUpdate, {}),
    (incall.LiveStreamStop, {"instanceId": UUID}),
    (incall.TranscriptionStart, {"redact": True, "endpointing": False, "transcription_geo": "eu", "extra": {"k": 1}}),
    (incall.TranscriptionStart, {"redact": ["pci", "ssn"], "endpointing": 10, "participants": ["p"]}),
    (incall.TranscriptionStart, {"redact": [True]}),
    (incall.TranscriptionUpdate, {"instanceId": "any text", "participants": []}),
    (incall.TranscriptionStop, {}),
    (incall.DialOutStart, {"phoneNumber": "+12025550123", "extension": "12", "waitBeforeExtensionDialSec": 60}),
    (
        incall.DialOutStart,
        {
            "sipUri": "sip:desk@sip.example?X-h=1",
            "video": True,
            "videoSettings": {"width": 1280, "height": 720, "fps": 30, "videoBitrate": 1000},
            "codecs": {"audio": ["OPUS"], "video": ["VP8"]},
        },
    ),
    (incall.SendDtmf, {"sessionId": "s", "tones": "1234567890*#12345678", "digitDurationMs": 2000}),
    (incall.DialOutStop, {"sessionId": "s"}),
    (incall.SipCallTransfer, {"sessionId": "s", "toEndPoint": "sip:x@y", "extension": "1", "callerId": "c"}),
    (incall.SipRefer, {"sessionId": "s", "toEndPoint": "+12025550123"}),
    (incall.PinlessCallUpdate, {"callId": "i", "callDomain": "d", "sipUri": "sip:x@y"}),
    (batch_job.BatchJob, {**JOB, "transformParams": {"transcript": {"punctuate": True}}}),
    (batch_job.BatchJob, {**JOB, "inParams": {"sourceType": "uri", "uri": "https://x.example/a.mp4"}}),
    (batch_job.BatchJob, {**JOB, "preset": "summarize"}),
]
BAD: list[tuple[type[Fields], dict[str, Any], str]] = [
    (incall.AppMessage, {}, "data: is required"),
    (incall.AppMessage, {"data": "text"}, "data: must be an object"),
    (incall.AppMessage, {"data": {"text": "x" * 4086}}, "data: must be at most 4096 bytes of JSON, and has 4097"),
    (incall.AppMessage, {"data": {"text": "é" * 2045}}, "data: must be at most 4096 bytes"),
    (incall.SessionData, {"mergeStrategy": "deep"}, "mergeStrategy: must be one of replace, shallow-merge"),
    (incall.Eject, {"ids": ["x"] * 101}, "ids: may hold at most 100 ids, and holds 101"),
    (incall.Eject, {"user_ids": [1]}, "user_ids[0]: must be text"),
    (incall.PermissionsUpdate, {"data": {"*": {"canSend": ["smell"]}}}, 'data["*"].canSend[0]: must be one of'),
    (incall.PermissionsUpdate, {}, "data: is required"),
    (incall.RecordingStart, {"videoBitrate": 9}, "videoBitrate: must be at least 10"),
    (incall.RecordingStart, {"videoBitrate": 10001}, "videoBitrate: must be at most 10000"),
    (incall.RecordingStart, {"audioBitrate": 321}, "audioBitrate: must be at most 320"),
    (incall.RecordingStart, {"width": "wide"}, "width: must be a number"),
    (incall.RecordingStart, {"backgroundColor": "red"}, "backgroundColor: must match"),
    (incall.RecordingStart, {"instanceId": "one"}, "instanceId: must match"),
    (incall.RecordingStart, {"type": "local"}, "type: must be one of cloud, cloud-audio-only, raw-tracks"),
    (incall.RecordingStart, {"dataOutputs": ["pdf"]}, "dataOutputs[0]: must be one of"),
    (incall.RecordingStart, {"layout": {}}, "layout.preset: is required"),
    (
        incall.RecordingStart,
        {"layout": {"preset": "single-participant"}},
        "layout.session_id: is required for preset single-participant",
    ),
    (incall.RecordingStart, {"layout": {"preset": "default", "variant": "inset"}}, "layout.variant: is not allowed"),
    (
        incall.RecordingStart,
        {"layout": {"preset": "default", "max_cam_streams": 9}},
        "layout.max_cam_streams: is not allowed",
    ),
    (
        incall.RecordingStart,
        {"layout": {"preset": "custom", "composition_id": "c", "composition_params": {"a": []}}},
        "layout.composition_params.a: must be",
    ),
    (incall.LiveStreamStart, {}, "rtmpUrl: is required, or endpoints"),
    (incall.LiveStreamStart, {"endpoints": []}, "rtmpUrl: is required, or endpoints"),
    (
        incall.LiveStreamStart,
        {"rtmpUrl": "rtmp://a.example/k", "endpoints": [{"endpoint": "h"}]},
        "endpoints: does not",
    ),
    (incall.LiveStreamUpdate, {"rtmpUrl": "rtmp://a.example/k", "endpoints": [{"endpoint": "h"}]}, "endpoints: does"),
    (incall.TranscriptionStart, {"redact": ["pci", True]}, "redact: must hold either names or booleans"),
    (incall.TranscriptionStart, {"transcription_geo": "us"}, "transcription_geo: must be one of global, eu"),
    (incall.DialOutStart, {}, "sipUri: is required, or phoneNumber"),
    (incall.DialOutStart, {"sipUri": "sip:a@b", "phoneNumber": "+12025550123"}, "phoneNumber: does not go with sipUri"),
    (incall.DialOutStart, {"phoneNumber": "+12025550123", "video": True}, "video: is for sipUri only"),
    (incall.DialOutStart, {"phoneNumber": "2025550123"}, "phoneNumber: must be a number in E.164 form"),
    (incall.DialOutStart, {"sipUri": "desk@sip.example"}, "sipUri: must match"),
    (incall.DialOutStart, {"sipUri": "sip:a@b", "waitBeforeExtensionDialSec": 61}, "waitBeforeExtensionDialSec: must"),
    (incall.DialOutStart, {"sipUri": "sip:a@b", "videoSettings": {"width": 1281}}, "videoSettings.width: must be at"),
    (incall.SendDtmf, {"sessionId": "s", "tones": "1" * 21}, "tones: must be at most 20 characters"),
    (incall.SendDtmf, {"sessionId": "s", "tones": "1", "digitDurationMs": 49}, "digitDurationMs: must be at least 50"),
    (incall.SendDtmf, {"tones": "1"}, "sessionId: is required"),
    (incall.SipCallTransfer, {"sessionId": "s", "toEndPoint": "x", "extension": ""}, "extension: must not be empty"),
    (incall.SipRefer, {"sessionId": "s"}, "toEndPoint: is required"),
    (incall.PinlessCallUpdate, {"callId": "i", "callDomain": "d"}, "sipUri: is required"),
    (batch_job.BatchJob, {}, "preset: is required"),
    (batch_job.BatchJob, {**JOB, "preset": "poem"}, "preset: must be one of transcript, summarize"),
    (batch_job.BatchJob, {**JOB, "inParams": {"sourceType": "uri"}}, "inParams.uri: is required for sourceType uri"),
    (
        batch_job.BatchJob,
        {**JOB, "inParams": {"sourceType": "recordingId", "recordingId": "r", "uri": "https://x.example"}},
        "inParams.uri: does not go with sourceType recordingId",
    ),
    (batch_job.BatchJob, {**JOB, "preset": "summarize", "transformParams": {}}, "transformParams: goes with preset"),
    (
        batch_job.BatchJob,
        {**JOB, "preset": "summarize", "inParams": {"sourceType": "recordingId", "recordingId": "r", "language": "de"}},
        "inParams.language: goes with preset transcript only",
    ),
]


@pytest.mark.parametrize(("model", "body"), GOOD, ids=[model.__name__ for model, _ in GOOD])
def test_good(model: type[Fields], body: dict[str, Any]) -> None:
    assert validate(model, body) == (body, [])


@pytest.mark.parametrize(("model", "body", "text"), BAD, ids=[f"{m.__name__}-{t.split(':')[0]}" for m, _, t in BAD])
def test_bad(model: type[Fields], body: dict[str, Any], text: str) -> None:
    assert [str(failure) for failure in validate(model, body)[1] if str(failure).startswith(text)]


def test_a_stream_key_is_never_shown() -> None:
    _, failures = validate(incall.LiveStreamStart, {"rtmpUrl": "http://live.example/hidden-key"})
    assert failures
    assert "hidden-key" not in str(failures)


DESCRIBED = {
    "send-app-message": incall.AppMessage,
    "set-session-data": incall.SessionData,
    "eject": incall.Eject,
    "update-permissions": incall.PermissionsUpdate,
    "recordings/start": incall.RecordingStart,
    "recordings/update": incall.RecordingUpdate,
    "live-streaming/start": incall.LiveStreamStart,
    "live-streaming/update": incall.LiveStreamUpdate,
    "transcription/start": incall.TranscriptionStart,
    "transcription/update": incall.TranscriptionUpdate,
    "transcription/stop": incall.TranscriptionStop,
    "dialOut/start": incall.DialOutStart,
    "dialOut/sendDTMF": incall.SendDtmf,
    "dialOut/stop": incall.DialOutStop,
    "sipCallTransfer": incall.SipCallTransfer,
    "sipRefer": incall.SipRefer,
}


@pytest.mark.skipif(not OPENAPI.is_file(), reason="no copy of Daily's API description at hand")
@pytest.mark.parametrize("action", DESCRIBED)
def test_the_keys_are_the_described_ones(action: str) -> None:
    spec = json.loads(OPENAPI.read_text(encoding="utf-8"))
    operation = spec["paths"][f"/rooms/{{room_name}}/{action}"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in body:
        body = spec["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    model = DESCRIBED[action]
    assert set(entries(model)) == set(body["properties"])
    required = {name for name, entry in entries(model).items() if entry.meta.required}
    # The description leaves out what an action cannot do without; it never asks for more than the model does.
    assert set(body.get("required", ())) <= required
