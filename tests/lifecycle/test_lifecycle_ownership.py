"""Nothing that is not ours: proof after a lost answer, refusals that lead on, deletes that let go, ids that changed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from edge import differences, view
from fake_daily import EARLIER, NOW, FakeDaily, dropped, stamp, taken
from fake_objects import FakeObjects
from fake_objects import Kit as ObjectsKit
from test_lifecycle_apply import Kit, inputs_of

from pulumi_daily.api import DailyError, ServerError
from pulumi_daily.lifecycle import AlreadyExists
from pulumi_daily.lifecycle.decide.adoption import Found, Sending, contradicts
from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.decide.drift import Drift
from pulumi_daily.lifecycle.errors import Missing, Wanted
from pulumi_daily.lifecycle.kinds.kind import listed
from pulumi_daily.lifecycle.kinds.numbered import numbered
from pulumi_daily.lifecycle.kinds.sip_client import SIP_CLIENTS
from pulumi_daily.objects.dialin import DIALIN_CONFIG
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.sip_client import SIP_CLIENT
from pulumi_daily.objects.values import ABSENT, moment, seconds
from pulumi_daily.objects.webhook import WEBHOOK
from pulumi_daily.ownership import Hints

# -- what this very call made ------------------------------------------------------------------------------------------


def was_made(live: dict[str, Any], *bounds: tuple[float, float] | None) -> bool:
    clock = iter(bounds)
    return Sending(lambda: next(clock)).made(view(ROOM, live))


@pytest.mark.parametrize(
    ("created_at", "ours"),
    [
        (stamp(NOW), True),
        (stamp(NOW + 30), True),
        (stamp(NOW - 1), False),
        (stamp(NOW + 31), False),
        ("2027-01-15T08:00:00.500Z", True),
        ("2027-01-15T07:59:59.999Z", False),
        (None, False),
        ("no date", False),
    ],
)
def test_an_object_is_ours_when_it_was_made_since_the_request_was_sent(created_at: Any, ours: bool):
    assert was_made({"created_at": created_at}, (NOW, NOW + 0.2), (NOW + 29, NOW + 30)) is ours


def test_whole_seconds_may_be_up_to_one_earlier_than_the_moment_itself():
    assert was_made({"created_at": stamp(NOW)}, (NOW + 0.9, NOW + 0.95), (NOW + 2, NOW + 2))
    assert not was_made({"created_at": "2027-01-15T08:00:00.500Z"}, (NOW + 0.9, NOW + 0.95), (NOW + 2, NOW + 2))


def test_whole_seconds_may_be_rounded_up():
    assert was_made({"created_at": stamp(NOW + 1)}, (NOW + 0.6, NOW + 0.6), (NOW + 0.7, NOW + 0.7))
    assert not was_made({"created_at": "2027-01-15T08:00:00.800Z"}, (NOW + 0.6, NOW + 0.6), (NOW + 0.7, NOW + 0.7))


def test_without_a_clock_or_made_in_the_dashboard_nothing_is_ours():
    live = {"created_at": stamp(NOW)}
    assert was_made(live, (NOW, NOW), (NOW, NOW))
    assert not was_made(live, None, (NOW, NOW))
    assert not was_made(live, (NOW, NOW), None)
    assert not was_made({**live, "api_created": False}, (NOW, NOW), (NOW, NOW))


def test_what_daily_does_not_show_contradicts_nothing():
    assert not contradicts([Drift(("properties", "x"), ABSENT, 1)])
    assert contradicts([Drift(("properties", "x"), ABSENT, 1), Drift(("properties", "y"), 2, 1)])


@pytest.mark.parametrize(
    ("given", "live", "exact"),
    [
        ({"lang": "de"}, {"lang": "de"}, True),
        ({"lang": "de"}, {}, False),  # the default is another one
        ({"enable_pip_ui": True}, {}, True),
        ({}, {"enable_chat": False}, True),
        ({}, {"enable_chat": True}, False),
        ({}, {"some_key_of_dailys": 5}, True),
        ({}, {"sip_uri": {"endpoint": "a@b"}}, True),
    ],
    ids=str,
)
def test_as_asked_is_what_the_program_says_with_nothing_set_beyond(given: Any, live: Any, exact: bool):
    inputs = inputs_of(properties=given)
    found = {"name": "standup", "privacy": "public", "api_created": True, "config": live}
    for api_created in (True, False):
        seen = {**found, "api_created": api_created}
        drifts = differences(ROOM, inputs, seen, NOW, Hints())
        assert Found.of(ROOM, inputs, view(ROOM, seen), drifts).as_asked is (exact and api_created)


@pytest.mark.parametrize(
    ("live", "text"),
    [
        ({}, "it is as the program says"),
        ({"created_at": EARLIER}, "made at 2027-01-15 07:00:00 UTC: it is as the program says"),
        (
            {"created_at": EARLIER, "api_created": True},
            "made through the API at 2027-01-15 07:00:00 UTC: it is as the program says",
        ),
        ({"api_created": False}, "made in the dashboard: it is as the program says"),
    ],
    ids=str,
)
def test_a_refusal_says_when_and_how_an_object_was_made(live: dict[str, Any], text: str):
    assert str(Found.of(ROOM, inputs_of(), view(ROOM, {"config": {}, **live}), [])) == text


# -- lost answers ------------------------------------------------------------------------------------------------------


def test_a_foreign_room_of_nine_minutes_is_not_taken_for_ours():
    """Our POST was lost before Daily; the settings would never be applied."""
    kit = Kit(FakeDaily({"name": "standup", "created_at": stamp(NOW - 540)}))
    kit.daily.fail("rooms.create", dropped())
    with pytest.raises(AlreadyExists, match=r"made through the API at 2027-01-15 07:51:00 UTC"):
        kit.create(properties={"enable_pip_ui": True})
    assert kit.daily.rooms["standup"]["config"] == {}


def test_a_room_of_the_dashboard_is_not_ours_after_a_503_that_did_nothing():
    kit = Kit(FakeDaily({"name": "standup", "created_at": stamp(NOW)}))
    kit.daily.rooms["standup"]["api_created"] = False
    error = ServerError(503, "server-error", "no")
    error.outcome_unknown = True
    kit.daily.fail("rooms.create", error)
    with pytest.raises(AlreadyExists, match="made in the dashboard at 2027-01-15 08:00:00 UTC"):
        kit.create()


def test_without_dailys_clock_a_lost_create_is_not_called_ours():
    kit = Kit()
    kit.daily.server_time = lambda: None  # type: ignore[method-assign]
    kit.daily.fail("rooms.create", dropped(), when="after")
    with pytest.raises(AlreadyExists, match="DAILY_ADOPT_EXISTING=as-asked pulumi up"):
        kit.create()
    assert kit.fresh(adoption="as-asked").create()["room_id"] == "uuid-1"


class Dated(FakeObjects):
    """Webhooks as Daily shows them: with the moment at which they were made."""

    def call(self, route: str, **request: Any) -> Any:
        if route == "webhooks.create":
            request["json"] = {**request["json"], "createdAt": stamp(self.now)}
        return super().call(route, **request)


HOOK = {"url": "https://example.com/events", "event_types": ["meeting.ended"]}


@pytest.mark.parametrize(("late", "ours"), [(0, True), (-60, False)])
def test_a_webhook_is_dated_and_needs_the_same_proof(late: int, ours: bool):
    """It was not there right before; and yet somebody else may have made it, a copy of an old one say."""
    kit = ObjectsKit(numbered(WEBHOOK), Dated(WEBHOOK))
    kit.daily.fail("webhooks.create", dropped())
    theirs = {"url": HOOK["url"], "eventTypes": HOOK["event_types"], "createdAt": stamp(NOW + late)}
    real, seen = kit.daily._page, [0]

    def page(params: dict[str, Any]) -> Any:
        seen[0] += 1
        if seen[0] == 2:
            kit.daily.add(**theirs)
        return real(params)

    kit.daily._page = page  # type: ignore[method-assign]
    if ours:
        assert kit.create(**HOOK)[0] == "id-1"
        assert kit.warnings == []
    else:
        with pytest.raises(AlreadyExists, match=r"webhook .* exists on Daily already, made at 2027-01-15 07:59:00 UTC"):
            kit.create(**HOOK)


def test_what_daily_does_not_date_was_not_there_right_before_the_create():
    """Even when the snapshot of this process is older than somebody else's object."""
    kit = ObjectsKit(numbered(DIALIN_CONFIG), FakeObjects(DIALIN_CONFIG))
    inputs = {"type": "pin_dialin", "phone_number": "+18055550100"}
    assert kit.account.snapshot(DIALIN_CONFIG).everything() == []
    kit.daily.add(type="pin_dialin", config={"phone_number": "+18055550100"})
    kit.daily.fail("dialin.create", dropped())
    with pytest.raises(AlreadyExists, match=r"dial-in config .* exists on Daily already"):
        kit.create(**inputs)
    assert kit.daily.sent("dialin.create") == []


