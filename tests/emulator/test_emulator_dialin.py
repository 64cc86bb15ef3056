"""Dial-in configurations."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pulumi_daily.emulator import Emulator
from pulumi_daily.emulator._dialin import KEYS
from pulumi_daily.objects.dialin import DIALIN_CONFIG, DialinConfig

PATH = "/domain-dialin-config"
API = "https://calls.example.com/new"
ONE, TWO = "+18058700061", "+16575870006"
PINLESS = {"type": "pinless_dialin", "room_creation_api": API}
PIN = {"type": "pin_dialin", "phone_number": ONE}


@pytest.fixture(autouse=True)
def numbers(emulator: Emulator) -> None:
    for number in (ONE, TWO):
        emulator.add("phone_numbers", number=number)


def test_flat_in_nested_out(http: Any) -> None:
    given = {
        "phone_number": ONE,
        "name_prefix": "desk",
        "hmac": base64.b64encode(b"x" * 32).decode(),
        "room_creation_api": API,
        "hold_music_url": "https://calls.example.com/wait.mp3",
        "timeout_config": {"message": "Nobody there."},
    }
    made = http.ok("POST", PATH, {"type": "pinless_dialin", **given})
    assert set(made) == {"id", "type", "config"}
    assert made["type"] == "pinless_dialin"
    uri = made["config"].pop("sip_uri")
    assert "@" in uri
    assert uri.startswith("user--")
    assert made["config"] == given
    read = http.ok("GET", f"{PATH}/{made['id']}")
    assert read["config"] == {**given, "sip_uri": uri}

    pin = http.ok("POST", PATH, PIN | {"phone_number": TWO, "ivr_greeting": {"message": "PIN, please."}})
    assert pin["config"] == {"sip_uri": None, "phone_number": TWO, "ivr_greeting": {"message": "PIN, please."}}


def test_without_a_number_it_is_a_sip_address_alone(http: Any) -> None:
    first, second = (http.ok("POST", PATH, PINLESS)["config"] for _ in range(2))
    assert "phone_number" not in first
    assert first["sip_uri"] != second["sip_uri"]
    assert len(base64.b64decode(first["hmac"])) == 32


@pytest.mark.parametrize(
    ("body", "info"),
    [
        ({}, '"type" is required'),
        ({"type": "dialin"}, '"type" must be one of pin_dialin, pinless_dialin'),
        ({"type": "pin_dialin"}, '"phone_number" is required for type pin_dialin'),
        ({"type": "pinless_dialin"}, '"room_creation_api" is required for type pinless_dialin'),
        (PIN | {"hmac": "eHh4"}, '"hmac" does not go with type pin_dialin'),
        (PINLESS | {"ivr_greeting": {"message": "m"}}, '"ivr_greeting" does not go with type pinless_dialin'),
        (PINLESS | {"hmac": "!"}, '"hmac" must be base64 text'),
        (PINLESS | {"phone_number": "805"}, '"phone_number" must be a number in E.164 form'),
        (PINLESS | {"timeout_config": {"text": "m"}}, '"timeout_config.text" is not allowed'),
        (PINLESS | {"sip_uri": "x"}, '"sip_uri" is not allowed'),
        (
            PIN | {"phone_number": "+12096181843"},
            "Failed to configure pin dialin: 12096181843 not associated with domain: acme",
        ),
        (
            PINLESS | {"phone_number": "+12096181843"},
            "Failed to configure pinless dialin: 12096181843 not associated with domain: acme",
        ),
    ],
)
def test_what_is_refused(emulator: Emulator, http: Any, body: Any, info: str) -> None:
    assert http.refused("POST", PATH, body).startswith(info)
    assert emulator.objects("dialin_configs") == {}


def test_a_number_serves_one_config(http: Any) -> None:
    made = http.ok("POST", PATH, PIN)
    other = http.ok("POST", PATH, PINLESS)
    assert "is used" in http.refused("POST", PATH, PINLESS | {"phone_number": ONE})
    assert "is used" in http.refused("PUT", f"{PATH}/{other['id']}", {"phone_number": ONE})
    http.ok("PUT", f"{PATH}/{made['id']}", {"phone_number": ONE, "name_prefix": "n"})  # its own
    http.ok("PUT", f"{PATH}/{made['id']}", {"phone_number": TWO})
    http.ok("PUT", f"{PATH}/{other['id']}", {"phone_number": ONE})


def test_put_merges_and_null_clears(emulator: Emulator, http: Any) -> None:
    made = http.ok("POST", PATH, PINLESS | {"phone_number": ONE, "timeout_config": {"message": "m"}})
    path = f"{PATH}/{made['id']}"
    changed = http.ok("PUT", path, {"name_prefix": "desk", "timeout_config": None, "phone_number": None})
    assert changed == http.ok("GET", path)
    expected = {**made["config"], "name_prefix": "desk"}
    del expected["timeout_config"], expected["phone_number"]
    assert changed == {"id": made["id"], "type": "pinless_dialin", "config": expected}
    rotated = http.ok("PUT", path, {"hmac": None})["config"]["hmac"]
    assert rotated != made["config"]["hmac"]
    assert http.refused("PUT", path, {"type": "pin_dialin"}) == '"type" is not allowed'
    assert http.refused("PUT", path, {"room_creation_api": None}).startswith('"room_creation_api" is required')
    assert http.refused("PUT", path, {"ivr_greeting": {"message": "m"}}).startswith('"ivr_greeting" does not go')
    assert http.ok("GET", path)["config"] == {**expected, "hmac": rotated}


def test_a_released_number_does_not_stop_other_changes(emulator: Emulator, http: Any) -> None:
    path = f"{PATH}/{http.ok('POST', PATH, PIN)['id']}"
    for number in emulator.objects("phone_numbers"):
        emulator.remove("phone_numbers", number)
    http.ok("PUT", path, {"name_prefix": "desk"})
    assert "not associated" in http.refused("PUT", path, {"phone_number": ONE})


def test_delete_and_unknown_ids(http: Any) -> None:
    path = f"{PATH}/{http.ok('POST', PATH, PIN)['id']}"
    assert http.ok("DELETE", path) == {"status": "ok"}
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        status, value = http(method, path, body)
        assert (status, value["error"]) == (404, "not-found")
    http.ok("POST", PATH, PIN)  # the number is free again


def test_the_list_is_paged_and_filtered(emulator: Emulator, http: Any) -> None:
    ids = []
    for body in (PIN, PINLESS | {"phone_number": TWO, "name_prefix": "desk"}, PINLESS | {"name_prefix": "hall"}):
        emulator.clock.advance(1)
        ids.append(http.ok("POST", PATH, body)["id"])
    hall = emulator.objects("dialin_configs")[ids[2]]["sip_uri"].partition("@")[0]

    def listed(**query: str) -> list[str]:
        found = http.ok("GET", PATH, params=query)
        assert found["total_count"] >= len(found["data"])
        return [one["id"] for one in found["data"]]

    assert listed() == ids[::-1]
    assert listed(limit="2") == ids[:0:-1]
    assert listed(starting_after=ids[1]) == [ids[0]]
    assert listed(ending_before=ids[0], limit="1") == [ids[1]]
    assert listed(ending_before="OLDEST", limit="1") == [ids[0]]
    assert listed(phone_number=ONE) == [ids[0]]
    assert listed(phone_number="8058700061") == listed(phone_number="") == []
    assert listed(phone_numbers="805870,x") == [ids[0]]
    assert listed(phone_numbers="805870,+1657") == [ids[1], ids[0]]
    assert listed(name_prefix="desk") == [ids[1]]
    assert listed(sip_username=hall) == [ids[2]]
    assert listed(type="pinless_dialin") == [ids[2], ids[1]]
    assert listed(type="pinless_dialin", starting_after=ids[0]) == []
    assert http.ok("GET", PATH, params={"type": "pinless_dialin", "limit": "1"})["total_count"] == 2
    assert http.raw("GET", f"{PATH}?phone_number={ONE}").json()["total_count"] == 1  # a plus that is not encoded
    assert "must be one of" in http.refused("GET", PATH, params={"type": "x"})


def test_dialin_needs_a_paid_plan(emulator: Emulator, http: Any) -> None:
    emulator.switches.plan = "free"
    assert http("POST", PATH, PINLESS)[1]["error"] == "invalid-plan-type"


def test_the_keys_of_a_body_are_those_of_the_model() -> None:
    assert set(DialinConfig.model_fields) - set(DIALIN_CONFIG.provider_only_inputs) == set(KEYS)
