"""The domain's configuration: read and changed, never made; what somebody else set is not lost silently."""

from __future__ import annotations

import copy
import json as jsonlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from edge import kept
from fake_daily import dropped
from fake_objects import FakeObjects, Kit

from pulumi_daily.api import DailyError, ServerError
from pulumi_daily.lifecycle import DomainMismatch
from pulumi_daily.lifecycle.errors import ForeignSettings, Missing, Wanted
from pulumi_daily.lifecycle.kinds.singleton import DOMAIN
from pulumi_daily.objects.domain import DOMAIN_CONFIG
from pulumi_daily.ownership import Claims, FileTakeovers


class FakeDomain(FakeObjects):
    """A domain whose settings can be changed."""

    def __init__(self, *, merges: bool = False, **config: Any) -> None:
        super().__init__(DOMAIN_CONFIG)
        self.domain["config"] = config
        self.merges = merges

    def _do(self, route: str, path: Any, params: Any, json: Any) -> Any:
        if route != "domain.update":
            return super()._do(route, path, params, json)
        config = self.domain["config"]
        for key, value in json["properties"].items():
            old = config.get(key)
            if value is None:
                config.pop(key, None)
            elif self.merges and isinstance(value, dict) and isinstance(old, dict):
                config[key] = {**old, **copy.deepcopy(value)}
            else:
                config[key] = copy.deepcopy(value)
        return {"domain_name": "acme", "config": config}  # without an id, as Daily answers


def kit(**config: Any) -> Kit:
    return Kit(DOMAIN, FakeDomain(**config))


def again(one: Kit) -> Kit:
    return Kit(DOMAIN, one.daily)


def test_create_sends_what_differs_and_reads_the_rest():
    one = kit(lang="de", enable_daily_logger=True)
    identity, outs = one.create(properties={"lang": "de", "enable_pip_ui": True})
    assert identity == "acme"
    assert one.daily.sent("domain.update") == [{"properties": {"enable_pip_ui": True}}]
    assert outs["config"] == {"lang": "de", "enable_daily_logger": True, "enable_pip_ui": True}
    assert (outs["domain"], outs["domain_id"]) == ("acme", "id-acme")
    assert kept(outs, "normalized") is None
    assert again(one).applier.plan("acme", outs, one.checked({"properties": outs["properties"]})).changes is False


def test_create_of_nothing_sends_nothing():
    one = kit()
    assert one.create()[0] == "acme"
    assert one.create(properties={})[0] == "acme"
    assert one.daily.counts == {"domain.get": 1}


FOREIGN = {"lang": "fr", "meeting_join_hook": "https://x.example/CANARY", "new_key": "CANARY", "new_flag": True}


def test_what_somebody_else_set_is_named_and_nothing_is_sent():
    one = kit(**FOREIGN)
    inputs = {
        "properties": {"lang": "de", "meeting_join_hook": "https://y.example", "enable_people_ui": False},
        "extra_properties": {"new_key": "other", "new_flag": False},
    }
    with pytest.raises(ForeignSettings) as caught:
        one.create(**inputs)
    text = str(caught.value)
    assert 'lang is "fr" on Daily, the program says "de"' in text
    assert "meeting_join_hook has another value on Daily" in text
    assert "new_key has another value on Daily" in text
    assert "new_flag is true on Daily, the program says false" in text
    assert "enable_people_ui" not in text
    assert "CANARY" not in text
    assert one.daily.sent("domain.update") == []
    one.create(**inputs, adopt_existing=True)
    assert len(one.warnings) == 4
    assert all(line.endswith("; it was overwritten") for line in one.warnings)
    assert "CANARY" not in str(one.warnings)


@pytest.mark.parametrize(
    ("live", "wanted"),
    [
        ({"redirect_on_meeting_exit": ""}, {"redirect_on_meeting_exit": "https://x.example"}),
        ({"lang": None}, {"lang": "de"}),
        ({"enable_people_ui": True}, {"enable_people_ui": False}),
        ({}, {"permissions": {"hasPresence": False}}),
        ({"permissions": {"canReceive": {"base": True}, "canSend": True}}, {"permissions": {"canSend": False}}),
        ({"lang": "de"}, {"lang": "de"}),
    ],
    ids=str,
)
def test_a_default_and_a_blank_are_nobodys_setting(live: Any, wanted: Any):
    one = kit(**live)
    one.create(properties=wanted)
    assert one.warnings == []


def test_an_object_is_sent_as_a_whole_so_all_that_somebody_set_in_it_counts():
    one = kit(permissions={"canReceive": {"base": False}, "canSend": True})
    with pytest.raises(ForeignSettings, match=r'permissions is \{"canReceive": \{"base": false\}, "canSend": true\}'):
        one.create(properties={"permissions": {"canSend": False}})
    one.create(properties={"permissions": {"canSend": True}})  # nothing would be sent
    assert one.daily.sent("domain.update") == []