def test_an_object_that_contradicts_is_not_ours_although_it_was_not_there_before():
    kit = ObjectsKit(numbered(DIALIN_CONFIG), FakeObjects(DIALIN_CONFIG))
    kit.daily.fail("dialin.create", dropped())
    theirs = {"phone_number": "+18055550100", "name_prefix": "Theirs"}
    real, seen = kit.daily._page, [0]

    def page(params: dict[str, Any]) -> Any:
        seen[0] += 1
        if seen[0] == 2:
            kit.daily.add(type="pin_dialin", config=theirs)
        return real(params)

    kit.daily._page = page  # type: ignore[method-assign]
    with pytest.raises(AlreadyExists, match=r'name_prefix is "Theirs" on Daily, the program says "Ours"'):
        kit.create(type="pin_dialin", phone_number="+18055550100", name_prefix="Ours")


# -- refusals ----------------------------------------------------------------------------------------------------------


def refusal(kit: Kit, **inputs: Any) -> str:
    with pytest.raises(AlreadyExists) as caught:
        kit.create(**inputs)
    assert kit.daily.counts["rooms.update"] == kit.daily.counts["rooms.delete"] == 0
    return str(caught.value)


def test_a_refusal_says_what_is_there_and_names_only_ways_that_keep_it():
    text = refusal(Kit(FakeDaily({"name": "standup", "lang": "fr"})), properties={"lang": "de"})
    assert text.startswith(
        'room "standup" exists on Daily already, made through the API at 2027-01-15 07:00:00 UTC: lang is "fr" on '
        'Daily, the program says "de". Nothing was changed. '
    )
    for way in (
        'aliases=[pulumi.Alias(name="OLD")]',
        "delete_before_replace=True",
        "adopt_existing=True",
        "`pulumi-daily import --room standup`",
        "choose another name",
    ):
        assert way in text
    assert "DAILY_ADOPT_EXISTING" not in text
    assert "is not in this stack" not in text


