"""What exists already as an import has it: no secrets, nothing that check refuses, and rooms as one set."""

from __future__ import annotations

from typing import Any

import pytest
from edge import outs_of

from pulumi_daily.importing.existing import (
    LeftOut,
    NotImportable,
    _without_secrets,
    existing,
    existing_set,
)
from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.decide.project import declared_inputs
from pulumi_daily.lifecycle.decide.room_set import check_set
from pulumi_daily.lifecycle.state import Domain, LiveView
from pulumi_daily.objects.domain import DOMAIN_CONFIG
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET, effective
from pulumi_daily.objects.sip_client import SIP_CLIENT
from pulumi_daily.objects.sip_trunk import SIP_TRUNK
from pulumi_daily.objects.webhook import WEBHOOK

NOW = 1_800_000_000.0
ACME = Domain("acme", "id-acme")
SECRET = "canary"
STREAM = {"name": "a", "type": "rtmp", "rtmp_config": {"url": f"rtmp://example.com/{SECRET}"}}
HLS = {"name": "b", "type": "hls", "hls_config": {"save_hls_recording": False}}


def room(name: str = "standup", privacy: str = "public", **config: Any) -> dict[str, Any]:
    return {"name": name, "privacy": privacy, "config": config, "url": f"https://acme.daily.co/{name}"}


def trunk(**config: Any) -> dict[str, Any]:
    notification = {"webhook_url": "https://example.com/x", "hmac": SECRET}
    return {
        "id": "t-1",
        "trunk_name": "support",
        "room_template": {},
        "notification": notification,
        "hmac": SECRET,
        "trunk_config": config,
    }


def test_a_room_without_its_secrets() -> None:
    found = existing(ROOM, room(streaming_endpoints=[STREAM], lang="de", meeting_join_hook=SECRET), ACME, NOW)
    assert found.inputs == {"name": "standup", "privacy": "public", "properties": {"lang": "de"}}
    assert {item.setting for item in found.left_out} == {"streaming_endpoints", "meeting_join_hook"}
    assert outs_of(found.spec, found.state)["config"]["meeting_join_hook"] == "[secret]"
    assert SECRET not in repr(found)
    assert found.label == found.identity == "standup"


def test_a_list_without_a_secret_in_it_stays() -> None:
    assert existing(ROOM, room(streaming_endpoints=[HLS]), ACME, NOW).left_out == ()


def test_what_is_no_object_is_left_out_like_all_that_check_refuses() -> None:
    found = existing(ROOM, room(recordings_bucket="mine", enable_chat=True), ACME, NOW)
    assert found.inputs["properties"] == {"enable_chat": True}
    assert "must be an object" in found.left_out[0].why


def test_text_that_no_model_knows_may_be_a_secret() -> None:
    found = existing(ROOM, room(new_text=SECRET, new_flag=True, new_list=[SECRET]), ACME, NOW)
    assert found.inputs["extra_properties"] == {"new_flag": True}
    assert [item.setting for item in found.left_out] == ["new_text", "new_list"]
    assert SECRET not in repr(found)
    alone = existing(ROOM, room(new_text=SECRET), ACME, NOW)
    assert "extra_properties" not in alone.inputs


@pytest.mark.parametrize(
    ("config", "inputs", "left"),
    [
        (
            {"pinless_dialin": [{"phone_number": "+1", "hmac": SECRET}], "enable_chat": True},
            {"properties": {"enable_chat": True}},
            "extra_properties.pinless_dialin",
        ),
        (
            {"sip": {"display_name": "x", "basicAuth": SECRET}},
            {"properties": {"sip": {"display_name": "x"}}},
            "sip.basicAuth",
        ),
        (
            {"auto_transcription_settings": {"engine": {"API-Token": SECRET, "token": SECRET, "n": 1}}},
            {"properties": {"auto_transcription_settings": {"engine": {"API-Token": SECRET, "n": 1}}}},
            "auto_transcription_settings.engine.token",
        ),
        ({"new": {"password": 1234, "flag": True}}, {"extra_properties": {"new": {"flag": True}}}, "new.password"),
        ({"new": {"token": ""}}, {}, "new"),
        (
            {"auto_transcription_settings": {"to": ["rtmp://example.com/canary"], "n": 1}},
            {"properties": {"auto_transcription_settings": {"n": 1}}},
            "auto_transcription_settings.to",
        ),
        ({"extra\nkey": SECRET}, {}, '["extra\\nkey"]'),
    ],
)
def test_what_is_called_as_a_secret_or_looks_like_one_is_left_out_at_any_depth(
    config: dict[str, Any], inputs: dict[str, Any], left: str
) -> None:
    kept, found = _without_secrets(ROOM, declared_inputs(ROOM, LiveView(ROOM, room(**config))))
    assert kept == {"name": "standup", "privacy": "public", **inputs}
    assert [item.setting.removeprefix("extra_properties.") for item in found] == [
        left.removeprefix("extra_properties.")
    ]


