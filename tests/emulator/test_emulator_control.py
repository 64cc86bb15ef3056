"""The control plane, as methods and over HTTP; the request log."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from pulumi_daily.emulator import Clock, Emulator, Switches
from pulumi_daily.emulator._log import masked
from pulumi_daily.objects.dialin import DialinConfig
from pulumi_daily.objects.domain import DomainProperties
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.room import RoomProperties
from pulumi_daily.objects.sip_client import SipClient
from pulumi_daily.objects.sip_trunk import SipTrunk
from pulumi_daily.objects.validation import nested_model
from pulumi_daily.objects.webhook import Webhook

REST = (Webhook, DialinConfig, SipTrunk, SipClient)


def control(emulator: Emulator, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
    answer = requests.request(method, emulator.control_url + path, json=body, timeout=20, **more)
    return answer.status_code, answer.json()


# -- behind the API's back


def test_rooms_as_stored(emulator: Emulator, http: Any) -> None:
    http.ok("POST", "/rooms", {"name": "a", "properties": {"enable_chat": False, "lang": "de"}})
    stored = emulator.rooms()["a"]
    assert stored["properties"] == {"enable_chat": False, "lang": "de"}
    assert stored["config"] == {"lang": "de"}
    assert stored["expired"] is False
    stored["properties"]["lang"] = "fr"  # a copy
    assert http.ok("GET", "/rooms/a")["config"] == {"lang": "de"}


def test_somebody_edits_and_deletes_rooms(emulator: Emulator, http: Any) -> None:
    http.ok("POST", "/rooms", {"name": "a", "properties": {"enable_chat": True, "lang": "de"}})
    http.ok("POST", "/rooms", {"name": "b"})
    emulator.edit_room("a", privacy="private", enable_chat=None, max_participants=3)
    read = http.ok("GET", "/rooms/a")
    assert (read["privacy"], read["config"]) == ("private", {"lang": "de", "max_participants": 3})
    emulator.remove_room("b")
    assert http("GET", "/rooms/b")[0] == 404
    assert emulator.add_room("c", "private", enable_chat=True)["api_created"] is False
    assert http.ok("GET", "/rooms/c")["config"] == {"enable_chat": True}
    for call in (lambda: emulator.edit_room("gone"), lambda: emulator.remove_room("gone")):
        with pytest.raises(KeyError, match="gone"):
            call()
    with pytest.raises(ValueError, match="already"):
        emulator.add_room("a")
    with pytest.raises(KeyError, match="nowhere"):
        emulator.rooms("nowhere")


def test_seed(emulator: Emulator, http: Any) -> None:
    assert emulator.seed(3, "x", privacy="private", properties={"enable_chat": True}) == ["x-0", "x-1", "x-2"]
    given = [{"name": "y", "created_at": "2020-01-01T00:00:00.000Z"}, {"privacy": "private", "api_created": False}]
    names = emulator.seed(given)
    read = http.ok("GET", "/rooms/y")
    assert (read["created_at"], read["privacy"]) == ("2020-01-01T00:00:00.000Z", "public")
    assert http.ok("GET", f"/rooms/{names[1]}")["api_created"] is False
    assert http.ok("GET", "/rooms/x-1")["config"] == {"enable_chat": True}
    emulator.edit_room("x-1", enable_chat=None)
    assert http.ok("GET", "/rooms/x-2")["config"] == {"enable_chat": True}
    for again in (3, [{"name": "z"}, {"name": "z"}]):
        with pytest.raises(ValueError, match="seed"):
            emulator.seed(again, "x")


def test_a_page_of_a_large_domain(emulator: Emulator, http: Any) -> None:
    emulator.seed(20_000)
    middle = emulator.rooms()["seed-10000"]["id"]
    for query in ({}, {"starting_after": middle}, {"ending_before": middle}, {"ending_before": "OLDEST"}):
        answer = http.ok("GET", "/rooms", params=query)
        assert (len(answer["data"]), answer["total_count"]) == (100, 20_000)


def test_reset_goes_back_to_the_beginning() -> None:
    with Emulator(clock=Clock(1000.0), switches=Switches(expired_get="200"), seed=1) as emulator:
        emulator.add_domain("other", "k")
        emulator.seed(2)
        emulator.seed(2, domain="other")
        emulator.switches.expired_get = "404"
        emulator.switches.plan = "free"
        emulator.clock.advance(50)
        emulator.fail()
        emulator.set_domain_config(max_api_rooms=5)
        requests.get(emulator.url, timeout=20)
        emulator.fail()
        emulator.reset()
        assert emulator.rooms() == emulator.rooms("other") == {}
        assert emulator.switches == Switches(expired_get="200")
        assert emulator.clock.now() == 1000.0
        assert (emulator.count(), emulator.requests, len(emulator.faults)) == (0, [], 0)
        headers = {"Authorization": "Bearer k"}
        assert requests.get(emulator.url, headers=headers, timeout=20).json()["domain_name"] == "other"


# -- the log


def test_the_log_counts_and_never_holds_a_key(emulator: Emulator, http: Any) -> None:
    http.ok("POST", "/rooms", {"name": "a"})
    http.ok("GET", "/rooms/a/")
    http("GET", "/rooms/b", params={"x": "1"})
    http("GET", "/nowhere")
    requests.get(emulator.url + "/rooms", timeout=20)
    token = http.ok("POST", "/meeting-tokens", {})["token"]
    http.ok("GET", f"/meeting-tokens/{token}")
    assert emulator.count() == 7
    assert emulator.count("GET /rooms/:name") == emulator.count("GET /rooms/{name}") == 2
    assert emulator.count("GET /rooms/:name", 404) == 1
    assert emulator.count(status=404) == 2
    assert emulator.counts() == {
        "GET /meeting-tokens/:token": 1,
        "GET /rooms": 1,
        "GET /rooms/:name": 2,
        "POST /meeting-tokens": 1,
        "POST /rooms": 1,
        "unknown": 1,
    }
    with pytest.raises(ValueError, match="no route"):
        emulator.count("GET /room")
    first = emulator.requests[0]
    assert (first.method, first.path, first.route, first.status) == ("POST", "/v1/rooms", "POST /rooms", 200)
    assert (first.body_size, first.body, first.at) == (13, None, emulator.clock.now())
    assert emulator.requests[2].query == "x=1"
    assert emulator.requests[4].key_id is None
    text = repr(emulator.requests) + repr(emulator)
    assert emulator.api_key not in text
    assert token not in text
    emulator.clear_log()
    assert emulator.requests == []


def test_bodies_are_recorded_with_secrets_masked() -> None:
    with Emulator(record_bodies=True) as emulator:
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        body = {"hmac": "s3", "properties": [{"basicAuth": "s3", "password": None, "name": "n"}]}
        requests.post(emulator.url + "/webhooks", json=body, headers=headers, timeout=20)
        assert emulator.requests[0].body == {
            "hmac": "[secret]",
            "properties": [{"basicAuth": "[secret]", "password": None, "name": "n"}],
        }


def test_what_the_models_call_a_secret_is_masked() -> None:
    def secrets(model: Any) -> set[str]:
        found = set()
        for name, entry in entries(model).items():
            if entry.meta.secret:
                found.add(entry.meta.api or name)
            inner = nested_model(entry.annotation)
            found |= secrets(inner) if inner else set()
        return found

    names = set().union(*(secrets(model) for model in (RoomProperties, DomainProperties, *REST)))
    assert {"hmac", "basicAuth", "password", "meeting_join_hook"} <= names
    rtmp = {"streaming_endpoints": [{"rtmp_config": {"url": "rtmp://x/app/key"}}]}
    shown = repr(masked({name: "s3" for name in names if name != "url"} | rtmp))
    assert "s3" not in shown
    assert "key" not in shown


# -- objects other than rooms


def test_objects_behind_the_back_of_the_api(emulator: Emulator, http: Any) -> None:
    made = emulator.add("webhooks", url="https://hook.example.com/", eventTypes=["meeting.ended"], created_at=5)
    uuid = made["uuid"]
    assert emulator.objects("webhooks") == {uuid: made}
    assert (made["created_at"], made["state"]) == (5.0, "ACTIVE")
    assert http.ok("GET", f"/webhooks/{uuid}")["url"] == "https://hook.example.com/"
    made["eventTypes"].append("x")  # a copy
    assert emulator.objects("webhooks")[uuid]["eventTypes"] == ["meeting.ended"]
    changed = emulator.edit("webhooks", uuid, basicAuth="dTpw", created_at="2020-01-01T00:00:00.000Z")
    assert (changed["basicAuth"], changed["created_at"]) == ("dTpw", 1_577_836_800.0)
    assert "basicAuth" not in emulator.edit("webhooks", uuid, basicAuth=None)
    newer = emulator.add("webhooks", uuid="given")
    assert list(emulator.objects("webhooks")) == ["given", uuid]
    assert newer["uuid"] == "given"
    emulator.remove("webhooks", "given")
    with pytest.raises(ValueError, match="already"):
        emulator.add("webhooks", uuid=uuid)
    with pytest.raises(ValueError, match="cannot be changed"):
        emulator.edit("webhooks", uuid, uuid="other")
    for call in (lambda: emulator.edit("webhooks", "gone"), lambda: emulator.remove("webhooks", "gone")):
        with pytest.raises(KeyError, match="gone"):
            call()
    with pytest.raises(KeyError, match="known are: webhooks, dialin_configs"):
        emulator.objects("hooks")
    with pytest.raises(KeyError, match="nowhere"):
        emulator.add("webhooks", domain="nowhere")
    emulator.reset()
    assert emulator.objects("webhooks") == {}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("webhooks", "/webhooks"),
        ("dialin_configs", "/domain-dialin-config"),
        ("phone_numbers", "/purchased-phone-numbers"),
        ("sip_trunks", "/sip-trunk"),
        ("sip_clients", "/sip-clients"),
    ],
)
def test_what_is_made_without_values_can_be_read(emulator: Emulator, http: Any, kind: str, path: str) -> None:
    made = emulator.add(kind)
    key = next(key for key in ("uuid", "username", "id") if key in made)
    found = http.ok("GET", path)
    items = found if isinstance(found, list) else found.get("data", found.get("sip_clients"))
    assert [one[key] for one in items] == [made[key]]


# -- over HTTP


def test_another_process_edits_objects(emulator: Emulator, http: Any) -> None:
    values = {"url": "https://hook.example.com/", "eventTypes": ["meeting.ended"]}
    status, made = control(emulator, "POST", "/add", {"kind": "webhooks", "values": values})
    assert (status, made["url"]) == (200, values["url"])
    edit = {"kind": "webhooks", "id": made["uuid"], "values": {"state": "FAILED"}}
    assert control(emulator, "POST", "/edit", edit)[1]["state"] == "FAILED"
    found = requests.get(emulator.control_url + "/objects", params={"kind": "webhooks", "domain": "acme"}, timeout=20)
    assert found.json() == emulator.objects("webhooks")
    assert control(emulator, "GET", "/state")[1]["domains"]["acme"]["objects"] == {"webhooks": found.json()}
    assert control(emulator, "POST", "/remove", {"kind": "webhooks", "id": made["uuid"]}) == (200, {"ok": True})
    assert control(emulator, "GET", "/state")[1]["domains"]["acme"]["objects"] == {}
    for path, body in (("/add", {"kind": "hooks"}), ("/edit", {"kind": "webhooks"}), ("/remove", edit)):
        assert control(emulator, "POST", path, body)[0] == 400


def test_another_process_can_drive_it(emulator: Emulator, http: Any) -> None:
    assert control(emulator, "POST", "/seed", {"n": 3, "prefix": "s", "privacy": "private"}) == (200, {"seeded": 3})
    assert control(emulator, "POST", "/seed", {"rooms": [{"name": "t"}]}) == (200, {"seeded": 1})
    edit = {"name": "s-0", "privacy": "public", "properties": {"enable_chat": True}}
    assert control(emulator, "POST", "/edit", edit)[1]["config"] == {"enable_chat": True}
    assert control(emulator, "POST", "/add", {"name": "u"})[1]["name"] == "u"
    assert control(emulator, "POST", "/remove", {"name": "s-1"}) == (200, {"ok": True})
    rooms = control(emulator, "GET", "/state")[1]["domains"]["acme"]["rooms"]
    assert sorted(rooms) == ["s-0", "s-2", "t", "u"]
    assert control(emulator, "POST", "/fault", {"kind": "fail", "route": "GET /rooms", "status": 503})[0] == 200
    assert http("GET", "/rooms")[0] == 503
    assert control(emulator, "POST", "/fault", {"kind": "fail", "times": None})[0] == 200
    assert control(emulator, "POST", "/clear_faults")[0] == 200
    assert http("GET", "/rooms")[0] == 200
    assert control(emulator, "GET", "/counts")[1]["counts"] == {"GET /rooms": 2}
    logged = control(emulator, "GET", "/requests")[1]["requests"]
    assert [(r["route"], r["status"]) for r in logged] == [("GET /rooms", 503), ("GET /rooms", 200)]
    assert control(emulator, "POST", "/switches", {"limit_over_max": "400"})[1]["limit_over_max"] == "400"
    assert control(emulator, "GET", "/switches")[1] == emulator.switches.as_dict()
    now = emulator.clock.now()
    assert control(emulator, "POST", "/clock", {"advance": 5}) == (200, {"now": now + 5})
    assert control(emulator, "POST", "/clock", {"set": 77}) == (200, {"now": 77})
    assert control(emulator, "POST", "/clear_log") == (200, {"ok": True})
    assert control(emulator, "GET", "/counts")[1]["total"] == 0
    assert control(emulator, "POST", "/reset") == (200, {"ok": True})
    assert emulator.rooms() == {}
    assert emulator.clock.now() == now
    emulator.latency, emulator.rate_limits = 0.001, True
    assert (emulator.latency, emulator.rate_limits) == (0.001, True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/switches", {"nothing": 1}),
        ("/switches", {"plan": 1}),
        ("/fault", {"kind": "explode"}),
        ("/fault", {"route": "GET /room"}),
        ("/fault", {"odd": 1}),
        ("/clock", {}),
        ("/clock", {"back": 1}),
        ("/remove", {"name": "gone"}),
        ("/seed", [1]),
        ("/add_domain", {"name": "acme", "api_key": "k"}),
        ("/rotate_key", {"domain": "unknown"}),
    ],
)
def test_what_makes_no_sense_is_explained(emulator: Emulator, path: str, body: Any) -> None:
    status, answer = control(emulator, "POST", path, body)
    assert (status, bool(answer["error"])) == (400, True)


def test_the_control_plane_is_for_this_machine_alone(emulator: Emulator) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Host": "8.8.8.8:80"}):
        assert control(emulator, "POST", "/reset", headers=headers)[0] == 403
    for host in ("localhost:1", "[::1]:1", "127.0.0.2"):
        assert control(emulator, "POST", "/reset", headers={"Host": host})[0] == 200
    status, answer = control(emulator, "GET", "/reset")
    assert (status, "POST /reset" in answer["error"]) == (404, True)


def test_a_control_token() -> None:
    with Emulator(control_token="open") as emulator:
        assert control(emulator, "POST", "/reset")[0] == 403
        assert control(emulator, "POST", "/reset", headers={"X-Emulator-Token": "wrong"})[0] == 403
        assert control(emulator, "POST", "/reset", headers={"X-Emulator-Token": "open"})[0] == 200


def test_accounts_can_be_added(emulator: Emulator) -> None:
    with Emulator(seed=3) as other:
        answer = control(other, "POST", "/add_domain", {"name": "second", "api_key": "k2"})
        assert answer[0] == 200
        assert other.backend.domain("second").api_key == "k2"


# -- clocks


def test_clocks() -> None:
    still = Clock(5.0)
    still.advance(2)
    assert (still.now(), still.monotonic()) == (7.0, 7.0)
    real = Clock()
    first = real.monotonic()
    before = real.now()
    real.advance(1000)
    assert real.now() >= before + 1000
    assert real.monotonic() < first + 500
    real.set(9.0)
    assert real.now() == 9.0