def test_a_leftover_of_an_interrupted_run_is_told_from_somebody_elses_room():
    text = refusal(Kit(FakeDaily({"name": "standup", "lang": "de"})), properties={"lang": "de"})
    assert "07:00:00 UTC: it is as the program says. Nothing was changed" in text
    assert "`DAILY_ADOPT_EXISTING=as-asked pulumi up`" in text


def test_a_refusal_names_what_is_set_beyond_the_program():
    """As-asked refuses it for that alone; the value may be a secret."""
    kit = Kit(
        FakeDaily({"name": "standup", "lang": "de", "max_participants": 7, "meeting_join_hook": "https://x/CANARY"})
    )
    text = refusal(kit, properties={"lang": "de"})
    assert "max_participants is set on Daily, the program says nothing of it" in text
    assert "meeting_join_hook is set on Daily" in text
    assert "it is as the program says" not in text
    assert "CANARY" not in text
    assert "DAILY_ADOPT_EXISTING" not in text


def test_a_refusal_hides_what_is_secret():
    hook = {"meeting_join_hook": "https://x.example/CANARY"}
    text = refusal(
        Kit(FakeDaily({"name": "standup", **hook})), properties={"meeting_join_hook": "https://y.example/CANARY"}
    )
    assert "meeting_join_hook has another value on Daily" in text
    assert "CANARY" not in text
    kit = Kit(FakeDaily({"name": "standup", "lang": "CANARY"}))
    kit.applier = kit.of("one", secret=(("properties", "lang"),))
    text = refusal(kit, properties={"lang": "de"})
    assert "lang has another value on Daily" in text
    assert "CANARY" not in text


