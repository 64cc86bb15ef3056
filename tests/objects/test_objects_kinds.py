"""What each kind of object takes: rules between settings, values, and what is wrong with others."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.decide.room_set import check_set
from pulumi_daily.objects.dialin import DIALIN_CONFIG
from pulumi_daily.objects.domain import DOMAIN_CONFIG
from pulumi_daily.objects.meeting_token import MEETING_TOKEN
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room_set import ROOM_SET
from pulumi_daily.objects.sip_client import SIP_CLIENT
from pulumi_daily.objects.sip_trunk import SIP_TRUNK, adjust_update
from pulumi_daily.objects.sip_trunk import flatten as flat_trunk
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.objects.values import UNKNOWN, format_path
from pulumi_daily.objects.webhook import WEBHOOK

NOW = 1_800_000_000.0
URL = "https://example.com/x"


def failures(spec: ObjectSpec, inputs: dict[str, Any]) -> dict[str, str]:
    return {format_path(f.path): f.reason for f in check(spec, {}, inputs, NOW).failures}


def trunk(**config: Any) -> dict[str, Any]:
    return {
        "trunk_name": "support",
        "room_template": {},
        "notification": {"webhook_url": URL},
        "trunk_config": config or {"is_open": True},
    }


HOOK = {"url": URL, "event_types": ["meeting.ended"]}
PIN = {"type": "pin_dialin", "phone_number": "+18055550100"}
PINLESS = {"type": "pinless_dialin", "room_creation_api": URL}
CREDENTIAL = {"username": "carrier", "password": "carrier-pass-1"}

GOOD: list[tuple[ObjectSpec, dict[str, Any]]] = [
    (WEBHOOK, HOOK),
    (WEBHOOK, {**HOOK, "url": "http://example.com:8080/x?y=1"}),
    (DIALIN_CONFIG, PIN),
    (DIALIN_CONFIG, {**PIN, "ivr_greeting": {"message": "Hello"}}),
    (DIALIN_CONFIG, PINLESS),
    (DIALIN_CONFIG, {"type": UNKNOWN, "ivr_greeting": {"message": "Hello"}, "hmac": "c2VjcmV0"}),
    (PHONE_NUMBER, {"number": "+18055550100"}),
    (PHONE_NUMBER, {"search": {}}),
    (PHONE_NUMBER, {"search": {"region": "CA", "city": "Stockton"}}),
    (PHONE_NUMBER, {"search": {"areacode": "805", "contains": "555"}}),
    (PHONE_NUMBER, {"number": UNKNOWN}),
    (SIP_TRUNK, trunk()),
    (SIP_TRUNK, trunk(allowed_ips=["203.0.113.0/24", "198.51.100.7"])),
    (SIP_TRUNK, trunk(credential=CREDENTIAL, is_open=False)),
    (SIP_TRUNK, trunk(credential=UNKNOWN)),
    (SIP_TRUNK, trunk(is_open=True, allowed_ips=[])),
    (SIP_CLIENT, {"username": "desk.1"}),
    (SIP_CLIENT, {"username": "desk_1-a", "password": "password-1234", "expires_in_seconds": 60}),
    (MEETING_TOKEN, {}),
    (MEETING_TOKEN, {"properties": {"exp": int(NOW) + 60}}),
    (MEETING_TOKEN, {"lifetime": 60, "renew_share": 0}),
    (MEETING_TOKEN, {"self_signed": True, "domain_id": "x"}),
    (MEETING_TOKEN, {"self_signed": UNKNOWN, "domain_id": "x"}),
    (DOMAIN_CONFIG, {}),
    (DOMAIN_CONFIG, {"on_destroy": "keep"}),
]


@pytest.mark.parametrize(("spec", "inputs"), GOOD, ids=lambda v: v.kind if isinstance(v, ObjectSpec) else str(v)[:60])
def test_what_is_taken(spec: ObjectSpec, inputs: dict[str, Any]):
    assert failures(spec, inputs) == {}


BAD: list[tuple[ObjectSpec, dict[str, Any], str, str]] = [
    (WEBHOOK, {}, "url", "is required"),
    (WEBHOOK, {"url": URL, "event_types": []}, "event_types", "must not be empty"),
    (WEBHOOK, {**HOOK, "event_types": ["meeting.startd"]}, "event_types[0]", "did you mean meeting.started?"),
    (WEBHOOK, {**HOOK, "url": "example.com"}, "url", "must be a URL that starts with https:// or http://"),
    (WEBHOOK, {**HOOK, "retry_type": "exponental"}, "retry_type", "must be one of circuit-breaker, exponential"),
    (WEBHOOK, {**HOOK, "hmac": "not base64!"}, "hmac", "must be base64 text"),
    (WEBHOOK, {**HOOK, "hmac": ""}, "hmac", "must be base64 text"),
    (WEBHOOK, {**HOOK, "eventTypes": []}, "eventTypes", "did you mean event_types?"),
    (DIALIN_CONFIG, {**PIN, "hmac": "c2VjcmV0"}, "hmac", "does not go with type pin_dialin"),
    (
        DIALIN_CONFIG,
        {**PINLESS, "ivr_greeting": {"message": "x"}},
        "ivr_greeting",
        "does not go with type pinless_dialin",
    ),
    (DIALIN_CONFIG, {"type": "pin_dialin"}, "phone_number", "is required for type pin_dialin"),
    (DIALIN_CONFIG, {"type": "pinless_dialin"}, "room_creation_api", "is required for type pinless_dialin"),
    (DIALIN_CONFIG, {**PIN, "phone_number": "805 555 0100"}, "phone_number", "must be a number in E.164 form"),
    (DIALIN_CONFIG, {**PINLESS, "timeout_config": {}}, "timeout_config.message", "is required"),
    (PHONE_NUMBER, {}, "number", "is required, or search"),
    (PHONE_NUMBER, {"search": {"region": "CA", "areacode": "805"}}, "search.region", "does not go with areacode"),
    (PHONE_NUMBER, {"search": {"city": "Stockton"}}, "search.city", "needs region"),
    (
        PHONE_NUMBER,
        {"search": {"city": "Stockton", "region": "CA", "contains": "555"}},
        "search.city",
        "does not go with contains",
    ),
    (
        PHONE_NUMBER,
        {"search": {"starts_with": "805", "ends_with": "0100"}},
        "search.ends_with",
        "does not go with starts_with",
    ),
    (PHONE_NUMBER, {"search": {"region": "California"}}, "search.region", "must match"),
    (SIP_TRUNK, trunk(allowed_ips=["192.0.2.1"], is_open=True), "trunk_config.is_open", "does not go with allowed_ips"),
    (SIP_TRUNK, trunk(exp_offset=600), "trunk_config.allowed_ips", "is required, or credential"),
    (SIP_TRUNK, trunk(allowed_ips=["nowhere"]), "trunk_config.allowed_ips[0]", "must be an IPv4 address or a range"),
    (SIP_TRUNK, trunk(allowed_ips=["2001:db8::1"]), "trunk_config.allowed_ips[0]", "must be an IPv4 address"),
    (
        SIP_TRUNK,
        trunk(allowed_ips=[f"192.0.2.{i}" for i in range(26)]),
        "trunk_config.allowed_ips",
        "may hold at most 25 entries, and holds 26",
    ),
    (SIP_TRUNK, {**trunk(), "trunk_name": "Support"}, "trunk_name", "must match"),
    (
        SIP_TRUNK,
        {**trunk(), "notification": {"webhook_url": "http://example.com"}},
        "notification.webhook_url",
        "must be a URL that starts with https://",
    ),
    (SIP_TRUNK, {**trunk(), "room_template": {"exp": 5}}, "room_template.exp", "is not known here"),
    (
        SIP_TRUNK,
        {
            **trunk(),
            "room_template": {"enable_multiparty_adaptive_simulcast": True, "enable_adaptive_simulcast": False},
        },
        "room_template.enable_multiparty_adaptive_simulcast",
        "needs enable_adaptive_simulcast",
    ),
    (SIP_CLIENT, {}, "username", "is required"),
    (SIP_CLIENT, {"username": "a b"}, "username", "must match"),
    (SIP_CLIENT, {"username": "a", "password": "short1"}, "password", "must be 12 to 64 characters long"),
    (SIP_CLIENT, {"username": "a", "password": "x" * 12}, "password", "at least one letter and one digit"),
    (SIP_CLIENT, {"username": "a", "expires_in_seconds": 59}, "expires_in_seconds", "must be at least 60"),
    (MEETING_TOKEN, {"lifetime": 0}, "lifetime", "must be at least 1"),
    (MEETING_TOKEN, {"lifetime": 60, "renew_share": 1}, "renew_share", "must be less than 1"),
    (MEETING_TOKEN, {"renew_share": 0.5}, "renew_share", "needs lifetime"),
    (
        MEETING_TOKEN,
        {"lifetime": 60, "properties": {"exp": int(NOW) + 60}},
        "lifetime",
        "does not go with properties.exp",
    ),
    (MEETING_TOKEN, {"domain_id": "x"}, "domain_id", "goes with self_signed=True only"),
    (MEETING_TOKEN, {"properties": {"exp": int(NOW)}}, "properties.exp", "lies in the past"),
    (
        MEETING_TOKEN,
        {"properties": {"nbf": int(NOW) + 60, "exp": int(NOW) + 60}},
        "properties.nbf",
        "nobody could ever join",
    ),
    (DOMAIN_CONFIG, {"on_destroy": "forget"}, "on_destroy", "must be one of reset, keep"),
    (
        DOMAIN_CONFIG,
        {"properties": {"intercom_auto_record": True}},
        "properties.intercom_auto_record",
        "is set by Daily's support",
    ),
    (
        DOMAIN_CONFIG,
        {"properties": {"lang": "de"}, "extra_properties": {"lang": "hu"}},
        "extra_properties.lang",
        "is also given under properties; give it only once",
    ),
    (DOMAIN_CONFIG, {"properties": {"brand_new": 1}}, "properties.brand_new", "use extra_properties"),
]


@pytest.mark.parametrize(("spec", "inputs", "path", "reason"), BAD, ids=[f"{s.kind}-{p}" for s, _, p, _ in BAD])
def test_what_is_refused(spec: ObjectSpec, inputs: dict[str, Any], path: str, reason: str):
    found = failures(spec, inputs)
    assert reason in found.get(path, ""), found


# -- a trunk's two shapes, and its gate --------------------------------------------------------------------------------


def test_a_trunk_is_flat_whatever_its_shape():
    nested = {"id": "x", "config": {"trunk_config": {"is_open": True}, "notification": {"hmac": "h"}}}
    flat = {"id": "x", "trunk_config": {"is_open": True}, "notification": {"webhook_url": "u"}, "hmac": "h"}
    assert flat_trunk(nested) == {**nested["config"], "id": "x", "hmac": "h"}
    assert flat_trunk(flat) == flat
    assert flat_trunk({"id": "x", "config": "odd", "notification": 5}) == {"id": "x", "notification": 5}


@pytest.mark.parametrize(
    ("settings", "live", "expected"),
    [
        ({}, {}, {}),
        ({"trunk_config": None}, {"trunk_config": {}}, {"trunk_config": None}),
        ({"trunk_config": {"is_open": True}}, {}, {"trunk_config": {"is_open": True}}),
        (
            {"trunk_config": {"is_open": True}},
            {"trunk_config": {"allowed_ips": ["192.0.2.1"], "credential": {"username": "u"}}},
            {"trunk_config": {"is_open": True, "allowed_ips": None, "credential": None}},
        ),
        (
            {"trunk_config": {"is_open": True, "allowed_ips": []}},
            {"trunk_config": {"allowed_ips": ["192.0.2.1"], "is_open": False}},
            {"trunk_config": {"is_open": True, "allowed_ips": []}},
        ),
        (
            {"trunk_config": {"is_open": True}},
            {"trunk_config": {"allowed_ips": [], "is_open": False}},
            {"trunk_config": {"is_open": True}},
        ),
        (
            {"trunk_config": {"exp_offset": 60}},
            {"trunk_config": {"is_open": True}},
            {"trunk_config": {"exp_offset": 60, "is_open": False}},
        ),
        (
            {"trunk_config": {"exp_offset": 60}},
            {"trunk_config": {"is_open": False}},
            {"trunk_config": {"exp_offset": 60}},
        ),
    ],
    ids=str,
)
def test_an_update_of_the_gate_takes_back_the_other_one(settings: Any, live: Any, expected: Any):
    assert adjust_update(settings, {}, live) == expected


def test_an_update_of_a_trunk_takes_back_what_left_the_program():
    recorded = {"trunk_config": {"exp_offset": 60, "is_open": True}, "room_template": {"lang": "de", "sip": {"a": 1}}}
    settings = {"trunk_config": {"is_open": True}, "room_template": {"sip": {}}, "description": "d"}
    assert adjust_update(settings, recorded, {}) == {
        "trunk_config": {"is_open": True, "exp_offset": None},
        "room_template": {"lang": None, "sip": {"a": None}},
        "description": "d",
    }


def test_what_need_not_be_shown():
    assert WEBHOOK.write_only == ("retry_type",)
    assert SIP_CLIENT.write_only == ("password",)
    assert SIP_TRUNK.write_only == ()  # it is inside of what is shown


@pytest.mark.parametrize(
    ("shared", "own", "found"),
    [
        ({"enable_adaptive_simulcast": False}, {"enable_multiparty_adaptive_simulcast": True}, 1),
        ({"exp": 2_000_000_000}, {"nbf": 2_000_000_001}, 1),
        ({"exp": 2_000_000_000}, {"nbf": 1_999_999_999}, 0),
        ({"exp": UNKNOWN}, {"nbf": 2_000_000_001}, 0),
        ({"nbf": 2_000_000_001}, {"exp": 2_000_000_002}, 0),
    ],
)
def test_what_a_set_shares_must_go_together_with_what_a_room_has(shared: Any, own: Any, found: int):
    inputs = {"defaults": {"properties": shared}, "rooms": {"a": {"properties": own}, "b": {}}}
    told = {format_path(f.path): f.reason for f in check_set(ROOM_SET, {}, inputs, NOW).failures}
    assert [path.rpartition(".")[0] for path in told] == ["rooms.a.properties"] * found
