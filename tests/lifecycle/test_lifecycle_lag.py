"""Reads that do not show a new object yet: it is read again until it must be visible, and not a moment longer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from edge import Edge, kept, state_of
from fake_daily import NOW, FakeDaily, dropped, not_found
from fake_objects import FakeObjects
from fake_objects import Kit as Objects

from pulumi_daily.api import BadResponse, InvalidRequestError, NotFoundError
from pulumi_daily.lifecycle import Account, LifecycleError
from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.kinds.named import named
from pulumi_daily.lifecycle.kinds.numbered import numbered
from pulumi_daily.lifecycle.kinds.room_set import ROOM_SETS
from pulumi_daily.lifecycle.live.lag import RECENT, SKEW, ReadLag
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET
from pulumi_daily.objects.sip_trunk import SIP_TRUNK
from pulumi_daily.ownership import Hints

LAG = 10.0


class Time:
    """A clock, and the pauses that moved it. `seen` are the bounds of the server's time; None: not known."""

    def __init__(self) -> None:
        self.now = NOW
        self.pauses: list[float] = []
        self.moves = True
        self.seen: Callable[[], tuple[float, float] | None] = lambda: (self.now, self.now)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds if self.moves else 0.0


def reads(time: Time, since: float | None, seconds: float = LAG) -> list[bool]:
    lag = ReadLag(seconds, server_time=lambda: time.seen(), pause=time.pause)
    return list(lag.reads(since, lambda: time.now))


def test_a_new_object_is_read_until_it_must_be_visible():
    time = Time()
    assert reads(time, NOW) == [False, *[True] * 5]
    assert time.pauses == [0.5, 1, 2, 4, 2.5]
    assert time.now == NOW + LAG


@pytest.mark.parametrize("since", [NOW - LAG, NOW - SKEW, NOW + 900, float("inf")])
def test_an_object_whose_age_two_clocks_may_tell_differently_is_read_for_as_long(since: float):
    time = Time()
    assert reads(time, since) == [False, *[True] * 5]
    assert sum(time.pauses) == LAG


@pytest.mark.parametrize("age", [LAG + SKEW, LAG + RECENT - 1])
def test_an_object_that_must_be_visible_is_read_once_more(age: float):
    """A snapshot may have read the list or the object earlier, when it was not visible."""
    time = Time()
    assert reads(time, NOW - age) == [False, True]
    assert time.pauses == []


@pytest.mark.parametrize("since", [None, 0.0, NOW - RECENT - LAG, float("nan")])
def test_what_is_not_recent_is_read_once(since: float | None):
    time = Time()
    assert reads(time, since) == [False]
    assert reads(time, NOW, seconds=0.0) == [False]
    assert time.pauses == []


def test_a_clock_that_stands_still_or_jumps_changes_no_pause():
    time = Time()
    time.moves = False
    assert reads(time, NOW) == [False, *[True] * 5]
    lag = ReadLag(LAG, server_time=lambda: time.seen(), pause=time.pause)
    looks = lag.reads(NOW, lambda: time.now)
    next(looks)
    time.now += 10_000  # the next answer tells another time
    assert len(list(looks)) == 5


def test_the_server_s_clock_counts_and_the_machine_s_only_without_it():
    time = Time()
    time.seen = lambda: (NOW + 4.0, NOW + 6.5)
    lag = ReadLag(LAG, server_time=lambda: time.seen(), pause=time.pause)
    assert lag.stamp(NOW) == NOW + 7
    time.seen = lambda: None
    assert lag.stamp(NOW + 0.25) == NOW + 1
    assert ReadLag(server_time=time.seen).stamp(NOW) is None
    assert len(reads(time, NOW)) == 6


# -- rooms


class Late(FakeDaily):
    """Reads show a room only some seconds after it was made; so do updates and deletes if `writes_too`."""

    def __init__(self, seconds: float = 3.0) -> None:
        super().__init__()
        self.seconds = seconds
        self.writes_too = False
        self.made: dict[str, float] = {}
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def add(self, name: str, *args: Any, **more: Any) -> None:
        super().add(name, *args, **more)
        self.made[name] = self.now

    def call(self, route: str, **given: Any) -> Any:
        late = self.writes_too or route in ("rooms.get", "rooms.list")
        if not late or "create" in route:
            return super().call(route, **given)
        there = self.rooms
        self.rooms = {name: room for name, room in there.items() if self.made[name] + self.seconds <= self.now}
        hidden = {name: room for name, room in there.items() if name not in self.rooms}
        try:
            return super().call(route, **given)
        finally:
            self.rooms |= hidden