def test_a_replacement_of_ones_own_says_how_to_order_it():
    """`--replace`: the new one is made first, and the old one has the name."""
    kit = Kit()
    outs = kit.create()
    kit = kit.fresh()
    claims = [("Room", "standup")]
    kit.account.claims.declare(kit.applier.op.hints, claims, claims, renames=True)
    kit.applier.plan("standup", outs, inputs_of())
    text = refusal(kit)
    assert text == (
        'room "standup" is there, and this resource has it: its replacement cannot be created first. Give '
        "opts=pulumi.ResourceOptions(delete_before_replace=True)"
    )


def test_a_refusal_names_the_other_rooms_that_are_in_the_way():
    """Sixty rooms of a killed run are one line, not sixty runs."""
    names = [f"r-{i:02}" for i in range(12)]
    kit = Kit(FakeDaily(*({"name": name} for name in [*names, "standup"])))
    for name in [*names, "standup", "new"]:
        told = Hints(f"proj/dev::Room {name}")
        kit.account.claims.declare(told, [], [("Room", name)], renames=True)
    kit.applier = kit.of("standup")
    text = refusal(kit)
    assert (
        "12 more rooms of the program exist already (r-00, r-01, r-02, r-03, r-04, r-05, r-06, r-07, r-08, "
        "r-09 and 2 more)"
    ) in text


def test_what_this_run_made_itself_is_not_in_the_way():
    kit = Kit(FakeDaily({"name": "standup"}))
    for name in ("mine", "standup"):
        kit.account.claims.declare(Hints(f"proj/dev::Room {name}"), [], [("Room", name)], renames=True)
    kit.of("mine").create(inputs_of(name="mine"))
    kit.applier = kit.of("standup")
    assert "mine" not in refusal(kit)


def test_a_refusal_stands_when_the_others_cannot_be_read():
    kit = Kit(FakeDaily({"name": "standup"}))
    kit.account.claims.declare(Hints("proj/dev::Room b"), [], [("Room", "b")], renames=True)
    for route in ("rooms.list", "rooms.get"):
        kit.daily.fail(route, *[ServerError(500, "server-error", "x")] * 3, when="before")
    kit.daily.faults["rooms.get"].insert(0, ("never", dropped()))
    real = kit.daily._fault
    first = [True]

    def fault(route: str, when: str) -> None:
        if route == "rooms.get" and first[0]:  # the read that settles the create itself
            first[0] = when == "before"
            if not first[0]:
                kit.daily.faults["rooms.get"].pop(0)
            return
        real(route, when)

    kit.daily._fault = fault  # type: ignore[method-assign]
    text = refusal(kit)
    assert "The same holds" not in text
    assert "exists on Daily already" in text


def test_lists_of_names_are_cut():
    assert listed(["a", "b"]) == "a, b"
    assert listed([f"r-{i:02}" for i in range(12, 0, -1)]).startswith("r-01, r-02, r-03, ")
    assert listed([f"r-{i:02}" for i in range(12)]).endswith(", r-08, r-09 and 2 more")


# -- takeovers ---------------------------------------------------------------------------------------------------------


def test_what_would_be_taken_over_is_announced_with_what_changes():
    kit = Kit(
        FakeDaily({"name": "standup", "privacy": "private", "lang": "fr", "meeting_join_hook": "https://x/CANARY"})
    )
    inputs = inputs_of(adopt_existing=True, properties={"lang": "de", "meeting_join_hook": "https://x.example/y"})
    (line,) = kit.applier.expected({}, inputs)
    assert line == (
        'room "standup" exists already and will be taken over: privacy "private" -> "public", lang "fr" -> "de", '
        "meeting_join_hook"
    )
    assert kit.daily.writes == []
    assert kit.applier.expected(inputs, inputs) == []  # it has it already
    assert kit.applier.expected({}, inputs_of()) == []
    assert kit.applier.expected({}, inputs_of(name="other", adopt_existing=True)) == []
    assert Kit(kit.daily, adoption="as-asked").applier.expected({}, inputs_of()) == []
    assert len(Kit(kit.daily, adoption="always").applier.expected({}, inputs_of())) == 1
    kit.account.claims.declare(kit.applier.op.hints, [("Room", "standup")], [], renames=True)
    assert kit.applier.expected({}, inputs) == []  # its own, which is to be replaced