def test_an_answer_to_the_change_alone_does_when_the_domain_cannot_be_read_again():
    one = kit()
    one.account.domain()
    one.daily.fail("domain.get", dropped())
    _, outs = one.create(properties={"lang": "de"})
    assert outs["config"] == {"lang": "de"}
    assert outs["domain_id"] == "id-acme"
    assert one.warnings == []


@pytest.mark.parametrize("answer", [None, {}, {"domain_name": "acme"}, "text", {"config": 5}], ids=repr)
def test_after_a_change_nothing_may_raise(answer: Any):
    one = kit()
    one.account.domain()
    one.daily.answers["domain.update"] = answer
    one.daily.fail("domain.get", dropped())
    identity, outs = one.create(properties={"lang": "de"})
    assert identity == "acme"
    assert outs["properties"] == {"lang": "de"}
    assert any("Daily's answer is not a domain" in line for line in one.warnings)
    assert again(one).applier.plan("acme", outs, one.checked({"properties": {"lang": "de"}})).changes is False


def test_a_change_that_fails_is_an_error():
    one = kit()
    one.daily.fail("domain.update", ServerError(500, "server-error", "oops", "POST", "/"))
    with pytest.raises(DailyError, match="oops"):
        one.create(properties={"lang": "de"})


def test_update_sends_the_difference_and_null_for_what_left():
    one = kit()
    _, outs = one.create(properties={"lang": "de", "enable_pip_ui": True}, extra_properties={"new_flag": True})
    new = one.checked({"properties": {"lang": "fr"}})
    outs = again(one).applier.update("acme", outs, new)
    assert one.daily.sent("domain.update")[1:] == [
        {"properties": {"lang": "fr", "enable_pip_ui": None, "new_flag": None}}
    ]
    assert outs["config"] == {"lang": "fr"}
    assert again(one).applier.update("acme", outs, new) == outs
    assert len(one.daily.sent("domain.update")) == 2


def test_an_object_that_daily_merges_is_set_back_as_a_whole():
    one = kit(merges=True)
    _, outs = one.create(properties={"permissions": {"canSend": False, "canAdmin": True}})
    new = one.checked({"properties": {"permissions": {"canSend": False}}})
    outs = again(one).applier.update("acme", outs, new)
    assert outs["config"] == {"permissions": {"canSend": False}}
    assert [sent["properties"]["permissions"] for sent in one.daily.sent("domain.update")][1:] == [
        {"canSend": False},
        None,
        {"canSend": False},
    ]


def test_another_domain_is_noticed_before_anything_is_changed():
    one = kit()
    _, outs = one.create(properties={"lang": "de"})
    one.daily.domain = {"domain_name": "other", "domain_id": "id-other", "config": {}}
    other = again(one)
    for operation in (
        lambda: other.applier.plan("acme", outs, {}),
        lambda: other.applier.read("acme", outs),
        lambda: other.applier.update("acme", outs, {}),
        lambda: other.applier.delete("acme", outs),
    ):
        with pytest.raises(DomainMismatch):
            operation()
    assert len(one.daily.sent("domain.update")) == 1


@pytest.mark.parametrize(
    ("outs", "sent"),
    [
        ({"properties": {"lang": "de"}}, [{"properties": {"lang": None}}]),
        ({"properties": {"lang": "de"}, "on_destroy": "reset"}, [{"properties": {"lang": None}}]),
        ({"properties": {"lang": "de"}, "on_destroy": "keep"}, []),
        ({}, []),
        ({"extra_properties": {"new": 1}}, [{"properties": {"new": None}}]),
    ],
    ids=str,
)
def test_delete_sets_back_what_is_managed(outs: Any, sent: Any):
    one = kit(lang="de")
    one.applier.delete("acme", outs)
    assert one.daily.sent("domain.update") == sent
    assert one.applier.read("acme", outs) is not None  # the domain itself is always there


def test_an_update_leaves_the_record_of_the_settings_that_stay(tmp_path: Path):
    """A delete that a failed run left pending, in the process of another provider, must find it."""

    def process() -> Kit:
        run = again(one)
        run.account.claims = Claims(FileTakeovers(lambda: "acme", path=lambda: tmp_path / "takeovers.json"))
        return run

    one = kit()
    first = process().create(properties={"lang": "it"})[1]
    mover = process()
    second = mover.of("two").create(mover.checked({"properties": {"lang": "it"}, "adopt_existing": True}))[1]
    changed = (run := process()).checked({"properties": {"lang": "it", "enable_pip_ui": True}})
    run.of("two").update("acme", second, changed)
    last = process()
    last.applier.delete("acme", first)
    assert one.daily.domain["config"] == {"lang": "it", "enable_pip_ui": True}
    assert len(last.warnings) == 1


