"""Paging against a model of Daily's lists, a changing list, and servers that misbehave."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_daily.api import (
    MAX_LIMIT,
    OLDEST,
    ROUTES,
    AuthenticationError,
    BadResponse,
    InvalidRequestError,
    NotFoundError,
    Page,
    Pager,
    Response,
    ServerError,
    UsageError,
)
from pulumi_daily.api._paging import to_page

ROOMS = ROUTES["rooms.list"]


class Rooms:
    """A list in Daily's order (newest first), read by cursor. `on_lost` says what an unknown cursor does."""

    def __init__(self, count: int, *, on_lost: str = "400", cap: int = MAX_LIMIT, hidden: int = 0) -> None:
        self.ids = [f"id-{n}" for n in range(count)][::-1]
        self.on_lost = on_lost
        self.cap = cap
        self.hidden = hidden  # counted in total_count, never listed (as expired rooms may be)
        self.calls: list[Mapping[str, Any]] = []

    def __call__(self, params: Mapping[str, Any]) -> Page:
        assert len(self.calls) < 2000, "no end"
        self.calls.append(params)
        limit = min(params["limit"], self.cap)
        after, before = params.get("starting_after"), params.get("ending_before")
        ids = self.ids
        if after is not None or before not in (None, OLDEST):
            cursor = after or before
            if cursor not in ids:
                if self.on_lost == "empty":
                    return self.page([])
                if self.on_lost == "404":
                    raise NotFoundError(404, "not-found", "no such room")
                if self.on_lost == "400":
                    raise InvalidRequestError(400, "invalid-request-error", "bad cursor")
                return self.page(ids[:limit])
            at = ids.index(cursor)
            ids = ids[at + 1 :] if after else ids[:at]
        return self.page(ids[-limit:] if before else ids[:limit])

    def page(self, ids: list[str]) -> Page:
        return Page(len(self.ids) + self.hidden, [{"id": one} for one in ids])


def paginate(fetch: Any, *, route: str = "recordings.list", **options: Any) -> Iterator[dict[str, Any]]:
    return Pager(fetch, ROUTES[route], **options).all()


def read(rooms: Any, **options: Any) -> list[str]:
    return [item["id"] for item in paginate(rooms, **options)]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (200, 3), (250, 3)])
def test_all_once_in_order(count: int, calls: int, newest_first: bool) -> None:
    rooms = Rooms(count)
    assert read(rooms, newest_first=newest_first) == (rooms.ids if newest_first else rooms.ids[::-1])
    assert len(rooms.calls) == calls
    assert "starting_after" not in rooms.calls[0]
    assert rooms.calls[0].get("ending_before") == (None if newest_first else OLDEST)


def test_pages_are_read_as_needed() -> None:
    rooms = Rooms(250)
    assert len(list(itertools.islice(paginate(rooms), 100))) == 100
    assert len(rooms.calls) == 1


def test_a_server_with_smaller_pages_is_read_to_the_end() -> None:
    rooms = Rooms(130, cap=50)
    assert read(rooms) == rooms.ids
    assert len(rooms.calls) == 3


@pytest.mark.parametrize(("count", "calls"), [(30, 2), (130, 3), (0, 1)])
def test_objects_that_are_counted_but_not_listed(count: int, calls: int) -> None:
    rooms = Rooms(count, hidden=7)
    assert read(rooms) == rooms.ids
    assert len(rooms.calls) == calls


def test_a_list_that_ends_after_a_full_page_and_before_its_total_is_not_trusted() -> None:
    rooms = Rooms(200, hidden=7)
    with pytest.raises(BadResponse, match="an empty page after 200 of 207, 7 times"):
        read(rooms)


@pytest.mark.parametrize("total", [0, 1, 100, 120, 249])
def test_a_total_that_is_too_low_ends_no_list(total: int) -> None:
    rooms = Rooms(250)
    assert read(lambda params: Page(total, rooms(params).data)) == rooms.ids


@pytest.mark.parametrize(
    ("on_lost", "newest_first", "calls"),
    [
        ("400", True, 4),  # one more than the list has pages
        ("400", False, 4),
        ("404", True, 4),
        ("404", False, 4),
        ("empty", True, 5),  # could be the end: the list is read from its beginning
        ("empty", False, 5),
        ("first page", True, 4),
        ("first page", False, 6),  # the newest page, taken for the next one: the list ends too early
    ],
)
def test_a_vanished_cursor(on_lost: str, newest_first: bool, calls: int) -> None:
    rooms = Rooms(250, on_lost=on_lost)
    reader = paginate(rooms, newest_first=newest_first)
    got = [next(reader)["id"] for _ in range(100)]
    kept = [one for one in rooms.ids if one != got[-1]]
    rooms.ids.remove(got[-1])
    got += [item["id"] for item in reader]
    assert len(set(got)) == len(got) == 250
    assert set(kept) <= set(got)
    assert len(rooms.calls) == calls


