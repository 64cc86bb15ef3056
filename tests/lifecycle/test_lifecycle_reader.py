"""Reading objects of one kind: every way in which Daily pages, and every answer that is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fake_objects import FakeObjects, refused

from pulumi_daily.api import BadResponse, InvalidRequestError
from pulumi_daily.lifecycle.live.reader import Reader
from pulumi_daily.objects.dialin import DIALIN_CONFIG
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.sip_client import SIP_CLIENT
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.objects.webhook import WEBHOOK


def many(spec: ObjectSpec, count: int) -> FakeObjects:
    daily = FakeObjects(spec)
    add(daily, range(count))
    return daily


def add(daily: FakeObjects, numbers: range) -> None:
    spec = daily.spec
    for i in numbers:
        more: dict[str, Any] = {"pagination_id": 3000 + i} if spec is PHONE_NUMBER else {}
        if spec is ROOM:
            more["id"] = f"uuid-{i}"
        if spec is DIALIN_CONFIG:
            more["config"] = {"name_prefix": f"n-{i}"}
        daily.add(**{spec.key: f"x-{i}"}, **more)


@pytest.mark.parametrize("count", [0, 1, 50, 100, 101, 250])
@pytest.mark.parametrize("spec", [ROOM, WEBHOOK, DIALIN_CONFIG, PHONE_NUMBER, SIP_CLIENT], ids=lambda s: s.kind)
def test_everything_is_read_whatever_the_paging(spec: ObjectSpec, count: int):
    daily = many(spec, count)
    found = Reader(daily, spec).all()
    assert {one[spec.key] for one in found} == {f"x-{i}" for i in range(count)}
    if spec.kind == "DialinConfig" and count:
        assert {one["name_prefix"] for one in found} == {f"n-{i}" for i in range(count)}  # flat, as in a program


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        [],
        {},
        {"data": []},
        {"data": {}, "total_count": 0},
        {"data": [1], "total_count": 1},
        {"data": [], "total_count": True},
        {"data": [], "total_count": "0"},
    ],
    ids=repr,
)
def test_what_is_not_a_page_is_an_error(answer: Any):
    daily = FakeObjects(ROOM)
    daily.answers["rooms.list"] = answer
    with pytest.raises(BadResponse, match=r"the answer is not a list page .*GET /rooms"):
        Reader(daily, ROOM).all()


@pytest.mark.parametrize("answer", [[{"uuid": "x"}], {"data": [{"uuid": "x"}]}], ids=["bare", "enveloped"])
def test_a_bare_array_may_come_in_an_envelope(answer: Any):
    daily = FakeObjects(WEBHOOK)
    daily.answers["webhooks.list"] = answer
    assert Reader(daily, WEBHOOK).all() == [{"uuid": "x"}]
    daily.answers["webhooks.list"] = {"webhooks": []}
    with pytest.raises(BadResponse):
        Reader(daily, WEBHOOK).all()


def test_a_list_that_does_not_come_to_its_end_is_an_error():
    daily = many(DIALIN_CONFIG, 3)
    daily.answers["dialin.list"] = lambda page: {**page, "total_count": 5}
    with pytest.raises(BadResponse, match="an empty page after 3 of 5"):
        Reader(daily, DIALIN_CONFIG).all()


def test_rooms_that_are_counted_and_not_listed_are_no_error():
    """Daily leaves expired rooms out of the list, and does not document whether they count."""
    daily = many(ROOM, 3)
    daily.answers["rooms.list"] = lambda page: {**page, "total_count": 5}
    assert len(Reader(daily, ROOM).all()) == 3


def others(daily: FakeObjects, route: str, *doings: Callable[[], object]) -> None:
    """Somebody else on the same Daily: what is done behind the first, second, … page."""
    waiting = list(doings)

    def answer(page: Any) -> Any:
        if waiting:
            waiting.pop(0)()
        return page

    daily.answers[route] = answer


def removed(daily: FakeObjects, *numbers: int) -> Callable[[], None]:
    def remove() -> None:
        for i in numbers:
            del daily.objects[f"x-{i}"]

    return remove


PAGED = [(ROOM, 100), (DIALIN_CONFIG, 100), (PHONE_NUMBER, 50), (SIP_CLIENT, 100)]
paged = pytest.mark.parametrize(("spec", "size"), PAGED, ids=[spec.kind for spec, _ in PAGED])


@paged
@pytest.mark.parametrize("pages", [1.5, 2, 2.5])
def test_what_is_there_all_the_time_is_read_although_others_are_removed_meanwhile(
    spec: ObjectSpec, size: int, pages: float
):
    """The total falls below what was read, while there is more to read."""
    count = int(size * pages)
    daily = many(spec, count)
    # Of the first page, which is that of the newest, but for its end, which is the cursor.
    others(daily, spec.routes.list, removed(daily, *range(count - size + 1, count - size // 3)))
    found = {one[spec.key] for one in Reader(daily, spec).all()}
    assert daily.objects.keys() <= found


@paged
def test_what_is_there_all_the_time_is_read_although_others_are_made_meanwhile(spec: ObjectSpec, size: int):
    """The total counts what no later page will show."""
    daily = many(spec, size + 10)
    before = set(daily.objects)
    others(daily, spec.routes.list, lambda: add(daily, range(size + 10, size + 40)))
    assert before <= {one[spec.key] for one in Reader(daily, spec).all()}
    assert daily.counts[spec.routes.list] == 2


def test_an_empty_page_is_no_proof_of_the_end_of_a_list_that_fell():
    """The object of a cursor may be gone, and what Daily answers then is not documented."""
    daily = many(ROOM, 150)
    remove = removed(daily, *range(51, 120))
    answers: list[Any] = [lambda page: remove() or page, lambda page: {**page, "data": []}]
    daily.answers["rooms.list"] = lambda page: answers.pop(0)(page) if answers else page
    assert {one["name"] for one in Reader(daily, ROOM).all()} >= daily.objects.keys()
    assert daily.counts["rooms.list"] == 3


def test_one_object_by_its_id():
    daily = many(WEBHOOK, 1)
    reader = Reader(daily, WEBHOOK)
    assert reader.get("x-0") == {"uuid": "x-0"}
    assert reader.get("gone") is None
    # Daily documents an array in one place and an object in another.
    daily.answers["webhooks.get"] = [{"uuid": "x-0"}]
    assert reader.get("x-0") == {"uuid": "x-0"}
    for answer in ([], [{"uuid": "x-0"}, {"uuid": "y"}], None, "text"):
        daily.answers["webhooks.get"] = answer
        with pytest.raises(BadResponse, match=r"the answer to webhooks\.get is not an object"):
            reader.get("x-0")


def test_an_object_without_a_route_of_its_own_is_looked_for_in_the_list_twice():
    daily = many(PHONE_NUMBER, 60)
    reader = Reader(daily, PHONE_NUMBER)
    found = reader.get("x-7")
    assert found is not None
    assert found["pagination_id"] == 3007
    assert daily.counts["phone_numbers.list"] == 2
    daily.calls.clear()
    assert reader.get("gone") is None
    assert daily.counts["phone_numbers.list"] == 4


def test_an_object_is_not_taken_for_gone_because_others_go_while_the_list_is_read():
    daily = many(PHONE_NUMBER, 250)
    once = [removed(daily, *range(201, 250)), removed(daily, *range(151, 200)), int, int]  # int: nothing happens
    again = [removed(daily, *range(102, 150))]
    others(daily, "phone_numbers.list", *once, *again)
    found = Reader(daily, PHONE_NUMBER).get("x-0")
    assert found is not None
    assert found["pagination_id"] == 3000


def test_a_refused_id_is_looked_for_in_the_list_where_daily_makes_the_ids():
    """How Daily refuses an id that it does not know is not documented for webhooks."""
    daily = many(WEBHOOK, 2)
    reader = Reader(daily, WEBHOOK)
    daily.fail("webhooks.get", refused("webhook not found"))
    assert reader.get("gone") is None
    daily.fail("webhooks.get", refused("a passing trouble"))
    assert reader.get("x-1") == {"uuid": "x-1"}
    rooms = many(ROOM, 1)
    rooms.fail("rooms.get", refused())
    with pytest.raises(InvalidRequestError):
        Reader(rooms, ROOM).get("x-0")


def test_among_many_objects_those_asked_for_are_read_one_by_one():
    daily = many(ROOM, 450)
    found = Reader(daily, ROOM).among(["x-1", "x-2", "x-449", "gone"])
    assert set(found) == {"x-1", "x-2", "x-449"}
    assert daily.counts == {"rooms.list": 1, "rooms.get": 4}