def test_a_kept_setting_is_no_takeover_any_more(tmp_path: Path):
    """Another stack took it over, and was destroyed."""
    one, path = kit(), tmp_path / "takeovers.json"
    run = again(one)
    run.account.claims = Claims(first := FileTakeovers(lambda: "acme", path=lambda: path))
    outs = run.create(properties={"lang": "it"}, on_destroy="keep")[1]
    assert jsonlib.loads(path.read_text()) != []
    last = again(one)
    last.account.claims = Claims(FileTakeovers(lambda: "acme", path=lambda: path))
    op = last.applier.op
    last.applier.op = replace(op, hints=replace(op.hints, took=(first.run,)))
    last.applier.delete("acme", outs)
    assert jsonlib.loads(path.read_text()) == []
    assert one.daily.domain["config"] == {"lang": "it"}


def test_what_is_read_while_settings_are_reset_is_not_kept():
    """Another resource of the run reads the domain: a create after the delete must not find the old settings there."""
    one = kit(lang="de")
    call = one.daily.call

    def slow(route: str, **options: Any) -> Any:
        if route == "domain.update":
            one.account.live_domain()
        return call(route, **options)

    one.daily.call = slow  # type: ignore[method-assign]
    one.applier.delete("acme", {"properties": {"lang": "de"}})
    _, outs = one.create(properties={"lang": "de"})
    assert one.daily.domain["config"] == {"lang": "de"}
    assert outs["config"] == {"lang": "de"}


def test_settings_that_another_resource_of_this_run_sets_are_not_reset():
    one = kit()
    outs = one.create(properties={"lang": "de", "enable_pip_ui": True})[1]
    run = again(one)
    _, theirs = run.of("two").create(run.checked({"properties": {"lang": "de"}}))
    run.applier.delete("acme", outs)
    assert one.daily.domain["config"] == {"lang": "de"}
    assert run.warnings == ['domain "acme": lang stays, "two" stands for it now']
    again(one).of("two").delete("acme", theirs)
    assert one.daily.domain["config"] == {}


def test_an_update_leaves_a_setting_to_the_resource_that_takes_it_over_in_this_run():
    """A setting moves from one DomainConfig to another: whichever goes first, it stays as the program says."""
    one = kit()
    outs = one.create(properties={"lang": "de", "enable_pip_ui": True})[1]
    less = one.checked({"properties": {"enable_pip_ui": True}})
    for first in ("giver", "taker"):
        run = again(one)
        taker = run.of("two")
        inputs = run.checked({"properties": {"lang": "de"}})
        if first == "taker":
            taker.create(inputs)
        else:  # check has declared it before anything is written
            run.account.claims.declare(taker.op.hints, [], DOMAIN_CONFIG.claims_of(inputs), renames=False)
        new = run.applier.update("acme", outs, less)
        assert new["properties"] == {"enable_pip_ui": True}
        if first == "giver":
            taker.create(inputs)
        assert one.daily.domain["config"] == {"lang": "de", "enable_pip_ui": True}
        does = "asks for it" if first == "giver" else "stands for it now"
        assert run.warnings == [f'domain "acme": lang stays, "two" {does}']


def test_a_setting_moves_with_another_value_and_is_nobody_elses():
    one = kit()
    outs = one.create(properties={"lang": "de", "enable_pip_ui": True})[1]
    less, more = {"properties": {"enable_pip_ui": True}}, {"properties": {"lang": "fr"}}
    run = again(one)
    taker = run.of("two")
    claims = DOMAIN_CONFIG.claims_of
    declare = run.account.claims.declare
    declare(run.applier.op.hints, claims(outs), claims(run.checked(less)), renames=False)
    declare(taker.op.hints, [], claims(run.checked(more)), renames=False)
    taker.create(run.checked(more))
    run.applier.update("acme", outs, run.checked(less))
    assert one.daily.domain["config"] == {"lang": "fr", "enable_pip_ui": True}


def test_who_is_refused_a_setting_does_not_keep_it_from_its_owner():
    """The taker comes first and cannot know that another resource gives the setting up: that one resets it."""
    one = kit()
    outs = one.create(properties={"lang": "de", "enable_pip_ui": True})[1]
    run = again(one)
    taker, more = run.of("two"), run.checked({"properties": {"lang": "fr"}})
    run.account.claims.declare(taker.op.hints, [], DOMAIN_CONFIG.claims_of(more), renames=False)
    with pytest.raises(ForeignSettings, match="lang"):
        taker.create(more)
    run.applier.update("acme", outs, run.checked({"properties": {"enable_pip_ui": True}}))
    assert one.daily.domain["config"] == {"enable_pip_ui": True}


