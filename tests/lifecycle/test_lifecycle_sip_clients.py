"""SIP clients: passwords that are made here, kept, and rotated; nobody can read them."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from edge import kept
from fake_daily import dropped
from fake_objects import FakeObjects, Kit

from pulumi_daily.api import DailyError
from pulumi_daily.lifecycle import AlreadyExists
from pulumi_daily.lifecycle.kinds.sip_client import LENGTH, SIP_CLIENTS, new_password
from pulumi_daily.objects.sip_client import SIP_CLIENT
from pulumi_daily.ownership import Claims, FileTakeovers


def kit(*clients: dict[str, Any]) -> Kit:
    daily = FakeObjects(SIP_CLIENT, *clients)
    hidden = lambda one: {key: value for key, value in one.items() if key != "password"}  # noqa: E731
    daily.answers["sip_clients.get"] = hidden
    daily.answers["sip_clients.list"] = lambda page: {**page, "sip_clients": [hidden(c) for c in page["sip_clients"]]}
    return Kit(SIP_CLIENTS, daily)


def test_a_password_has_a_letter_and_a_digit_and_is_another_one_each_time(monkeypatch: pytest.MonkeyPatch):
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == LENGTH and one.isalnum() for one in made)
    assert all(set(one) & set(string.ascii_letters) and set(one) & set(string.digits) for one in made)
    # Whatever the dice say: a draw without a digit, or without a letter, is thrown away.
    draws = iter("aaaa" + "1111" + "a1b2")
    monkeypatch.setattr("secrets.choice", lambda _: next(draws))
    assert new_password(4) == "a1b2"


def test_the_password_of_a_client_is_made_here_or_given():
    one = kit()
    identity, outs = one.create(username="desk.1")
    assert identity == "desk.1"
    assert len(outs["password"]) == LENGTH
    assert kept(outs, "explicit_inputs") is None
    assert one.daily.sent("sip_clients.create") == [{"username": "desk.1", "password": outs["password"]}]
    _, given = one.create(username="desk.2", password="given-password-1")
    assert given["password"] == "given-password-1"
    assert kept(given, "explicit_inputs") == ["password"]


def test_a_lost_answer_loses_no_password():
    one = kit()
    one.daily.fail("sip_clients.create", dropped(), when="after")
    identity, outs = one.create(username="desk.1")
    assert one.daily.objects[identity]["password"] == outs["password"]
    assert len(one.daily.sent("sip_clients.create")) == 1


def test_a_client_that_exists_is_taken_over_with_a_new_password():
    one = kit({"username": "desk.1", "password": "theirs"})
    with pytest.raises(
        AlreadyExists, match=r'SIP client "desk\.1" exists on Daily already.*--kind SipClient --id desk\.1'
    ):
        one.create(username="desk.1")
    _, outs = one.create(username="desk.1", adopt_existing=True)
    assert one.daily.objects["desk.1"]["password"] == outs["password"] != "theirs"


@pytest.mark.parametrize("ends", [None, "2027-02-14T08:00:00.000Z"])
def test_a_client_that_is_taken_over_keeps_its_own_end(ends: str | None):
    one = kit({"username": "desk.1", "password": "theirs", "expires_at": ends})
    one.create(username="desk.1", expires_in_seconds=600, adopt_existing=True)
    assert one.warnings == [
        f'SIP client "desk.1" was taken over and keeps its own end, which is {ends or "never"}',
        'SIP client "desk.1" existed already and was taken over: a new password',
    ]


def test_a_client_is_not_taken_over_as_asked():
    """Nothing shows whether it has the program's password; its owner would lose it."""
    daily = kit({"username": "desk.1", "password": "theirs"}).daily
    one = Kit(SIP_CLIENTS, daily, adoption="as-asked")
    assert one.applier.expected({}, {"username": "desk.1"}) == []
    with pytest.raises(AlreadyExists) as failed:
        one.create(username="desk.1")
    assert "as-asked" not in str(failed.value)
    assert daily.objects["desk.1"]["password"] == "theirs"
    other = Kit(SIP_CLIENTS, daily, adoption="always")
    assert other.applier.expected({}, {"username": "desk.1"}) == [
        'SIP client "desk.1" exists already and will be taken over: a new password'
    ]