def test_where_the_object_before_the_cursor_is_gone_as_well_the_list_is_read_again() -> None:
    rooms = Rooms(250)
    reader = paginate(rooms)
    got = [next(reader)["id"] for _ in range(100)]
    del rooms.ids[98:100]
    assert set(got + [item["id"] for item in reader]) == {f"id-{n}" for n in range(250)}
    assert len(rooms.calls) == 6


def test_cursors_that_are_always_refused_end_in_an_error() -> None:
    rooms = Rooms(250)

    def fetch(params: Mapping[str, Any]) -> Page:
        return rooms({**params, "starting_after": "gone"} if "starting_after" in params else params)

    with pytest.raises(BadResponse, match=r"the cursor was refused \(400 .*bad cursor\), 7 times \(GET /recordings\)"):
        read(fetch)
    assert len(rooms.calls) == 11  # the first page four times, and seven refusals


def test_a_page_that_repeats_ends_in_an_error() -> None:
    calls = itertools.count()

    def fetch(params: Mapping[str, Any]) -> Page:
        next(calls)
        return Page(1000, [{"id": str(n)} for n in range(100)])

    reader = paginate(fetch)
    assert len(list(itertools.islice(reader, 100))) == 100
    with pytest.raises(BadResponse, match="without anything new, 7 times"):
        next(reader)
    assert next(calls) == 11


def test_a_list_without_end_ends_in_an_error() -> None:
    ids = itertools.count()

    def fetch(params: Mapping[str, Any]) -> Page:
        batch = [{"id": next(ids)} for _ in range(100)]
        return Page(10**9 if "starting_after" in params else 300, batch)

    with pytest.raises(BadResponse, match="1700 objects and no end, 7 times"):
        list(paginate(fetch))