def test_what_the_domain_would_lose_is_announced_and_said():
    one = kit(lang="fr")
    inputs = one.checked({"properties": {"lang": "de"}, "adopt_existing": True})
    assert one.applier.expected({}, inputs) == [
        'domain "acme": lang is "fr" on Daily, the program says "de"; it will be overwritten'
    ]
    assert one.applier.expected({}, one.checked({"properties": {"lang": "de"}})) == []
    assert one.applier.expected({}, one.checked({"properties": {"lang": "fr"}, "adopt_existing": True})) == []
    assert one.applier.expected(inputs, inputs) == []
    assert one.daily.sent("domain.update") == []


@pytest.mark.parametrize(("adoption", "lines"), [("never", 0), ("as-asked", 0), ("always", 1)])
def test_a_preview_announces_only_what_the_up_may_overwrite(adoption: str, lines: int):
    one = Kit(DOMAIN, FakeDomain(lang="fr"), adoption=adoption)
    assert len(one.applier.expected({}, one.checked({"properties": {"lang": "de"}}))) == lines


def test_a_setting_that_comes_later_overwrites_nothing_unasked_either():
    one = kit(lang="fr")
    outs = one.create(properties={"enable_pip_ui": True})[1]
    before = one.checked({"properties": {"enable_pip_ui": True}})
    more = {"properties": {"enable_pip_ui": True, "lang": "de"}}
    run = again(one)
    with pytest.raises(ForeignSettings, match=r'lang is "fr" on Daily, the program says "de"'):
        run.applier.update("acme", outs, run.checked(more))
    assert one.daily.domain["config"] == {"lang": "fr", "enable_pip_ui": True}
    adopting = run.checked({**more, "adopt_existing": True})
    line = 'domain "acme": lang is "fr" on Daily, the program says "de"; it '
    assert run.applier.expected(before, adopting) == [f"{line}will be overwritten"]
    assert run.applier.update("acme", outs, adopting)["properties"] == more["properties"]
    assert run.warnings == [f"{line}was overwritten"]
    assert one.daily.domain["config"] == {"lang": "de", "enable_pip_ui": True}


def test_a_setting_that_an_update_gained_is_not_reset_by_the_resource_that_had_it():
    """Nor in another process, which hears of it by the file of takeovers."""
    one = kit()
    outs = one.create(properties={"lang": "de", "enable_pip_ui": True})[1]
    theirs = one.of("two").create(one.checked({"properties": {"enable_network_ui": True}}))[1]
    run = again(one)
    run.of("two").update("acme", theirs, run.checked({"properties": {"enable_network_ui": True, "lang": "de"}}))
    run.applier.update("acme", outs, run.checked({"properties": {"enable_pip_ui": True}}))
    assert one.daily.domain["config"] == {"lang": "de", "enable_pip_ui": True, "enable_network_ui": True}
    assert run.account.claims.runs_of(run.of("two").op.hints) == ()  # no file here, no run to name


def test_another_domain_of_that_name_is_not_read_for_a_program():
    """`get` of the settings of a domain that is not the key's."""
    one = kit()
    assert one.applier.read("acme", {}) is not None
    with pytest.raises(Missing, match=r'there is no domain "production".*, which DomainConfig\.get reads'):
        one.applier.read("production", {})


def test_a_setting_that_another_resource_asks_for_stays_in_the_state_of_a_resource_that_is_removed():
    one = kit()
    outs = one.create(properties={"lang": "de", "enable_pip_ui": True})[1]
    run = again(one)
    wanted = DOMAIN_CONFIG.claims_of(run.checked({"properties": {"lang": "fr"}}))
    run.account.claims.declare(run.of("two").op.hints, [], wanted, renames=False)
    with pytest.raises(Wanted, match='domain setting lang was not deleted: "two"'):
        run.applier.delete("acme", outs)
    assert one.daily.domain["config"] == {"lang": "de", "enable_pip_ui": True}


def test_settings_that_differ_are_noted_for_the_diff():
    one = kit(lang="fr", enable_pip_ui=True)
    inputs = one.checked({"properties": {"lang": "de", "enable_pip_ui": True}})
    kind, op = one.applier.kind, one.applier.op
    assert kind.drift_note(op, inputs, inputs) == {"lang": 'is "fr" on Daily, the program says "de"'}
    assert kind.drift_note(op, inputs, one.checked({"properties": {"lang": "it", "enable_pip_ui": True}})) == {}