def test_an_expired_room_is_not_announced():
    kit = Kit(FakeDaily({"name": "standup", "exp": NOW - 1}))
    assert kit.applier.expected({}, inputs_of(adopt_existing=True)) == []


def test_an_object_without_a_known_name_is_not_looked_for():
    kit = ObjectsKit(numbered(PHONE_NUMBER), FakeObjects(PHONE_NUMBER))
    assert kit.applier.expected({}, {"adopt_existing": True}) == []
    assert kit.daily.calls == []


@pytest.mark.parametrize(("spec", "inputs"), [(WEBHOOK, HOOK), (SIP_CLIENT, {"username": "desk"})], ids=["hook", "sip"])
def test_other_kinds_announce_their_takeovers_too(spec: Any, inputs: dict[str, Any]):
    made = {"url": HOOK["url"], "eventTypes": ["meeting.started"]} if spec is WEBHOOK else {"username": "desk"}
    kit = ObjectsKit(numbered(WEBHOOK) if spec is WEBHOOK else SIP_CLIENTS, FakeObjects(spec, made))
    (line,) = kit.applier.expected({}, kit.checked({**inputs, "adopt_existing": True}))
    assert "exists already and will be taken over: " in line
    assert kit.applier.expected({}, kit.checked(inputs)) == []


@pytest.mark.parametrize("how", ["adopt_existing", "always", "as-asked"])
def test_what_a_resource_took_over_outlives_the_delete_of_the_one_before(how: Any):
    """Pulumi makes first and deletes last: the room moved from one resource to another."""
    outs = (old := Kit()).create()
    run = old.fresh(adoption="never" if how == "adopt_existing" else how)
    adopt = {"adopt_existing": True} if how == "adopt_existing" else {}
    moved = run.of("two").create(inputs_of(**adopt))[1]
    run.applier.delete("standup", outs)
    assert list(run.daily.rooms) == ["standup"]
    assert run.warnings[-1] == 'room "standup" stays on Daily: "two" stands for it now'
    later = run.fresh()
    later.of("two").delete("standup", moved)
    assert run.daily.rooms == {}


def test_a_room_that_another_resource_only_asks_for_is_neither_deleted_nor_forgotten():
    """That one may have failed (`pulumi up --continue-on-error`)."""
    outs = (old := Kit()).create()
    run = old.fresh()
    run.account.claims.declare(run.of("two").op.hints, [], ROOM.claims_of(inputs_of()), renames=True)
    with pytest.raises(Wanted, match=r'room "standup" was not deleted: "two" declares it but does not have it'):
        run.applier.delete("standup", outs)
    assert list(run.daily.rooms) == ["standup"]


def test_a_name_in_another_case_is_kept_where_daily_does_not_tell_them_apart():
    """A rename that differs only in case, with adopt_existing: make first, delete last."""
    old = Kit()
    outs = old.create()
    run = old.fresh()
    real = run.daily.call

    def call(route: str, *, path: Any = None, **more: Any) -> Any:
        return real(route, path={"name": path["name"].lower()} if path else path, **more)

    run.daily.call = call  # type: ignore[method-assign]
    inputs = inputs_of(name="StandUp", adopt_existing=True)
    run.account.claims.declare(run.applier.op.hints, [("Room", "standup")], [("Room", "StandUp")], renames=True)
    run.daily.fail("rooms.create", taken("StandUp"))
    run.daily._rooms_get = lambda name, json: {**run.daily._shown(run.daily.rooms[name]), "name": "StandUp"}  # type: ignore[method-assign]
    run.applier.create(inputs)
    run.applier.delete("standup", outs)
    assert list(run.daily.rooms) == ["standup"]


