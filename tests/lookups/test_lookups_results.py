"""Results: what they take from Daily's answers, what they show, and when they hold a secret."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime import stack

import pulumi_daily as daily
from pulumi_daily.lookups import Result, Results
from pulumi_daily.lookups._results import Raw, holds_secret
from pulumi_daily.objects import dialin, domain, meeting_token, phone_number, room, sip_client, sip_trunk, webhook
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.spec import ObjectSpec

KINDS = [one for one in vars(daily.lookups).values() if inspect.isclass(one) and issubclass(one, Result)]
CANARY = "canary-4711"

WEBHOOK = {
    "uuid": "0b4e",
    "url": "https://hooks.example",
    "hmac": CANARY,
    "basicAuth": CANARY,
    "eventTypes": ["meeting.started"],
    "state": "ACTIVE",
    "failedCount": 0,
    "domainId": "d",
    "createdAt": "2023-08-15T18:28:30.000Z",
    "somethingNew": CANARY,
}


def test_daily_names_become_snake_case() -> None:
    hook = daily.GetWebhookResult.of(WEBHOOK)
    assert (hook.uuid, hook.event_types, hook.failed_count) == ("0b4e", ["meeting.started"], 0)
    assert (hook.hmac, hook.basic_auth, hook.domain_id) == (CANARY, CANARY, "d")
    assert (hook.retry_type, hook.last_moment_pushed, hook.updated_at) == (None, None, None)
    assert hook.created_at == "2023-08-15T18:28:30.000Z"
    assert hook.raw["somethingNew"] == CANARY
    assert daily.GetWebhookResult.of({"event_types": ["x"], "basic_auth": "y"}).basic_auth == "y"


@pytest.mark.parametrize(
    ("kind", "answer", "field", "value"),
    [
        (daily.GetAvailablePhoneNumberResult, {"number": "+1", "region": "CA"}, "phone_number", "+1"),
        (daily.GetAvailablePhoneNumberResult, {"phoneNumber": "+1"}, "phone_number", "+1"),
        (daily.GetTranscriptAccessLinkResult, {"link": "l"}, "download_link", "l"),
        (daily.GetTranscriptAccessLinkResult, {"download_link": "d", "link": "l"}, "download_link", "d"),
        (daily.GetRecordingAccessLinkResult, {"download_link": None, "link": "l"}, "download_link", "l"),
        (daily.GetRecordingAccessLinkResult, {"validity_capped": "true"}, "validity_capped", True),
        (daily.GetRecordingAccessLinkResult, {"expires": "1548809176"}, "expires", 1548809176),
        (daily.GetRecordingResult, {"s3key": "k"}, "s3key", "k"),
        (daily.GetRecordingResult, {"key": "k"}, "s3key", "k"),
        (daily.GetRecordingResult, {"duration": 277.0}, "duration", 277),
        (daily.GetRecordingResult, {"tracks": None}, "tracks", []),
        (daily.GetTranscriptOutParamsResult, {"key": "k"}, "s3key", "k"),
        (daily.GetTranscriptResult, {"isVttAvailable": "false"}, "is_vtt_available", False),
        (daily.GetTranscriptResult, {"duration": 2.5}, "duration", 2.5),
        (daily.GetTranscriptResult, {"duration": "long"}, "duration", None),
        (daily.GetRoomResult, {"api_created": "true"}, "api_created", True),
        (daily.GetRoomResult, {"api_created": 1}, "api_created", None),
        (daily.GetRoomResult, {"config": None}, "config", {}),
        (daily.GetRoomResult, {"config": {"sip_uri": {"endpoint": "e"}}}, "sip_uri", {"endpoint": "e"}),
        (daily.GetRoomResult, {"name": 7}, "name", ""),
        (daily.GetPhoneNumberResult, {"created_date": "2025"}, "created_at", "2025"),
        (daily.GetPhoneNumberResult, {"pagination_id": True}, "pagination_id", None),
        (daily.GetSipClientResult, {"domain": "acme.sip"}, "sip_domain", "acme.sip"),
        (daily.GetSipClientResult, {"expires_at": 12}, "expires_at", 12),
        (daily.GetSipClientResult, {"expires_at": ["?"]}, "expires_at", None),
        (daily.GetDialinConfigResult, {"id": "1", "type": "t", "config": {"hmac": "h"}}, "hmac", "h"),
        (daily.GetDialinConfigResult, {"id": "1", "type": "t", "config": None}, "id", "1"),
        (daily.GetSipTrunkResult, {"config": {"exp_offset": 1}, "notification": {"hmac": "h"}}, "hmac", "h"),
    ],
)
def test_what_is_read(kind: type[Result], answer: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(kind.of(answer), field) == value
    assert dict(kind.of(answer).raw) == answer


def test_nested_objects() -> None:
    meeting = daily.GetMeetingResult.of({"id": "m", "participants": [{"participant_id": "p", "user_id": None}, 7]})
    assert meeting.participants == [daily.GetMeetingParticipantResult(participant_id="p")]
    transcript = daily.GetTranscriptResult.of({"outParams": {"s3key": "k", "bucket": "b"}, "error": "e"})
    assert transcript.out_params == daily.GetTranscriptOutParamsResult(s3key="k", bucket="b")
    assert transcript.error == "e"
    assert daily.GetTranscriptResult.of({"outParams": "?"}).out_params is None


def json_values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    return st.recursive(leaves, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=8), v, max_size=3))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_no_answer_makes_a_result_raise(kind: type[Result], data: st.DataObject) -> None:
    """Whatever stands under the names that are read, the types hold and nothing raises."""
    names = [one.name for one in dataclasses.fields(kind)] + ["config", "id", "type", "outParams", "link"]
    answer = data.draw(st.dictionaries(st.sampled_from(names), json_values()))
    made = kind.of(answer)
    holds_secret(made)
    repr(made)
    for one in dataclasses.fields(kind):
        if one.type == "str":
            assert isinstance(getattr(made, one.name), str)


def test_results_are_read_only_and_show_no_secret() -> None:
    hook = daily.GetWebhookResult.of(WEBHOOK)
    with pytest.raises(dataclasses.FrozenInstanceError):
        hook.url = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        hook.raw["url"] = "other"  # type: ignore[index]
    for text in (repr(hook), str(hook), f"{hook}", repr(hook.raw), repr([hook]), repr({"hook": hook})):
        assert CANARY not in text
    assert repr(hook) == (
        "GetWebhookResult(uuid='0b4e', url='https://hooks.example', event_types=['meeting.started'], hmac=<redacted>, "
        "basic_auth=<redacted>, state='ACTIVE', failed_count=0, domain_id='d', created_at='2023-08-15T18:28:30.000Z')"
    )


def test_stream_keys_and_tokens_are_not_shown() -> None:
    config = {
        "streaming_endpoints": [{"name": "live", "type": "rtmp", "rtmp_config": {"url": f"rtmps://x/{CANARY}"}}],
        "meeting_join_hook": f"https://x?{CANARY}",
        "enable_chat": True,
    }
    made = daily.GetRoomResult.of({"name": "r", "config": config})
    assert CANARY not in repr(made)
    assert "'enable_chat': True" in repr(made)
    assert made.config == config
    log = daily.GetApiLogResult.of({"url": "/v1/meeting-tokens/eyJhbGciOiJI.eyJyIjoi.sig", "response": CANARY})
    assert CANARY not in repr(log)
    assert "eyJ" not in repr(log)


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        (daily.GetWebhookResult.of({"hmac": "h"}), True),
        (daily.GetWebhookResult.of({"hmac": "", "basicAuth": None}), False),
        (daily.GetRoomResult.of({"config": {"enable_chat": True, "meeting_join_hook": ""}}), False),
        (daily.GetRoomResult.of({"config": {"meeting_join_hook": "https://x"}}), True),
        (daily.GetDomainResult.of({"config": {"pinless_dialin": [{"hmac": "h"}]}}), True),
        (daily.GetRecordingResult.of({"share_token": "s"}), True),
        (daily.GetTranscriptAccessLinkResult.of({"link": "l"}), True),
        (daily.GetBatchJobAccessLinkResult.of({"summary": {"link": "l"}}), True),
        (daily.GetApiLogResult.of({"request": None, "response": None}), False),
        (daily.GetApiLogResult.of({"response": "{}"}), True),
        (daily.GetLogResult.of({"message": "Bearer abc"}), True),
        (daily.GetMeetingResult.of({"participants": [{"token": "t"}]}), True),
        ([daily.GetRoomResult(), daily.GetWebhookResult.of({"hmac": "h"})], True),
        ({"room": [daily.GetPresenceResult.of({"userName": "Ada"})]}, False),
        (None, False),
        ("text", False),
    ],
)
def test_which_results_hold_a_secret(value: Any, secret: bool) -> None:
    assert holds_secret(value) is secret


def models(kind: type[Fields]) -> Iterator[type[Fields]]:
    yield kind
    for entry in entries(kind).values():
        for part in getattr(entry.annotation, "__args__", ()):
            for one in (part, *getattr(part, "__args__", ())):
                if inspect.isclass(one) and issubclass(one, Fields):
                    yield from models(one)


@pytest.mark.parametrize(
    "spec",
    [
        room.ROOM,
        domain.DOMAIN_CONFIG,
        webhook.WEBHOOK,
        dialin.DIALIN_CONFIG,
        sip_trunk.SIP_TRUNK,
        sip_client.SIP_CLIENT,
        meeting_token.MEETING_TOKEN,
    ],
    ids=lambda spec: spec.kind,
)
def test_every_secret_setting_of_the_field_models_is_noticed(spec: ObjectSpec) -> None:
    found = [
        (entry.meta.api or name, name)
        for model in models(spec.inputs)
        for name, entry in entries(model).items()
        if entry.meta.secret
    ]
    for api_name, name in found:
        wrapped = "rtmp_config" if api_name == "url" else api_name
        assert holds_secret(daily.GetRoomResult.of({"config": {wrapped: {"url": "x"}}})), name
    assert found or spec.kind == "MeetingToken"


@pytest.mark.parametrize(
    ("kind", "spec", "unread"),
    [
        (daily.GetRoomResult, room.ROOM, {"properties", "extra_properties"}),
        (daily.GetWebhookResult, webhook.WEBHOOK, set()),
        (daily.GetDialinConfigResult, dialin.DIALIN_CONFIG, set()),
        (daily.GetSipTrunkResult, sip_trunk.SIP_TRUNK, set()),
        (daily.GetSipClientResult, sip_client.SIP_CLIENT, {"password", "expires_in_seconds"}),
        (daily.GetPhoneNumberResult, phone_number.PHONE_NUMBER, set()),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_results_have_the_names_of_the_resources(kind: type[Result], spec: ObjectSpec, unread: set[str]) -> None:
    steering = {*spec.provider_only_inputs, *spec.rotation_triggers, *unread}
    wanted = {*spec.inputs.model_fields, *spec.outputs} - steering
    assert wanted <= {one.name for one in dataclasses.fields(kind)}


def test_a_setting_in_force() -> None:
    made = daily.GetRoomResult.of({"config": {"enable_chat": True, "lang": None}})
    assert made.setting("enable_chat") is True
    assert made.setting("start_video_off") is False  # Daily's default
    assert made.setting("lang") == "en"
    assert made.setting("enable_people_ui") is None  # from the domain
    assert made.setting("not_known") is None


def test_results_can_be_copied_compared_and_exported() -> None:
    hook = daily.GetWebhookResult.of(WEBHOOK)
    assert copy.deepcopy(hook) == hook
    assert pickle.loads(pickle.dumps(hook)).raw["hmac"] == CANARY
    assert hook != daily.GetWebhookResult.of({**WEBHOOK, "state": "FAILED"})
    assert dataclasses.asdict(hook)["url"] == "https://hooks.example"
    exported = stack.massage(hook, [])
    assert exported["url"] == "https://hooks.example"
    assert "_raw" not in exported
    assert "raw" not in exported


def test_the_raw_answer() -> None:
    raw = Raw({"a": 1, "b": CANARY})
    assert (len(raw), list(raw), raw["a"], raw.get("c")) == (2, ["a", "b"], 1, None)
    assert json.dumps(dict(raw)) == f'{{"a": 1, "b": "{CANARY}"}}'
    assert repr(raw) == "Raw(a, b)"
    assert daily.GetRoomResult(name="for a test").raw == {}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_described(kind: type[Result]) -> None:
    assert (kind.__doc__ or "").strip()
    source = inspect.getsource(kind)
    for one in dataclasses.fields(kind):
        if one.name != "_raw":
            after = source.split(f"    {one.name}: ", 1)[1].split("\n", 1)[1].lstrip()
            assert after.startswith('"""'), one.name


