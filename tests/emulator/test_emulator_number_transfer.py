"""Numbers that move to another domain, and caller ids."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from pulumi_daily.emulator import Emulator

NUMBER = "+18058700061"


@pytest.fixture
def other(emulator: Emulator) -> Emulator:
    """The emulator with a second domain."""
    with contextlib.suppress(ValueError):  # domains survive the reset between tests
        emulator.add_domain("other", "key-of-other")
    return emulator


def test_a_number_moves_to_the_domain_of_another_key(other: Emulator, http: Any) -> None:
    one = other.add("phone_numbers", number=NUMBER)
    body = {"transferDomainName": "other", "transferDomainApi": "key-of-other"}
    answer = http.ok("POST", f"/transfer-phone-number/{one['id']}", body)
    assert answer["status"] is True
    assert http.ok("GET", "/purchased-phone-numbers")["data"] == []
    [moved] = other.objects("phone_numbers", "other").values()
    assert (moved["number"], moved["name"]) == (NUMBER, "other")
    assert set(other.objects("phone_numbers", "other")) == {answer["newId"]}
    assert http("POST", f"/transfer-phone-number/{one['id']}", body)[0] == 404


@pytest.mark.parametrize(("name", "key"), [("other", "key"), ("third", "key-of-other"), (None, None)])
def test_a_transfer_needs_name_and_key_of_one_domain(other: Emulator, http: Any, name: Any, key: Any) -> None:
    one = other.add("phone_numbers", number=NUMBER)
    body = {"transferDomainName": name, "transferDomainApi": key}
    assert "is not a key of the domain" in http.refused("POST", f"/transfer-phone-number/{one['id']}", body)
    assert set(other.objects("phone_numbers")) == {one["id"]}


def test_a_caller_id_is_kept(emulator: Emulator, http: Any) -> None:
    answer = http.ok("POST", "/verified-caller-ids", {"number": NUMBER, "name": "front desk"})
    assert emulator.objects("caller_ids")[answer["id"]].items() >= {"number": NUMBER, "name": "front desk"}.items()
    assert http.refused("POST", "/verified-caller-ids", {"name": "front desk"}) == "missing required field"