def test_what_is_left_out_says_why_without_a_secret() -> None:
    found = existing(ROOM, room(streaming_endpoints="rtmp://example.com/canary", lang="Bearer canary"), ACME, NOW)
    assert SECRET not in repr((found.inputs, found.left_out))


def test_what_check_would_refuse_is_left_out_and_says_why() -> None:
    found = existing(ROOM, room(max_participants=0, enable_chat=True), ACME, NOW)
    assert found.inputs["properties"] == {"enable_chat": True}
    [left] = found.left_out
    assert left.setting == "properties.max_participants"
    assert left.why.startswith("properties.max_participants must be at least 1")
    only = existing(ROOM, room(max_participants=0), ACME, NOW)
    assert "properties" not in only.inputs
    assert not check(ROOM, {}, found.inputs, NOW).failures


def test_an_object_that_check_refuses_altogether() -> None:
    reason = r'^webhook "w-1" cannot be imported: event_types must not be empty\. Declare'
    with pytest.raises(NotImportable, match=reason):
        existing(WEBHOOK, {"uuid": "w-1", "url": "https://example.com", "event_types": []}, ACME, NOW)


def test_an_object_without_an_id() -> None:
    """Entries of the list of phone numbers may lack it."""
    with pytest.raises(NotImportable, match=r"^phone number \+18055550109: Daily shows it without its id"):
        existing(PHONE_NUMBER, {"number": "+18055550109", "status": "verified"}, ACME, NOW)


def test_a_trunk_keeps_its_secrets_to_itself() -> None:
    live = trunk(allowed_ips=["203.0.113.0/24"], credential={"username": "carrier"})
    found = existing(SIP_TRUNK, live, ACME, NOW)
    assert found.inputs["trunk_config"] == {"allowed_ips": ["203.0.113.0/24"]}
    assert found.inputs["notification"] == {"webhook_url": "https://example.com/x"}
    assert "hmac" not in outs_of(found.spec, found.state)
    assert SECRET not in repr(found)
    assert found.label == "support"
    assert found.left_out == (
        LeftOut("notification.hmac", "secret", ("notification", "hmac")),
        LeftOut("trunk_config.credential", "secret", ("trunk_config", "credential"), is_text=False),
    )


def test_a_trunk_that_nothing_but_a_secret_guards() -> None:
    with pytest.raises(NotImportable, match=r"without its secrets .*trunk_config\.credential.*allowed_ips is"):
        existing(SIP_TRUNK, trunk(credential={"username": "carrier"}), ACME, NOW)


def test_what_daily_does_not_show_is_named_once() -> None:
    live = {"username": "desk.1", "sip_uri": "sip:desk.1@example.com", "domain": "example.com"}
    for shown in (live, {**live, "password": SECRET}):
        found = existing(SIP_CLIENT, shown, ACME, NOW)
        assert found.left_out == (LeftOut("password", "secret", ("password",)),)
        assert found.inputs == {"username": "desk.1"}
        assert "password" not in outs_of(found.spec, found.state)
    hook = {"uuid": "w-1", "url": "https://example.com", "event_types": ["meeting.ended"]}
    assert existing(WEBHOOK, hook, ACME, NOW).left_out == (LeftOut("retry_type", "Daily does not show it"),)
    assert existing(WEBHOOK, {**hook, "retry_type": "exponential"}, ACME, NOW).left_out == ()