# -- Results


def test_results_are_read_when_they_are_looked_at() -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for i in range(5):
            taken.append(i)
            yield i

    found = Results(source())
    assert taken == []
    assert repr(found) == "<Results: 0 read>"
    assert found
    assert taken == [0]
    assert found.first() == 0
    assert taken == [0]
    one, two = iter(found), iter(found)
    assert [next(one), next(one), next(two)] == [0, 1, 0]
    assert taken == [0, 1]
    assert found.all() == [0, 1, 2, 3, 4] == list(found)
    assert taken == [0, 1, 2, 3, 4]
    assert repr(found) == "<Results: 5 read, complete>"
    assert list(two) == [1, 2, 3, 4]


def test_no_results() -> None:
    found: Results[int] = Results(iter(()))
    assert not found
    assert found.first() is None
    assert found.all() == []


def test_an_error_in_a_list_never_cuts_it_short() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError("page 2")

    found = Results(source())
    assert found.first() == 1
    for _ in range(2):
        with pytest.raises(OSError, match="page 2"):
            found.all()


def test_the_files_of_a_recording() -> None:
    found = daily.GetRecordingResult.of({"id": "r", "data_outputs": ["event-json", "chat-webvtt"]})
    assert found.data_outputs == ["event-json", "chat-webvtt"]
    assert daily.GetRecordingResult.of({"id": "r"}).data_outputs == []
    urls = {"event-json": "https://files.example/CANARY"}
    link = daily.GetRecordingAccessLinkResult.of({"download_link": "https://files.example/a", "data_outputs": urls})
    assert link.data_outputs == urls
    assert holds_secret(link)
    assert "CANARY" not in repr(link)


def test_the_link_of_a_raw_tracks_recording_tells_where_its_files_are() -> None:
    track = {"type": "audio", "content_type": "audio/webm", "s3Key": "a/b"}
    answer = {"s3_bucket": "b", "s3_region": "us-west-2", "tracks": [track]}
    link = daily.GetRecordingAccessLinkResult.of(answer)
    assert (link.s3_bucket, link.s3_region, link.tracks, link.download_link) == ("b", "us-west-2", [track], "")
    assert not holds_secret(link)