@pytest.mark.parametrize("owner", ["one", "two"])
def test_a_new_client_is_deleted_although_an_earlier_one_of_its_name_was_taken_over(tmp_path: Path, owner: str):
    """The file of takeovers tells clients apart by their user names alone."""

    def process() -> Kit:
        one = Kit(SIP_CLIENTS, daily)
        one.account.claims = Claims(FileTakeovers(lambda: "acme", path=lambda: tmp_path / "takeovers.json"))
        return one

    daily = kit({"username": "desk.1", "password": "theirs"}).daily
    first = process()
    first.of(owner).create(first.checked({"username": "desk.1", "adopt_existing": True}))
    daily.objects.clear()  # on Daily, or by another machine
    outs = process().create(username="desk.1")[1]
    last = process()
    last.applier.delete("desk.1", outs)
    assert daily.objects == {}
    assert last.warnings == []


def test_the_list_says_who_is_there():
    """A client is found in the list before it is asked for by its name; names are not mixed up."""
    one = kit({"username": "desk.10", "password": "theirs"}, {"username": "desk.1", "password": "theirs"})
    with pytest.raises(AlreadyExists):
        one.create(username="desk.1")
    assert one.create(username="desk.11")[0] == "desk.11"


def update(one: Kit, outs: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    fresh = Kit(SIP_CLIENTS, one.daily)
    return fresh.applier.update("desk.1", outs, fresh.checked({"username": "desk.1", **inputs}))


def test_a_version_or_another_password_rotates_and_nothing_else_does():
    one = kit()
    _, first = one.create(username="desk.1")
    assert update(one, first)["password"] == first["password"]
    assert update(one, first, adopt_existing=True)["password"] == first["password"]
    assert one.daily.sent("sip_clients.rotate") == []
    second = update(one, first, password_version="2")
    assert second["password"] not in ("", first["password"])
    assert kept(second, "explicit_inputs") is None
    third = update(one, second, password_version="2", password="given-password-1")
    assert third["password"] == "given-password-1"
    assert kept(third, "explicit_inputs") == ["password"]
    assert update(one, third, password_version="2", password="given-password-1") == third
    # Left out again: the password stays what it is, and is Daily's own business from now on.
    fourth = update(one, third, password_version="2")
    assert fourth["password"] == "given-password-1"
    assert kept(fourth, "explicit_inputs") is None
    assert len(one.daily.sent("sip_clients.rotate")) == 2


@pytest.mark.parametrize("answer", [None, "text", {}, {"username": "other"}], ids=repr)
def test_whatever_daily_answers_to_a_rotation_the_password_is_known(answer: Any):
    one = kit()
    _, outs = one.create(username="desk.1")
    one.daily.answers["sip_clients.rotate"] = answer
    outs = update(one, outs, password_version="2")
    assert one.daily.objects["desk.1"]["password"] == outs["password"]


def test_a_rotation_whose_answer_is_lost_is_done_again_by_the_next_up():
    one = kit()
    _, outs = one.create(username="desk.1")
    one.daily.fail("sip_clients.rotate", dropped(), when="after")
    with pytest.raises(DailyError):
        update(one, outs, password_version="2")
    outs = update(one, outs, password_version="2")
    assert one.daily.objects["desk.1"]["password"] == outs["password"]


def test_a_client_that_went_between_preview_and_up_is_made_again():
    """Its id is its name, so Pulumi may keep the resource."""
    one = kit()
    _, outs = one.create(username="desk.1")
    one.daily.objects.clear()
    again = update(one, outs, password_version="2")
    assert one.daily.objects["desk.1"]["password"] == again["password"] != outs["password"]