def edge_of(daily: Late, kind: Any = None, lag: float = LAG, warnings: list[str] | None = None) -> Edge:
    """A fresh process."""
    account = Account(daily, read_lag=lag, pause=daily.pause)
    kind = kind or named(ROOM)
    hints = Hints(f"proj/dev::{kind.spec.kind} one")
    warn = (warnings if warnings is not None else []).append
    return Edge(kind, account, now=lambda: daily.now, warn=warn, hints=hints)


def room(**inputs: Any) -> dict[str, Any]:
    return check(ROOM, {}, {"name": "standup", **inputs}, NOW).inputs


def rooms(*names: str, **settings: Any) -> dict[str, Any]:
    return check(ROOM_SET, {}, {"rooms": dict.fromkeys(names, settings)}, NOW).inputs


def test_the_state_has_the_time_of_a_create_and_keeps_it():
    daily = Late(0.0)
    outs = edge_of(daily).create(room())[1]
    assert kept(outs, "made_at") == NOW
    assert state_of(ROOM, outs).made_at == NOW
    daily.now += 5
    outs = edge_of(daily).update("standup", outs, room(privacy="private"))
    read = edge_of(daily).read("standup", outs)
    assert read is not None
    assert [kept(one, "made_at") for one in (outs, read[0])] == [NOW, NOW]
    assert kept(edge_of(Late(), lag=0.0).create(room())[1], "made_at") is None
    for odd in (True, "soon", None, []):
        assert state_of(ROOM, {**outs, "__daily": {"made_at": odd}}).made_at is None


@pytest.mark.parametrize("writes_too", [False, True])
def test_a_room_of_a_moment_ago_is_not_gone(writes_too: bool):
    daily = Late()
    outs = edge_of(daily).create(room())[1]
    daily.writes_too = writes_too
    assert edge_of(daily).plan("standup", outs, room()).changes is False
    assert daily.pauses == [0.5, 1, 2]
    for act in (
        lambda: edge_of(daily).read("standup", outs),
        lambda: edge_of(daily).update("standup", outs, room(privacy="private")),
    ):
        daily.made["standup"] = daily.now = NOW
        assert act() is not None
    assert daily.rooms["standup"]["id"] == outs["room_id"]
    daily.made["standup"] = daily.now = NOW
    edge_of(daily).delete("standup", outs)
    assert daily.rooms == {}


def test_a_room_that_somebody_removed_a_moment_ago_is_gone_when_it_had_to_be_visible():
    daily = Late()
    outs = edge_of(daily).create(room())[1]
    daily.rooms.clear()
    assert edge_of(daily).plan("standup", outs, room()).replaces == ("name",)
    assert daily.now == NOW + LAG
    assert daily.counts["rooms.get"] <= 8
    assert edge_of(daily).read("standup", outs) is None


def test_an_update_that_is_always_answered_with_404_makes_the_room_again():
    daily = Late(0.0)
    outs = edge_of(daily).create(room())[1]
    daily.fail("rooms.update", *(not_found("standup") for _ in range(6)))
    daily.fail("rooms.create", NotFoundError(404, "not-found", "no"))
    with pytest.raises(NotFoundError):
        edge_of(daily).update("standup", outs, room(privacy="private"))
    assert daily.counts["rooms.update"] == 6
    assert daily.counts["rooms.create"] == 2


def test_a_lost_create_of_a_name_that_is_taken_then_is_looked_for_until_it_is_visible():
    daily = Late()
    daily.fail("rooms.create", dropped(), when="after")
    outs = edge_of(daily).create(room())[1]
    assert outs["room_id"] == "uuid-1"
    assert daily.counts["rooms.create"] == 2
    assert kept(outs, "made_at") is not None


# -- another room under the name


class Changing(FakeDaily):
    """Each read of a room has the next one of `ids`."""

    ids: list[str]

    def call(self, route: str, **given: Any) -> Any:
        found = super().call(route, **given)
        if route == "rooms.get" and self.ids:
            return {**found, "id": self.ids.pop(0)}
        if route == "rooms.list" and self.ids:
            return {**found, "data": [{**one, "id": self.ids.pop(0)} for one in found["data"]]}
        return found


def changing(kind: Any, inputs: dict[str, Any], *ids: str) -> tuple[Any, str, dict[str, Any]]:
    daily = Changing()
    daily.ids = []
    edge = Edge(kind, Account(daily), now=lambda: NOW, warn=[].append, hints=Hints("proj/dev::Room one"))
    identity, outs = edge.create(inputs)
    daily.ids = list(ids)
    return Edge(kind, Account(daily), now=lambda: NOW, warn=[].append, hints=edge.op.hints), identity, outs


