"""SIP trunks and SIP clients."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import pytest

from pulumi_daily import webhooks
from pulumi_daily.emulator import Emulator
from pulumi_daily.emulator import _sip_clients as clients
from pulumi_daily.emulator import _sip_trunks as trunks
from pulumi_daily.objects.sip_client import SipClient
from pulumi_daily.objects.sip_trunk import SipTrunk

HMAC = base64.b64encode(b"0123456789").decode()
PASSWORD = "correct0horse"
LOGIN = {"username": "carrier", "password": PASSWORD}
FOREIGN = "https://calls.example.com/x"


def trunk(url: str = FOREIGN, **more: Any) -> dict[str, Any]:
    return {
        "trunk_name": "support",
        "room_template": {},
        "notification": {"webhook_url": url},
        "trunk_config": {"allowed_ips": ["203.0.113.7", "198.51.100.0/24"]},
        **more,
    }


# -- trunks


def test_create_calls_the_address_and_shows_what_was_made(emulator: Emulator, http: Any, secure_receiver: Any) -> None:
    template = {"enable_chat": True, "sip": {"display_name": "Desk", "sip_mode": "dial-in"}, "geo": "NULL"}
    given = trunk(secure_receiver.url, description="Desk", room_template=template)
    made = http.ok("POST", "/sip-trunk", given)
    secret = made["config"]["notification"]["hmac"]
    assert made == {
        "id": made["id"],
        "trunk_name": "support",
        "description": "Desk",
        "enabled": True,
        "sip_uri": "sip:acme-support.siptrunk.sip-us.daily.co",
        "config": {
            "room_template": template,
            "notification": {"webhook_url": secure_receiver.url, "hmac": secret},
            "trunk_config": {**given["trunk_config"], "is_open": False, "exp_offset": 3600},
        },
    }
    (probe,) = secure_receiver.received
    assert json.loads(probe.body)["type"] == "sip_trunk.test"
    timestamp = probe.headers["X-Siptrunk-Timestamp"]
    assert timestamp == str(int(emulator.clock.now() * 1000))
    digest = hmac.new(base64.b64decode(secret), f"{timestamp}.".encode() + probe.body, hashlib.sha256).digest()
    assert base64.b64decode(probe.headers["X-Siptrunk-Signature"]) == digest
    assert webhooks.verify_sip_trunk(probe.body, probe.headers, secret, now=emulator.clock.now()).is_test
    assert http.ok("GET", f"/sip-trunk/{made['id']}") == made


@pytest.mark.parametrize(("status", "fine"), [(200, True), (204, True), (302, False), (500, False), (None, False)])
def test_any_2xx_will_do(emulator: Emulator, http: Any, secure_receiver: Any, status: int | None, fine: bool) -> None:
    secure_receiver.status = status
    answer = http("POST", "/sip-trunk", trunk(secure_receiver.url))
    assert answer[0] == (200 if fine else 400)
    assert fine or answer[1]["info"].endswith(f"recvd {'undefined' if status is None else status}")
    assert len(secure_receiver.received) == 1
    assert len(emulator.objects("sip_trunks")) == fine


@pytest.mark.parametrize(
    ("change", "info"),
    [
        ({"trunk_name": None}, '"trunk_name" is required'),
        ({"trunk_name": "sup-port"}, '"trunk_name" must match'),
        ({"trunk_name": "Support"}, '"trunk_name" must match'),
        ({"trunk_name": "ab"}, '"trunk_name" must match'),
        ({"trunk_name": "a" * 59}, "acme-aaa"),
        ({"description": "x" * 2049}, '"description" must be at most 2048'),
        ({"room_template": None}, '"room_template" is required'),
        ({"room_template": []}, '"room_template" must be an object'),
        ({"room_template": {"exp": 1_900_000_000}}, '"room_template.exp" is not allowed'),
        ({"room_template": {"nbf": 1_900_000_000}}, '"room_template.nbf" is not allowed'),
        ({"room_template": {"enable_chat": "yes"}}, '"room_template.enable_chat" must be true or false'),
        ({"room_template": {"privacy": "private"}}, '"room_template.privacy" is not allowed'),
        ({"notification": None}, '"notification" is required'),
        ({"notification": {}}, '"notification.webhook_url" is required'),
        ({"notification": {"webhook_url": "http://x.example"}}, '"notification.webhook_url" must be a URL'),
        ({"notification": {"webhook_url": FOREIGN, "hmac": "!"}}, '"notification.hmac" must be base64'),
        ({"trunk_config": {}}, '"trunk_config.allowed_ips" is required'),
        ({"trunk_config": {"allowed_ips": []}}, '"trunk_config.allowed_ips" is required'),
        ({"trunk_config": {"is_open": False}}, '"trunk_config.allowed_ips" is required'),
        ({"trunk_config": {"is_open": True, "allowed_ips": ["1.2.3.4"]}}, '"trunk_config.is_open" does not go'),
        ({"trunk_config": {"is_open": True, "credential": LOGIN}}, '"trunk_config.is_open" does not go'),
        ({"trunk_config": {"allowed_ips": ["1.2.3"]}}, '"trunk_config.allowed_ips[0]" must be an IPv4'),
        ({"trunk_config": {"allowed_ips": ["::1"]}}, '"trunk_config.allowed_ips[0]" must be an IPv4'),
        ({"trunk_config": {"allowed_ips": ["1.2.3.4"] * 26}}, '"trunk_config.allowed_ips" m'),
        ({"trunk_config": {"credential": {"username": "u"}}}, '"trunk_config.credential.password" is required'),
        ({"trunk_config": {"credential": LOGIN | {"password": "short1"}}}, '"trunk_config.credential.password" must'),
        ({"trunk_config": {"is_open": True, "exp_offset": 59}}, '"trunk_config.exp_offset" must be at least 60'),
        ({"enabled": "yes"}, '"enabled" must be true or false'),
        ({"hmac": HMAC}, '"hmac" is not allowed'),
    ],
)
def test_a_trunk_that_is_refused(emulator: Emulator, http: Any, change: Any, info: str) -> None:
    assert http.refused("POST", "/sip-trunk", trunk() | change).startswith(info)
    assert emulator.objects("sip_trunks") == {}


@pytest.mark.parametrize("mode", ["ignore", "store"])
def test_keys_that_nobody_knows(emulator: Emulator, http: Any, mode: str) -> None:
    emulator.switches.unknown_property = mode
    config = {"is_open": True, "odd": 1}
    body = trunk(odd=2, trunk_config=config, room_template={"odd": 3})
    made = http.ok("POST", "/sip-trunk", body)["config"]
    odd = (made.get("odd"), made["trunk_config"].get("odd"), made["room_template"].get("odd"))
    assert odd == ((2, 1, 3) if mode == "store" else (None, None, None))
    # Daily names these two: a template never takes them.
    assert http.refused("POST", "/sip-trunk", trunk(room_template={"nbf": 5})) == '"room_template.nbf" is not allowed'


def test_names_of_trunks(http: Any) -> None:
    http.ok("POST", "/sip-trunk", trunk(trunk_name="a" * 58))  # acme- and 58 are 63
    http.ok("POST", "/sip-trunk", trunk())
    assert "already exists" in http.refused("POST", "/sip-trunk", trunk())


def test_open_trunks(http: Any) -> None:
    made = http.ok("POST", "/sip-trunk", trunk(trunk_config={"is_open": True, "exp_offset": 60}, enabled=False))
    assert made["config"]["trunk_config"] == {"is_open": True, "exp_offset": 60}
    assert (made["enabled"], made["description"]) == (False, None)


def test_the_password_of_a_credential_is_never_shown(emulator: Emulator, http: Any) -> None:
    made = http.ok("POST", "/sip-trunk", trunk(trunk_config={"credential": LOGIN}))
    path = f"/sip-trunk/{made['id']}"
    changed = http.ok("PUT", path, {"trunk_config": {"exp_offset": 90}})
    for shown in (made, changed, http.ok("GET", path), http.ok("GET", "/sip-trunk")["data"][0]):
        assert shown["config"]["trunk_config"]["credential"] == {"username": "carrier"}
    assert emulator.objects("sip_trunks")[made["id"]]["trunk_config"]["credential"] == LOGIN


def test_put_is_an_overlay(http: Any, secure_receiver: Any) -> None:
    secret = {"webhook_url": secure_receiver.url, "hmac": HMAC}
    config = {"allowed_ips": ["1.2.3.4"], "credential": LOGIN, "exp_offset": 60}
    template = {"enable_chat": True, "lang": "de"}
    body = trunk(notification=secret, trunk_config=config, room_template=template, description="d")
    path = f"/sip-trunk/{http.ok('POST', '/sip-trunk', body)['id']}"
    first = http.ok("GET", path)

    changed = http.ok("PUT", path, {"trunk_config": {"credential": None, "exp_offset": None}, "description": None})
    assert changed["config"]["trunk_config"] == {"allowed_ips": ["1.2.3.4"], "is_open": False, "exp_offset": 3600}
    assert changed["description"] is None
    changed = http.ok("PUT", path, {"room_template": {"lang": "fr"}, "enabled": False})
    assert changed["config"]["room_template"] == {"lang": "fr"}
    assert changed["enabled"] is False
    assert changed["config"]["notification"] == first["config"]["notification"]
    assert len(secure_receiver.received) == 1  # the notification was not touched

    assert http.refused("PUT", path, {"trunk_name": "other"}) == '"trunk_name" is not allowed'
    assert http.refused("PUT", path, {"trunk_config": {"allowed_ips": None}}).startswith('"trunk_config.allowed_ips"')
    assert http.refused("PUT", path, {"trunk_config": {"is_open": True}}).startswith('"trunk_config.is_open"')
    assert http.refused("PUT", path, {"room_template": {"exp": 5}}) == '"room_template.exp" is not allowed'
    assert http.refused("PUT", path, {"room_template": None}) == '"room_template" is required'
    opened = http.ok("PUT", path, {"trunk_config": {"is_open": True, "allowed_ips": None}})
    assert opened["config"]["trunk_config"] == {"is_open": True, "exp_offset": 3600}


def test_a_put_that_touches_the_notification_tries_it(emulator: Emulator, http: Any, secure_receiver: Any) -> None:
    body = trunk(notification={"webhook_url": secure_receiver.url, "hmac": HMAC})
    path = f"/sip-trunk/{http.ok('POST', '/sip-trunk', body)['id']}"
    rotated = http.ok("PUT", path, {"notification": {"hmac": None}})["config"]["notification"]
    assert rotated["webhook_url"] == secure_receiver.url
    assert rotated["hmac"] != HMAC
    call = secure_receiver.received[-1]
    webhooks.verify_sip_trunk(call.body, call.headers, rotated["hmac"], now=emulator.clock.now())
    kept = http.ok("PUT", path, {"notification": {"webhook_url": secure_receiver.url + "/2"}})
    assert kept["config"]["notification"] == {"webhook_url": secure_receiver.url + "/2", "hmac": rotated["hmac"]}
    assert secure_receiver.received[-1].path == "/hook/2"
    secure_receiver.status = 500
    assert "sip_trunk.test" in http.refused("PUT", path, {"notification": {}})
    assert http.ok("GET", path) == kept

    # what changes meanwhile is seen
    secure_receiver.status = 200
    trunk_id = kept["id"]
    secure_receiver.meanwhile = lambda: emulator.edit("sip_trunks", trunk_id, description="meanwhile")
    assert http.ok("PUT", path, {"notification": {}})["description"] == "meanwhile"
    secure_receiver.meanwhile = lambda: emulator.remove("sip_trunks", trunk_id)
    assert http("PUT", path, {"notification": {}})[0] == 404
    secure_receiver.meanwhile = lambda: emulator.add("sip_trunks", trunk_name="support")
    assert "already exists" in http.refused("POST", "/sip-trunk", body)


def test_the_list_of_trunks(emulator: Emulator, http: Any) -> None:
    for i in range(25):
        emulator.add("sip_trunks", trunk_name=f"trunk{i:02d}", description=f"Desk {i}", enabled=i % 2 == 0)
    first = http.ok("GET", "/sip-trunk")
    assert (first["total_count"], len(first["data"])) == (25, 20)
    assert first["data"][0]["trunk_name"] == "trunk24"

    def names(**query: Any) -> list[str]:
        return [one["trunk_name"] for one in http.ok("GET", "/sip-trunk", params=query)["data"]]

    assert names(starting_after=first["data"][-1]["id"]) == [f"trunk{i:02d}" for i in (4, 3, 2, 1, 0)]
    assert names(limit=100) == [f"trunk{i:02d}" for i in range(24, -1, -1)]
    assert names(trunk_name="nk2") == [f"trunk2{i}" for i in (4, 3, 2, 1, 0)]
    assert names(description="Desk 1", enabled="false", limit=2) == ["trunk19", "trunk17"]
    assert len(names(enabled="true")) == 13
    assert http.refused("GET", "/sip-trunk", params={"enabled": "yes"}) == '"enabled" must be a boolean'


def test_delete_and_unknown_trunks(http: Any) -> None:
    path = f"/sip-trunk/{http.ok('POST', '/sip-trunk', trunk())['id']}"
    assert http.ok("DELETE", path) == {"status": "ok"}
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        assert http(method, path, body)[0] == 404
    http.ok("POST", "/sip-trunk", trunk())  # the name is free again


def test_the_keys_of_the_bodies_are_those_of_the_models() -> None:
    assert set(SipTrunk.model_fields) - {"adopt_existing", "credential_version", "hmac_version"} == set(trunks.KEYS)
    assert set(SipClient.model_fields) - {"adopt_existing", "password_version"} == set(clients.KEYS)


# -- clients


def test_a_password_is_shown_once(emulator: Emulator, http: Any) -> None:
    made = http.ok("POST", "/sip-clients", {"username": "support.1"})
    password = made.pop("password")
    assert made == {
        "username": "support.1",
        "domain": "acme.sip-us.daily.co",
        "sip_uri": "sip:support.1@acme.sip-us.daily.co",
        "expires_at": None,
    }
    assert 12 <= len(password) <= 64
    assert re.search("[a-z]", password)
    assert re.search("[0-9]", password)
    assert http.ok("GET", "/sip-clients/support.1") == made
    assert http.ok("GET", "/sip-clients")["sip_clients"] == [made]
    assert emulator.objects("sip_clients")["support.1"]["password"] == password

    rotated = http.ok("POST", "/sip-clients/support.1/rotate", {})
    assert rotated.pop("password") not in (password, None)
    assert rotated == made
    assert http.ok("POST", "/sip-clients/support.1/rotate", {"password": PASSWORD})["password"] == PASSWORD
    assert http.refused("POST", "/sip-clients/support.1/rotate", {"password": "x"}).startswith('"password" must be 12')
    assert http.refused("POST", "/sip-clients/support.1/rotate", {"username": "x"}) == '"username" is not allowed'
    assert emulator.objects("sip_clients")["support.1"]["password"] == PASSWORD
    assert http.ok("POST", "/sip-clients", {"username": "given", "password": PASSWORD})["password"] == PASSWORD


@pytest.mark.parametrize(
    ("body", "info"),
    [
        ({}, '"username" is required'),
        ({"username": "a b"}, '"username" must match'),
        ({"username": "a.b"}, '"username" must match'),
        ({"username": "a.1.2"}, '"username" must match'),
        ({"username": "a" * 65}, '"username" must be at most 64'),
        ({"username": "a", "password": "onlyletterspassword"}, '"password" must be 12 to 64'),
        ({"username": "a", "password": "p1" * 33}, '"password" must be 12 to 64'),
        ({"username": "a", "expires_in_seconds": 59}, '"expires_in_seconds" must be at least 60'),
        ({"username": "a", "expires_in_seconds": 2592001}, '"expires_in_seconds" must be at most 2592000'),
        ({"username": "a", "expires_at": 5}, '"expires_at" is not allowed'),
    ],
)
def test_a_client_that_is_refused(http: Any, body: Any, info: str) -> None:
    assert http.refused("POST", "/sip-clients", body).startswith(info)


def test_client_names_are_unique_and_free_after_a_delete(http: Any) -> None:
    http.ok("POST", "/sip-clients", {"username": "a-B_9.12"})
    assert "already exists" in http.refused("POST", "/sip-clients", {"username": "a-B_9.12"})
    assert http.ok("DELETE", "/sip-clients/a-B_9.12") == {"status": "ok"}
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotate")):
        status, body = http(method, f"/sip-clients/a-B_9.12{path}")
        assert (status, body["error"]) == (404, "not-found")
    http.ok("POST", "/sip-clients", {"username": "a-B_9.12"})


def test_a_client_expires_by_the_clock(emulator: Emulator, http: Any) -> None:
    made = http.ok("POST", "/sip-clients", {"username": "a", "expires_in_seconds": 60})
    assert made["expires_at"] == "2027-01-15T08:01:00.000Z"
    emulator.clock.advance(59)
    assert http.ok("POST", "/sip-clients/a/rotate")["expires_at"] == made["expires_at"]
    emulator.clock.advance(1)
    assert http("GET", "/sip-clients/a")[0] == http("DELETE", "/sip-clients/a")[0] == 404
    assert http.ok("GET", "/sip-clients")["total"] == 0
    assert http.ok("POST", "/sip-clients", {"username": "a"})["expires_at"] is None


def test_two_thousand_clients_are_the_limit(emulator: Emulator, http: Any) -> None:
    for i in range(2000):
        emulator.add("sip_clients", username=f"u{i}", expires_in_seconds=60 if i == 0 else None)
    assert http("POST", "/sip-clients", {"username": "more"}) == (
        403,
        {"error": "forbidden-error", "info": "SIP client limit reached for this domain"},
    )
    found = http.ok("GET", "/sip-clients")
    assert ({key: found[key] for key in ("total", "limit", "offset")}, len(found["sip_clients"])) == (
        {"total": 2000, "limit": 50, "offset": 0},
        50,
    )
    emulator.clock.advance(60)
    http.ok("POST", "/sip-clients", {"username": "more"})


def test_the_list_of_clients_pages_by_offset(emulator: Emulator, http: Any) -> None:
    for i in range(5):
        emulator.add("sip_clients", username=f"u{i}")

    def page(**query: Any) -> tuple[list[str], int, int]:
        found = http.ok("GET", "/sip-clients", params=query)
        assert found["total"] == 5
        return [one["username"] for one in found["sip_clients"]], found["limit"], found["offset"]

    assert page(limit=2) == (["u4", "u3"], 2, 0)
    assert page(limit=2, offset=4) == (["u0"], 2, 4)
    assert page(offset=9) == ([], 50, 9)
    for wrong in ({"limit": 0}, {"limit": "x"}, {"offset": -1}):
        assert "must be a positive number" in http.refused("GET", "/sip-clients", params=wrong)
