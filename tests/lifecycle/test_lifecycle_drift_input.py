"""The input ``drift``, in which a preview shows what differs on Daily."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from edge import view
from fake_daily import NOW

from pulumi_daily.lifecycle.decide.drift_input import AGAIN, EXPIRED, GONE, drift_note, told_apart
from pulumi_daily.lifecycle.kinds.token import TOKENS
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.objects.values import parse_path
from pulumi_daily.objects.webhook import WEBHOOK
from pulumi_daily.ownership import Hints


def note(config: dict[str, Any] | None, hints: Hints = Hints(), privacy: str = "public", **settings: Any) -> Any:  # noqa: B008
    inputs = {"name": "a", "privacy": "public", "properties": settings}
    live = None if config is None else {"name": "a", "privacy": privacy, "config": config}
    return drift_note(ROOM, inputs, inputs, view(ROOM, live), NOW, hints)


def test_each_setting_that_differs_has_a_text():
    assert note({"lang": "de", "enable_chat": True}, lang="de", enable_chat=True) == {}
    assert note({}, privacy="private") == {"privacy": 'is "private" on Daily, the program says "public"'}
    found = note({"lang": "fr", "permissions": {"hasPresence": True}}, lang="de", permissions={"hasPresence": False})
    assert found == {
        "lang": 'is "fr" on Daily, the program says "de"',
        "permissions.hasPresence": "is true on Daily, the program says false",
    }


def test_what_daily_does_not_return_is_not_known_to_differ():
    """The state may have its fingerprint: the answer to the create lacked it as well."""
    assert note({}, geo="us-east-1") == {}


def test_secrets_are_not_shown():
    assert note({"lang": "fr"}, Hints(secret=(parse_path("properties.lang"),)), lang="de") == {
        "lang": "has another value on Daily"
    }
    assert note({"meeting_join_hook": "https://x/OTHER"}, meeting_join_hook="https://x/KEY") == {
        "meeting_join_hook": "has another value on Daily"
    }


def test_ignored_paths_are_left_out():
    assert note({"lang": "fr"}, Hints(ignored=(parse_path("properties.lang"),)), lang="de") == {}


def test_an_object_that_is_gone_or_expired():
    assert note(None) == GONE
    assert note({"exp": NOW - 1}) == EXPIRED
    assert note({"exp": NOW - 1}, exp=NOW - 1) == ""  # the program says so
    assert drift_note(WEBHOOK, {}, {}, None, NOW, Hints()) == "gone from Daily, or its url was changed there"


def test_a_note_is_never_the_same_twice():
    """Pulumi compares inputs: it would repair nothing."""
    first = {"a": {"lang": "is x"}, "b": GONE}
    assert told_apart(first, None) == told_apart(first, {"a": {}}) == first
    second = told_apart(first, first)
    assert second == {"a": {"lang": "is x" + AGAIN}, "b": GONE + AGAIN}
    assert told_apart(first, second) == first
    assert told_apart("", None) == told_apart("", "") == ""


@pytest.mark.parametrize("spec", [PHONE_NUMBER, WEBHOOK], ids=lambda spec: spec.kind)
def test_without_what_tells_objects_apart_nothing_is_known(spec: ObjectSpec):
    from fake_objects import FakeObjects, Kit

    from pulumi_daily.lifecycle.kinds.numbered import numbered

    one = Kit(numbered(spec), FakeObjects(spec))
    kind, op = one.applier.kind, one.applier.op
    assert kind.drift_note(op, {"search": {"areacode": "212"}}, {"search": {"areacode": "212"}}) == ""
    assert one.daily.calls == []


@pytest.mark.parametrize(
    ("age", "found"), [(0, ""), (2399, ""), (2401, "expires soon"), (3599, "expires soon"), (3600, EXPIRED)]
)
def test_a_token_that_is_due_for_renewal(age: int, found: str):
    from fake_objects import FakeObjects, Kit

    op = Kit(TOKENS, FakeObjects(TOKENS.spec)).of("one", since=NOW - age).op
    inputs = {"lifetime": 3600, "renew_share": 1 / 3}
    assert TOKENS.drift_note(op, inputs, inputs) == found
    assert TOKENS.drift_note(op, inputs, {**inputs, "properties": {"is_owner": True}}) == ""
    assert TOKENS.drift_note(op, {}, {}) == ""
    assert TOKENS.drift_note(replace(op, hints=Hints()), inputs, inputs) == ""
    assert TOKENS.drift_note(op, inputs, {"renew_share": 1 / 3}) == ""
