"""Objects that Daily numbers: lost answers, twins, objects that are gone, and refusals with what to do about them."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from edge import kept
from fake_daily import dropped
from fake_objects import FakeObjects, Kit, refused

from pulumi_daily.api import BadResponse, DailyError, ForbiddenError, InvalidRequestError, ServerError
from pulumi_daily.lifecycle import AlreadyExists, LifecycleError
from pulumi_daily.lifecycle.decide.adoption import CREATE_ATTEMPTS
from pulumi_daily.lifecycle.errors import Gone, Missing, NotAdoptable, Occupied, Refused, Shared
from pulumi_daily.lifecycle.kinds.numbered import numbered
from pulumi_daily.lifecycle.kinds.steps import id_of
from pulumi_daily.lifecycle.state import LiveView
from pulumi_daily.objects.dialin import DIALIN_CONFIG
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.sip_trunk import SIP_TRUNK
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.objects.webhook import WEBHOOK

HOOK: dict[str, Any] = {"url": "https://example.com/events", "event_types": ["meeting.ended"]}
SENT = {"url": "https://example.com/events", "eventTypes": ["meeting.ended"]}


def kit(*objects: dict[str, Any], spec: ObjectSpec = WEBHOOK) -> Kit:
    return Kit(numbered(spec), FakeObjects(spec, *objects))


def server_error() -> DailyError:
    error = ServerError(500, "server-error", "oops", "POST", "/webhooks")
    error.outcome_unknown = True
    return error


def test_create_makes_the_object_with_one_mutating_call():
    one = kit()
    identity, outs = one.create(**HOOK, retry_type="exponential")
    assert identity == "id-1"
    assert one.daily.sent("webhooks.create") == [{**SENT, "retryType": "exponential"}]
    assert one.daily.counts["webhooks.list"] == 1
    assert outs == {
        **HOOK,
        "retry_type": "exponential",
        "domain": "acme",
        "domain_id": "id-acme",
    }
    assert one.warnings == []


def test_a_twin_is_an_error_that_names_the_two_ways_on():
    one = kit(SENT)
    text = r"adopt_existing=True.*`pulumi-daily import --kind Webhook --id id-1`"
    with pytest.raises(AlreadyExists, match=text):
        one.create(**HOOK)
    assert one.daily.sent("webhooks.create") == []


def test_a_twin_is_adopted_when_asked_for_and_gets_what_differs():
    one = kit({**SENT, "basicAuth": "dXNlcjpwYXNz"})
    identity, _ = one.create(**{**HOOK, "event_types": ["meeting.started"]}, adopt_existing=True)
    assert identity == "id-1"
    assert one.daily.sent("webhooks.update") == [{"eventTypes": ["meeting.started"]}]


@pytest.mark.parametrize(
    ("live", "taken"),
    [
        ({"type": "pin_dialin", "phone_number": "+18055550100"}, True),
        ({"type": "pinless_dialin", "phone_number": "+18055550101"}, False),
        ({"type": "pinless_dialin", "phone_number": None, "room_creation_api": "https://x.example"}, False),
    ],
    ids=str,
)
def test_a_number_serves_one_configuration(live: dict[str, Any], taken: bool):
    one = kit({"type": live["type"], "config": live}, spec=DIALIN_CONFIG)
    inputs = {"type": "pinless_dialin", "phone_number": "+18055550100", "room_creation_api": "https://x.example"}
    if taken:
        with pytest.raises(
            NotAdoptable, match=r'dial-in config "id-1" exists on Daily already and cannot be taken over'
        ):
            one.create(**inputs)
        assert one.daily.sent("dialin.create") == []
    else:
        one.create(**inputs)
        assert len(one.daily.objects) == 2


def test_a_configuration_of_another_type_cannot_be_taken_over():
    """A PUT takes no type: what was adopted would stay what it is, and the state would say otherwise."""
    one = kit({"type": "pinless_dialin", "config": {"phone_number": "+18055550100"}}, spec=DIALIN_CONFIG)
    text = r'its type is "pinless_dialin", the program says "pin_dialin", and no type can be changed in place'
    with pytest.raises(NotAdoptable, match=text):
        one.create(type="pin_dialin", phone_number="+18055550100", adopt_existing=True)
    assert one.daily.sent("dialin.update") == []


def test_without_a_number_the_other_inputs_tell_a_twin():
    live = {"type": "pinless_dialin", "config": {"room_creation_api": "https://x.example", "name_prefix": "a"}}
    inputs = {"type": "pinless_dialin", "room_creation_api": "https://x.example"}
    assert kit(live, spec=DIALIN_CONFIG).create(**inputs)[0] == "id-2"
    with pytest.raises(AlreadyExists, match='dial-in config "id-1" exists on Daily already, it is as the program says'):
        kit(live, spec=DIALIN_CONFIG).create(**inputs, name_prefix="a")


# -- lost answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [dropped, server_error])
def test_a_lost_answer_is_settled_by_reading_and_nothing_is_sent_twice(error: Any):
    one = kit({"url": "https://example.com/other", "eventTypes": ["meeting.ended"]})
    one.daily.fail("webhooks.create", error(), when="after")
    assert one.create(**HOOK)[0] == "id-2"
    assert len(one.daily.sent("webhooks.create")) == 1


def test_a_call_that_never_arrived_is_sent_again():
    one = kit()
    one.daily.fail("webhooks.create", dropped())
    assert one.create(**HOOK)[0] == "id-1"
    assert len(one.daily.sent("webhooks.create")) == 2


def test_a_call_that_never_arrives_gives_up_with_its_own_error():
    one = kit()
    one.daily.fail("webhooks.create", *[dropped() for _ in range(CREATE_ATTEMPTS)])
    with pytest.raises(DailyError, match="the connection broke"):
        one.create(**HOOK)
    assert len(one.daily.sent("webhooks.create")) == CREATE_ATTEMPTS


def test_when_the_settling_read_fails_too_the_error_is_that_of_the_create():
    one = kit()
    one.daily.fail("webhooks.create", dropped(), when="after")

    def once(page: Any) -> Any:
        one.daily.fail("webhooks.list", server_error())
        return page

    one.daily.answers["webhooks.list"] = once
    with pytest.raises(DailyError, match="the connection broke") as caught:
        one.create(**HOOK)
    assert isinstance(caught.value.__cause__, ServerError)


def test_a_refusal_after_a_lost_answer_may_be_about_what_that_made():
    """The first attempt arrived late: between the settling read and the second attempt."""
    one = kit()
    one.daily.fail("webhooks.create", dropped())

    def late(page: Any) -> Any:
        if one.daily.counts["webhooks.create"] == 1 and one.daily.counts["webhooks.list"] == 2:
            one.daily.add(**SENT)
        return page

    one.daily.answers["webhooks.list"] = late
    one.daily.faults["webhooks.create"].append(("before", refused("a webhook exists")))
    assert one.create(**HOOK)[0] == "id-1"


@pytest.mark.parametrize("answer", [None, {}, "text", {"uuid": ""}, {"uuid": 5}, []], ids=repr)
def test_an_answer_without_an_id_is_looked_up(answer: Any):
    one = kit()
    one.daily.answers["webhooks.create"] = answer
    identity, outs = one.create(**HOOK)
    assert identity == "id-1"
    assert outs["url"] == HOOK["url"]


def test_an_answer_without_an_id_of_something_that_is_not_there_is_an_error():
    one = kit()
    one.daily.answers["webhooks.create"] = None
    one.daily.answers["webhooks.list"] = []
    with pytest.raises(BadResponse, match=r"has no uuid; Daily may have processed the request"):
        one.create(**HOOK)


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_a_refusal_while_another_object_is_there_says_that_daily_allows_one():
    one = kit({"url": "https://example.com/first", "eventTypes": []})
    one.daily.fail("webhooks.create", refused("too many"))
    with pytest.raises(Occupied, match=r"too many.*this one has id-1 \(url https://example.com/first\) already"):
        one.create(**HOOK)


@pytest.mark.parametrize("reads", [False, True])
def test_a_refusal_of_the_only_object_is_dailys_own(reads: bool):
    one = kit()
    one.daily.fail("webhooks.create", refused("bad url"))
    if reads:

        def broken(page: Any) -> Any:
            one.daily.fail("webhooks.list", server_error())
            return page

        one.daily.answers["webhooks.list"] = broken
    with pytest.raises(InvalidRequestError, match="bad url"):
        one.create(**HOOK)


def test_a_test_call_that_failed_is_not_taken_for_a_second_object():
    """Another webhook may be there all the same, where Daily allows more than one."""
    one = kit({"url": "https://example.com/first", "eventTypes": []})
    one.daily.fail("webhooks.create", refused("non-200 status code returned from webhook endpoint, recvd 404"))
    with pytest.raises(Refused, match=r"recvd 404.*Daily calls https://example.com/events when a webhook is created"):
        one.create(**HOOK)


def test_refusals_of_another_sort_and_of_other_kinds_are_dailys_own():
    one = kit({"url": "https://example.com/first", "eventTypes": []})
    one.daily.fail("webhooks.create", ForbiddenError(403, "forbidden-error", "no", "POST", "/webhooks"))
    with pytest.raises(ForbiddenError):
        one.create(**HOOK)
    two = kit(spec=DIALIN_CONFIG)
    two.daily.fail("dialin.create", refused("bad"))
    with pytest.raises(InvalidRequestError, match="bad"):
        two.create(type="pin_dialin", phone_number="+18055550100")


def test_advice_names_inputs_and_what_to_do():
    one = kit(spec=DIALIN_CONFIG)
    one.daily.fail("dialin.create", refused("18055550100 not associated with domain: acme"))
    with pytest.raises(Refused, match=r"\+18055550100 is not a number of this domain: buy it first"):
        one.create(type="pin_dialin", phone_number="+18055550100")


# -- objects that are gone ---------------------------------------------------------------------------------------------


def test_an_object_that_went_between_preview_and_up_is_said_to_be_gone():
    one = kit()
    identity, outs = one.create(**HOOK)
    new = one.checked({**HOOK, "event_types": ["meeting.started"]})
    del one.daily.objects[identity]
    with pytest.raises(Gone, match=r'webhook "id-1" was removed from Daily while this ran; run `pulumi up` again'):
        one.fresh().applier.update(identity, outs, new)
    # The snapshot still has it: the update itself finds out.
    two = kit(SENT)
    made = {**HOOK, "domain": "acme", "domain_id": "id-acme"}
    two.applier.plan("id-1", made, two.checked(HOOK))
    del two.daily.objects["id-1"]
    with pytest.raises(Gone):
        two.applier.update("id-1", made, new)


@pytest.mark.parametrize("there", [False, True])
def test_a_delete_that_is_refused_is_done_when_nothing_is_there(there: bool):
    one = kit()
    identity, outs = one.create(**HOOK)
    one = one.fresh()
    if not there:
        del one.daily.objects[identity]
    one.daily.fail("webhooks.delete", refused("not found"))
    if there:
        with pytest.raises(InvalidRequestError):
            one.applier.delete(identity, outs)
    else:
        one.applier.delete(identity, outs)
        assert one.applier.read(identity, outs) is None
    one.applier.delete(identity, outs)
    assert one.daily.objects == {}


# -- secrets that Daily need not show ----------------------------------------------------------------------------------

TRUNK: dict[str, Any] = {
    "trunk_name": "support",
    "room_template": {},
    "notification": {"webhook_url": "https://example.com/x", "hmac": "c2VjcmV0"},
    "trunk_config": {"allowed_ips": ["192.0.2.1"], "credential": {"username": "u", "password": "password-1234"}},
}


def secretive(daily: FakeObjects) -> None:
    """A Daily that shows neither passwords nor secrets."""

    def hidden(one: Any) -> Any:
        shown = copy.deepcopy(one)
        shown.get("notification", {}).pop("hmac", None)
        shown.get("trunk_config", {}).get("credential", {}).pop("password", None)
        return shown

    for route in ("create", "get", "update"):
        daily.answers[f"sip_trunks.{route}"] = hidden
    daily.answers["sip_trunks.list"] = lambda page: {**page, "data": [hidden(one) for one in page["data"]]}


def test_what_daily_does_not_show_is_what_was_written_last():
    one = kit(spec=SIP_TRUNK)
    secretive(one.daily)
    identity, outs = one.create(**TRUNK)
    assert kept(outs, "normalized") is None
    assert outs["hmac"] == "c2VjcmV0"  # the given one, shown or not
    same = one.checked(TRUNK)
    assert one.fresh().applier.plan(identity, outs, same).changes is False
    read = one.fresh().applier.read(identity, outs)
    assert read is not None
    assert read[1] == same


def test_a_changed_secret_is_sent_although_daily_does_not_show_it():
    one = kit(spec=SIP_TRUNK)
    secretive(one.daily)
    identity, outs = one.create(**TRUNK)
    new = copy.deepcopy(TRUNK)
    new["trunk_config"]["credential"]["password"] = "password-5678"
    new["notification"]["hmac"] = "bmV3LXNlY3JldA=="
    outs = one.fresh().applier.update(identity, outs, one.checked(new))
    stored = one.daily.objects[identity]
    assert stored["trunk_config"]["credential"]["password"] == "password-5678"
    assert stored["notification"]["hmac"] == outs["hmac"] == "bmV3LXNlY3JldA=="
    assert one.fresh().applier.plan(identity, outs, one.checked(new)).changes is False


def test_only_what_drifted_is_named_beside_a_secret_that_is_not_shown():
    one = kit(spec=SIP_TRUNK)
    secretive(one.daily)
    identity, outs = one.create(**TRUNK)
    one.daily.objects[identity]["trunk_config"]["allowed_ips"] = ["192.0.2.2"]
    found = one.fresh().applier.plan(identity, outs, one.checked(TRUNK))
    assert [drift.line(SIP_TRUNK, "support") for drift in found.drift] == [
        'SIP trunk "support": trunk_config.allowed_ips is ["192.0.2.2"] on Daily, the program says ["192.0.2.1"]'
    ]
    one.daily.objects[identity]["trunk_config"].pop("credential")
    found = one.fresh().applier.plan(identity, outs, one.checked(TRUNK))
    assert 'SIP trunk "support": trunk_config.credential has another value on Daily' in [
        drift.line(SIP_TRUNK, "support") for drift in found.drift
    ]


@pytest.mark.parametrize(
    ("was", "wanted", "sent"),
    [
        (
            {"is_open": True},
            {"allowed_ips": ["192.0.2.1"]},
            {"allowed_ips": ["192.0.2.1"], "is_open": False},
        ),
        (
            {"allowed_ips": ["192.0.2.1"], "credential": {"username": "u"}},
            {"is_open": True},
            {"is_open": True, "allowed_ips": None, "credential": None},
        ),
        ({"allowed_ips": ["192.0.2.2"]}, {"allowed_ips": ["192.0.2.1"]}, {"allowed_ips": ["192.0.2.1"]}),
    ],
    ids=["opened", "gated", "other range"],
)
def test_a_trunk_that_somebody_opened_or_gated_is_set_back(was: Any, wanted: Any, sent: Any):
    one = kit(spec=SIP_TRUNK)
    inputs = {**TRUNK, "trunk_config": wanted}
    identity, outs = one.create(**inputs)
    one.daily.objects[identity]["trunk_config"] = was
    one.fresh().applier.update(identity, outs, one.checked(inputs))
    assert one.daily.sent("sip_trunks.update") == [{"trunk_config": sent}]


def test_what_leaves_a_webhook_goes_back_to_its_documented_default():
    """Daily documents no null for it; where there is no default to say, null is all there is."""
    one = kit()
    identity, outs = one.create(**HOOK, retry_type="exponential", basic_auth="dXNlcjpwYXNz")
    one.fresh().applier.update(identity, outs, one.checked(HOOK))
    assert one.daily.sent("webhooks.update") == [{"retryType": "circuit-breaker", "basicAuth": None}]


def test_a_changed_retry_type_is_sent_although_daily_does_not_show_it():
    one = kit()
    for route in ("create", "get", "update"):
        one.daily.answers[f"webhooks.{route}"] = lambda hook: {k: v for k, v in hook.items() if k != "retryType"}
    one.daily.answers["webhooks.list"] = lambda hooks: [
        {k: v for k, v in hook.items() if k != "retryType"} for hook in hooks
    ]
    identity, outs = one.create(**HOOK)
    new = one.checked({**HOOK, "retry_type": "exponential"})
    outs = one.fresh().applier.update(identity, outs, new)
    assert one.daily.sent("webhooks.update") == [{"retryType": "exponential"}]
    assert one.fresh().applier.plan(identity, outs, new).changes is False


def test_what_a_program_reads_and_does_not_manage_is_told_by_daily():
    """`get`: the state knows nothing yet."""
    one = kit({**SENT, "basicAuth": "dXNlcjpwYXNz", "hmac": "c2VjcmV0", "state": "ACTIVE", "domainId": "x"})
    found = one.applier.read("id-1", {})
    assert found is not None
    outs, inputs = found
    assert inputs == {}
    assert outs == {
        **HOOK,
        "basic_auth": "[secret]",
        "hmac": "c2VjcmV0",
        "state": "ACTIVE",
        "domain": "acme",
        "domain_id": "id-acme",
        "__daily": {"unmanaged": True},
    }
    again = one.applier.read("id-1", outs)
    assert again == (outs, {})


@pytest.mark.parametrize("spec", [WEBHOOK, DIALIN_CONFIG, SIP_TRUNK, PHONE_NUMBER], ids=lambda spec: spec.kind)
def test_a_program_that_reads_what_is_not_there_is_told_so(spec: ObjectSpec):
    """Otherwise it would go on with nulls. What the state knows is let go without an error."""
    one = kit(spec=spec)
    with pytest.raises(Missing, match=rf'there is no {spec.noun} "id-2".*, which {spec.kind}\.get reads'):
        one.applier.read("id-2", {})
    assert one.applier.read("id-2", {"domain": "acme", "domain_id": "id-acme"}) is None


@pytest.mark.parametrize("spec", [WEBHOOK, DIALIN_CONFIG, SIP_TRUNK, PHONE_NUMBER], ids=lambda spec: spec.kind)
def test_there_is_always_something_that_tells_two_objects_apart(spec: ObjectSpec):
    """Which is an input that check asks for, or that is decided before anything is made."""
    last = spec.natural_keys[-1][0]
    assert entries(spec.inputs)[last].meta.required or last in spec.computed


def test_every_error_above_the_api_is_one_class():
    assert {Gone, Occupied, Refused, AlreadyExists} <= set(LifecycleError.__subclasses__())


@pytest.mark.parametrize("first", ["keeper", "taker"])
def test_what_a_resource_of_the_program_keeps_is_not_taken_over(first: str):
    """Its address was changed in the dashboard, to the one that another resource asks for: on Daily, both are one."""
    one = kit()
    identity, outs = one.create(**HOOK)
    one.daily.objects[identity]["url"] = "https://example.com/other"
    run = one.fresh()
    taker, wanted = run.of("two"), run.checked({**HOOK, "url": "https://example.com/other", "adopt_existing": True})
    for edge, inputs in ((run.applier, HOOK), (taker, wanted)):
        run.account.claims.declare(edge.op.hints, [], WEBHOOK.claims_of(inputs), renames=False)
    keep, take = lambda: run.applier.plan(identity, outs, run.checked(HOOK)), lambda: taker.create(wanted)
    begin, end = (keep, take) if first == "keeper" else (take, keep)
    begin()
    if first == "keeper":
        (line,) = taker.expected({}, wanted)
        assert re.match(r'webhook ".*" is managed by "one" already: on Daily, both are one object', line)
    other = "one" if first == "keeper" else "two"
    with pytest.raises(Shared, match=rf'^webhook ".*" is managed by "{other}" already: on Daily, both are one object'):
        end()


def test_an_object_in_an_answer_has_an_id():
    op = Kit(numbered(WEBHOOK), FakeObjects(WEBHOOK)).applier.op
    assert id_of(op, LiveView(WEBHOOK, {"uuid": "1"})) == "1"
    with pytest.raises(BadResponse, match=r"an answer contains a webhook without uuid"):
        id_of(op, LiveView(WEBHOOK, {"url": "https://example.com"}))
