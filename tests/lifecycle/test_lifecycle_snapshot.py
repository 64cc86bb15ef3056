"""The snapshot: never more than twice the least possible requests, absence confirmed, cursors that vanish."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from fake_daily import FakeDaily, dropped
from fake_objects import FakeObjects
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.api import BadResponse, DailyError, InvalidRequestError, RateLimitError, ServerError
from pulumi_daily.api._paging import MAX_LOSSES
from pulumi_daily.lifecycle.live.reader import Reader
from pulumi_daily.lifecycle.live.snapshot import FORGIVEN, Snapshot
from pulumi_daily.objects.dialin import DIALIN_CONFIG
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM


def domain_of(count: int) -> FakeDaily:
    return FakeDaily(*({"name": f"room-{i}"} for i in range(count)))


def limited() -> DailyError:
    return RateLimitError(429, "rate-limit-error", "slow down", "GET", "/rooms")


def requests(daily: FakeDaily) -> int:
    return daily.counts["rooms.list"] + daily.counts["rooms.get"]


def at_once(work: Any) -> None:
    work()


def ask(daily: FakeDaily, names: list[str], spawn: Any = None) -> int:
    snapshot = Snapshot(Reader(daily, ROOM), spawn=spawn)
    for name in names:
        found = snapshot.find(name)
        assert (found["name"] if found else None) == (name if name in daily.rooms else None)
    return requests(daily)


def test_a_small_domain_is_one_request():
    assert ask(domain_of(100), [f"room-{i}" for i in range(100)]) == 1


def test_250_of_250_is_three_pages():
    assert ask(domain_of(250), [f"room-{i}" for i in range(250)]) == 3


def test_1000_of_1000_in_program_order_is_ten_pages():
    assert ask(domain_of(1000), [f"room-{i}" for i in range(1000)]) == 10


def test_10_of_50000_stays_under_twice_the_least():
    rooms = random.Random(7).sample(range(50_000), 10)
    assert ask(domain_of(50_000), [f"room-{i}" for i in rooms]) <= 20


def test_an_empty_domain_needs_a_single_read_for_each_absence():
    daily = FakeDaily()
    assert Snapshot(Reader(daily, ROOM)).find("a") is None
    assert daily.counts == {"rooms.list": 1, "rooms.get": 1}


@given(total=st.integers(0, 1200), spawn=st.sampled_from([None, at_once]), data=st.data())
def test_law_11_requests_are_at_most_twice_the_least(total: int, spawn: Any, data: Any):
    asked = data.draw(st.integers(1, 60)) if total else 1
    order = data.draw(st.sampled_from(["first", "last", "spread"]))
    picks = {
        "first": range(min(asked, total)),
        "last": range(max(0, total - asked), total),
        "spread": range(0, total, max(1, total // asked)),
    }[order]
    names = [f"room-{i}" for i in picks] or ["absent"]
    pages = max(1, -(-total // 100))
    least = min(len(names), pages)
    # one for each absence, which only a single read proves; one for the first page, which tells the size
    assert ask(domain_of(total), names, spawn) <= 2 * least + 1 + names.count("absent")


def test_the_rest_of_the_list_is_read_ahead_once_it_is_worth_it():
    daily = domain_of(1000)
    waiting: list[Any] = []
    snapshot = Snapshot(Reader(daily, ROOM), spawn=waiting.append)
    for i in range(4):
        snapshot.find(f"room-{i}")
    assert requests(daily) == 2
    assert waiting == []
    for i in range(4, 50):
        snapshot.find(f"room-{i}")
    (work,) = waiting
    work()
    assert requests(daily) == 10
    assert ask_again(snapshot, 1000) == {f"room-{i}" for i in range(1000)}
    assert requests(daily) == 10
    work()  # nothing is left to do
    assert requests(daily) == 10


def ask_again(snapshot: Snapshot, count: int) -> set[str]:
    return {found["name"] for i in range(count) if (found := snapshot.find(f"room-{i}"))}


def test_what_fails_ahead_is_left_to_who_asks():
    daily = domain_of(600)
    snapshot = Snapshot(Reader(daily, ROOM), spawn=at_once)
    for i in range(2):
        snapshot.find(f"room-{i}")
    daily.fail("rooms.list", ServerError(503))
    assert len(ask_again(snapshot, 90)) == 90
    assert daily.faults["rooms.list"] == []
    assert daily.counts["rooms.get"] == 0
    assert snapshot.find("room-300")
    assert daily.counts["rooms.get"] == 1


@pytest.mark.parametrize("write", ["put", "remove", "forget"])
def test_a_write_while_a_page_is_under_way_wins(write: str):
    daily = domain_of(100)
    original = daily.call

    def call(route: str, **given: Any) -> Any:
        answer = original(route, **given)
        if route == "rooms.list":  # answered before the write, taken after it
            live = {"name": "room-5", "id": "x", "config": {"lang": "de"}}
            {"put": lambda: snapshot.put(live)}.get(write, lambda: getattr(snapshot, write)("room-5"))()
        return answer

    daily.call = call  # type: ignore[method-assign]
    snapshot = Snapshot(Reader(daily, ROOM))
    snapshot.find("room-1")
    found = snapshot.find("room-5")
    if write == "put":
        assert found is not None
        assert found["config"] == {"lang": "de"}
    elif write == "remove":
        assert found is None
    else:
        assert daily.counts["rooms.get"] == 1


def test_a_room_is_read_once_and_own_writes_are_reflected():
    daily = domain_of(3)
    snapshot = Snapshot(Reader(daily, ROOM))
    snapshot.put({"name": "mine", "id": "x", "config": {}})
    assert snapshot.find("mine") == {"name": "mine", "id": "x", "config": {}}
    assert requests(daily) == 0
    snapshot.remove("room-1")
    assert snapshot.find("room-0")
    assert snapshot.find("room-1") is None
    assert daily.counts == {"rooms.list": 1}
    snapshot.put({"name": "room-1", "id": "new"})
    assert snapshot.find("room-1") == {"name": "room-1", "id": "new"}
    snapshot.forget("room-1")
    found = snapshot.find("room-1")
    assert found is not None
    assert found["id"] == "uuid-2"
    snapshot.put({"no": "name"})


def test_absence_in_the_list_is_confirmed_by_a_single_read():
    daily = domain_of(3)
    hidden = daily.rooms.pop("room-2")
    snapshot = Snapshot(Reader(daily, ROOM))
    assert snapshot.find("room-0")
    daily.rooms["room-2"] = hidden
    assert snapshot.find("room-2")
    assert daily.counts == {"rooms.list": 1, "rooms.get": 1}


def test_failing_reads_are_errors_and_not_absence():
    daily = domain_of(3)
    for route in ("rooms.list", "rooms.get"):
        daily.fail(route, ServerError(500, "server-error", "x"))
    with pytest.raises(ServerError):
        Snapshot(Reader(daily, ROOM)).find("room-0")
    snapshot = Snapshot(Reader(daily, ROOM))
    daily.fail("rooms.get", ServerError(500, "server-error", "x"))
    with pytest.raises(ServerError):
        snapshot.find("absent")
    assert snapshot.find("absent") is None


@pytest.mark.parametrize(
    ("lost", "pages"),
    [
        ("error", 5),  # both ends, the lost one, the two pages between
        ("restart", 5),
        ("empty", 6),  # could be the end, so the list is read from its beginning
    ],
)
def test_a_vanished_cursor_is_no_end_of_the_list(lost: str, pages: int):
    daily = domain_of(350)
    daily.lost_cursor = lost
    original = daily._list

    def list_rooms(**given: Any) -> Any:
        page = original(**given)
        if daily.counts["rooms.list"] == 2:
            del daily.rooms["room-250"]  # the oldest of the newest page: the cursor
        return page

    daily._list = list_rooms  # type: ignore[method-assign]
    snapshot = Snapshot(Reader(daily, ROOM))
    for i in range(100):
        assert snapshot.find(f"room-{i}")
    for i in range(100, 349):
        if i != 250:
            assert snapshot.find(f"room-{i}")
    assert daily.counts["rooms.get"] == 0
    assert daily.counts["rooms.list"] == pages


def test_cursors_that_keep_vanishing_end_the_listing_and_single_reads_go_on():
    daily = domain_of(350)
    original = daily._list

    def list_rooms(**given: Any) -> Any:
        if given.get("starting_after"):
            daily.counts["lost"] += 1
            raise InvalidRequestError(400, "invalid-request-error", "unknown cursor", "GET", "/rooms")
        return original(**given)

    daily._list = list_rooms  # type: ignore[method-assign]
    snapshot = Snapshot(Reader(daily, ROOM))
    for i in range(349, -1, -1):
        assert snapshot.find(f"room-{i}")
    assert daily.counts["lost"] == MAX_LOSSES + 1
    assert daily.counts["rooms.get"] == 150


def test_other_failures_of_a_later_page_are_handed_on():
    daily = domain_of(350)
    snapshot = Snapshot(Reader(daily, ROOM))
    assert snapshot.find("room-349")
    assert snapshot.find("room-0")
    daily.fail("rooms.list", limited())
    with pytest.raises(RateLimitError):
        snapshot.find("room-200")
    assert daily.counts["rooms.get"] == 0


def test_rooms_without_name_or_id_are_passed_over():
    daily = domain_of(1)
    daily.rooms["odd"] = {"id": None, "name": "odd", "config": {}}
    snapshot = Snapshot(Reader(daily, ROOM))
    assert snapshot.find("room-0")


def test_four_threads_read_the_list_once():
    daily = domain_of(100)
    snapshot = Snapshot(Reader(daily, ROOM))
    barrier = threading.Barrier(4)
    found: list[Any] = []

    def work(part: int) -> None:
        barrier.wait(5)
        found.extend(snapshot.find(f"room-{i}") for i in range(part, 100, 4))

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 100
    assert all(found)
    assert daily.counts == {"rooms.list": 1}


def test_a_write_during_a_single_read_wins():
    daily = FakeDaily()
    snapshot = Snapshot(Reader(daily, ROOM))
    original = daily._rooms_get

    def get_room(name: str, json: Any) -> Any:
        snapshot.put({"name": name, "id": "written meanwhile"})
        return original(name, json)

    daily._rooms_get = get_room  # type: ignore[method-assign]
    assert snapshot.find("a") == {"name": "a", "id": "written meanwhile"}


def many(daily: FakeDaily, names: list[str]) -> int:
    found = Snapshot(Reader(daily, ROOM)).find_many(names)
    assert set(found) == {name for name in names if name in daily.rooms}
    assert all(live["name"] == name for name, live in found.items())
    return requests(daily)


def test_many_at_once_read_the_list_only_when_it_is_shorter():
    assert many(domain_of(1000), [f"room-{i}" for i in range(1000)]) == 10
    assert many(domain_of(50_000), [f"room-{i * 100}" for i in range(10)]) <= 11  # one page tells how long the list is
    assert many(domain_of(1000), [f"room-{i}" for i in range(8)]) <= 9
    assert many(domain_of(0), ["a", "b"]) == 3
    assert many(domain_of(250), []) == 0


def test_many_at_once_confirm_each_absence():
    daily = domain_of(300)
    names = [*(f"room-{i}" for i in range(300)), "gone-1", "gone-2"]
    assert many(daily, names) == 3 + 2


def test_many_at_once_hand_errors_on():
    daily = domain_of(300)
    daily.fail("rooms.get", ServerError(500, "server-error", "x"))
    with pytest.raises(ServerError):
        Snapshot(Reader(daily, ROOM)).find_many(["absent"])


# -- a list that fails -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ServerError(500, "server-error", "x"), dropped()], ids=["500", "dropped"])
@pytest.mark.parametrize("how", ["find", "find_many"])
def test_where_the_list_fails_single_reads_answer_and_the_list_is_left_alone_for_a_minute(how: str, error: DailyError):
    daily, now = domain_of(40), [0.0]
    snapshot = Snapshot(Reader(daily, ROOM), clock=lambda: now[0])
    real, asked = daily._list, [0]

    def failing(**given: Any) -> Any:
        asked[0] += 1
        raise error

    def find(*numbers: int) -> None:
        names = [f"room-{i}" for i in numbers]
        assert {name for name in names if snapshot.find(name)} if how == "find" else snapshot.find_many(names)

    daily._list = failing  # type: ignore[method-assign]
    find(*range(10))
    assert (asked[0], daily.counts["rooms.get"]) == (1, 10)
    now[0] = FORGIVEN
    find(*range(10, 20))
    assert (asked[0], daily.counts["rooms.get"]) == (1, 20)
    now[0] += 1
    find(20)
    assert (asked[0], daily.counts["rooms.get"]) == (2, 21)
    daily._list = real  # type: ignore[method-assign]
    now[0] += FORGIVEN + 1
    find(*range(21, 40))
    assert daily.counts["rooms.get"] == 21


def test_threads_that_ask_at_once_pay_for_a_failing_list_once():
    daily, asked = domain_of(40), [0]

    def failing(**given: Any) -> Any:
        asked[0] += 1
        raise ServerError(500, "server-error", "x")

    daily._list = failing  # type: ignore[method-assign]
    snapshot = Snapshot(Reader(daily, ROOM), clock=lambda: 0.0)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda i=i: found.append(snapshot.find(f"room-{i}"))) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 8
    assert all(found)
    assert asked == [1]


@pytest.mark.parametrize("error", [ServerError(500, "server-error", "x"), dropped()], ids=["500", "dropped"])
def test_where_only_the_list_tells_its_failure_is_an_error_that_is_not_paid_for_twice(error: DailyError):
    """Phone numbers have no route for one of them."""
    daily = FakeObjects(PHONE_NUMBER, {"number": "+18055550100", "pagination_id": 1})
    now = [0.0]
    snapshot = Snapshot(Reader(daily, PHONE_NUMBER), clock=lambda: now[0])
    daily.fail("phone_numbers.list", error)
    for _ in range(3):
        with pytest.raises(type(error)):
            snapshot.find("id-1")
    with pytest.raises(type(error)):
        snapshot.everything()
    assert daily.counts["phone_numbers.list"] == 1
    now[0] = FORGIVEN + 1
    assert snapshot.find("id-1")
    assert len(snapshot.everything()) == 1


def test_a_rate_limit_is_no_failure_of_the_list():
    daily = domain_of(5)
    snapshot = Snapshot(Reader(daily, ROOM), clock=lambda: 0.0)
    daily.fail("rooms.list", limited())
    with pytest.raises(RateLimitError):
        snapshot.find("room-1")
    assert snapshot.find("room-1")
    assert daily.counts == {"rooms.list": 1}


# -- everything --------------------------------------------------------------------------------------------------------


def test_everything_is_complete_where_cursors_keep_vanishing():
    """A create compares with all objects: one that was left out would be made a second time."""
    daily = domain_of(250)
    real = daily._list

    def list_rooms(**given: Any) -> Any:
        if given.get("starting_after") and daily.counts["lost"] <= MAX_LOSSES:
            daily.counts["lost"] += 1
            raise InvalidRequestError(400, "invalid-request-error", "unknown cursor", "GET", "/rooms")
        return real(**given)

    daily._list = list_rooms  # type: ignore[method-assign]
    snapshot = Snapshot(Reader(daily, ROOM))
    for i in range(249, 60, -1):
        assert snapshot.find(f"room-{i}")
    assert daily.counts["lost"] > MAX_LOSSES
    assert len(snapshot.everything()) == 250
    listed = daily.counts["rooms.list"]
    assert len(snapshot.everything()) == 250
    assert daily.counts["rooms.list"] == listed
    snapshot.remove("room-7")
    snapshot.put({"name": "mine", "id": "x"})
    names = {live["name"] for live in snapshot.everything()}
    assert len(names) == 250
    assert "room-7" not in names


def test_a_list_that_ends_early_is_never_called_everything():
    daily = FakeObjects(DIALIN_CONFIG, *({"id": f"c-{i}"} for i in range(250)))
    daily.answers["dialin.list"] = lambda page: {**page, "data": page["data"][:8] if len(daily.calls) % 2 else []}
    now = [0.0]
    snapshot = Snapshot(Reader(daily, DIALIN_CONFIG), clock=lambda: now[0])
    with pytest.raises(BadResponse, match=r"an empty page after 8 of 250, 7 times \(GET /domain-dialin-config\)"):
        snapshot.everything()
    del daily.answers["dialin.list"]
    now[0] = FORGIVEN + 1
    assert len(snapshot.everything()) == 250


def test_everything_has_what_was_forgotten():
    daily = FakeObjects(DIALIN_CONFIG, *({"id": f"c-{i}"} for i in range(3)))
    snapshot = Snapshot(Reader(daily, DIALIN_CONFIG))
    assert len(snapshot.everything()) == 3
    snapshot.forget("c-1")
    assert len(snapshot.everything()) == 3


def test_a_small_list_is_complete_after_its_page():
    daily = domain_of(3)
    snapshot = Snapshot(Reader(daily, ROOM))
    snapshot.find("room-0")
    assert len(snapshot.everything()) == 3
    assert daily.counts == {"rooms.list": 1}


def test_an_object_without_a_name_is_passed_over():
    daily = domain_of(2)
    daily.rooms["odd"] = {"id": "uuid-odd", "name": None, "config": {}}
    snapshot = Snapshot(Reader(daily, ROOM))
    assert snapshot.find("room-0")
    assert len(snapshot.everything()) == 2