def test_a_create_waits_for_the_delete_of_the_same_name_and_then_makes_it():
    """Deciding and doing are one step: without that, the room that was just taken over would be deleted."""
    old = Kit()
    outs = old.create()
    run = old.fresh()
    begun, go = threading.Event(), threading.Event()
    real = run.daily._rooms_delete

    def slow(name: str, json: Any) -> Any:
        begun.set()
        assert go.wait(60)
        return real(name, json)

    run.daily._rooms_delete = slow  # type: ignore[method-assign]
    made: list[dict[str, Any]] = []
    deleting = threading.Thread(target=lambda: run.applier.delete("standup", outs))
    deleting.start()
    assert begun.wait(60)
    creating = threading.Thread(target=lambda: made.append(run.of("two").create(inputs_of(adopt_existing=True))[1]))
    creating.start()
    creating.join(0.05)
    assert made == []
    go.set()
    for thread in (deleting, creating):
        thread.join(60)
    assert made[0]["room_id"] == "uuid-2"
    assert list(run.daily.rooms) == ["standup"]


# -- made anew by somebody else ----------------------------------------------------------------------------------------


def made_anew(**theirs: Any) -> tuple[Kit, dict[str, Any]]:
    kit = Kit()
    outs = kit.create()
    del kit.daily.rooms["standup"]
    kit.daily.add("standup", **theirs)
    return kit.fresh(), outs


ANEW = 'room "standup" was deleted on Daily and made anew by somebody else'


def test_a_preview_says_that_a_room_was_made_anew():
    kit, outs = made_anew()
    found = kit.applier.plan("standup", outs, inputs_of())
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ("name",), True)
    (note,) = found.notes
    assert note.startswith(f"{ANEW}; `pulumi up` takes the new one over where adopt_existing asks for it, and fails")


def test_a_room_that_was_made_anew_is_drift_even_where_the_state_says_that_ours_has_ended():
    kit = Kit()
    ended = {"exp": int(NOW) + 1}
    outs = kit.create(properties=ended)
    del kit.daily.rooms["standup"]
    kit.daily.add("standup")
    kit.daily.now = NOW + 5
    found = kit.fresh().applier.plan("standup", outs, check(ROOM, outs, inputs_of(properties=ended), NOW + 5).inputs)
    assert (found.changes, found.replaces) == (True, ("name",))
    assert ANEW in found.notes[0]


def test_a_refresh_lets_a_room_go_that_was_made_anew():
    kit, outs = made_anew()
    assert kit.applier.read("standup", outs) is None
    assert kit.warnings == [f"{ANEW}: it is let go"]


def test_a_delete_lets_a_room_stay_that_was_made_anew():
    kit, outs = made_anew()
    kit.applier.delete("standup", outs)
    assert list(kit.daily.rooms) == ["standup"]
    assert kit.warnings == [f"{ANEW}: it stays"]


@pytest.mark.parametrize("adopt", [False, True])
def test_an_up_takes_a_room_that_was_made_anew_only_when_it_is_told_to(adopt: bool):
    kit, outs = made_anew(lang="fr")
    if adopt:
        assert kit.update(outs, adopt_existing=True, properties={"lang": "de"})["room_id"] == "uuid-2"
        assert kit.daily.rooms["standup"]["config"] == {"lang": "de"}
        return
    claims = [("Room", "standup")]
    kit.account.claims.declare(kit.applier.op.hints, claims, claims, renames=True)
    kit.applier.plan("standup", outs, inputs_of(properties={"lang": "de"}))
    with pytest.raises(AlreadyExists, match=r"exists on Daily already, .*adopt_existing=True") as caught:
        kit.update(outs, properties={"lang": "de"})
    assert "this resource has it" not in str(caught.value)
    assert kit.daily.rooms["standup"]["config"] == {"lang": "fr"}


