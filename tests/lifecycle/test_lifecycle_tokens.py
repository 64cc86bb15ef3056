"""Meeting tokens: made, made anew, never changed or removed."""

from __future__ import annotations

from typing import Any

import pytest
from edge import kept, state_of
from fake_daily import NOW
from fake_objects import FakeObjects, Kit, refused

from pulumi_daily import tokens as signing
from pulumi_daily.api import BadResponse, DailyError, Secret, ServerError
from pulumi_daily.connection import signer_of
from pulumi_daily.lifecycle import DomainMismatch, LifecycleError, Signer
from pulumi_daily.lifecycle.decide.diff import Plan
from pulumi_daily.lifecycle.kinds.token import TOKENS, plan, token_failures
from pulumi_daily.objects.meeting_token import MEETING_TOKEN
from pulumi_daily.objects.values import UNKNOWN, moment

KEY = "key-of-the-token-tests"


class FakeTokens(FakeObjects):
    """Daily signs with a key of its own and keeps nothing."""

    def _do(self, route: str, path: Any, params: Any, json: Any) -> Any:
        if route == "meeting_tokens.create":
            return {"token": f"signed-by-daily-{len(self.calls)}"}
        return {} if route == "meeting_tokens.get" else super()._do(route, path, params, json)


def kit(key: str | None = None) -> Kit:
    return Kit(TOKENS, FakeTokens(MEETING_TOKEN), signer=None if key is None else signer_of(Secret(key)))


PROPERTIES = {"room_name": "standup", "is_owner": True}


def test_daily_signs_and_the_id_tells_nothing_of_the_token():
    one = kit()
    identity, outs = one.create(properties=PROPERTIES, lifetime=3600)
    assert one.daily.sent("meeting_tokens.create") == [{"properties": {**PROPERTIES, "exp": int(NOW) + 3600}}]
    assert outs == {
        "properties": PROPERTIES,
        "lifetime": 3600,
        "token": "signed-by-daily-2",
        "issued_at": int(NOW),
        "expires_at": int(NOW) + 3600,
        "domain": "acme",
        "domain_id": "id-acme",
    }
    assert len(identity) == 20
    assert "signed" not in identity


def test_a_token_may_have_no_end_or_its_own():
    one = kit()
    assert "expires_at" not in one.create(properties=PROPERTIES)[1]
    assert one.create(properties={"exp": int(NOW) + 60})[1]["expires_at"] == int(NOW) + 60
    assert kept(one.create()[1], "explicit_inputs") is None
    assert one.daily.sent("meeting_tokens.create")[-1] == {"properties": {}}


@pytest.mark.parametrize("answer", [None, {}, {"token": ""}, {"token": 5}, []], ids=repr)
def test_an_answer_without_a_token_is_an_error(answer: Any):
    one = kit()
    one.daily.answers["meeting_tokens.create"] = answer
    with pytest.raises(BadResponse, match="has no token"):
        one.create(properties=PROPERTIES)


def test_a_long_token_of_dailys_is_warned_about():
    one = kit()
    one.daily.answers["meeting_tokens.create"] = {"token": "x" * 2049}
    one.create(properties=PROPERTIES)
    assert one.warnings == [
        "a meeting token is 2049 characters long; Daily advises to stay under 2048, because it travels in URLs"
    ]
    one.daily.answers["meeting_tokens.create"] = {"token": "x" * 2048}
    one.create(properties=PROPERTIES)
    assert len(one.warnings) == 1


# -- signed here -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("domain_id", [None, "another-id"])
def test_a_token_is_signed_here(domain_id: str | None):
    one = kit(KEY)
    more = {} if domain_id is None else {"domain_id": domain_id}
    _, outs = one.create(properties=PROPERTIES, self_signed=True, lifetime=60, **more)
    found = signing.verify(outs["token"], KEY, domain_id or "id-acme", now=NOW)
    assert found["room_name"] == "standup"
    assert outs["domain_id"] == (domain_id or "id-acme")
    assert kept(outs, "explicit_inputs") == (["domain_id"] if domain_id else None)
    assert one.daily.counts == ({} if domain_id else {"domain.get": 1})
    assert ("domain" in outs) == (domain_id is None)


def test_what_cannot_be_signed_is_one_readable_line():
    one = kit(KEY)
    inputs = one.checked({"properties": {"exp": int(NOW) + 60, "nbf": int(NOW)}, "self_signed": True})
    one.now = NOW + 100
    with pytest.raises(LifecycleError, match=r"^the token cannot be signed: properties.exp[^\n]*$"):
        one.applier.create(inputs)
    with pytest.raises(LifecycleError, match="cannot sign tokens itself"):
        kit().create(self_signed=True)


