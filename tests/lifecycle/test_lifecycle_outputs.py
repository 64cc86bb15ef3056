"""What of a live object a program sees, and what it gets as outputs."""

from __future__ import annotations

from typing import Any

import pytest
from edge import kept, observed_settings, outputs, project_inputs, recorded_inputs

from pulumi_daily.api import SecretText
from pulumi_daily.lifecycle.decide.inputs import create_body, settings_of
from pulumi_daily.lifecycle.decide.project import project
from pulumi_daily.objects.domain import DOMAIN_CONFIG
from pulumi_daily.objects.permissions import Permissions
from pulumi_daily.objects.room import ROOM, RoomProperties
from pulumi_daily.objects.secrets import masked, redact_strings
from pulumi_daily.objects.sip_trunk import SIP_TRUNK, TrunkConfig, TrunkNotification
from pulumi_daily.objects.values import ABSENT
from pulumi_daily.objects.webhook import WEBHOOK


def test_a_live_value_is_cut_down_to_what_the_program_speaks_of():
    live = {"canSend": True, "canAdmin": ["participants"], "hasPresence": True}
    assert project(Permissions, {"canSend": False}, live) == {"canSend": True}
    assert project(Permissions, {"canSend": False}, None) is ABSENT
    assert project(Permissions, {"canSend": False}, ABSENT) is ABSENT
    assert project(Permissions, {"canReceive": {"base": True}}, live) == {}
    assert project(Permissions, True, live) == live
    assert project(None, {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}) == {"a": {"b": 2}}


def test_lists_of_one_length_are_cut_down_entry_by_entry():
    wanted = [{"name": "a"}, {"name": "b"}]
    assert project(None, wanted, [{"name": "x", "id": 1}, None]) == [{"name": "x"}, None]
    assert project(None, wanted, [{"name": "x", "id": 1}]) == [{"name": "x", "id": 1}]


@pytest.mark.parametrize(
    ("shown", "written", "expected"),
    [
        ({"webhook_url": "u"}, {"webhook_url": "u", "hmac": "old"}, {"webhook_url": "u", "hmac": "old"}),
        ({"webhook_url": "u", "hmac": "theirs"}, {"hmac": "old"}, {"webhook_url": "u", "hmac": "theirs"}),
        ({"webhook_url": "u"}, {"webhook_url": "u"}, {"webhook_url": "u"}),
        ({"webhook_url": "u"}, None, {"webhook_url": "u"}),
        ({"webhook_url": "u"}, "text", {"webhook_url": "u"}),
    ],
    ids=str,
)
def test_what_need_not_be_shown_is_what_was_written_last(shown: Any, written: Any, expected: Any):
    assert project(TrunkNotification, {"webhook_url": "u", "hmac": "new"}, shown, written) == expected


def test_a_default_stands_for_what_is_not_shown_unless_it_need_not_be():
    assert project(TrunkConfig, {"exp_offset": 5, "is_open": True}, {}) == {"exp_offset": 3600, "is_open": False}
    hook = {"url": "u", "retry_type": "circuit-breaker"}
    assert observed_settings(WEBHOOK, hook, {"url": "u"}) == {"url": "u", "retry_type": ABSENT}
    assert observed_settings(WEBHOOK, hook, {"url": "u"}, {"retry_type": "exponential"})["retry_type"] == "exponential"


def test_a_blank_is_unset_where_daily_shows_it_so():
    live = {"config": {"redirect_on_meeting_exit": "", "meeting_join_hook": ""}}
    wanted = {"redirect_on_meeting_exit": "", "meeting_join_hook": "https://x.example"}
    assert observed_settings(DOMAIN_CONFIG, wanted, live) == {
        "redirect_on_meeting_exit": "",
        "meeting_join_hook": ABSENT,
    }
    assert observed_settings(DOMAIN_CONFIG, {"redirect_on_meeting_exit": ""}, {})["redirect_on_meeting_exit"] == ""


def test_inputs_are_projected_on_what_is_shown():
    inputs = {"name": "a", "privacy": "private", "properties": {"lang": "de"}}
    live = {"name": "a", "config": {"lang": "fr", "geo": "us-west-2"}}
    assert project_inputs(ROOM, inputs, live, {}) == {**inputs, "properties": {"lang": "fr"}}
    assert project_inputs(ROOM, inputs, {**live, "privacy": "public"}, {})["privacy"] == "public"
    assert project_inputs(ROOM, {"name": "a"}, live, {}) == {"name": "a"}


def test_a_secret_output_is_the_given_one_the_shown_one_or_the_one_that_was():
    def made(inputs: Any, live: Any, before: Any = None) -> Any:
        outs = outputs(SIP_TRUNK, inputs, live, normalized={}, before=before)
        return outs.get("hmac")

    given = {"notification": {"webhook_url": "u", "hmac": "given"}}
    assert made(given, {"hmac": "shown"}, {"hmac": "was"}) == "given"
    assert made({}, {"hmac": "shown"}, {"hmac": "was"}) == "shown"
    assert made({}, {}, {"hmac": "was"}) == "was"
    assert made({"notification": {}}, {}) is None