@pytest.mark.parametrize(
    ("route", "total"),
    [
        pytest.param("recordings.list", 10**15, id="a total that nothing reaches"),
        pytest.param("logs.api", None, id="no total"),
        pytest.param("logs.list", None, id="no total, by offset"),
    ],
)
def test_a_list_with_always_another_page_is_given_up(
    route: str, total: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page is full of new objects, and nothing else contradicts it: the number of pages is the only limit."""
    monkeypatch.setattr("pulumi_daily.api._paging.MAX_PAGES", 12)
    ids, calls = itertools.count(), itertools.count()

    def fetch(params: Mapping[str, Any]) -> Page:
        next(calls)
        return Page(total, [{"id": next(ids)} for _ in range(100)])

    reader = paginate(fetch, route=route)
    assert len(list(itertools.islice(reader, 1200))) == 1200
    with pytest.raises(BadResponse, match=r"no end after 12 pages with 1200 objects \(GET /"):
        next(reader)
    assert next(calls) == 12


def test_a_list_that_ends_with_the_last_page_allowed_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_daily.api._paging.MAX_PAGES", 3)
    rooms = Rooms(250)
    assert read(rooms) == rooms.ids
    with pytest.raises(BadResponse, match="no end after 3 pages with 300 objects"):
        read(Rooms(301))


def test_a_failed_page_is_asked_for_again() -> None:
    rooms = Rooms(250)
    failing = [False, True, False, False]

    def fetch(params: Mapping[str, Any]) -> Page:
        if failing.pop(0):
            raise ServerError(503)
        return rooms(params)

    pager = Pager(fetch, ROOMS)
    assert len(pager.read()) == 100
    with pytest.raises(ServerError):
        pager.read()
    assert not pager.ended
    assert len(list(pager.all())) == 150
    assert (pager.ended, pager.given_up, pager.total) == (True, "", 250)


def test_lists_that_end_early_at_different_places_are_not_trusted() -> None:
    totals = itertools.cycle([100, 200])
    length = 0

    def fetch(params: Mapping[str, Any]) -> Page:
        nonlocal length
        if "starting_after" not in params:
            length = next(totals)
            return Page(500, [{"id": n} for n in range(100)])
        return Page(500, [{"id": n} for n in range(100, length)] if params["starting_after"] == 99 else [])

    with pytest.raises(BadResponse, match="an empty page after 100 of 500, 7 times"):
        list(paginate(fetch))


def test_deletions_behind_the_reader_do_not_end_it_early() -> None:
    rooms = Rooms(300)
    reader = paginate(rooms)
    got = [next(reader)["id"] for _ in range(100)]
    del rooms.ids[:90]
    assert got + [item["id"] for item in reader] == [f"id-{n}" for n in range(300)][::-1]


def test_an_empty_page_of_a_list_that_shrank_is_not_its_end() -> None:
    rooms = Rooms(300, on_lost="empty")
    reader = paginate(rooms)
    got = [next(reader)["id"] for _ in range(100)]
    del rooms.ids[:200]  # the cursor among them; as many are left as were seen
    assert len(rooms.ids) == 100
    assert got + rooms.ids == got + [item["id"] for item in reader]


def test_overlaps_are_given_once() -> None:
    pages = iter([Page(4, [{"id": 1}, {"id": 2}]), Page(4, [{"id": 2}, {"id": 3}]), Page(4, [{"id": 4}])])
    assert [item["id"] for item in paginate(lambda params: next(pages), limit=2)] == [1, 2, 3, 4]


@pytest.mark.parametrize("error", [InvalidRequestError(400), NotFoundError(404)])
def test_a_refused_first_page_is_an_error(error: Exception) -> None:
    def fetch(params: Mapping[str, Any]) -> Page:
        raise error

    with pytest.raises(type(error)):
        read(fetch)


def test_other_errors_are_not_restarts() -> None:
    rooms = Rooms(250)

    def fetch(params: Mapping[str, Any]) -> Page:
        if "starting_after" in params:
            raise AuthenticationError(401)
        return rooms(params)

    with pytest.raises(AuthenticationError):
        read(fetch)
    assert len(rooms.calls) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 40),
    st.integers(1, 10),
    st.booleans(),
    st.sampled_from(["400", "404", "empty", "first page"]),
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 60)), max_size=3),
)
def test_a_changing_list(
    count: int,
    limit: int,
    newest_first: bool,
    on_lost: str,
    hidden: int,
    changes: list[tuple[int, bool, int]],
) -> None:
    """Whatever is there from beginning to end is given; nothing is given twice; it ends.

    A list that changes while its total never fits its contents may be given up on.
    """
    rooms = Rooms(count, on_lost=on_lost, hidden=hidden)
    steady = set(rooms.ids)
    ever = set(rooms.ids)

    def fetch(params: Mapping[str, Any]) -> Page:
        page = rooms(params)
        for call, add, where in changes:
            if call == len(rooms.calls):
                if add:
                    rooms.ids.insert(0, f"new-{call}-{where}-{len(ever)}")
                    ever.add(rooms.ids[0])
                elif rooms.ids:
                    steady.discard(rooms.ids.pop(where % len(rooms.ids)))
        return page

    got: list[str] = []
    given_up = False
    try:
        for item in paginate(fetch, limit=limit, newest_first=newest_first):
            got.append(item["id"])
    except BadResponse:
        given_up = True
    assert not (given_up and not hidden)
    assert len(set(got)) == len(got)
    assert set(got) <= ever
    if not hidden and not any(add for _, add, _ in changes):
        assert steady <= set(got)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"total_count": 1},
        {"total_count": True, "data": []},
        {"total_count": "1", "data": []},
        {"total_count": 1, "data": {}},
        {"total_count": 1, "data": ["x"]},
    ],
)
def test_what_is_not_a_page(once: Any, value: Any) -> None:
    with pytest.raises(BadResponse):
        to_page(ROUTES["rooms.list"], value)
    once.answers = [Response.of(200, value)]
    with pytest.raises(BadResponse, match=r"not a list page .*\(GET /rooms\)$"):
        once.client.list_rooms()


def test_objects_without_a_cursor(once: Any) -> None:
    once.answers = [Response.of(200, {"total_count": 1, "data": [{"name": "x"}]})]
    with pytest.raises(BadResponse, match=r"an object of the list has no id \(GET /rooms\)"):
        list(once.client.iter_rooms())


def test_client_lists(once: Any) -> None:
    once.answers = [Response.of(200, {"total_count": 2, "data": [{"id": "b"}, {"id": "a"}], "more": 1})]
    assert once.client.list_rooms(limit=2, starting_after="c") == Page(2, [{"id": "b"}, {"id": "a"}])
    assert once.client.list_rooms(ending_before=OLDEST).total_count == 2
    assert [room["id"] for room in once.client.iter_rooms(newest_first=False)] == ["a", "b"]
    once.answers = [Response.of(200, {"total_count": 1, "data": [{"pagination_id": 7}]})]
    numbers = once.client.iterate("phone_numbers.list", params={"filter_name": "n"})
    assert list(numbers) == [{"pagination_id": 7}]
    assert [request.params for request in once.sent] == [
        {"limit": 2, "starting_after": "c"},
        {"limit": 100, "ending_before": "OLDEST"},
        {"limit": 100, "ending_before": "OLDEST"},
        {"filter_name": "n", "limit": 50},
    ]
    for limit in (0, 101):
        with pytest.raises(UsageError, match="1 to 100"):
            once.client.list_rooms(limit=limit)
        with pytest.raises(UsageError, match="1 to 100"):
            once.client.iter_rooms(limit=limit)


def test_a_route_that_lists_nothing_is_refused(once: Any) -> None:
    with pytest.raises(UsageError, match=r"route rooms\.get is not a list"):
        once.client.iterate("rooms.get")
    assert once.sent == []