def test_a_token_of_another_key_is_made_anew():
    one = kit(KEY)
    _, outs = one.create(properties=PROPERTIES, self_signed=True)
    news = one.checked({"properties": PROPERTIES, "self_signed": True})
    assert one.applier.plan("x", outs, news) == Plan(False)
    assert one.applier.read("x", outs) == (outs, news)
    other = Kit(TOKENS, one.daily, signer=signer_of(Secret("another-key")))
    found = other.applier.plan("x", outs, news)
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ("self_signed",), False)
    assert found.notes == ("a self-signed meeting token was signed with another API key; it will be made anew",)
    assert other.applier.read("x", outs) is None
    # Without a signer, or without a token, nothing is known.
    assert Kit(TOKENS, one.daily).applier.plan("x", outs, news) == Plan(False)
    assert other.applier.plan("x", {**outs, "token": None}, news) == Plan(False)


# -- another domain ----------------------------------------------------------------------------------------------------


def elsewhere(one: Kit, key: str | None = None, *, after: float = 0.0) -> Kit:
    """A process with a key of another domain."""
    daily = FakeTokens(MEETING_TOKEN)
    daily.domain = {"domain_name": "other", "domain_id": "id-other", "config": {}}
    two = Kit(TOKENS, daily, signer=None if key is None else signer_of(Secret(key)))
    two.now = one.now + after
    return two


OTHERS = r'meeting token "x" belongs to the Daily domain "acme" \(id id-acme\), but the API key in use is for "other"'


@pytest.mark.parametrize("after", [0.0, 3000.0, 3600.0], ids=["good", "to be renewed", "expired"])
@pytest.mark.parametrize("signed", [False, True])
def test_a_token_of_another_domain_is_neither_made_anew_nor_gone(signed: bool, after: float):
    """Otherwise the next one would be of the domain that the key in use happens to be for."""
    one = kit(KEY)
    inputs = {"properties": PROPERTIES, "lifetime": 3600, **({"self_signed": True} if signed else {})}
    _, outs = one.create(**inputs)
    two = elsewhere(one, "key-of-another-domain", after=after)
    for news in (one.checked(inputs), one.checked({**inputs, "lifetime": 60})):
        with pytest.raises(DomainMismatch, match=OTHERS):
            two.applier.plan("x", outs, news)
    with pytest.raises(DomainMismatch, match=OTHERS):
        two.applier.read("x", outs)
    assert two.daily.counts == {"domain.get": 1}


def test_the_signature_of_a_self_signed_token_says_of_which_domain_it_is():
    one = kit(KEY)
    inputs = {"properties": PROPERTIES, "self_signed": True, "lifetime": 3600}
    _, outs = one.create(**inputs)
    two = one.fresh()
    two.account.signer = signer_of(Secret(KEY))
    assert two.applier.plan("x", outs, one.checked(inputs)) == Plan(False)
    two.now += 3600
    assert two.applier.plan("x", outs, one.checked(inputs)).replaces == ("lifetime",)
    assert two.applier.read("x", outs) is None
    assert two.daily.calls == []


# -- what a preview and a refresh say ----------------------------------------------------------------------------------


def outs_of(**more: Any) -> dict[str, Any]:
    return {"properties": PROPERTIES, "token": "t", "issued_at": int(NOW), **more}