def test_outputs_repeat_given_inputs_as_they_are_and_a_refresh_shows_what_is():
    """Under ``ignore_changes`` Daily may have another value; what the state repeats is compared with the inputs."""
    live = {"name": "a", "privacy": "private", "id": "u", "config": {}}
    outs = outputs(ROOM, {"name": "a", "privacy": "public"}, live, normalized={})
    assert (outs["privacy"], outs["room_id"]) == ("public", "u")
    assert outputs(ROOM, {"name": "a"}, live, normalized={})["privacy"] == "private"
    hook = {"url": "u", "event_types": ["meeting.ended"], "hmac": "given"}
    outs = outputs(WEBHOOK, hook, {**hook, "hmac": "theirs"}, normalized={})
    assert (outs["hmac"], kept(outs, "explicit_inputs")) == ("given", ["hmac"])
    seen = project_inputs(WEBHOOK, recorded_inputs(WEBHOOK, outs), {**hook, "hmac": "theirs"}, {})
    assert seen["hmac"] == "theirs"
    assert outputs(WEBHOOK, seen, {**hook, "hmac": "theirs"}, normalized={})["hmac"] == "theirs"


def test_what_a_program_gave_is_told_from_what_daily_made():
    outs = {"url": "u", "hmac": "made"}
    assert recorded_inputs(WEBHOOK, outs) == {"url": "u"}
    assert recorded_inputs(WEBHOOK, {**outs, "__daily": {"explicit_inputs": ["hmac"]}}) == {"url": "u", "hmac": "made"}
    assert recorded_inputs(WEBHOOK, {"url": "u", "hmac": "made"}) == {"url": "u"}


def test_text_that_no_model_knows_is_guarded_on_its_way_to_daily():
    inputs = {"name": "a", "properties": {"lang": "de"}, "extra_properties": {"new": ["text", 5, {"deep": "text"}]}}
    sent = create_body(ROOM, inputs)
    assert sent == {"name": "a", "properties": {"lang": "de", "new": ["text", 5, {"deep": "text"}]}}
    assert isinstance(sent["properties"]["new"][0], SecretText)
    assert isinstance(sent["properties"]["new"][2]["deep"], SecretText)
    assert not isinstance(sent["properties"]["lang"], SecretText)
    assert settings_of(ROOM, {"extra_properties": "text"}) == {}


def test_masks():
    live = {"lang": None, "meeting_join_hook": "https://x.example/SECRET", "other": ("a", {"b": None})}
    assert masked(RoomProperties, live) == {"meeting_join_hook": "[secret]", "other": ["a", {}]}
    assert masked(RoomProperties, {"meeting_join_hook": ""}) == {"meeting_join_hook": ""}
    assert redact_strings({"a": ["x", 1, True, None], "b": {"c": "y"}}) == {
        "a": ["[secret]", 1, True, None],
        "b": {"c": "[secret]"},
    }


CANARY = "https://x.example/CANARY"
RTMP = {"name": "a", "type": "rtmp", "rtmp_config": {"url": "rtmp://live.example/CANARY"}}


@pytest.mark.parametrize(
    ("given", "live"),
    [
        ({"extra_properties": {"new": 5}}, {"new": {"hmac": "CANARY"}}),
        ({"extra_properties": {"new": {"a": [1]}}}, {"new": {"a": [{"token": "CANARY"}, 2]}}),
        ({"properties": {"streaming_endpoints": []}}, {"streaming_endpoints": [RTMP]}),
        ({"properties": {"lang": "de"}}, {"lang": "Bearer CANARYCANARYCANARYCANARY"}),
        (
            {"properties": {"auto_transcription_settings": {"model": "x"}}},
            {"auto_transcription_settings": [{"key": "a"}]},
        ),
    ],
    ids=str,
)
def test_a_refresh_never_writes_a_secret_on_a_path_that_had_none(given: Any, live: Any):
    """Nothing in the state marks it there. It is drift in the next preview, which must_redact it."""
    inputs = {"name": "a", "privacy": "public", **given}
    found = project_inputs(ROOM, inputs, {"name": "a", "privacy": "public", "config": live}, {})
    assert "CANARY" not in str(found)


def test_a_refresh_takes_a_secret_where_one_was():
    """Its path is marked, so the next preview can show that it changes."""
    inputs = {"name": "a", "privacy": "public", "properties": {"meeting_join_hook": "https://x.example/old"}}
    live = {"name": "a", "privacy": "public", "config": {"meeting_join_hook": CANARY}}
    assert project_inputs(ROOM, inputs, live, {})["properties"] == {"meeting_join_hook": CANARY}


@pytest.mark.parametrize(
    "text",
    ["rtmp://live.example/app/CANARY", "Bearer CANARYCANARYCANARYCANARYCANARY"],
)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(text: str):
    live = {"name": "a", "id": "i", "config": {"some_new_key": [{"deep": text}]}, "sip_uri": {"endpoint": text}}
    outs = outputs(ROOM, {"name": "a"}, live, normalized={})
    assert "CANARY" not in str(outs)
    assert outs["room_id"] == "i"
