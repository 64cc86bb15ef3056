"""The account: its domain, asked for once, and guarded."""

from __future__ import annotations

from typing import Any

import pytest
from edge import state_of
from fake_objects import FakeObjects

from pulumi_daily.api import BadResponse
from pulumi_daily.lifecycle import Account, Domain, DomainMismatch
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.webhook import WEBHOOK


def account(**options: Any) -> tuple[Account, FakeObjects]:
    daily = FakeObjects(WEBHOOK)
    return Account(daily, **options), daily


def test_the_domain_is_asked_for_once():
    one, daily = account()
    assert one.domain() == one.domain() == Domain("acme", "id-acme")
    assert one.live_domain()["config"] == {}
    assert daily.counts["domain.get"] == 1


@pytest.mark.parametrize("answer", [None, [], "text", {}, {"domain_id": "x"}, {"domain_name": ""}], ids=repr)
def test_an_answer_that_names_no_domain_is_an_error_and_not_kept(answer: Any):
    one, daily = account()
    daily.answers["domain.get"] = answer
    with pytest.raises(BadResponse, match=r"the answer to domain\.get is not a domain"):
        one.domain()
    del daily.answers["domain.get"]
    assert one.domain().name == "acme"


def test_a_domain_that_the_configuration_does_not_name_is_refused():
    one, _ = account(expected_domain="other")
    with pytest.raises(DomainMismatch, match='daily:domain is "other", but the API key in use is for "acme"'):
        one.domain()
    with pytest.raises(DomainMismatch):
        one.live_domain(again=True)


@pytest.mark.parametrize(
    ("outs", "good"),
    [
        ({}, True),
        ({"domain": "acme"}, True),
        ({"domain": "acme", "domain_id": "id-acme"}, True),
        ({"domain": "renamed", "domain_id": "id-acme"}, True),
        ({"domain_id": "id-acme"}, True),
        ({"domain": "acme", "domain_id": "id-other"}, False),
        ({"domain": "other"}, False),
        ({"domain_id": "id-other"}, False),
    ],
    ids=str,
)
def test_the_guard_goes_by_the_id_where_there_is_one(outs: dict[str, Any], good: bool):
    one, _ = account()
    if good:
        assert one.guard("webhook", state_of(WEBHOOK, outs)).name == "acme"
    else:
        with pytest.raises(
            DomainMismatch, match=r"webhook belongs to the Daily domain .*but the API key in use is for"
        ):
            one.guard("webhook", state_of(WEBHOOK, outs))


@pytest.mark.parametrize(
    ("outs", "recorded", "actual"),
    [
        ({"domain": "acme", "domain_id": "id-other"}, '"acme" (id id-other)', '"acme" (id id-acme)'),
        ({"domain": "other"}, '"other"', '"acme"'),
    ],
    ids=str,
)
def test_the_guard_prints_what_differs(outs: dict[str, Any], recorded: str, actual: str):
    """Two domains may have had one name: then their ids tell them apart."""
    one, _ = account()
    with pytest.raises(DomainMismatch) as caught:
        one.guard("webhook", state_of(WEBHOOK, outs))
    text = str(caught.value)
    assert f"webhook belongs to the Daily domain {recorded}, but the API key in use is for {actual}; nothing" in text
    assert "daily:apiKey, DAILY_API_KEY, or api_key of its daily.Provider" in text


def test_the_guard_names_an_id_alone_where_the_name_is_not_known():
    one, _ = account()
    with pytest.raises(DomainMismatch) as caught:
        one.guard("webhook", state_of(WEBHOOK, {"domain_id": "id-other"}))
    assert "id-other" in str(caught.value)
    assert "None" not in str(caught.value)


@pytest.mark.parametrize(
    ("policy", "asked", "as_asked", "adopts"),
    [
        ("never", False, True, False),
        ("never", True, False, True),
        ("as-asked", False, True, True),
        ("as-asked", False, False, False),
        ("as-asked", True, False, True),
        ("always", False, False, True),
    ],
)
def test_the_resource_or_the_run_asks_for_a_takeover(policy: Any, asked: bool, as_asked: bool, adopts: bool):
    one, _ = account(adoption=policy)
    inputs = {"adopt_existing": True} if asked else {}
    assert one.adopts(inputs, as_asked=as_asked) is adopts
    assert one.looks_ahead(inputs) is (asked or policy != "never")


def test_a_domain_without_an_id_is_known_by_its_name():
    one, daily = account()
    daily.domain = {"domain_name": "acme", "config": {}}
    assert one.guard("webhook", state_of(WEBHOOK, {"domain": "acme", "domain_id": "id-acme"})) == Domain("acme", "")
    with pytest.raises(DomainMismatch):
        one.guard("webhook", state_of(WEBHOOK, {"domain": "other", "domain_id": "id-acme"}))


def test_a_change_of_the_domain_is_reflected_or_read_again():
    one, daily = account()
    one.put_domain({"lang": "de"})  # nothing is known yet that it could change
    assert one.live_domain()["config"] == {}
    one.put_domain({"lang": "de"})
    assert one.live_domain()["config"] == {"lang": "de"}
    assert daily.counts["domain.get"] == 1
    one.put_domain(None)
    assert one.live_domain()["config"] == {}
    assert daily.counts["domain.get"] == 2


def test_what_was_read_and_what_is_written_is_one_for_each_kind():
    one, _ = account()
    assert one.snapshot(ROOM) is one.snapshot(ROOM) is not one.snapshot(WEBHOOK)
    assert one.writes(ROOM) is one.writes(ROOM) is not one.writes(WEBHOOK)
    assert one.reader(ROOM) is not one.reader(ROOM)
