"""Every switch under every setting, over HTTP; and the switches themselves."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from pulumi_daily.emulator import Emulator, Switches
from pulumi_daily.emulator._outgoing import trunk_message, webhook_message
from pulumi_daily.emulator._switches import as_table
from pulumi_daily.webhooks import verify_sip_trunk

SIP = {"display_name": "Desk", "sip_mode": "dial-in"}
HOOK = {"url": "https://hook.example.com/", "eventTypes": ["meeting.ended"]}
DIALIN = {"type": "pinless_dialin", "room_creation_api": "https://calls.example.com/"}
TRUNK = {
    "trunk_name": "support",
    "room_template": {},
    "notification": {"webhook_url": "https://calls.example.com/"},
    "trunk_config": {"is_open": True},
}
BUCKET = {"bucket_name": "b", "bucket_region": "us-west-2", "assume_role_arn": "arn"}


def expire(emulator: Emulator, http: Any, name: str = "a") -> int:
    """A room that expired this second; its `exp`."""
    exp = int(emulator.clock.now()) + 10
    http.ok("POST", "/rooms", {"name": name, "properties": {"exp": exp}})
    emulator.clock.advance(10)
    return exp


def expired_get(emulator: Emulator, http: Any) -> Any:
    expire(emulator, http)
    assert http("POST", "/rooms/a", {})[0] == 404
    return http("GET", "/rooms/a")[0]


def create_over_expired(emulator: Emulator, http: Any) -> Any:
    expire(emulator, http)
    single = http("POST", "/rooms", {"name": "a"})[0]
    expire(emulator, http, "b")
    assert http("POST", "/batch/rooms", {"rooms": [{"name": "b"}, {}]})[0] == single
    assert http.ok("GET", "/rooms")["total_count"] == (3 if single == 200 else 0)
    return single


def collect_expired_after(emulator: Emulator, http: Any) -> Any:
    expire(emulator, http)
    emulator.clock.advance(29)
    assert http("POST", "/rooms", {"name": "a"})[0] == 400
    emulator.clock.advance(1)
    return http("POST", "/rooms", {"name": "a"})[0]


def unknown_property(emulator: Emulator, http: Any) -> Any:
    permissions = {"hasPresence": True, "odd": 1}
    properties = {"brand_new": 5, "enable_recording": ["cloud"], "permissions": permissions}
    status, made = http("POST", "/rooms", {"name": "a", "odd": 1, "properties": properties})
    if status == 400:
        assert http.refused("POST", "/rooms", {"properties": {"brand_new": 5}}) == ("invalid property name 'brand_new'")
        nested = {"properties": {"permissions": permissions}}
        assert http.refused("POST", "/rooms", nested) == '"properties.permissions.odd" is not allowed'
        return status
    return made["config"]


def unlisted_value(emulator: Emulator, http: Any) -> Any:
    found = http("POST", "/rooms", {"name": "a", "properties": {"lang": "hu"}})
    hook = http("POST", "/webhooks", {**HOOK, "eventTypes": ["meeting.paused"]})
    return (found[0], hook[0])


def invalid_privacy(emulator: Emulator, http: Any) -> Any:
    status, made = http("POST", "/rooms", {"privacy": "org"})
    return made.get("privacy", status)


def max_participants_over_200(emulator: Emulator, http: Any) -> Any:
    assert http("POST", "/rooms", {"properties": {"max_participants": 200}})[0] == 200
    return http("POST", "/rooms", {"properties": {"max_participants": 201}})[0]


def coerce_booleans(emulator: Emulator, http: Any) -> Any:
    assert http("POST", "/rooms", {"properties": {"enable_chat": "perhaps"}})[0] == 400
    status, made = http("POST", "/rooms", {"properties": {"enable_chat": "true", "enable_knocking": 0, "lang": "de"}})
    return made.get("config", status)


def plan(emulator: Emulator, http: Any) -> Any:
    assert http("POST", "/rooms", {"properties": {"enable_chat": True, "max_participants": None}})[0] == 200
    status, body = http("POST", "/rooms", {"properties": {"max_participants": 5}})
    return body.get("error", status)


def max_rooms(emulator: Emulator, http: Any) -> Any:
    expire(emulator, http)  # does not count
    assert http("POST", "/batch/rooms", {"rooms": [{}, {}]})[0] == 200
    return http("POST", "/rooms", {})[0]


def bucket_verification(emulator: Emulator, http: Any) -> Any:
    oci = {"bucket_name": "b", "bucket_region": "r", "storage_provider": "oci", "namespace": "n"}
    assert http("POST", "/rooms", {"properties": {"recordings_bucket": oci}})[0] == 200
    assert http("POST", "/rooms", {"properties": {"recordings_bucket": None}})[0] == 200
    return http("POST", "/rooms", {"properties": {"recordings_bucket": BUCKET}})[0]


def nested_update(emulator: Emulator, http: Any) -> Any:
    first = {"hasPresence": False, "canSend": True, "canReceive": {"base": True, "byUserId": {"u": False}}}
    http.ok("POST", "/rooms", {"name": "a", "properties": {"permissions": first}})
    change = {"canSend": None, "canReceive": {"base": False}}
    return http.ok("POST", "/rooms/a", {"properties": {"permissions": change}})["config"]["permissions"]


def echo_defaults(emulator: Emulator, http: Any) -> Any:
    return http.ok("POST", "/rooms", {"properties": {"start_video_off": False}})["config"]


def created_at(emulator: Emulator, http: Any) -> Any:
    emulator.clock.advance(0.75)
    made = http.ok("POST", "/rooms", {"name": "a"})
    (batched,) = http.ok("POST", "/batch/rooms", {"rooms": [{"name": "b"}]})
    assert batched["created_at"] == made["created_at"]
    read = http.ok("GET", "/rooms/a")
    assert http.ok("POST", "/rooms/a", {})["created_at"] == read["created_at"]
    return made["created_at"][17:], read["created_at"][17:]


def echo_false(emulator: Emulator, http: Any) -> Any:
    properties = {"enable_people_ui": False, "enable_screenshare": False}
    return http.ok("POST", "/rooms", {"properties": properties})["config"]


def echo_sip(emulator: Emulator, http: Any) -> Any:
    found = http.ok("POST", "/rooms", {"properties": {"sip": SIP}})["config"]
    assert "sip_uri" in found
    return found.get("sip")


def case_sensitive_names(emulator: Emulator, http: Any) -> Any:
    http.ok("POST", "/rooms", {"name": "Room"})
    created = http("POST", "/rooms", {"name": "room"})[0]
    batch = http("POST", "/batch/rooms", {"rooms": [{"name": "x"}, {"name": "X"}]})[0]
    read = http("GET", "/rooms/ROOM")[1].get("name")
    assert http("GET", "/rooms/Room")[1]["name"] == "Room"
    return created, batch, read


def address_by_id(emulator: Emulator, http: Any) -> Any:
    room_id = http.ok("POST", "/rooms", {"name": "a"})["id"]
    return http("GET", f"/rooms/{room_id}")[0]


def limit_over_max(emulator: Emulator, http: Any) -> Any:
    emulator.seed(150)
    status, body = http("GET", "/rooms", params={"limit": 101})
    return len(body["data"]) if status == 200 else status


def unknown_cursor(emulator: Emulator, http: Any) -> Any:
    emulator.seed(3)
    found = set()
    for key in ("starting_after", "ending_before"):
        status, body = http("GET", "/rooms", params={key: "gone"})
        found.add(len(body["data"]) if status == 200 else status)
    (one,) = found
    return one


def batch_error(emulator: Emulator, http: Any) -> Any:
    return "!" in http.refused("POST", "/batch/rooms", {"rooms": [{}, {"name": "!"}]})


def batch_delete_missing(emulator: Emulator, http: Any) -> Any:
    emulator.seed(2, "r")
    answer = http("DELETE", "/batch/rooms", {"room_names": ["r-0", "gone"]})
    assert len(emulator.rooms()) == (1 if answer[0] == 200 else 2)
    return answer[0]


def token_room_check(emulator: Emulator, http: Any) -> Any:
    emulator.add_room("there")
    assert http("POST", "/meeting-tokens", {"properties": {"room_name": "there"}})[0] == 200
    status, body = http("POST", "/meeting-tokens", {"properties": {"room_name": "gone"}})
    return body.get("info", status)


def read_only_setting(emulator: Emulator, http: Any) -> Any:
    status, body = http("POST", "/", {"properties": {"intercom_auto_record": True, "lang": "de"}})
    assert http.ok("GET", "/")["config"]["intercom_auto_record"] is False
    return body["config"]["lang"] if status == 200 else status


def foreign_ping(emulator: Emulator, http: Any) -> Any:
    return http("POST", "/webhooks", HOOK)[0]


def second_webhook(emulator: Emulator, http: Any) -> Any:
    http.ok("POST", "/webhooks", HOOK)
    return http("POST", "/webhooks", HOOK)[0]


def webhook_missing(emulator: Emulator, http: Any) -> Any:
    (status,) = {http(method, "/webhooks/gone", {})[0] for method in ("GET", "POST", "DELETE")}
    return status


def echo_retry_type(emulator: Emulator, http: Any) -> Any:
    made = http.ok("POST", "/webhooks", HOOK)
    read = http.ok("GET", f"/webhooks/{made['uuid']}")
    changed = http.ok("POST", f"/webhooks/{made['uuid']}", {"retryType": "exponential"})
    return made.get("retryType"), read.get("retryType"), changed.get("retryType")


def webhook_timestamp(emulator: Emulator, http: Any) -> Any:
    message = webhook_message("", b"{}", "eHh4", None, emulator.clock.now(), emulator.switches)
    return message.headers["X-Webhook-Timestamp"]


def dialin_number_check(emulator: Emulator, http: Any) -> Any:
    return http("POST", "/domain-dialin-config", DIALIN | {"phone_number": "+18058700061"})[0]


def pinless_number(emulator: Emulator, http: Any) -> Any:
    emulator.add("phone_numbers", number="+18058700061")
    assert http("POST", "/domain-dialin-config", DIALIN | {"phone_number": "+18058700061"})[0] == 200
    return http("POST", "/domain-dialin-config", DIALIN)[0]


def dialin_hmac(emulator: Emulator, http: Any) -> Any:
    return "hmac" in http.ok("POST", "/domain-dialin-config", DIALIN)["config"]


def release_in_use(emulator: Emulator, http: Any) -> Any:
    number = emulator.add("phone_numbers", number="+18058700061", created_at=0)
    http.ok("POST", "/domain-dialin-config", DIALIN | {"phone_number": "+18058700061"})
    http.ok("POST", "/domain-dialin-config", DIALIN)  # without a number: it stays
    status = http("DELETE", f"/release-phone-number/{number['id']}")[0]
    return status, http.ok("GET", "/domain-dialin-config")["total_count"]


def purchased_number_id(emulator: Emulator, http: Any) -> Any:
    bought = http.ok("POST", "/buy-phone-number")
    assert set(bought) == {"id", "number"}
    (listed,) = http.ok("GET", "/purchased-phone-numbers")["data"]
    assert listed["number"] == bought["number"]
    return "id" in listed


def available_number_key(emulator: Emulator, http: Any) -> Any:
    return sorted(http.ok("GET", "/list-available-numbers")["data"][0])


def taken(emulator: Emulator, http: Any) -> Any:
    emulator.add("phone_numbers", number="+18058700061")
    found = set()
    for path, body in (
        ("/domain-dialin-config", DIALIN | {"phone_number": "+18058700061"}),
        ("/sip-trunk", TRUNK),
        ("/sip-clients", {"username": "u"}),
    ):
        http.ok("POST", path, body)
        found.add(http("POST", path, body)[0])
    (status,) = found
    return status


def trunk_shape(emulator: Emulator, http: Any) -> Any:
    made = http.ok("POST", "/sip-trunk", TRUNK)
    assert made == http.ok("GET", f"/sip-trunk/{made['id']}")
    return sorted(set(made) - {"id", "trunk_name", "description", "enabled", "sip_uri"})


def trunk_hmac_on_read(emulator: Emulator, http: Any) -> Any:
    made = http.ok("POST", "/sip-trunk", TRUNK)
    assert "hmac" in made["config"]["notification"]
    rotated = http.ok("PUT", f"/sip-trunk/{made['id']}", {"notification": {"hmac": None}})
    assert "hmac" in rotated["config"]["notification"]
    return "hmac" in http.ok("GET", f"/sip-trunk/{made['id']}")["config"]["notification"]


def trunk_signature(emulator: Emulator, http: Any) -> Any:
    message = trunk_message("", b"{}", "eHh4", emulator.clock.now(), emulator.switches)
    verify_sip_trunk(message.body, message.headers, "eHh4", now=emulator.clock.now())
    return len(message.headers["X-Siptrunk-Signature"])


def max_sip_trunks(emulator: Emulator, http: Any) -> Any:
    http.ok("POST", "/sip-trunk", TRUNK)
    return http("POST", "/sip-trunk", TRUNK | {"trunk_name": "another"})[0]


def expired_sip_client(emulator: Emulator, http: Any) -> Any:
    http.ok("POST", "/sip-clients", {"username": "u", "expires_in_seconds": 60})
    emulator.clock.advance(60)
    total = http.ok("GET", "/sip-clients")["total"]
    return http("GET", "/sip-clients/u")[0], total, http("POST", "/sip-clients", {"username": "u"})[0]


def runtime_true(emulator: Emulator, http: Any) -> Any:
    emulator.add_room("a", enable_dialout=True)
    emulator.join("a")
    said = http.ok("POST", "/rooms/a/dialOut/start", {"phoneNumber": "+12025550123"})["ok"]
    assert http.ok("POST", "/rooms/a/send-app-message", {"data": {}}) == {"sent": said}
    return said


def enabling_check(emulator: Emulator, http: Any) -> Any:
    emulator.add_room("a")
    emulator.join("a")
    recorded = http("POST", "/rooms/a/recordings/start", {})[0]
    assert http("POST", "/rooms/a/dialOut/start", {"phoneNumber": "+12025550123"})[0] == recorded
    return recorded


def transcript_names(emulator: Emulator, http: Any) -> Any:
    out = {"key": "k", "bucket": "b", "region": "r"}
    path = f"/transcript/{emulator.add('transcripts', out=out)['transcriptId']}"
    assert set(http.ok("GET", path)["outParams"]) == set(http.ok("GET", f"{path}/access-link")["outParams"])
    return set(http.ok("GET", f"{path}/access-link")) | set(http.ok("GET", path)["outParams"])


def deleted_transcript(emulator: Emulator, http: Any) -> Any:
    path = f"/transcript/{emulator.add('transcripts')['transcriptId']}"
    assert http.ok("DELETE", path)["status"] == "t_deleted"
    status = http("GET", path)[0]
    assert http.ok("GET", "/transcript")["total_count"] == (1 if status == 200 else 0)
    return status


def over_the_limit(emulator: Emulator, http: Any) -> Any:
    emulator.rate_limits = True
    emulator.clock.advance(1)
    for _ in range(20):
        http.ok("GET", "/")
    answer = http.raw("GET", "/")
    assert (answer.status_code, answer.json()["error"]) == (429, "rate-limit-error")
    return answer


def rate_reading(emulator: Emulator, http: Any) -> Any:
    """A burst over 20 in one second, and single deletes over 2."""
    emulator.rate_limits = True
    emulator.seed(3, "r")
    reads = [http("GET", "/")[0] for _ in range(21)]
    return reads[19:] + [http("DELETE", f"/rooms/r-{i}")[0] for i in range(3)]


def retry_after_header(emulator: Emulator, http: Any) -> Any:
    return over_the_limit(emulator, http).headers.get("Retry-After")


def rate_window(emulator: Emulator, http: Any) -> Any:
    emulator.clock.set(1_800_000_000.5)
    over_the_limit(emulator, http)
    emulator.clock.advance(0.5)  # a fixed window of a second begins here
    return http("GET", "/")[0]


def refused_requests_count(emulator: Emulator, http: Any) -> Any:
    over_the_limit(emulator, http)
    emulator.clock.advance(0.5)
    assert http("GET", "/")[0] == 429
    emulator.clock.advance(0.5)  # what was sent a second ago has left the window; the refusal half a second ago has not
    for _ in range(19):
        http.ok("GET", "/")
    return http("GET", "/")[0]


def read_lag(emulator: Emulator, http: Any) -> Any:
    """Of one object and of lists, a moment after it was made and when the time is over; other requests see it."""
    http.ok("POST", "/rooms", {"name": "old"})
    http.ok("POST", "/webhooks", HOOK)
    emulator.switches.second_webhook = "allow"
    emulator.clock.advance(100)
    http.ok("POST", "/rooms", {"name": "a"})
    hook = http.ok("POST", "/webhooks", HOOK)["uuid"]

    def seen() -> list[Any]:
        answer = http.ok("GET", "/rooms")
        rooms, hooks = [room["name"] for room in answer["data"]], http.ok("GET", "/webhooks")
        assert answer["total_count"] == len(rooms) == len(hooks)
        status = http("GET", "/rooms/a")[0]
        assert http("GET", f"/webhooks/{hook}")[0] == status
        return [status, len(rooms)]

    emulator.clock.advance(4)
    before = seen()
    assert http("POST", "/rooms", {"name": "a"})[0] == 400
    assert http("POST", "/rooms/a", {"privacy": "private"})[0] == 200
    assert list(emulator.rooms()) == ["old", "a"]
    assert len(emulator.objects("webhooks")) == 2
    emulator.clock.advance(1)
    return before + seen()


NESTED_MERGED = {"hasPresence": False, "canReceive": {"base": False, "byUserId": {"u": False}}}
CASES: dict[Any, dict[Any, Any]] = {
    expired_get: {"404": 404, "200": 200},
    create_over_expired: {"exists": 400, "allowed": 200},
    collect_expired_after: {None: 400, 30: 200, 31: 400},
    unknown_property: {
        "reject": 400,
        "ignore": {"enable_recording": ["cloud"], "permissions": {"hasPresence": True}},
        "store": {"brand_new": 5, "enable_recording": ["cloud"], "permissions": {"hasPresence": True, "odd": 1}},
    },
    unlisted_value: {"reject": (400, 400), "store": (200, 200)},
    invalid_privacy: {"reject": 400, "ignore": "public"},
    max_participants_over_200: {"accept": 200, "reject": 400},
    coerce_booleans: {False: 400, True: {"enable_chat": True, "enable_knocking": False, "lang": "de"}},
    plan: {"paid": 200, "free": "invalid-plan-type"},
    max_rooms: {None: 200, 2: 400, 3: 200},
    bucket_verification: {"pass": 200, "fail": 400},
    nested_update: {"replace": {"canReceive": {"base": False}}, "merge": NESTED_MERGED},
    echo_defaults: {False: {}, True: {"start_video_off": False}},
    created_at: {
        "milliseconds": ("00.750Z", "00.000Z"),
        "rounded": ("00.750Z", "01.000Z"),
        "seconds": ("00.000Z", "00.000Z"),
    },
    echo_false: {True: {"enable_people_ui": False, "enable_screenshare": False}, False: {"enable_screenshare": False}},
    echo_sip: {False: None, True: SIP},
    case_sensitive_names: {True: (200, 200, None), False: (400, 400, "Room")},
    address_by_id: {False: 404, True: 200},
    limit_over_max: {"clamp": 100, "400": 400},
    unknown_cursor: {"400": 400, "404": 404, "empty": 0, "restart": 3},
    batch_error: {"item": True, "generic": False},
    batch_delete_missing: {"404": 404, "400": 400, "skip": 200},
    read_only_setting: {"reject": 400, "ignore": "de"},
    foreign_ping: {"pass": 200, "fail": 400},
    second_webhook: {"reject": 400, "allow": 200},
    webhook_missing: {"404": 404, "400": 400},
    echo_retry_type: {False: (None, None, None), True: ("circuit-breaker", "circuit-breaker", "exponential")},
    webhook_timestamp: {"milliseconds": "1800000000000", "seconds": "1800000000"},
    dialin_number_check: {True: 400, False: 200},
    pinless_number: {"optional": 200, "required": 400},
    dialin_hmac: {"generated": True, "absent": False},
    release_in_use: {"delete": (200, 1), "reject": (400, 2), "allow": (200, 2)},
    purchased_number_id: {True: True, False: False},
    available_number_key: {"phoneNumber": ["phoneNumber", "region"], "number": ["number", "region"]},
    taken: {"400": 400, "409": 409},
    trunk_shape: {"nested": ["config"], "flat": ["hmac", "notification", "room_template", "trunk_config"]},
    trunk_hmac_on_read: {True: True, False: False},
    trunk_signature: {"base64": 44, "hex": 64},
    max_sip_trunks: {None: 200, 1: 400, 2: 200},
    expired_sip_client: {"404": (404, 0, 200), "200": (200, 1, 400)},
    token_room_check: {False: 200, True: "room not found"},
    runtime_true: {"text": "true", "boolean": True},
    enabling_check: {True: 400, False: 200},
    transcript_names: {
        "schema": {"transcriptId", "link", "outParams", "s3key", "bucket", "region"},
        "sample": {"transcriptId", "download_link", "outParams", "key", "bucket", "region"},
    },
    deleted_transcript: {"kept": 200, "gone": 404},
    rate_reading: {"literal": [200, 429, 200, 200, 429], "window": [200, 200, 200, 200, 200]},
    retry_after_header: {False: None, True: "1"},
    rate_window: {"sliding": 429, "fixed": 200},
    refused_requests_count: {False: 200, True: 429},
    read_lag: {0.0: [200, 2, 200, 2], 5: [404, 1, 200, 2]},
}


@pytest.mark.parametrize(
    ("probe", "setting", "expected"),
    [
        pytest.param(probe, setting, expected, id=f"{probe.__name__}-{setting}")
        for probe, settings in CASES.items()
        for setting, expected in settings.items()
    ],
)
def test_a_switch_decides(emulator: Emulator, http: Any, probe: Any, setting: Any, expected: Any) -> None:
    setattr(emulator.switches, probe.__name__, setting)
    assert probe(emulator, http) == expected


def test_every_switch_is_tested_under_its_default_and_another_setting() -> None:
    fields = {f.name: f.default for f in dataclasses.fields(Switches)}
    assert {probe.__name__ for probe in CASES} == set(fields)
    for probe, settings in CASES.items():
        default = fields[probe.__name__]
        assert next(iter(settings)) == default
        assert len(settings) > 1


def test_wrong_switches_are_refused() -> None:
    switches = Switches(expired_get="200")
    with pytest.raises(AttributeError, match="expired_gte"):
        switches.update({"expired_gte": "404"})
    for name, value in (
        ("expired_get", 404),
        ("echo_false", "yes"),
        ("echo_false", 1),
        ("max_rooms", 1.5),
        ("max_rooms", True),
        ("max_rooms", -1),
        ("collect_expired_after", "x"),
        ("plan", None),
    ):
        with pytest.raises(ValueError, match=name):
            switches.update({"limit_over_max": "400", name: value})
    assert switches == Switches(expired_get="200")


def test_the_docs_show_the_switches_as_they_are() -> None:
    docs = Path(__file__).parents[2] / "docs" / "emulator.md"
    assert as_table() in docs.read_text(encoding="utf-8")