SINGLE = (named(ROOM), room())
SET = (ROOM_SETS, rooms("standup"))


@pytest.mark.parametrize(("kind", "inputs"), [SINGLE, SET])
def test_two_reads_that_name_different_rooms_prove_nothing(kind: Any, inputs: dict[str, Any]):
    for act in ("plan", "read", "update", "delete"):
        one, identity, outs = changing(kind, inputs, *(f"other-{n}" for n in range(9)))
        arguments = [inputs] if act in ("plan", "update") else []
        with pytest.raises(BadResponse, match=r'contradicts itself about room "standup": it has the id other-\d, then'):
            getattr(one, act)(identity, outs, *arguments)


@pytest.mark.parametrize(("kind", "inputs"), [SINGLE, SET])
def test_one_read_of_another_room_is_not_believed(kind: Any, inputs: dict[str, Any]):
    one, identity, outs = changing(kind, inputs, "other", "uuid-1", "uuid-1")
    assert one.plan(identity, outs, inputs).changes is False
    one, identity, outs = changing(kind, inputs, "other", "uuid-1", "uuid-1")
    one.delete(identity, outs)
    assert one.op.account.api.rooms == {}


# -- sets


@pytest.mark.parametrize("writes_too", [False, True])
def test_a_set_of_a_moment_ago_is_not_gone(writes_too: bool):
    daily, inputs = Late(), rooms("a", "b", "c", "d")
    identity, outs = edge_of(daily, ROOM_SETS).create(inputs)
    assert kept(outs, "made_at") == NOW
    daily.writes_too = writes_too
    assert edge_of(daily, ROOM_SETS).plan(identity, outs, inputs).changes is False
    daily.made = dict.fromkeys(daily.made, NOW)
    daily.now = NOW
    read = edge_of(daily, ROOM_SETS).read(identity, outs)
    assert read is not None
    assert set(read[0]["rooms"]) == set("abcd")
    daily.now = NOW
    outs = edge_of(daily, ROOM_SETS).update(identity, outs, rooms("a", "b", "c", "d", privacy="private"))
    assert kept(outs, "made_at") == NOW, "nothing was created"
    daily.now = NOW + 1
    outs = edge_of(daily, ROOM_SETS).update(identity, outs, rooms("a", "b", "c", "e", privacy="private"))
    assert kept(outs, "made_at") >= NOW + 1
    assert [daily.rooms[name]["id"] for name in "abce"] == ["uuid-1", "uuid-2", "uuid-3", "uuid-5"]
    daily.now = daily.made["e"]
    edge_of(daily, ROOM_SETS).delete(identity, outs)
    assert daily.rooms == {}


def test_a_large_set_that_is_gone_is_read_by_lists_in_between():
    daily, inputs = Late(), rooms(*(f"room{n}" for n in range(150)))
    identity, outs = edge_of(daily, ROOM_SETS).create(inputs)
    daily.rooms.clear()
    daily.counts.clear()
    assert len(edge_of(daily, ROOM_SETS).plan(identity, outs, inputs).notes) == 150
    assert daily.now == NOW + LAG
    assert daily.counts["rooms.get"] <= 2 * 150
    assert daily.counts["rooms.list"] <= 20


def test_a_lost_batch_that_is_refused_then_is_looked_for_until_all_its_rooms_are_visible():
    daily = Late()
    daily.fail("batch.rooms.create", dropped(), when="after")
    outs = edge_of(daily, ROOM_SETS).create(rooms("a", "b", "c"))[1]
    assert outs["room_ids"] == {"a": "uuid-1", "b": "uuid-2", "c": "uuid-3"}
    assert daily.counts["batch.rooms.create"] == 2


REFUSED = InvalidRequestError(400, "invalid-request-error", "no", "POST", "/rooms")
MANY = [f"new{n}" for n in range(11)]


def test_many_rooms_of_a_moment_ago_are_removed_although_a_batch_is_refused_and_reads_are_late():
    """A refused batch is followed by reads, and what they lack is not proved to be removed."""
    daily = Late()
    made = {name: edge_of(daily).create(room(name=name))[1] for name in MANY}
    daily.fail("batch.rooms.delete", REFUSED)
    edge = edge_of(daily)  # one process, so that the deletes are one batch
    edge.op.account.writes(ROOM)._deletes._window = 0.2
    with ThreadPoolExecutor(len(MANY)) as pool:
        list(pool.map(lambda name: edge.delete(name, made[name]), MANY))
    assert daily.rooms == {}