@pytest.mark.parametrize(
    ("outs", "news", "expected"),
    [
        ({}, {}, Plan(False)),
        ({}, {"properties": {"room_name": "other"}}, Plan(None, ("properties",), False)),
        ({}, {"lifetime": 5}, Plan(None, ("lifetime",), False)),
        ({}, {"self_signed": True}, Plan(None, ("self_signed",), False)),
        ({"lifetime": 100, "expires_at": NOW + 26}, {"lifetime": 100}, Plan(False)),
        ({"lifetime": 100, "expires_at": NOW + 26, "renew_share": 0.1}, {"lifetime": 100, "renew_share": 0.9}, None),
        ({"lifetime": 100, "expires_at": NOW + 25}, {"lifetime": 100}, None),
        ({"lifetime": 100, "expires_at": NOW + 1}, {"lifetime": 100, "renew_share": 0}, Plan(False)),
        ({"lifetime": 100, "expires_at": NOW}, {"lifetime": 100, "renew_share": 0}, None),
        ({"lifetime": 100, "expires_at": NOW + 1}, {"lifetime": 100, "renew_share": UNKNOWN}, None),
        ({"lifetime": 100}, {"lifetime": 100}, Plan(False)),
        ({"domain_id": "id-acme"}, {}, Plan(False)),
        ({"domain_id": "id-acme"}, {"domain_id": "id-acme"}, Plan(None, ("domain_id",), False)),
    ],
    ids=str,
)
def test_a_token_is_made_anew_when_its_inputs_change_or_little_of_it_is_left(outs: Any, news: Any, expected: Any):
    found = plan(MEETING_TOKEN, state_of(MEETING_TOKEN, outs_of(**outs)), {"properties": PROPERTIES, **news}, NOW)
    if expected is not None:
        assert found == expected
    else:
        assert (found.changes, found.replaces) == (True, ("lifetime",))
        verb = "expired" if outs["expires_at"] <= NOW else "expires"
        assert found.notes[0].startswith(f"a meeting token {verb} at 2027-01-15 08:00:")


def test_a_refresh_asks_daily_whether_a_token_is_good():
    one = kit()
    outs = outs_of(domain="acme", domain_id="id-acme", expires_at=NOW + 60)
    assert one.applier.read("x", outs) == (outs, {"properties": PROPERTIES})
    assert one.daily.calls[-1] == ("meeting_tokens.get", {"token": "t"}, None)
    one.daily.fail("meeting_tokens.get", refused("invalid meeting token"))
    assert one.applier.read("x", outs) is None
    one.daily.fail("meeting_tokens.get", ServerError(500, "server-error", "oops", "GET", "/x"))
    with pytest.raises(DailyError, match="oops"):
        one.applier.read("x", outs)
    calls = len(one.daily.calls)
    assert one.applier.read("x", {**outs, "expires_at": NOW}) is None
    assert len(one.daily.calls) == calls


def test_an_update_changes_what_steers_this_package_alone():
    one = kit()
    _, outs = one.create(properties=PROPERTIES, lifetime=3600, renew_share=0.5)
    updated = one.applier.update("x", outs, {"properties": PROPERTIES, "lifetime": 3600})
    assert updated == {key: value for key, value in outs.items() if key != "renew_share"}
    assert updated["token"] == outs["token"]


def test_a_delete_does_nothing():
    one = kit()
    one.applier.delete("x", {})
    assert one.daily.calls == []


@pytest.mark.parametrize(
    ("inputs", "wrong"),
    [
        ({"lifetime": 60, "properties": {"nbf": int(NOW) + 60}}, True),
        ({"lifetime": 60, "properties": {"nbf": int(NOW) + 59}}, False),
        ({"lifetime": UNKNOWN, "properties": {"nbf": int(NOW) + 60}}, False),
        ({"lifetime": 60, "properties": UNKNOWN}, False),
        ({"lifetime": 60, "properties": {"nbf": "x"}}, False),
        ({"properties": {"nbf": int(NOW) + 60}}, False),
        ({}, False),
    ],
    ids=str,
)
def test_a_token_that_would_end_before_it_begins_is_refused(inputs: Any, wrong: bool):
    found = token_failures(inputs, NOW)
    assert [failure.path for failure in found] == ([("properties", "nbf")] if wrong else [])
    assert not found or "is not before the end of the token's lifetime (2027-01-15 08:01:00 UTC)" in found[0].reason


def test_a_signer_is_two_functions():
    signer = Signer(lambda domain, properties, issued: "t", lambda domain, token: True)
    assert signer.sign("d", {}, 0) == "t"
    assert signer.is_valid("d", "t")


def test_an_expired_token_with_an_end_of_its_own_is_said_and_left():
    """Its exp is the program's: the same one again would be expired as well."""
    one = kit()
    exp = int(one.now) + 60
    inputs = {"properties": {**PROPERTIES, "exp": exp}}
    _, outs = one.create(**inputs)
    news = one.checked(inputs)
    assert one.applier.plan("x", outs, news) == Plan(False)
    one.now += 60
    found = one.applier.plan("x", outs, news)
    assert (found.changes, found.replaces) == (False, ())
    assert found.notes == (
        f"a meeting token expired at {moment(exp)}, as the program says; a later exp makes a new one",
    )


def test_the_drift_of_a_token_is_its_own():
    assert TOKENS.drift_spec is TOKENS.spec