def test_a_state_without_an_id_says_nothing_of_who_made_the_room():
    """Of an earlier release, or of an answer that nobody could read."""
    kit, outs = made_anew()
    del outs["room_id"]
    assert kit.applier.plan("standup", outs, inputs_of()).changes is False
    kit.applier.delete("standup", outs)
    assert kit.daily.rooms == {}
    assert kit.daily.counts["rooms.get"] == 0


# -- objects that do not exist, or have ended --------------------------------------------------------------------------


def test_a_program_that_reads_a_room_that_does_not_exist_is_told_so():
    """An owner token for every room came of the nulls."""
    with pytest.raises(
        Missing, match=r'there is no room "nope".*which Room\.get reads\. Correct its id, or declare it'
    ):
        Kit().applier.read("nope", {})
    expired = Kit(FakeDaily({"name": "old", "exp": NOW - 1}))
    with pytest.raises(Missing):
        expired.applier.read("old", {})


@pytest.mark.parametrize("readable", [False, True])
def test_an_expired_room_whose_other_settings_change_is_left_alone_with_a_note(readable: bool):
    kit = Kit()
    exp = int(NOW) + 5
    outs = kit.create(properties={"exp": exp, "lang": "de"})
    kit.daily.now, kit.daily.expired_readable = NOW + 10, readable
    kit = kit.fresh()
    news = check(ROOM, outs, {"name": "standup", "properties": {"exp": exp, "lang": "fr"}}, NOW + 10).inputs
    found = kit.applier.plan("standup", outs, news)
    assert (found.changes, found.replaces) == (None, ())
    assert found.notes == (
        f'room "standup" expired at {moment(exp)}, as the program says; what changed will count with a later exp',
    )
    new = kit.applier.update("standup", outs, news)
    assert kit.daily.writes == []
    assert {key: new[key] for key in ("room_id", "url", "created_at", "config")} == {
        key: outs[key] for key in ("room_id", "url", "created_at", "config")
    }
    assert new["properties"] == {"exp": exp, "lang": "fr"}
    assert kit.fresh().applier.plan("standup", new, news).changes is False


# -- outputs that stay -------------------------------------------------------------------------------------------------


def test_a_moment_with_milliseconds_and_one_without_are_the_same():
    """A create answers with milliseconds, a list without: a refresh changes nothing."""
    kit = Kit()
    outs = kit.create()
    kit.daily.rooms["standup"]["created_at"] = outs["created_at"].replace(".000Z", ".417Z")
    read = kit.fresh().applier.read("standup", outs)
    assert read is not None
    assert read[0] == outs
    rounded = {**outs, "created_at": outs["created_at"].replace("00.000Z", "00.600Z")}
    kit.daily.rooms["standup"]["created_at"] = "2027-01-15T08:00:01.000Z"
    read = kit.fresh().applier.read("standup", rounded)
    assert read is not None
    assert read[0] == rounded
    read = kit.fresh().applier.read("standup", outs)
    assert read is not None
    assert read[0]["created_at"] == "2027-01-15T08:00:01.000Z"


@pytest.mark.parametrize("answer", [{}, "", "ok", [], {"name": "other"}], ids=repr)
def test_an_update_without_a_usable_answer_drops_no_output(answer: Any):
    kit = Kit()
    kit.daily.never_echoed.add("enable_knocking")
    outs = kit.create(properties={"lang": "de", "enable_knocking": False})
    kit = kit.fresh()
    kit.daily.answers["rooms.update"] = answer
    new = kit.update(outs, properties={"lang": "fr", "enable_knocking": False})
    for key in ("room_id", "url", "created_at", "api_created", "config", "domain", "domain_id"):
        assert new[key] == outs[key], key
    # What was not sent is shown as before: no drift of it comes of that answer.
    del kit.daily.answers["rooms.update"]
    read = kit.fresh().applier.plan("standup", new, inputs_of(properties={"lang": "fr", "enable_knocking": False}))
    assert read.changes is False


def test_daily_writes_moments_in_utc():
    assert seconds("2027-01-15T08:00:00.000Z") == NOW
    assert seconds("2027-01-15T08:00:00.000000000000000Z") in (NOW, None)
    assert seconds(5) is None
    assert isinstance(DailyError("x"), Exception)
