"""The account: its domain, asked for once, and guarded."""

from __future__ import annotations

import threading
from typing import Any

import pytest
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
        one.live_domain(anew=True)


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
        assert one.guard("webhook", outs).name == "acme"
    else:
        with pytest.raises(DomainMismatch, match=r'webhook belongs to the Daily domain "(other|id-other|acme)"'):
            one.guard("webhook", outs)


def test_a_domain_without_an_id_is_known_by_its_name():
    one, daily = account()
    daily.domain = {"domain_name": "acme", "config": {}}
    assert one.guard("webhook", {"domain": "acme", "domain_id": "id-acme"}) == Domain("acme", "")
    with pytest.raises(DomainMismatch):
        one.guard("webhook", {"domain": "other", "domain_id": "id-acme"})


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


def test_only_the_first_of_many_threads_may_claim_something():
    one, _ = account()
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(one.claim("+18055550100"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 7 + [True]
    assert one.claim("+18055550101")