@pytest.mark.parametrize("writes_too", [False, True])
@pytest.mark.parametrize("new", [MANY[:2], MANY])
def test_new_rooms_of_a_set_are_taken_back_although_reads_are_late(new: list[str], writes_too: bool):
    daily = Late()
    identity, outs = edge_of(daily, ROOM_SETS).create(rooms("a", "b", "c"))
    daily.now += 60
    daily.writes_too = writes_too
    daily.fail("rooms.update", REFUSED, REFUSED, REFUSED)
    daily.fail("batch.rooms.delete", REFUSED)
    with pytest.raises(LifecycleError, match="3 of 3 rooms could not be changed"):
        edge_of(daily, ROOM_SETS).update(identity, outs, rooms("a", "b", "c", *new, privacy="private"))
    assert set(daily.rooms) == {"a", "b", "c"}


def test_a_set_does_not_remove_somebody_s_new_room_as_an_expired_one():
    daily = Late(8.0)
    identity, outs = edge_of(daily, ROOM_SETS).create(rooms("a", "b"))
    daily.now += 300
    daily.rooms.pop("b")
    daily.add("b", privacy="private")
    theirs = daily.rooms["b"]["id"]
    with pytest.raises(LifecycleError, match="on Daily already"):
        edge_of(daily, ROOM_SETS).update(identity, outs, rooms("a", "b", lang="de"))
    assert daily.rooms["b"]["id"] == theirs


# -- objects that Daily numbers


TRUNK: dict[str, Any] = {
    "trunk_name": "support",
    "room_template": {},
    "notification": {"webhook_url": "https://example.com/"},
    "trunk_config": {"is_open": True},
}


def late_objects(hidden: int) -> Objects:
    """SIP trunks of which the first lists and reads lack the new ones."""
    daily = FakeObjects(SIP_TRUNK)
    left = [hidden]
    true = daily.call

    def call(route: str, **given: Any) -> Any:
        if route not in ("sip_trunks.list", "sip_trunks.get", "sip_trunks.delete") or not daily.objects or not left[0]:
            return true(route, **given)
        left[0] -= 1
        there, daily.objects = daily.objects, {}
        try:
            return true(route, **given)
        finally:
            daily.objects = there

    def pause(seconds: float) -> None:
        daily.now += seconds

    daily.call = call  # type: ignore[method-assign]
    return Objects(numbered(SIP_TRUNK), daily, read_lag=LAG, pause=pause)


def test_a_lost_create_is_not_sent_again_before_it_must_be_visible():
    one = late_objects(hidden=3)
    one.daily.fail("sip_trunks.create", dropped(), when="after")
    identity, outs = one.create(**TRUNK)
    assert identity == "id-1"
    assert len(one.daily.objects) == 1
    assert one.daily.counts["sip_trunks.create"] == 1
    assert kept(outs, "made_at") is not None


def test_a_create_that_was_lost_before_daily_is_sent_again():
    one = late_objects(hidden=0)
    one.daily.fail("sip_trunks.create", dropped())
    assert one.create(**TRUNK)[0] == "id-1"
    assert one.daily.counts["sip_trunks.create"] == 2
    assert one.daily.now == NOW + LAG


def test_an_answer_without_an_id_is_completed_when_the_object_is_visible():
    one = late_objects(hidden=3)
    one.daily.answers["sip_trunks.create"] = {"trunk_name": "support"}
    assert one.create(**TRUNK)[0] == "id-1"
    assert one.daily.counts["sip_trunks.create"] == 1


def test_a_delete_that_is_answered_with_404_is_repeated_until_the_object_must_be_visible():
    one = late_objects(hidden=0)
    identity, outs = one.create(**TRUNK)
    late = late_objects(hidden=2)
    late.daily.objects = one.daily.objects
    late.applier.delete(identity, outs)
    assert one.daily.objects == {}
    late.applier.delete(identity, outs)  # 404 for good: it is done
    assert late.daily.counts["sip_trunks.delete"] <= 12


def test_a_stack_of_a_moment_ago_is_read_until_it_is_there():
    one = late_objects(hidden=0)
    identity, outs = one.create(**TRUNK)
    late = late_objects(hidden=4)
    late.daily.objects = one.daily.objects
    assert late.applier.plan(identity, outs, late.checked(TRUNK)).changes is False
    late.daily.objects = {}
    with pytest.raises(LifecycleError, match="was removed from Daily while this ran"):
        late.applier.update(identity, outs, late.checked({**TRUNK, "description": "more"}))
