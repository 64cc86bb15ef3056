"""Phone numbers: chosen once, bought once, whatever becomes of the answers."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from edge import kept
from fake_daily import dropped
from fake_objects import FakeObjects, Kit, refused

from pulumi_daily.api import BadResponse, DailyError, InvalidRequestError
from pulumi_daily.lifecycle import AlreadyExists, LifecycleError
from pulumi_daily.lifecycle.decide.adoption import CREATE_ATTEMPTS
from pulumi_daily.lifecycle.errors import Refused
from pulumi_daily.lifecycle.kinds.phone_number import AVAILABLE, PHONE_NUMBERS
from pulumi_daily.objects.phone_number import PHONE_NUMBER

OFFERED = [{"phoneNumber": f"+1805555010{i}", "region": "CA"} for i in range(5)]

MINUTES_AGO = "2027-01-15T07:55:00.000Z"


class FakeNumbers(FakeObjects):
    """Numbers on offer; the answer to a purchase has an id and a number alone."""

    def _do(self, route: str, path: Any, params: Any, json: Any) -> Any:
        if route == AVAILABLE:
            return {"total_count": len(OFFERED), "data": OFFERED}
        made = super()._do(route, path, params, json)
        if route == PHONE_NUMBER.routes.create:
            made |= {"pagination_id": len(self.objects), "status": "verified", "verified": True, "name": "acme"}
            return {"id": made["id"], "number": made["number"]}
        return made


def kit(*numbers: str) -> Kit:
    daily = FakeNumbers(PHONE_NUMBER)
    for i, number in enumerate(numbers):
        daily.add(number=number, pagination_id=i)
    return Kit(PHONE_NUMBERS, daily)


def bought(one: Kit) -> list[str]:
    return [body["number"] for body in one.daily.sent(PHONE_NUMBER.routes.create)]


def test_a_given_number_is_bought_and_read_once_more():
    one = kit()
    identity, outs = one.create(number="+18055550109")
    assert bought(one) == ["+18055550109"]
    assert outs == {
        "number": "+18055550109",
        "status": "verified",
        "verified": True,
        "name": "acme",
        "__daily": {"explicit_inputs": ["number"]},
        "domain": "acme",
        "domain_id": "id-acme",
    }
    assert identity == "id-1"
    assert one.daily.counts[AVAILABLE] == 0


def test_a_search_buys_the_first_number_that_is_to_be_had():
    one = kit("+18055550100")
    one.daily.answers[AVAILABLE] = {"data": [5, {}, {"phoneNumber": 7}, {"phoneNumber": ""}, *OFFERED]}
    _, outs = one.create(search={"region": "CA", "contains": "555"})
    assert (AVAILABLE, {"region": "CA", "contains": "555"}, None) in one.daily.calls
    assert outs["number"] == "+18055550101"
    assert kept(outs, "explicit_inputs") is None
    # A later change of the search, or none at all, does nothing.
    for search in ({"region": "NY"}, {}):
        news = one.checked({"search": search})
        assert one.fresh().applier.plan("id-2", outs, news).changes is False
    assert one.fresh().applier.plan("id-2", outs, one.checked({"number": "+18055550109"})).replaces == ("number",)
    assert one.fresh().applier.plan("id-2", outs, one.checked({"number": "+18055550101"})).replaces == ()


def test_the_numbers_on_offer_may_be_under_another_key():
    one = kit()
    one.daily.answers[AVAILABLE] = {"data": [{"number": "+18055550101", "region": "CA"}]}
    assert one.create(search={})[1]["number"] == "+18055550101"


def _without_ids(one: Kit) -> Kit:
    one.daily.answers["phone_numbers.list"] = lambda page: {
        **page,
        "data": [{key: value for key, value in item.items() if key != "id"} for item in page["data"]],
    }
    return one


def test_a_number_that_is_listed_without_its_id_is_managed_by_the_id_of_its_purchase():
    one = _without_ids(kit("+18055550108"))
    identity, outs = one.create(number="+18055550109")
    assert (identity, outs["status"], bought(one)) == ("id-2", "verified", ["+18055550109"])
    assert one.fresh().applier.plan(identity, outs, one.checked({"number": "+18055550109"})).changes is False
    read = one.fresh().applier.read(identity, outs)
    assert read is not None
    assert read[0] == outs
    one.fresh().applier.delete(identity, outs)
    assert [number["number"] for number in one.daily.objects.values()] == ["+18055550108"]
    with pytest.raises(LifecycleError, match="is not in Daily's list"):
        one.fresh().applier.read(identity, outs)


@pytest.mark.parametrize("how", ["plan", "read", "update"])
def test_a_number_that_no_list_has_is_neither_given_up_nor_bought_again(how: str):
    """A list is all that Daily has for numbers, and it may be wrong."""
    one = kit()
    identity, outs = one.create(number="+18055550109")
    one.daily.objects.clear()
    one = one.fresh()
    inputs = one.checked({"number": "+18055550109"})
    text = (
        rf'phone number "\+18055550109" \(id {identity}\) is not in Daily\'s list .*nothing was changed, and no number '
        r"was bought.*`pulumi up --replace URN` buys one"
    )
    with pytest.raises(LifecycleError, match=text):
        one.applier.read(identity, outs) if how == "read" else getattr(one.applier, how)(identity, outs, inputs)
    assert bought(one) == []
    one.fresh().applier.delete(identity, outs)


def test_a_number_that_a_program_only_reads_may_be_missing():
    one = kit()
    with pytest.raises(LifecycleError, match=r'there is no phone number "gone"'):
        one.applier.read("gone", {})


def test_a_number_without_an_id_is_not_taken_over():
    one = _without_ids(kit("+18055550109"))
    with pytest.raises(
        LifecycleError, match=r'"\+18055550109" is owned by the domain, but Daily lists it without the id'
    ):
        one.create(number="+18055550109", adopt_existing=True)
    assert bought(one) == []


@pytest.mark.parametrize(("search", "shown"), [({}, "no filter"), ({"region": "CA"}, "region=CA")])
def test_a_search_that_finds_nothing_says_so(search: Any, shown: str):
    one = kit()
    one.daily.answers[AVAILABLE] = {"data": []}
    with pytest.raises(LifecycleError, match=rf"no phone number is available for this search \({shown}\)"):
        one.create(search=search)


@pytest.mark.parametrize("answer", [None, [], {}, {"data": None}, "text"], ids=repr)
def test_an_answer_that_is_no_list_is_an_error(answer: Any):
    one = kit()
    one.daily.answers[AVAILABLE] = answer
    with pytest.raises(BadResponse, match=r"the answer to phone_numbers\.available is not a list"):
        one.create(search={})
    assert bought(one) == []


def test_threads_that_search_at_once_buy_different_numbers():
    one = kit()
    gate = threading.Barrier(4)
    real = one.daily.call

    def call(route: str, **request: Any) -> Any:
        answer = real(route, **request)
        if route == AVAILABLE:
            gate.wait(20)
        return answer

    one.daily.call = call  # type: ignore[method-assign]
    found: list[str] = []
    search = one.checked({"search": {"region": "CA"}})
    buy = lambda name: found.append(one.of(name).create(search)[1]["number"])  # noqa: E731
    threads = [threading.Thread(target=buy, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == [offer["phoneNumber"] for offer in OFFERED[:4]]


def test_a_lost_answer_buys_no_second_number():
    one = kit()
    one.daily.fail(PHONE_NUMBER.routes.create, dropped(), when="after")
    _, outs = one.create(search={})
    assert bought(one) == [outs["number"]]
    assert outs["status"] == "verified"


def test_a_purchase_that_cannot_be_settled_names_the_number_and_the_way_on():
    """Another run would choose another number, and nobody would know of this one."""
    one = kit()
    one.daily.fail(PHONE_NUMBER.routes.create, *[dropped() for _ in range(CREATE_ATTEMPTS)])
    with pytest.raises(LifecycleError) as caught:
        one.create(search={})
    assert set(bought(one)) == {"+18055550100"}
    assert "Whether +18055550100 was bought is not known" in str(caught.value)
    assert 'say number="+18055550100" and adopt_existing=True' in str(caught.value)
    # A number that the program gives is found by the next run itself.
    two = kit()
    two.daily.fail(PHONE_NUMBER.routes.create, *[dropped() for _ in range(CREATE_ATTEMPTS)])
    with pytest.raises(DailyError, match="the connection broke"):
        two.create(number="+18055550109")
    two.daily.fail(PHONE_NUMBER.routes.create, refused("Number is not available."))
    with pytest.raises(DailyError, match="not available"):
        two.create(search={})


@pytest.mark.parametrize("searched", [True, False])
def test_a_refusal_does_not_settle_the_purchase_before_it(searched: bool):
    """It may have been made, and the list lag behind."""
    one = kit()
    refusal = InvalidRequestError(422, None, "Number is invalid.", "POST", "/buy-phone-number")
    one.daily.fail(PHONE_NUMBER.routes.create, dropped(), refusal)
    if searched:
        with pytest.raises(LifecycleError, match=r"Number is invalid.*Whether \+18055550100 was bought is not known"):
            one.create(search={})
    else:
        with pytest.raises(InvalidRequestError, match=r"Number is invalid.*; Daily may have processed the request"):
            one.create(number="+18055550100")
    assert bought(one) == ["+18055550100"] * 2


def test_a_purchase_that_can_not_be_read_again_is_no_failure():
    one = kit()
    one.daily.fail(PHONE_NUMBER.routes.create, dropped(), when="after")
    identity, outs = kit().create(number="+18055550109")
    assert identity
    two = kit()

    def unreadable(page: Any) -> Any:
        if two.daily.counts[PHONE_NUMBER.routes.create]:
            raise dropped()
        return page

    two.daily.answers["phone_numbers.list"] = unreadable
    identity, outs = two.create(number="+18055550109")
    assert identity == "id-1"
    assert outs["number"] == "+18055550109"
    assert "status" not in outs
    two.daily.answers["phone_numbers.list"] = {"data": [], "total_count": 0}
    assert kit().create(number="+18055550108")[1]["status"] == "verified"


def test_a_number_that_the_domain_has_is_taken_over_when_asked_for():
    one = kit("+18055550109")
    with pytest.raises(
        AlreadyExists, match=r'phone number "\+18055550109" exists on Daily already.*--kind PhoneNumber --id id-1'
    ):
        one.create(number="+18055550109")
    identity, outs = one.create(number="+18055550109", adopt_existing=True)
    assert identity == "id-1"
    assert kept(outs, "explicit_inputs") == ["number"]
    assert bought(one) == []


def test_nothing_of_a_number_is_ever_changed():
    one = kit()
    identity, outs = one.create(number="+18055550109")
    calls = len(one.daily.calls)
    one.daily.objects[identity]["status"] = "pending"
    updated = Kit(PHONE_NUMBERS, one.daily).applier.update(identity, outs, one.checked({"number": "+18055550109"}))
    assert updated == {**outs, "status": "pending"}
    assert all(route.endswith((".get", ".list")) for route, _, _ in one.daily.calls[calls:])


def test_a_release_that_comes_too_early_says_what_to_do():
    one = kit()
    identity, outs = one.create(number="+18055550109")
    one = one.fresh()
    one.daily.fail(PHONE_NUMBER.routes.delete, refused("Failed to release new number, try again in 14 days"))
    with pytest.raises(Refused, match="retain_on_delete=True"):
        one.applier.delete(identity, outs)
    one.applier.delete(identity, outs)
    one.applier.delete(identity, outs)
    assert one.daily.objects == {}


def test_a_number_that_would_be_taken_over_is_announced_and_a_search_takes_over_none():
    one = kit("+18055550100")
    asked = one.checked({"number": "+18055550100", "adopt_existing": True})
    assert one.applier.expected({}, asked) == [
        'phone number "+18055550100" exists already and will be taken over: it is as the program says'
    ]
    assert one.applier.expected({}, one.checked({"search": {}, "adopt_existing": True})) == []
    every = Kit(PHONE_NUMBERS, one.daily, adoption="always")
    assert every._kind is PHONE_NUMBERS
    assert every.applier.expected({}, every.checked({"number": "+18055550109"})) == []
    assert bought(one) == []


def test_a_search_looks_ahead_for_nothing():
    """Which number it would choose is not known before it does."""
    one = Kit(PHONE_NUMBERS, FakeNumbers(PHONE_NUMBER), adoption="always")
    assert one.applier.expected({}, one.checked({"search": {}})) == []
    assert one.daily.calls == []


@pytest.mark.parametrize("search", [{}, {"areacode": "805"}, {"region": "CA"}])
def test_a_number_that_was_bought_just_now_and_that_nobody_has_is_not_bought_twice(search: Any):
    """The process that bought it was killed before it could tell."""
    one = kit()
    one.daily.add(number="+18055550100", pagination_id=1, created_date=MINUTES_AGO)
    with pytest.raises(LifecycleError, match=r"bought \+18055550100 .*`DAILY_ADOPT_EXISTING=as-asked pulumi up`"):
        one.create(search=search)
    again = Kit(PHONE_NUMBERS, one.daily, adoption="as-asked")
    _, outs = again.create(search=search)
    assert outs["number"] == "+18055550100"
    assert bought(one) == []


@pytest.mark.parametrize(
    ("search", "values"),
    [
        ({"areacode": "212"}, {}),  # it does not fit
        ({}, {"created_date": "2027-01-15T05:59:00.000Z"}),  # it was bought long before
        ({}, {"created_date": None}),
        ({}, {"number": None}),  # an entry without a number
    ],
)
def test_other_numbers_of_the_domain_are_nothing_to_a_search(search: Any, values: Any):
    one = kit()
    one.daily.add(**{"pagination_id": 1, "number": "+13125550199", "created_date": MINUTES_AGO, **values})
    _, outs = one.create(search=search)
    assert bought(one) == [outs["number"]] != ["+13125550199"]


def test_a_number_of_another_resource_of_the_run_is_not_that_of_an_interrupted_one():
    one = kit()
    one.daily.add(number="+18055550100", pagination_id=1, created_date=MINUTES_AGO)
    one.of("other").create(one.checked({"number": "+18055550100", "adopt_existing": True}))
    _, outs = one.create(search={})
    assert outs["number"] == "+18055550101"
