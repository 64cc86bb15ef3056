"""Many rooms at once, over a Daily in a dict: what is taken, taken back, adopted, and never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from edge import Edge, kept
from fake_daily import NOW, FakeDaily, dropped, stamp, taken

from pulumi_daily.api import (
    AuthenticationError,
    BadResponse,
    ConnectError,
    DailyError,
    InvalidRequestError,
    RateLimitError,
    RetryBudgetExceeded,
)
from pulumi_daily.lifecycle import Account, AlreadyExists, LifecycleError
from pulumi_daily.lifecycle.decide import room_set as decided
from pulumi_daily.lifecycle.decide.adoption import CREATE_ATTEMPTS
from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.errors import PartlyDone, Wanted
from pulumi_daily.lifecycle.kinds.named import named
from pulumi_daily.lifecycle.kinds.room_set import ROOM_SETS
from pulumi_daily.lifecycle.live import writes
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET
from pulumi_daily.ownership import Hints

BATCH = "batch.rooms.create"
LONG_AGO = "2026-01-01T00:00:00.000Z"


class Kit:
    """One applier over one fake."""

    def __init__(self, daily: FakeDaily | None = None, **account: Any) -> None:
        self.daily = daily or FakeDaily()
        self.warnings: list[str] = []
        self.account = Account(self.daily, **account)
        self.applier = self.of("one")

    def of(self, owner: str, **hints: Any) -> Edge:
        """What works for the resource of that name."""
        told = Hints(f"proj/dev::RoomSet {owner}", **hints)
        return Edge(ROOM_SETS, self.account, now=lambda: NOW, warn=self.warnings.append, hints=told)

    def create(self, rooms: Any, **more: Any) -> dict[str, Any]:
        identity, outs = self.applier.create(inputs_of(rooms, **more))
        assert re.fullmatch("[0-9a-f]{16}", identity)
        return outs

    def update(self, outs: dict[str, Any], rooms: Any, **more: Any) -> dict[str, Any]:
        return self.applier.update("x", outs, inputs_of(rooms, **more))

    def fresh(self, **account: Any) -> Kit:
        """Another process on the same Daily."""
        self.daily.calls.clear()
        self.daily.counts.clear()
        return Kit(self.daily, **account)


def inputs_of(rooms: Any, **more: Any) -> dict[str, Any]:
    checked = check(ROOM_SET, {}, {"rooms": rooms, **more}, NOW)
    assert checked.failures == []
    return checked.inputs


def rooms(*names: str, **properties: Any) -> dict[str, Any]:
    return {name: {"properties": dict(properties)} if properties else {} for name in names}


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (writes, decided):
        monkeypatch.setattr(module, "BATCH_LIMIT", 2)


def refused(text: str = "bad") -> DailyError:
    return InvalidRequestError(400, "invalid-request-error", text, "POST", "/batch/rooms")


def test_a_set_is_made_with_one_request():
    one = Kit()
    outs = one.create(rooms("a", "b"), defaults={"properties": {"lang": "de"}})
    assert one.daily.counts == {"domain.get": 1, BATCH: 1}
    assert outs["urls"] == {"a": "https://acme.daily.co/a", "b": "https://acme.daily.co/b"}
    assert kept(outs, "normalized") is None
    assert one.fresh().applier.plan("x", outs, inputs_of(rooms("a", "b"), defaults=outs["defaults"])).changes is False


def test_nothing_is_sent_for_an_empty_set():
    one = Kit()
    outs = one.create({})
    assert outs["urls"] == outs["room_ids"] == {}
    one.applier.delete("x", outs)
    assert one.daily.counts == {"domain.get": 1}


@pytest.mark.parametrize("answer", [None, {}, "text", [5, {"name": "other"}, {"name": "a"}], {"data": []}], ids=repr)
def test_whatever_daily_answers_to_a_create_the_rooms_are_known(answer: Any):
    one = Kit()
    one.daily.answers[BATCH] = answer
    outs = one.create(rooms("a", "b", lang="de"))
    assert outs["urls"] == {"a": "https://acme.daily.co/a", "b": "https://acme.daily.co/b"}
    del one.daily.answers[BATCH]
    assert one.fresh().applier.plan("x", outs, inputs_of(rooms("a", "b", lang="de"))).changes is False
    one.fresh().applier.delete("x", outs)
    assert one.daily.rooms == {}


def test_an_answer_in_an_envelope_is_taken_too():
    one = Kit()
    one.daily.coerced["lang"] = "DE"
    real = one.daily.call
    one.daily.call = lambda route, **more: (  # type: ignore[method-assign]
        {"data": real(route, **more)} if route == BATCH else real(route, **more)
    )
    outs = one.create(rooms("a", lang="de"))
    assert set(kept(outs, "normalized")) == {"a"}


# -- outcomes of a create ----------------------------------------------------------------------------------------------


def test_a_lost_answer_is_settled_by_reading_and_nothing_is_sent_twice():
    one = Kit()
    one.daily.fail(BATCH, dropped(), when="after")
    one.create(rooms("a", "b", "c", lang="de", sip={"display_name": "x", "sip_mode": "dial-in"}))
    assert one.daily.counts[BATCH] == 1
    assert one.warnings == []


def test_a_call_that_never_arrives_gives_up_with_its_own_error():
    one = Kit()
    one.daily.fail(BATCH, *[dropped() for _ in range(CREATE_ATTEMPTS)])
    with pytest.raises(LifecycleError, match=r"Daily did not create 2 rooms \(a, b\): the connection broke"):
        one.create(rooms("a", "b"))
    assert one.daily.counts[BATCH] == CREATE_ATTEMPTS


def test_when_the_settling_read_fails_too_the_error_is_that_of_the_create():
    one = Kit()
    one.daily.fail(BATCH, dropped(), when="after")
    one.daily.fail("rooms.list", refused("no list today"))
    with pytest.raises(DailyError, match="the connection broke; Daily may have processed the request") as caught:
        one.create(rooms("a", "b", "c"))
    assert "no list today" in str(caught.value.__cause__)
    # Pulumi knows of no room; the next run says how to take over those that there are.
    with pytest.raises(
        AlreadyExists, match=r"rooms \(a, b, c\) exists on Daily already.*DAILY_ADOPT_EXISTING=as-asked"
    ):
        one.fresh().create(rooms("a", "b", "c"))
    one.fresh(adoption="as-asked").create(rooms("a", "b", "c"))
    assert len(one.daily.rooms) == 3


def test_the_last_attempt_may_have_made_some_and_they_are_taken_back():
    """No batch of Daily's does half of its work; whatever does, nothing of it is lost."""
    one = Kit()
    one.daily.fail(BATCH, *[dropped() for _ in range(CREATE_ATTEMPTS)])
    seen = 0

    def call(route: str, **more: Any) -> Any:
        nonlocal seen
        if route == BATCH:
            seen += 1
            if seen == CREATE_ATTEMPTS:
                one.daily.add("a", created_at=stamp(NOW))
        return FakeDaily.call(one.daily, route, **more)

    one.daily.call = call  # type: ignore[method-assign]
    with pytest.raises(LifecycleError, match=r"Daily did not create the room \(b\)"):
        one.create(rooms("a", "b"))
    assert one.daily.rooms == {}


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationError(401, "authentication-error", None, "POST", "/batch/rooms"),
        RateLimitError(429, "rate-limit-error", None, "POST", "/batch/rooms"),
        RetryBudgetExceeded(ConnectError("no network"), 5, 3.0),
        ConnectError("no network"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_not_about_the_rooms_is_raised_at_once(error: DailyError):
    one = Kit()
    one.daily.fail(BATCH, error)
    with pytest.raises(type(error)):
        one.create(rooms("a"))
    assert one.daily.counts == {"domain.get": 1, BATCH: 1}


def test_a_refusal_of_one_room_refuses_all_and_says_so():
    one = Kit()
    one.daily.fail(BATCH, refused("recordings_bucket: could not write"))
    with pytest.raises(LifecycleError, match=r"did not create 3 rooms \(a, b, c\): 400 .* could not write"):
        one.create(rooms("a", "b", "c"))
    assert one.daily.counts[BATCH] == 1


def test_a_refusal_of_rooms_names_what_is_set_beyond_the_program():
    with pytest.raises(AlreadyExists) as caught:
        Kit(FakeDaily({"name": "a", "lang": "de", "max_participants": 7})).create(rooms("a", "b", lang="de"))
    text = str(caught.value)
    assert '"a": max_participants is set on Daily, the program says nothing of it' in text
    assert "DAILY_ADOPT_EXISTING" not in text


def test_rooms_of_an_unfinished_run_are_refused_until_somebody_asks_for_them():
    daily = FakeDaily({"name": "a", "lang": "de"})
    with pytest.raises(AlreadyExists) as caught:
        Kit(daily).create(rooms("a", "b", lang="de"))
    text = str(caught.value)
    assert "each of these rooms (a) exists on Daily already, it is as the program says" in text
    assert "pulumi-daily import" not in text  # a set cannot be imported
    assert "`DAILY_ADOPT_EXISTING=as-asked pulumi up`" in text
    assert list(daily.rooms) == ["a"]
    one = Kit(daily, adoption="as-asked")
    daily.counts.clear()
    outs = one.create(rooms("a", "b", lang="de"))
    assert one.daily.counts[BATCH] == 2
    assert one.warnings == ['rooms are taken over (a): room "a" existed already: it is as the program says']
    assert set(outs["urls"]) == {"a", "b"}


FOREIGN: list[dict[str, Any]] = [
    {"lang": "fr"},
    {"privacy": "private", "lang": "de"},
    {"lang": "de", "enable_chat": True},
    {},
]


@pytest.mark.parametrize("theirs", FOREIGN, ids=str)
@pytest.mark.parametrize("policy", ["never", "as-asked"])
def test_a_room_that_differs_is_never_taken_unasked(theirs: dict[str, Any], policy: Any):
    one = Kit(FakeDaily({"name": "a", **theirs}), adoption=policy)
    with pytest.raises(AlreadyExists, match=r"each of these rooms \(a\) exists on Daily already") as caught:
        one.create(rooms("a", "b", lang="de"))
    assert "as-asked" not in str(caught.value)
    assert set(one.daily.rooms) == {"a"}
    one.create(rooms("a", "b", lang="de"), adopt_existing=True)
    assert one.daily.rooms["a"]["config"] == {"lang": "de", **{k: v for k, v in theirs.items() if k == "enable_chat"}}
    assert one.daily.rooms["a"]["privacy"] == "public"


def test_a_room_made_in_the_dashboard_is_not_ours_however_alike():
    one = Kit(FakeDaily({"name": "a"}))
    one.daily.rooms["a"]["api_created"] = False
    one.account._adoption = "as-asked"
    with pytest.raises(AlreadyExists, match=r"each of these rooms \(a\) exists on Daily already") as caught:
        one.create(rooms("a"))
    assert "as-asked" not in str(caught.value)
    one.create(rooms("a"), adopt_existing=True)
    assert one.daily.counts["rooms.update"] == 0  # there is nothing that differs


def test_only_what_this_operation_made_is_taken_back(small_batches: None):
    one = Kit(FakeDaily({"name": "a", "created_at": LONG_AGO}, {"name": "b", "lang": "fr", "created_at": LONG_AGO}))
    one.daily.fail(BATCH, dropped())  # before anything happened
    one.daily.fail(BATCH, refused())
    with pytest.raises(LifecycleError, match=r"did not create 2 rooms \(c, d\)"):
        one.create(rooms("a", "b", "c", "d"), adopt_existing=True)
    assert set(one.daily.rooms) == {"a", "b"}


def test_what_could_not_be_taken_back_is_named(small_batches: None):
    one = Kit()
    real = one.daily.call

    def call(route: str, **more: Any) -> Any:
        if route == BATCH and one.daily.counts[BATCH] == 1:
            raise refused()
        if route in ("batch.rooms.delete", "rooms.delete"):
            raise dropped()
        return real(route, **more)

    one.daily.call = call  # type: ignore[method-assign]
    with pytest.raises(PartlyDone, match=r"could not be removed again \(a, b\): the connection broke"):
        one.create(rooms("a", "b", "c"))
    one.daily.call = real  # type: ignore[method-assign]
    one.fresh(adoption="as-asked").create(rooms("a", "b", "c"))
    assert set(one.daily.rooms) == {"a", "b", "c"}


def test_what_is_ignored_inside_an_object_of_a_room_is_no_echo():
    one = Kit()
    outs = one.create(rooms("a", permissions={"canSend": ["video"], "canAdmin": False}))
    config = one.daily.rooms["a"]["config"]
    config["permissions"] = {**config["permissions"], "canAdmin": True}
    run = one.fresh()
    wanted = inputs_of(rooms("a", permissions={"canSend": ["audio"], "canAdmin": False}))
    ignoring = run.of("one", ignored=(("rooms", "a", "properties", "permissions", "canAdmin"),))
    new = ignoring.update("x", outs, wanted)
    assert one.daily.rooms["a"]["config"]["permissions"] == {"canSend": ["audio"], "canAdmin": True}
    assert kept(new, "normalized") is None
    assert run.fresh().applier.plan("x", new, wanted).changes is True


@pytest.mark.parametrize("adopt", [False, True])
def test_rooms_that_moved_here_outlive_the_deletes_of_what_they_moved_from(adopt: bool):
    one = Kit()
    old = one.create(rooms("a", "b", "c"))
    run = one.fresh(adoption="never" if adopt else "as-asked")
    wanted = rooms("a", lang="de") | rooms("b") if adopt else rooms("a", "b")
    run.of("two").create(inputs_of(wanted, adopt_existing=adopt))
    run.applier.delete("x", old)
    assert list(one.daily.rooms) == ["a", "b"]
    assert run.warnings[-1] == 'rooms stay on Daily, "two" stands for them now: a, b'
    single = Hints("proj/dev::Room single")
    Edge(named(ROOM), run.account, now=lambda: NOW, warn=run.warnings.append, hints=single).delete("a", {"name": "a"})
    assert run.warnings[-1] == 'room "a" stays on Daily: "two" (RoomSet) stands for it now'
    assert list(one.daily.rooms) == ["a", "b"]


def test_rooms_that_moved_to_several_resources_are_said_by_owner():
    one = Kit()
    old = one.create(rooms("a", "b", "c"))
    run = one.fresh()
    run.of("two").create(inputs_of(rooms("a", "c"), adopt_existing=True))
    run.of("three").create(inputs_of(rooms("b"), adopt_existing=True))
    run.warnings.clear()
    run.applier.delete("x", old)
    assert sorted(one.daily.rooms) == ["a", "b", "c"]
    assert run.warnings == [
        'rooms stay on Daily, "two" stands for them now: a, c',
        'rooms stay on Daily, "three" stands for them now: b',
    ]


def test_rooms_that_somebody_made_anew_stay():
    one = Kit()
    old = one.create(rooms("a", "b", "c", "d"))
    assert old["room_ids"] == {"a": "uuid-1", "b": "uuid-2", "c": "uuid-3", "d": "uuid-4"}
    del one.daily.rooms["b"]
    one.daily.add("b", lang="fr")
    run = one.fresh()
    less = run.update(old, rooms("a", "c"))
    assert set(one.daily.rooms) == {"a", "b", "c"}
    assert 'room "b" was deleted on Daily and made anew by somebody else: it stays' in run.warnings
    assert "b" not in less["rooms"]


def test_a_room_of_a_set_that_somebody_made_anew_is_refused_or_adopted():
    for adopt in (False, True):
        one = Kit()
        outs = one.create(rooms("a", "b"))
        del one.daily.rooms["a"]
        one.daily.add("a", lang="fr")
        run = one.fresh()
        if adopt:
            new = run.update(outs, rooms("a", "b", lang="de"), adopt_existing=True)
            assert new["room_ids"]["a"] == "uuid-3"
            assert one.daily.rooms["a"]["config"] == {"lang": "de"}
        else:
            with pytest.raises(AlreadyExists, match=r"each of these rooms \(a\) exists on Daily already"):
                run.update(outs, rooms("a", "b", lang="de"))
            assert one.daily.rooms["a"]["config"] == {"lang": "fr"}


def test_a_refresh_lets_rooms_go_that_somebody_made_anew():
    one = Kit()
    outs = one.create(rooms("a", "b"))
    del one.daily.rooms["a"]
    one.daily.add("a")
    run = one.fresh()
    found = run.applier.read("x", outs)
    assert found is not None
    assert found[1]["rooms"] == {"b": {}}
    assert found[0]["room_ids"] == {"b": "uuid-2"}
    assert run.warnings == ['room "a" was deleted on Daily and made anew by somebody else: it is let go']


def test_a_lost_batch_of_many_rooms_is_our_own_whatever_daily_repeats():
    """`enable_people_ui` has no default and is not shown: that contradicts nothing."""
    one = Kit()
    one.daily.never_echoed.add("enable_people_ui")
    one.daily.fail(BATCH, dropped(), when="after")
    names = [f"r-{i}" for i in range(60)]
    outs = one.create(rooms(*names, enable_people_ui=True))
    assert one.daily.counts[BATCH] == 1
    assert set(outs["room_ids"]) == set(names)
    assert one.warnings == []


@pytest.mark.parametrize(
    "theirs",
    [{"created_at": stamp(NOW - 2)}, {"created_at": stamp(NOW + 2)}, {"created_at": "?"}, {"lang": "fr"}],
    ids=str,
)
def test_after_a_lost_batch_a_room_without_proof_is_not_ours(theirs: dict[str, Any]):
    one = Kit(FakeDaily({"name": "a", "created_at": stamp(NOW), "lang": "de", **theirs}))
    one.daily.fail(BATCH, dropped())
    with pytest.raises(AlreadyExists, match=r"each of these rooms \(a\) exists on Daily already"):
        one.create(rooms("a", "b", lang="de"))
    assert set(one.daily.rooms) == {"a"}


def test_a_foreign_room_as_asked_is_not_taken_back_with_what_this_call_made(small_batches: None):
    """The first batch is lost before Daily, the second is refused."""
    one = Kit(FakeDaily({"name": "a", "lang": "de"}), adoption="as-asked")
    one.daily.fail(BATCH, dropped())
    one.daily.fail(BATCH, refused())
    with pytest.raises(LifecycleError):
        one.create(rooms("a", "b", "c", lang="de"))
    assert set(one.daily.rooms) == {"a"}


def test_what_a_set_would_take_over_is_announced():
    one = Kit(FakeDaily(*({"name": f"r-{i}", "lang": "fr"} for i in range(12))))
    inputs = inputs_of(rooms(*(f"r-{i}" for i in range(12)), "new", lang="de"), adopt_existing=True)
    lines = one.applier.expected({}, inputs)
    assert lines[0] == 'room "r-0" exists already and will be taken over: lang "fr" -> "de"'
    assert len(lines) == 11
    assert lines[-1] == "and 2 more rooms likewise"
    assert one.daily.writes == []
    few = inputs_of(rooms("r-1", "r-2", lang="fr"))
    assert one.applier.expected({}, few) == []
    assert one.applier.expected(few, {**few, "adopt_existing": True}) == []
    asked = Kit(one.daily, adoption="as-asked").applier
    assert asked.expected({}, few) == [
        f'room "r-{i}" exists already and will be taken over: it is as the program says' for i in (1, 2)
    ]
    assert asked.expected({}, inputs_of(rooms("r-1", lang="de"))) == []


def test_a_secret_of_the_defaults_that_was_edited_on_daily_never_stands_in_the_room():
    """Its path there is not marked as a secret in the state."""
    hook, edited = "https://x.example/hook", "https://x.example/CANARY"
    one = Kit()
    outs = one.create({"a": {}, "b": {}}, defaults={"properties": {"meeting_join_hook": hook}})
    one.daily.rooms["a"]["config"]["meeting_join_hook"] = edited
    found = one.fresh().applier.read("x", outs)
    assert found is not None
    assert "CANARY" not in str(found)
    plan = one.fresh().applier.plan("x", outs, inputs_of(outs["rooms"], defaults=outs["defaults"]))
    assert [item.line(ROOM, "x") for item in plan.drift] == ['room "a": meeting_join_hook has another value on Daily']


# -- names of rooms that have expired ----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 5])
def test_names_of_expired_rooms_are_freed(count: int):
    names = [f"r-{i}" for i in range(count)]
    one = Kit(FakeDaily(*({"name": name, "exp": int(NOW) - 5} for name in names)))
    one.create(rooms(*names, "new"))
    assert all(room["config"] == {} for room in one.daily.rooms.values())
    assert set(one.daily.rooms) == {*names, "new"}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_name_that_daily_refuses_and_does_not_show_is_never_freed_by_a_delete(count: int):
    """Somebody may have made the room a second ago, and the read lag behind."""
    names = [f"r-{i}" for i in range(count)]
    one = Kit(FakeDaily(*({"name": name, "exp": int(NOW) - 5} for name in names)))
    one.daily.expired_readable = False
    with pytest.raises(LifecycleError, match="a room named r-0 already exists"):
        one.create(rooms(*names, "new"))
    assert set(one.daily.rooms) == set(names)


def test_names_of_rooms_that_expired_by_our_state_are_freed():
    names = [f"r-{i}" for i in range(5)]
    one = Kit(FakeDaily(*({"name": name, "exp": int(NOW) - 5} for name in names)))
    one.daily.expired_readable = False
    outs = {"rooms": rooms(*names, exp=int(NOW) - 5), "domain": "acme", "domain_id": "id-acme"}
    found = one.applier.read("x", outs)
    assert found is not None
    assert found[1]["rooms"] == {}
    assert one.account.ended == set(names)
    one.create(rooms(*names, "new"))
    assert set(one.daily.rooms) == {*names, "new"}
    assert one.account.ended == set()


def test_a_refusal_that_names_no_room_is_the_end_for_names_that_nobody_expected():
    one = Kit(FakeDaily({"name": "r-1", "exp": int(NOW) - 5}))
    one.daily.expired_readable = False
    one.daily.fail(BATCH, *[refused("failed to create rooms") for _ in range(3)])
    with pytest.raises(LifecycleError, match="failed to create rooms"):
        one.create(rooms("r-1", "r-2", "r-3"))


def test_a_room_that_was_set_to_end_and_has_ended_is_expected():
    """The state knows that it had an end, so its name is freed although the refusal names nobody."""
    one = Kit(FakeDaily({"name": "a", "exp": int(NOW) - 5}))
    one.daily.expired_readable = False
    one.daily.fail(BATCH, dropped(), refused("failed to create rooms"))
    outs = {"rooms": rooms("a", exp=int(NOW) - 5), "domain": "acme", "domain_id": "id-acme"}
    one.update(outs, rooms("a", exp=int(NOW) + 500))
    assert one.daily.rooms["a"]["config"] == {"exp": int(NOW) + 500}


def test_a_room_that_has_ended_as_the_program_says_is_not_made_again():
    one = Kit()
    outs = {"rooms": rooms("a", exp=int(NOW) - 5) | rooms("b"), "domain": "acme", "domain_id": "id-acme"}
    one.daily.call("rooms.create", json={"name": "b"})
    one.update(outs, rooms("a", exp=int(NOW) - 5) | rooms("b", lang="de"))
    assert list(one.daily.rooms) == ["b"]
    assert one.daily.rooms["b"]["config"] == {"lang": "de"}


def test_a_name_in_a_refusal_that_belongs_to_a_living_room_is_left_alone():
    """A list that was read just before somebody made the room, say."""
    one = Kit(FakeDaily({"name": "a", "lang": "fr"}))
    real = one.daily._list
    one.daily._list = lambda **more: {**real(**more), "data": [], "total_count": 0}  # type: ignore[method-assign]
    with pytest.raises(AlreadyExists, match=r"each of these rooms \(a\) exists on Daily already"):
        one.create(rooms("a", "b", "c"))
    assert one.daily.rooms["a"]["config"] == {"lang": "fr"}


# -- update ------------------------------------------------------------------------------------------------------------


def test_an_update_makes_changes_and_removes():
    one = Kit()
    outs = one.create(rooms("same", "changed", "removed", lang="de"))
    new = {"same": outs["rooms"]["same"], "changed": {"properties": {"lang": "fr"}}, "new": {}}
    outs = one.fresh().update(outs, new)
    assert set(one.daily.rooms) == {"same", "changed", "new"} == set(outs["urls"])
    assert one.daily.rooms["changed"]["config"] == {"lang": "fr"}
    assert {route for route, _, _ in one.daily.writes} == {BATCH, "rooms.update", "rooms.delete"}


def test_marks_are_kept_where_nothing_was_sent_and_made_where_it_was():
    one = Kit()
    one.daily.never_echoed |= {"sip"}
    sip = {"display_name": "x", "sip_mode": "dial-in"}
    outs = one.create({"a": {"properties": {"sip": sip, "lang": "de"}}, "b": {"properties": {"sip": sip}}})
    assert kept(outs, "normalized") == {"a": {"sip": "absent"}, "b": {"sip": "absent"}}
    one.daily.rooms["a"]["config"]["geo"] = "us-west-2"
    new = {"a": {"properties": {"sip": sip, "lang": "fr"}}, "b": {}}
    outs = one.fresh().update(outs, new)
    assert kept(outs, "normalized") == {"a": {"sip": "absent"}}
    assert one.fresh().applier.plan("x", outs, inputs_of(new)).changes is False


@pytest.mark.parametrize("answer", [None, {}, "text", {"name": "other"}], ids=repr)
def test_an_answer_that_is_no_room_leaves_no_mark(answer: Any):
    """Otherwise what the room was like before would be taken for Daily's way to say what was sent."""
    one = Kit()
    outs = one.create(rooms("a", lang="de"))
    one.daily.answers["rooms.update"] = answer
    one.daily._rooms_update = lambda name, json: one.daily.rooms[name]  # type: ignore[method-assign]  # does nothing
    outs = one.fresh().update(outs, rooms("a", lang="fr"))
    assert kept(outs, "normalized") is None
    assert one.fresh().applier.plan("x", outs, inputs_of(rooms("a", lang="fr"))).changes is True


def test_an_object_that_daily_merges_is_set_back_as_a_whole():
    one = Kit()
    one.daily.merge_nested = True
    outs = one.create(rooms("a", permissions={"canSend": False, "canAdmin": True}))
    one.fresh().update(outs, rooms("a", permissions={"canSend": False}))
    assert one.daily.rooms["a"]["config"] == {"permissions": {"canSend": False}}


def test_updates_that_fail_are_named_and_the_others_are_done():
    one = Kit()
    outs = one.create(rooms("a", "b", "c"))
    real = one.daily.call

    def call(route: str, **more: Any) -> Any:
        if route == "rooms.update" and more["path"]["name"] == "b":
            raise refused("not this one")
        return real(route, **more)

    one.daily.call = call  # type: ignore[method-assign]
    with pytest.raises(PartlyDone, match=r'1 of 3 rooms could not be changed: room "b": 400 .* not this one') as caught:
        one.fresh().update(outs, {**rooms("a", "b", "c", lang="de"), "new": {}})
    assert isinstance(caught.value.__cause__, InvalidRequestError)
    assert {name for name, room in one.daily.rooms.items() if room["config"]} == {"a", "c"}
    assert "new" not in one.daily.rooms  # Pulumi would not know of it


def test_updates_say_how_far_they_are():
    class Heard:
        def __init__(self, unit: str, total: int) -> None:
            self.unit, self.total, self.done = unit, total, 0

        def __enter__(self) -> Heard:
            return self

        def __exit__(self, *error: object) -> None:
            return None

        def advance(self, count: int = 1) -> None:
            self.done += count

    heard: list[Heard] = []

    def progress(unit: str, total: int) -> Heard:
        heard.append(Heard(unit, total))
        return heard[-1]

    one = Kit()
    outs = one.create(rooms("a", "b", "c"))
    one = one.fresh()
    one.account._progress = progress
    one.daily.fail("rooms.update", refused())
    with pytest.raises(PartlyDone):
        one.update(outs, rooms("a", "b", "c", lang="de"))
    assert [(each.unit, each.total, each.done) for each in heard] == [("room updates", 3, 3)]


def test_rooms_that_went_between_preview_and_up_are_made_again():
    one = Kit()
    outs = one.create(rooms("a", "b", lang="de"))
    del one.daily.rooms["a"]
    one.fresh().update(outs, rooms("a", "b", lang="fr"))
    assert {room["config"]["lang"] for room in one.daily.rooms.values()} == {"fr"}


# -- delete ------------------------------------------------------------------------------------------------------------


def test_rooms_that_are_gone_already_are_no_reason_to_stop():
    one = Kit()
    outs = one.create(rooms("a", "b", "c", "d"))
    for name in ("a", "d"):
        del one.daily.rooms[name]
    one.fresh().applier.delete("x", outs)
    assert one.daily.rooms == {}
    one.fresh().applier.delete("x", outs)


def test_a_few_rooms_of_a_large_domain_are_not_looked_for_in_its_whole_list():
    one = Kit(FakeDaily(*({"name": f"stranger-{i}"} for i in range(2500))))
    outs = one.create(rooms("a", "b", "c"))
    del one.daily.rooms["b"]
    one = one.fresh()
    one.applier.delete("x", outs)
    assert one.daily.counts["rooms.list"] + one.daily.counts["rooms.get"] <= 2 * 3
    assert one.daily.counts["rooms.delete"] == 3  # a batch is refused for the one that is gone
    outs = one.create(rooms(*(f"r-{i}" for i in range(30))))
    del one.daily.rooms["r-7"]
    one = one.fresh()
    one.applier.delete("x", outs)
    assert one.daily.counts["rooms.list"] + one.daily.counts["rooms.get"] <= 2 * 30
    assert one.daily.counts["batch.rooms.delete"] == 2
    assert len(one.daily.rooms) == 2500


def after_page(one: Kit, number: int, happens: Callable[[], object]) -> None:
    """Somebody else does something behind the page ``number`` of a list."""
    real = one.daily._list

    def listed(**more: Any) -> Any:
        page = real(**more)
        if one.daily.counts["rooms.list"] == number:
            happens()
        return page

    one.daily._list = listed  # type: ignore[method-assign]


@pytest.mark.parametrize("how", ["delete", "update"])
def test_no_room_is_left_because_others_remove_theirs_meanwhile(how: str):
    """The batch is refused for a room that is gone, and the list shrinks while it is read."""
    one = Kit()
    outs = one.create(rooms(*(f"r-{i}" for i in range(150))))
    strangers = [f"stranger-{i}" for i in range(100)]
    for name in strangers:
        one.daily.add(name)
    del one.daily.rooms["r-0"]
    one = one.fresh()
    after_page(one, 2, lambda: [one.daily.rooms.pop(name) for name in strangers[20:80]])
    if how == "delete":
        one.applier.delete("x", outs)
    else:
        one.update(outs, {})
    assert one.daily.rooms.keys() == {*strangers[:20], *strangers[80:]}
    assert one.daily.counts["rooms.get"] <= 3  # r-0: is it gone, is it really, and is it still


def test_a_list_without_a_room_is_no_proof_that_it_is_gone():
    one = Kit()
    names = list("abcdefghij")
    outs = one.create(rooms(*names))
    del one.daily.rooms["a"]
    one = one.fresh()
    real = one.daily._list
    hiding = lambda page: {"total_count": 1, "data": [room for room in page["data"] if room["name"] == "b"]}  # noqa: E731
    one.daily._list = lambda **more: hiding(real(**more))  # type: ignore[method-assign]
    one.applier.delete("x", outs)
    assert one.daily.rooms == {}
    batches = [json["room_names"] for route, _, json in one.daily.writes if route == "batch.rooms.delete"]
    assert [sorted(batch) for batch in batches] == [names, names[1:]]


def test_a_room_of_which_nothing_can_be_learnt_is_not_taken_for_gone():
    one = Kit()
    outs = one.create(rooms("a", "b", "c"))
    del one.daily.rooms["a"]
    one = one.fresh()
    one.daily.fail("rooms.get", refused("not today"))
    with pytest.raises(InvalidRequestError, match="not today"):
        one.applier.delete("x", outs)
    one.applier.delete("x", outs)
    assert one.daily.rooms == {}


def test_an_expired_room_is_gone_for_a_delete():
    for readable in (False, True):
        one = Kit()
        outs = one.create(rooms("a", "b"))
        one.daily.rooms["a"]["config"]["exp"] = int(NOW) - 1
        one.daily.expired_readable = readable
        real = one.daily._batch_rooms_delete

        def strict(name: Any, json: Any, one: Kit = one, real: Any = real) -> Any:
            if "a" in json["room_names"]:
                raise taken("a")  # a refusal of some sort
            return real(name, json)

        one.daily._batch_rooms_delete = strict  # type: ignore[method-assign]
        one.fresh().applier.delete("x", outs)
        assert one.daily.rooms == {}


def test_a_delete_that_is_refused_for_good_is_an_error():
    one = Kit()
    outs = one.create(rooms("a", "b"))
    one.daily.fail("batch.rooms.delete", refused("no"))
    one.daily.fail("rooms.delete", refused("no"))
    with pytest.raises(InvalidRequestError):
        one.fresh().applier.delete("x", outs)
    one.daily.fail("batch.rooms.delete", RateLimitError(429, "rate-limit-error", None, "DELETE", "/batch/rooms"))
    with pytest.raises(RateLimitError):
        one.fresh().applier.delete("x", outs)
    one.daily.answers["batch.rooms.delete"] = {"deleted_count": 7}  # whatever that means
    one.fresh().applier.delete("x", outs)
    assert one.daily.rooms == {}


def test_a_delete_that_does_nothing_is_not_taken_for_done():
    one = Kit()
    outs = one.create(rooms(*"abcdefghi"))
    one.daily._batch_rooms_delete = lambda name, json: None  # type: ignore[method-assign]
    with pytest.raises(
        BadResponse, match=r"batch\.rooms\.delete did not delete 9 objects, a, b, c, d, e, f, g, h among"
    ):
        one.fresh().applier.delete("x", outs)


# -- refresh -----------------------------------------------------------------------------------------------------------


def test_a_refresh_shows_each_room_as_it_is_and_leaves_out_those_that_are_gone():
    one = Kit()
    made = {"a": {}, "b": {}, "gone": {}, "ended": {"properties": {"exp": int(NOW) + 5}}}
    outs = one.create(made, defaults={"properties": {"lang": "de"}}, adopt_existing=True)
    del one.daily.rooms["gone"]
    one.daily.rooms["a"]["config"]["lang"] = "fr"
    fresh = one.fresh()
    fresh.applier.op = replace(fresh.applier.op, now=lambda: NOW + 10)
    found = fresh.applier.read("x", outs)
    assert found is not None
    assert found[1] == {
        "rooms": {"a": {"properties": {"lang": "fr"}}, "b": {}},
        "defaults": {"properties": {"lang": "de"}},
        "adopt_existing": True,
    }
    assert set(found[0]["urls"]) == {"a", "b"}


def test_after_a_lost_answer_what_the_list_does_not_show_is_read_by_itself():
    """A list may lag: what it lacks is sent again, refused, and then found by its name."""
    one = Kit()
    one.daily.fail(BATCH, dropped(), when="after")
    real = one.daily._list

    def lagging(**given: Any) -> Any:
        page = real(**given)
        shown = [room for room in page["data"] if room["name"] in ("a", "b")]
        return {"total_count": len(shown), "data": shown}

    one.daily._list = lagging  # type: ignore[method-assign]
    outs = one.create(rooms("a", "b", "c", "d"))
    assert sorted(outs["room_ids"]) == sorted(one.daily.rooms) == ["a", "b", "c", "d"]
    assert one.warnings == []


# -- rooms that another resource asks for ------------------------------------------------------------------------------


def asked_for(run: Kit, *names: str) -> Edge:
    """Another set that check has declared, with rooms that it does not have yet."""
    other = run.of("two")
    claims = ROOM_SET.claims_of(inputs_of(rooms(*names)))
    run.account.claims.declare(other.op.hints, [], claims, renames=False)
    return other


def let_go(one: Kit) -> dict[str, Any]:
    """The state of a set of b, whose room a went to another set that does not have it."""
    outs = one.create(rooms("a", "b"))
    run = one.fresh()
    asked_for(run, "a", "z")
    outs = run.update(outs, rooms("b"))
    assert run.warnings == ['rooms stay on Daily, "two" asks for them: a']
    assert outs["let_go"] == {"a": one.daily.rooms["a"]["id"]}
    return outs


def test_a_room_that_another_resource_asks_for_is_remembered_and_is_the_sets_no_more():
    """The other one may fail, and then no state would know of the room. Who has it later, the set cannot know."""
    one = Kit()
    outs = let_go(one)
    assert sorted(outs["urls"]) == ["b"]
    # It is no change by itself, and survives a refresh and an update.
    later = one.fresh()
    assert later.applier.plan("x", outs, inputs_of(rooms("b"))).changes is False
    read = later.applier.read("x", outs)
    assert read is not None
    assert read[0]["let_go"] == outs["let_go"]
    assert one.fresh().update(outs, rooms("b", lang="de"))["let_go"] == outs["let_go"]
    # It comes back as any other room that exists.
    with pytest.raises(AlreadyExists, match=r"each of these rooms \(a\) exists on Daily already"):
        one.fresh().update(outs, rooms("a", "b"))
    back = one.fresh().update(outs, rooms("a", "b"), adopt_existing=True)
    assert sorted(back["room_ids"]) == ["a", "b"]
    assert "let_go" not in back
    # It is not removed with the set.
    last = one.fresh()
    last.applier.delete("x", outs)
    assert list(one.daily.rooms) == ["a"]
    assert last.warnings == [
        'rooms that left the set "one" for another resource are not removed with it: a. Where no resource manages them '
        "now, remove them on Daily"
    ]


def test_a_room_that_was_let_go_is_forgotten_once_it_is_gone():
    one = Kit()
    outs = let_go(one)
    del one.daily.rooms["a"]
    read = one.fresh().applier.read("x", outs)
    assert read is not None
    assert "let_go" not in read[0]
    last = one.fresh()
    last.applier.delete("x", outs)
    assert last.warnings == []


def test_a_room_that_was_let_go_is_forgotten_once_another_resource_has_it():
    one = Kit()
    outs = let_go(one)
    run = one.fresh()
    run.of("two").create(inputs_of(rooms("a"), adopt_existing=True))
    outs = run.update(outs, rooms("b", lang="de"))
    assert "let_go" not in outs


def test_a_set_that_is_destroyed_forgets_no_room_that_another_resource_only_asks_for():
    one = Kit()
    outs = one.create(rooms("a", "b"))
    run = one.fresh()
    asked_for(run, "a")
    with pytest.raises(Wanted, match='room "a" was not deleted: "two" declares it but does not have it'):
        run.applier.delete("x", outs)
    one.fresh().applier.delete("x", outs)
    assert one.daily.rooms == {}


def test_a_set_that_got_the_former_name_of_another_one_is_not_that_one():
    """Set "s" became "new", and another set is called "s" now: what "new" asks for stays when "s" gives it up."""
    one = Kit()
    outs = one.create(rooms("w", "z"))
    run = one.fresh()
    claims, here = run.account.claims, run.applier.op.hints
    renamed = Hints("proj/dev::RoomSet new", (here.owner,))
    claims.declare(renamed, [], ROOM_SET.claims_of(inputs_of(rooms("z"))), renames=False)
    claims.declare(here, ROOM_SET.claims_of(outs), ROOM_SET.claims_of(inputs_of(rooms("w"))), renames=False)
    outs = run.update(outs, rooms("w"))
    assert list(one.daily.rooms) == ["w", "z"]
    assert list(outs["let_go"]) == ["z"]


def test_what_a_set_took_over_before_it_failed_is_not_its_own():
    daily = FakeDaily({"name": "a"})
    one = Kit(daily)
    daily.fail(BATCH, taken("a"), refused("no more rooms"), refused("no more rooms"))
    with pytest.raises(LifecycleError, match="no more rooms"):
        one.create(rooms("a", "b"), adopt_existing=True)
    assert any("taken over" in line for line in one.warnings)
    ids = {"a": ROOM.claims_of_id("a", {"room_id": daily.rooms["a"]["id"]})}
    with one.account.claims.deleting(Hints("proj/dev::Room before"), ids) as kept:
        assert kept == {}


def test_what_leaves_a_set_stays_with_retain_on_delete():
    one = Kit()
    outs = one.create(rooms("a", "b"))
    run = one.fresh()
    outs = run.of("one", retain=True).update("x", outs, inputs_of(rooms("b")))
    assert list(one.daily.rooms) == ["a", "b"]
    assert run.warnings == ["rooms that left the set stay on Daily, as retain_on_delete says: a"]
    assert "let_go" not in outs


def test_the_drift_of_a_set_is_that_of_its_rooms():
    assert ROOM_SETS.drift_spec is ROOM
