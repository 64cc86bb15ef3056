"""Rooms over HTTP: bodies, error texts, echo, update, expiry. The emulator's clock stands still."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from pulumi_daily.emulator import Emulator
from pulumi_daily.objects.room import RoomProperties
from pulumi_daily.objects.validation import defaults

SIP = {"display_name": "Desk", "sip_mode": "dial-in"}


def test_a_room_is_answered_the_same_by_create_read_update_and_list(emulator: Emulator, http: Any) -> None:
    made = http.ok("POST", "/rooms", {"name": "standup", "privacy": "private", "properties": {"enable_chat": True}})
    assert made == {
        "id": made["id"],
        "name": "standup",
        "api_created": True,
        "privacy": "private",
        "url": "https://acme.daily.co/standup",
        "created_at": "2027-01-15T08:00:00.000Z",
        "config": {"enable_chat": True},
    }
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["id"])
    assert http.ok("GET", "/rooms/standup") == made
    assert http.ok("POST", "/rooms/standup", {}) == made
    assert http.ok("GET", "/rooms") == {"total_count": 1, "data": [made]}


@pytest.mark.parametrize("body", [{}, None, {"properties": {}}])
def test_a_room_without_a_name_gets_one_of_20_letters_and_digits(http: Any, body: Any) -> None:
    made = http.ok("POST", "/rooms", body)
    assert re.fullmatch(r"[A-Za-z0-9]{20}", made["name"])
    assert (made["privacy"], made["config"]) == ("public", {})


def test_a_name_that_is_taken(http: Any) -> None:
    http.ok("POST", "/rooms", {"name": "a"})
    assert http.refused("POST", "/rooms", {"name": "a"}) == "a room named a already exists"


def test_names_that_daily_refuses(http: Any) -> None:
    assert http.refused("POST", "/rooms", {"name": "a b"}) == (
        "a b contains invalid characters (room names can contain A-Z, a-z, 0-9, '-', and '_')"
    )
    assert "128" in http.refused("POST", "/rooms", {"name": "a" * 129})
    assert http.ok("POST", "/rooms", {"name": "a" * 128})["name"] == "a" * 128
    http.refused("POST", "/rooms", {"name": ""})
    http.refused("POST", "/rooms", {"name": 5})
    http.refused("POST", "/rooms", {"name": None})
    http.refused("POST", "/rooms", {"name": "täglich"})


def test_moments(emulator: Emulator, http: Any) -> None:
    now = int(emulator.clock.now())
    past = f"exp was '{now}', which is in the past rather than in the future"
    assert http.refused("POST", "/rooms", {"properties": {"exp": now}}) == past
    assert http.ok("POST", "/rooms", {"name": "a", "properties": {"exp": now + 1}})["config"] == {"exp": now + 1}
    assert http.refused("POST", "/rooms/a", {"properties": {"exp": now}}) == past
    assert http.refused("POST", "/rooms", {"properties": {"exp": "soon"}}) == (
        "exp was 'soon' but should be a number of seconds since the unix epoch"
    )
    assert "exp was 'true' but" in http.refused("POST", "/rooms", {"properties": {"exp": True}})
    assert "exp was '[object Object]' but" in http.refused("POST", "/rooms", {"properties": {"exp": {}}})
    assert "exp was '1,2' but" in http.refused("POST", "/rooms", {"properties": {"exp": [1, 2]}})
    assert f"exp was '{now}'" in http.refused("POST", "/rooms", {"properties": {"exp": float(now)}})
    assert "nbf was 'x' but" in http.refused("POST", "/rooms", {"properties": {"nbf": "x"}})
    assert http.ok("POST", "/rooms", {"properties": {"nbf": 5}})["config"] == {"nbf": 5}


def test_daily_is_laxer_than_this_packages_check(emulator: Emulator, http: Any) -> None:
    now = emulator.clock.now()
    lax = {"geo": "NULL", "exp": now + 9.5, "nbf": now + 20, "enable_recording": False}
    assert http.ok("POST", "/rooms", {"properties": lax})["config"] == lax
    multi = {"enable_multiparty_adaptive_simulcast": True, "enable_adaptive_simulcast": False}
    assert http.ok("POST", "/rooms", {"properties": multi})["config"] == multi
    assert "properties.geo" in http.refused("POST", "/rooms", {"properties": {"geo": "null"}})


@pytest.mark.parametrize(
    ("properties", "where"),
    [
        ({"enable_chat": "yes"}, "properties.enable_chat"),
        ({"lang": "xx"}, "properties.lang"),
        ({"max_participants": 1.5}, "properties.max_participants"),
        ({"permissions": {"canSend": ["smell"]}}, "properties.permissions.canSend"),
        ({"sip": {"sip_mode": "dial-in"}}, "properties.sip.display_name"),
        ({"recordings_template": "{epoch_time}."}, "properties.recordings_template"),
        ({"recordings_bucket": {"bucket_name": "b", "bucket_region": "r"}}, "properties.recordings_bucket"),
        ({"enable_recording": True}, "properties.enable_recording"),
    ],
)
def test_bad_properties_are_named(http: Any, properties: Any, where: str) -> None:
    assert http.refused("POST", "/rooms", {"properties": properties}).startswith(f'"{where}')
    http.ok("POST", "/rooms", {"name": "there"})
    assert http.refused("POST", "/rooms/there", {"properties": properties}).startswith(f'"{where}')
    assert http.ok("GET", "/rooms")["total_count"] == 1


def test_the_words_of_recorded_refusals(emulator: Emulator, http: Any) -> None:
    assert http.refused("POST", "/rooms", {"properties": {"allow_streaming_from_bucket": True}}) == (
        "invalid property name 'allow_streaming_from_bucket'"
    )
    emulator.switches.bucket_verification = "fail"
    bucket = {"bucket_name": "b", "bucket_region": "us-west-2", "assume_role_arn": "arn"}
    for path in ("/rooms", "/"):
        for key in ("recordings_bucket", "transcription_bucket"):
            body = {"properties": {key: bucket}}
            assert http.refused("POST", path, body) == "unable to upload test file to bucket b"
    emulator.switches.plan = "free"
    assert http("POST", "/rooms", {"properties": {"max_participants": 5}}) == (
        400,
        {"error": "invalid-plan-type", "info": "This feature is only available to paid accounts"},
    )


def test_bodies_of_the_wrong_shape(http: Any) -> None:
    http.refused("POST", "/rooms", [1])
    http.refused("POST", "/rooms", "text")
    http.refused("POST", "/rooms", {"properties": None})
    http.refused("POST", "/rooms", {"properties": []})
    assert http.refused("POST", "/rooms", {"privacy": "org"}) == '"privacy" must be one of [public, private]'
    assert http.refused("POST", "/rooms", {"colour": 1}) == '"colour" is not allowed'
    http.ok("POST", "/rooms", {"name": "a"})
    assert http.refused("POST", "/rooms/a", {"name": "b"}) == '"name" is not allowed'


def test_config_holds_only_what_differs_from_the_room_defaults(emulator: Emulator, http: Any) -> None:
    plain = {k: v for k, v in defaults(RoomProperties).items() if not k.endswith("_template")}
    assert http.ok("POST", "/rooms", {"properties": plain})["config"] == {"lang": "en"}
    # Daily accepts this setting still, though it no longer documents it.
    assert emulator.add_room("a", owner_only_broadcast=False)["config"] == {}
    assert emulator.edit_room("a", owner_only_broadcast=True)["config"] == {"owner_only_broadcast": True}
    # Without a room default, a value is read back as it was given, also the domain's own.
    given = {"enable_prejoin_ui": True, "enable_people_ui": False, "enable_chat": True}
    assert http.ok("POST", "/rooms", {"properties": given})["config"] == given


def test_an_update_merges_and_null_resets(http: Any) -> None:
    http.ok("POST", "/rooms", {"name": "a", "privacy": "private", "properties": {"enable_chat": True, "lang": "de"}})
    assert http.ok("POST", "/rooms/a", {"properties": {"max_participants": 5}})["config"] == {
        "enable_chat": True,
        "lang": "de",
        "max_participants": 5,
    }
    changed = http.ok("POST", "/rooms/a", {"privacy": "public", "properties": {"lang": None, "geo": None}})
    assert (changed["privacy"], changed["config"]) == ("public", {"enable_chat": True, "max_participants": 5})
    assert http.ok("POST", "/rooms/a", {"properties": {"enable_chat": False}})["config"] == {"max_participants": 5}
    assert http.ok("POST", "/rooms/a", {"privacy": None})["privacy"] == "public"


def test_nulls_inside_objects_and_lists_are_dropped(http: Any) -> None:
    endpoint = {"name": "r", "type": "rtmp", "rtmp_config": {"url": "rtmp://live.example/a"}, "hls_config": None}
    properties = {"streaming_endpoints": [endpoint], "permissions": {"canSend": None, "hasPresence": True}}
    read = http.ok("POST", "/rooms", {"properties": properties})["config"]
    del endpoint["hls_config"]
    assert read == {"streaming_endpoints": [endpoint], "permissions": {"hasPresence": True}}


def test_a_refused_update_changes_nothing(http: Any) -> None:
    before = http.ok("POST", "/rooms", {"name": "a"})
    http.refused("POST", "/rooms/a", {"privacy": "private", "properties": {"enable_chat": True, "lang": 5}})
    assert http.ok("GET", "/rooms/a") == before


def test_sip_addresses_are_provisioned(http: Any) -> None:
    made = http.ok("POST", "/rooms", {"name": "a", "properties": {"sip": SIP}})
    assert made["config"]["sip_uri"]["endpoint"].startswith("a.0@")
    assert made["config"]["sip_uri"]["extra_endpoints"] == []
    more = http.ok("POST", "/rooms/a", {"properties": {"sip": {**SIP, "num_endpoints": 3}}})
    assert len(more["config"]["sip_uri"]["extra_endpoints"]) == 2
    digits = http.ok("POST", "/rooms/a", {"properties": {"sip": {**SIP, "force_digit_only_username": True}}})
    assert digits["config"]["sip_uri"]["endpoint"].partition("@")[0].isdecimal()
    assert http.ok("POST", "/rooms/a", {"properties": {"sip": None}})["config"] == {}
    assert "sip_uri" in http.refused("POST", "/rooms/a", {"properties": {"sip_uri": {"endpoint": "x"}}})


def test_delete(http: Any) -> None:
    http.ok("POST", "/rooms", {"name": "a"})
    assert http.ok("DELETE", "/rooms/a") == {"deleted": True, "name": "a"}
    missing = (404, {"error": "not-found", "info": "room a not found"})
    assert http("DELETE", "/rooms/a") == missing
    assert http("GET", "/rooms/a") == missing
    assert http("POST", "/rooms/a", {}) == missing
    assert http("GET", "/rooms/a/presence") == missing


def test_an_expired_room_is_gone_for_most_of_the_api(emulator: Emulator, http: Any) -> None:
    now = int(emulator.clock.now())
    http.ok("POST", "/rooms", {"name": "a", "properties": {"exp": now + 60}})
    http.ok("POST", "/rooms", {"name": "b"})
    emulator.clock.advance(60)
    assert [room["name"] for room in http.ok("GET", "/rooms")["data"]] == ["b"]
    assert http.ok("GET", "/rooms")["total_count"] == 1
    missing = {"error": "not-found", "info": "room a not found"}
    assert http("GET", "/rooms/a") == (404, missing)
    assert http("POST", "/rooms/a", {"properties": {"exp": now + 999}}) == (404, missing)
    assert http.refused("POST", "/rooms", {"name": "a"}) == "a room named a already exists"
    assert http("DELETE", "/rooms/a") == (404, {**missing, "deleted": True})
    assert http("DELETE", "/rooms/a") == (404, missing)
    http.ok("POST", "/rooms", {"name": "a"})


def test_exp_can_be_moved_and_taken_away(emulator: Emulator, http: Any) -> None:
    now = int(emulator.clock.now())
    http.ok("POST", "/rooms", {"name": "a", "properties": {"exp": now + 10}})
    http.ok("POST", "/rooms/a", {"properties": {"exp": now + 100}})
    emulator.clock.advance(50)
    assert http.ok("GET", "/rooms")["total_count"] == 1
    http.ok("POST", "/rooms/a", {"properties": {"exp": None}})
    emulator.clock.advance(100)
    assert http.ok("GET", "/rooms")["total_count"] == 1
    emulator.edit_room("a", exp=now)
    assert http.ok("GET", "/rooms")["total_count"] == 0
    emulator.clock.advance(-500)
    assert http.ok("GET", "/rooms")["total_count"] == 1


def test_of_many_creates_of_one_name_exactly_one_succeeds(emulator: Emulator, http: Any) -> None:
    statuses: list[int] = []
    start = threading.Barrier(8)

    def create() -> None:
        start.wait(10)
        statuses.append(http.raw("POST", "/rooms", {"name": "one"}).status_code)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(statuses) == [200] + [400] * 7
    assert list(emulator.rooms()) == ["one"]


# -- batches


def test_batch_create_gives_a_bare_list(http: Any) -> None:
    made = http.ok("POST", "/batch/rooms", {"rooms": [{"name": "a"}, {"privacy": "private"}, {}]})
    assert [room["privacy"] for room in made] == ["public", "private", "public"]
    assert made[0]["name"] == "a"
    assert http.ok("GET", "/rooms")["total_count"] == 3
    assert http.ok("POST", "/batch/rooms", {"rooms": []}) == []


@pytest.mark.parametrize(
    ("items", "info"),
    [
        ([{"name": "x"}, {"name": "there"}], "a room named there already exists"),
        ([{"name": "x"}, {"name": "x"}], "a room named x already exists"),
        ([{"name": "x"}, {"name": "!"}], "! contains invalid characters"),
        ([{"name": "x"}, {"properties": {"exp": 1}}], "exp was '1'"),
        ([{"name": "x"}, 5], "must be an object"),
    ],
)
def test_batch_create_is_all_or_nothing(emulator: Emulator, http: Any, items: Any, info: str) -> None:
    emulator.add_room("there")
    assert info in http.refused("POST", "/batch/rooms", {"rooms": items})
    assert list(emulator.rooms()) == ["there"]


def test_batch_limits(emulator: Emulator, http: Any) -> None:
    assert len(http.ok("POST", "/batch/rooms", {"rooms": [{}] * 1000})) == 1000
    assert "1000" in http.refused("POST", "/batch/rooms", {"rooms": [{}] * 1001})
    assert "1000" in http.refused("DELETE", "/batch/rooms", {"room_names": ["x"] * 1001})

    def bucket(n: int) -> dict[str, Any]:
        return {
            "properties": {
                "recordings_bucket": {"bucket_name": f"b{n}", "bucket_region": "r", "assume_role_arn": "arn"}
            }
        }

    http.ok("POST", "/batch/rooms", {"rooms": [bucket(i % 10) for i in range(30)]})
    assert "recordings_bucket" in http.refused("POST", "/batch/rooms", {"rooms": [bucket(i) for i in range(11)]})
    assert http.ok("GET", "/rooms")["total_count"] == 1030


def test_batch_delete(emulator: Emulator, http: Any) -> None:
    emulator.seed(5, "r")
    assert http.ok("DELETE", "/batch/rooms", {"room_names": ["r-0", "r-1", "r-1"]}) == {"deleted_count": 2}
    assert http("DELETE", "/batch/rooms", {"room_names": ["r-2", "r-0"]})[0] == 404
    assert sorted(emulator.rooms()) == ["r-2", "r-3", "r-4"]


def test_batch_bodies_of_the_wrong_shape(http: Any) -> None:
    for method, key in (("POST", "rooms"), ("DELETE", "room_names")):
        assert http.refused(method, "/batch/rooms", {}) == "missing required field"
        assert "array" in http.refused(method, "/batch/rooms", {key: "x"})
        assert "is not allowed" in http.refused(method, "/batch/rooms", {key: [], "more": 1})
    http.refused("DELETE", "/batch/rooms", {"room_names": [1]})


def test_nobody_is_present(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a")
    assert http.ok("GET", "/rooms/a/presence") == {"total_count": 0, "data": []}
    assert http.ok("GET", "/presence") == {}
