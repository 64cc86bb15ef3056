"""The room's settings: bounds, rules, texts; and against Daily's own description where it is present."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.meeting_token import TokenProperties
from pulumi_daily.objects.room import Room, RoomProperties
from pulumi_daily.objects.room_set import RoomSet
from pulumi_daily.objects.validation import defaults, nested_model, validate
from pulumi_daily.objects.values import UNKNOWN

OPENAPI = Path(__file__).parents[3] / "shared" / "reference" / "daily-openapi.json"
NEWER = {"enable_raw_tracks_event_json"}
NEWER_VALUES = {"lang": {"cs", "sk"}}
"""Settings and values that Daily has announced, but not described yet."""

BUCKET = {"bucket_name": "b", "bucket_region": "us-west-2", "assume_role_arn": "arn:aws:iam::1:role/r"}
OCI = {"bucket_name": "b", "bucket_region": "us-ashburn-1", "storage_provider": "oci", "namespace": "n"}
HLS = {"name": "h", "type": "hls", "hls_config": {"save_hls_recording": True, "storage": BUCKET}}
FULL = {"width": 1280, "height": 720, "fps": 30, "bitrate": 3000}


def reasons(properties: dict[str, Any]) -> list[str]:
    return [str(failure) for failure in validate(RoomProperties, properties)[1]]


@pytest.mark.parametrize(
    "properties",
    [
        {"nbf": 1, "exp": 2.0, "sfu_switchover": 0.5, "max_participants": 200},
        {"enable_recording": "cloud"},
        {"enable_recording": ["raw-tracks", "cloud"]},
        {"enable_raw_tracks_transcoded_audio": ""},
        {
            "permissions": {
                "canReceive": {"base": {"video": True, "customVideo": {"*": False}}, "byUserId": {"u": False}}
            }
        },
        {"permissions": {"canReceive": {"byParticipantId": {"p": {"audio": True}}}, "canAdmin": True}},
        {"recordings_bucket": {**BUCKET, "allow_streaming_from_bucket": True}, "transcription_bucket": OCI},
        {"recordings_template": "{domain_name}/{epoch_time}-{recording_id}.mp4"},
        {"transcription_template": "t/{epoch_time}.vtt"},
        {"streaming_endpoints": [HLS, {"name": "r", "type": "rtmp", "rtmp_config": {"url": "rtmps://x/y"}}]},
        {"streaming_endpoints": [{**HLS, "hls_config": {"save_hls_recording": False, "variants": [FULL, UNKNOWN]}}]},
        {"sip": {"display_name": "x", "sip_mode": "dial-in", "num_endpoints": 2, "codecs": {"audio": ["OPUS"]}}},
        {
            "sip": {
                "display_name": "x",
                "sip_mode": "dial-in",
                "num_endpoints": UNKNOWN,
                "force_digit_only_username": True,
            }
        },
        {"meeting_join_hook": "https://x.example/hook", "lang": "pt-BR", "geo": "sa-east-1"},
        {"enable_multiparty_adaptive_simulcast": True},
    ],
)
def test_good(properties: dict[str, Any]):
    assert reasons(properties) == []


def test_a_fraction_of_a_second_is_cut_off():
    given = {"nbf": 1_800_000_000.75, "exp": 1_800_003_600.25}
    for model in (RoomProperties, TokenProperties):
        assert validate(model, given) == ({"nbf": 1_800_000_000, "exp": 1_800_003_600}, [])


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"nbf": 5, "exp": 5}, "nbf: is not before exp: nobody could ever join"),
        ({"exp": "soon"}, "exp: must be a whole number, not 'soon'"),
        ({"exp": -1}, "exp: must be at least 0, not -1"),
        ({"exp": True}, "exp: must be a whole number, not true"),
        ({"exp": float("inf")}, "exp: must be a whole number"),
        ({"nbf": float("nan")}, "nbf: must be a whole number"),
        ({"nbf": -1.5}, "nbf: must be at least 0"),
        ({"sfu_switchover": "2"}, "sfu_switchover: must be a number, not '2'"),
        ({"enable_chat": "true"}, "enable_chat: must be true or false, not 'true'"),
        ({"enable_chat": {}}, "enable_chat: must be true or false, not an object"),
        ({"lang": "pt_BR"}, "did you mean pt-BR?"),
        ({"enable_recording": 5}, "or a list of them, not 5"),
        ({"enableChat": True}, "enableChat: is not known here; did you mean enable_chat?"),
        ({"meeting_join_hook": "x.example"}, "must be a URL that starts with https:// or http://"),
        ({"meeting_join_hook": "https:///x"}, "must be a URL"),
        ({"meeting_join_hook": "https://" + "x" * 300}, "must be at most 255 characters long"),
        ({"recordings_template": "x"}, "recordings_template: must contain {epoch_time}, not 'x'"),
        ({"recordings_template": "{epoch_time}."}, "must not end with a dot"),
        ({"recordings_template": "{epoch_time}.mkv"}, "may end in .mp4 only"),
        ({"recordings_template": "{epoch_time} x"}, "only the characters 0-9 A-Z a-z . / _ -"),
        (
            {"recordings_template": "{epoch_time}{transcript_id}"},
            "has an unknown tag; known are epoch_time",
        ),
        ({"recordings_template": "{epoch_time}" + "x" * 1024}, "must be at most 1024 characters long"),
        ({"recordings_bucket": {"bucket_name": "b"}}, "recordings_bucket.bucket_region: is required"),
        ({"recordings_bucket": {"bucket_name": "", "bucket_region": "r"}}, "bucket_name: must not be empty"),
        ({"transcription_bucket": {**BUCKET, "allow_streaming_from_bucket": True}}, "is not known here"),
        ({"recordings_bucket": {**OCI, "assume_role_arn": "a"}}, "assume_role_arn: is for AWS only"),
        ({"recordings_bucket": {**BUCKET, "namespace": "n"}}, "namespace: is for OCI only"),
        ({"recordings_bucket": {k: v for k, v in OCI.items() if k != "namespace"}}, "namespace: is required"),
        ({"recordings_bucket": {"bucket_name": "b", "bucket_region": "r"}}, "assume_role_arn: is required for an AWS"),
        ({"streaming_endpoints": {}}, "streaming_endpoints: must be a list"),
        ({"streaming_endpoints": [{"name": "r", "type": "rtmp"}]}, "[0].rtmp_config: is required for type rtmp"),
        ({"streaming_endpoints": [{"name": "r", "type": "hls"}]}, "[0].hls_config: is required for type hls"),
        (
            {"streaming_endpoints": [{**HLS, "rtmp_config": {"url": "rtmp://x"}}]},
            "rtmp_config: does not go with type hls",
        ),
        (
            {"streaming_endpoints": [{**HLS, "hls_config": {"save_hls_recording": True, "variants": [FULL] * 5}}]},
            "at most four variants that are not iframe_only, and holds 5",
        ),
        (
            {
                "streaming_endpoints": [
                    {**HLS, "hls_config": {"save_hls_recording": True, "variants": [{"iframe_only": True}]}}
                ]
            },
            "needs at least one variant that is not iframe_only",
        ),
        (
            {
                "streaming_endpoints": [
                    {**HLS, "hls_config": {"save_hls_recording": True, "variants": [{"width": 1080}, {"height": 1080}]}}
                ]
            },
            "at most one 1080p variant",
        ),
        ({"sip": {"display_name": "x"}}, "sip.sip_mode: is required"),
        ({"sip": "x"}, "sip: must be an object, not text"),
        (
            {
                "sip": {
                    "display_name": "x",
                    "sip_mode": "dial-in",
                    "num_endpoints": 2,
                    "force_digit_only_username": True,
                }
            },
            "does not go with num_endpoints greater than 1",
        ),
        (
            {"enable_multiparty_adaptive_simulcast": True, "enable_adaptive_simulcast": False},
            "needs enable_adaptive_simulcast",
        ),
        ({"permissions": {"canSend": ["video", "x"]}}, "permissions.canSend[1]: must be one of video, audio"),
        (
            {"permissions": {"canReceive": {"base": {"vidoe": True}}}},
            "base.vidoe: is not known here; did you mean video?",
        ),
        ({"permissions": {"canReceive": {"base": "x"}}}, "base: must be true or false or an object, not 'x'"),
        (
            {"permissions": {"canReceive": {"byUserId": {"u": 1}}}},
            "byUserId.u: must be true or false or an object, not 1",
        ),
    ],
)
def test_bad(properties: dict[str, Any], expected: str):
    assert expected in "\n".join(reasons(properties))


def test_a_secret_value_is_not_repeated_and_a_long_one_is_cut():
    key = {"name": "r", "type": "rtmp", "rtmp_config": {"url": "http://CANARY"}}
    text = "\n".join(reasons({"streaming_endpoints": [key]}))
    assert "rtmp_config.url: must match" in text
    assert "CANARY" not in text
    assert len(reasons({"lang": "x" * 500})[0]) < 300


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.CANARY"


@pytest.mark.parametrize(
    "properties",
    [
        {"streaming_endpoints": "rtmp://live.example.com/CANARY"},
        {"streaming_endpoints": {"a": "CANARY"}},
        {"streaming_endpoints": ["CANARY"]},
        {"streaming_endpoints": [{"name": "a", "type": "rtmp", "rtmp_config": "CANARY"}]},
        {"streaming_endpoints": [{"name": "a", "type": "rtmp", "rtmp_config": {"url": {"a": "CANARY"}}}]},
        {"streaming_endpoints": [{"name": "a", "type": "rtmp", "rtmp_config": {"url": ["CANARY"]}}]},
        {"streaming_endpoints": [{"name": "a", "type": "rtmp", "rtmp_config": {"endpoint": "CANARY"}}]},
        {"meeting_join_hook": {"url": "CANARY"}},
        {"password": "CANARY"},
        {"hls": "rtmp://live.example.com/CANARY"},
        {"lang": "rtmps://live.example.com/CANARY"},
        {"geo": JWT},
        {"enable_chat": "Bearer CANARY"},
        {"permissions": {"canReceive": {"byUserId": {"basic_auth": "CANARY"}}}},
    ],
)
def test_what_may_be_a_secret_is_in_no_failure_wherever_it_stands(properties: dict[str, Any]):
    _, failures = validate(RoomProperties, properties)
    assert failures
    assert "CANARY" not in repr(failures)
    assert "CANARY" not in repr(validate(RoomSet, {"rooms": {"a": {"properties": properties}}})[1])


@pytest.mark.parametrize(
    ("properties", "reason", "bare"),
    [
        ({"lang": "pt-br"}, "sv, tr, user, not 'pt-br'; did you mean pt-BR?", "sv, tr, user"),
        ({"exp": "soon"}, "must be a whole number, not 'soon'", "must be a whole number"),
        (
            {"exp": 10**400},
            "must be at most 9007199254740992, not 1" + "0" * 58 + "…",
            "must be at most 9007199254740992",
        ),
        ({"exp": 10**5000}, "must be at most 9007199254740992, not a number", "must be at most 9007199254740992"),
        ({"enable_chat": []}, "must be true or false, not a list", "must be true or false"),
        ({"recordings_template": "{x}"}, "not '{x}'", "{epoch_time}"),
        ({"enable_caht": 1}, "is not known here; did you mean enable_chat?", "enable_chat?"),
    ],
)
def test_a_failure_has_a_sentence_without_the_value(properties: dict[str, Any], reason: str, bare: str):
    [failure] = validate(RoomProperties, properties)[1]
    assert reason in failure.reason
    if not failure.bare.startswith("has an unknown tag"):
        assert failure.bare.endswith(bare)
    assert "not " not in failure.bare or failure.kind == "unknown"


def test_whatever_is_no_object():
    for value, kind in [
        (None, "null"),
        (5.0, "a number"),
        (10**5000, "a number"),
        (True, "true or false"),
        ([], "a list"),
        (b"", "bytes"),
    ]:
        assert [str(f) for f in validate(Room, value, ("x",))[1]] == [f"x: must be an object, not {kind}"]
    assert validate(Room, UNKNOWN) == (UNKNOWN, [])


def test_a_setting_has_one_sentence_of_documentation_and_one_entry():
    seen = set()

    def walk(model: Any) -> None:
        for name, entry in entries(model).items():
            assert entry.meta.doc.strip(), name
            inner = nested_model(entry.annotation)
            if inner is not None and inner not in seen:
                seen.add(inner)
                walk(inner)

    walk(Room)
    assert len(entries(RoomProperties)) == 50


def _flat(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    return schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


@pytest.mark.skipif(not OPENAPI.exists(), reason="Daily's OpenAPI description is not present")
def test_the_settings_are_those_of_dailys_description():
    schemas = json.loads(OPENAPI.read_text())["components"]["schemas"]
    described = {k: _flat(v, schemas) for k, v in schemas["room-properties"]["properties"].items()}
    ours = entries(RoomProperties)
    read_only = {name for name, schema in described.items() if schema.get("readOnly")}
    assert set(described) - read_only - set(ours) == set()
    assert set(ours) - set(described) == NEWER
    never_sent = {"geo", "rtmp_geo", "recordings_template", "transcription_template"}  # printed, and refused when sent
    for name, schema in described.items():
        if name in read_only:
            continue
        if "default" in schema and name not in never_sent:
            assert defaults(RoomProperties).get(name) == schema["default"], name
        if "enum" in schema:
            choices = {c for option in get_args(ours[name].annotation) for c in get_args(option)}
            assert set(schema["enum"]) == choices - NEWER_VALUES.get(name, set()), name