def test_the_domain_has_what_somebody_set() -> None:
    config = {"lang": "de", "hide_daily_branding": False, "redirect_on_meeting_exit": "", "max_live_streams": 20}
    config |= {"pin_dialin": [{"phone_number": "+18055550100"}], "sfu_switchover": None, "enable_people_ui": False}
    live = {"domain_name": "acme", "domain_id": "id-acme", "config": config}
    found = existing(DOMAIN_CONFIG, live, ACME, NOW, on_destroy="keep")
    assert found.inputs == {"properties": {"lang": "de", "enable_people_ui": False}, "on_destroy": "keep"}
    assert found.identity == "acme"
    assert [item.setting for item in found.left_out] == ["pin_dialin"]
    assert "deprecated" in found.left_out[0].why


def test_a_domain_on_which_nobody_set_anything() -> None:
    live = {"domain_name": "acme", "domain_id": "id-acme", "config": {"lang": None, "enable_prejoin_ui": True}}
    assert existing(DOMAIN_CONFIG, live, ACME, NOW).inputs == {}


@pytest.mark.parametrize(
    "rooms",
    [
        [room("a", lang="de", enable_chat=True), room("b", lang="fr", enable_chat=True)],
        [room("a", "private"), room("b", "private", enable_chat=False)],
        [room("a", "private", new_flag=1), room("b", "public", new_flag=1)],
        [room("a", permissions={"canSend": ["audio"]}), room("b", permissions={"canSend": ["audio"]})],
        [room("a", enable_chat=True), room("b", enable_chat=1)],
        [room("a", "private", lang="de")],
        [room("a"), room("b")],
    ],
)
def test_a_set_has_what_its_rooms_have(rooms: list[dict[str, Any]]) -> None:
    singles = [existing(ROOM, live, ACME, NOW) for live in rooms]
    found = existing_set("set-1", singles, ACME)
    assert found.spec is ROOM_SET
    assert effective(found.inputs) == {one.identity: one.inputs for one in singles}
    assert not check(ROOM_SET, {}, found.inputs, NOW).failures or rooms[1]["config"].get("enable_chat") == 1
    assert found.state.get("urls") == {one.identity: outs_of(one.spec, one.state)["url"] for one in singles}
    assert outs_of(found.spec, found.state)["domain"] == "acme"


def test_what_rooms_share_stands_once() -> None:
    rooms = [
        room(name, "private", enable_chat=True, lang=lang) for name, lang in (("a", "de"), ("b", "de"), ("c", "fr"))
    ]
    found = existing_set("set-1", [existing(ROOM, live, ACME, NOW) for live in rooms], ACME)
    assert found.inputs == {
        "defaults": {"privacy": "private", "properties": {"enable_chat": True, "lang": "de"}},
        "rooms": {"a": {}, "b": {}, "c": {"properties": {"lang": "fr"}}},
    }
    assert outs_of(found.spec, found.state)["rooms"] == found.inputs["rooms"]


def test_most_of_the_rooms_say_what_the_defaults_are() -> None:
    lives = [room(name, privacy) for name, privacy in (("a", "public"), ("b", "private"), ("c", "private"))]
    found = existing_set("set-1", [existing(ROOM, live, ACME, NOW) for live in lives], ACME)
    assert found.inputs == {"defaults": {"privacy": "private"}, "rooms": {"a": {"privacy": "public"}, "b": {}, "c": {}}}
    assert {name: inputs["privacy"] for name, inputs in effective(found.inputs).items()} == {
        live["name"]: live["privacy"] for live in lives
    }


def test_frequent_values_that_do_not_go_together_are_no_defaults() -> None:
    times = [(NOW + 10, NOW + 20), (NOW + 50, NOW + 60), (NOW + 50, NOW + 70), (NOW + 5, NOW + 20)]
    lives = [room(f"r{i}", nbf=nbf, exp=exp, enable_chat=True) for i, (nbf, exp) in enumerate(times)]
    found = existing_set("set-1", [existing(ROOM, live, ACME, NOW) for live in lives], ACME)
    assert found.inputs["defaults"] == {"properties": {"enable_chat": True}}
    assert not check_set(ROOM_SET, {}, found.inputs, NOW).failures


def test_what_rooms_of_a_set_leave_out() -> None:
    rooms = [room("a", streaming_endpoints=[STREAM]), room("b")]
    found = existing_set("set-1", [existing(ROOM, live, ACME, NOW) for live in rooms], ACME)
    path = ("rooms", "a", "properties", "streaming_endpoints")
    assert found.left_out == (LeftOut("streaming_endpoints of a", "secret", path, is_text=False),)
    assert found.inputs == {"rooms": {"a": {}, "b": {}}}
