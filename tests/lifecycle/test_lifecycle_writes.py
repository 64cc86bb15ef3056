"""Batches of what is in flight together: refused ones go one by one, lost ones are settled by their callers."""

from __future__ import annotations

from typing import Any

import pytest
from edge import Edge
from fake_daily import NOW, FakeDaily, dropped, not_found
from test_lifecycle_coalesce import at_once

from pulumi_daily.api import (
    BATCH_LIMIT,
    AuthenticationError,
    DailyError,
    InvalidRequestError,
    NotFoundError,
    RateLimitError,
    RetryBudgetExceeded,
    ServerError,
)
from pulumi_daily.lifecycle import Account, AlreadyExists
from pulumi_daily.lifecycle.kinds.named import named
from pulumi_daily.lifecycle.live.batches import ATTEMPTS
from pulumi_daily.lifecycle.live.writes import Writes
from pulumi_daily.objects.room import ROOM

NAMES = ["a", "b", "c", "d"]


def writes(daily: FakeDaily) -> Writes:
    return Writes(daily, ROOM, most=len(NAMES), window=30)


def create_all(daily: FakeDaily, names: list[str] = NAMES) -> list[Any]:
    shared = writes(daily)
    return at_once(len(names), lambda i: shared.create({"name": names[i], "properties": {"lang": "de"}}))


def delete_all(daily: FakeDaily) -> list[Any]:
    shared = writes(daily)
    return at_once(len(NAMES), lambda i: shared.delete(NAMES[i]))


def test_creates_at_once_are_one_request_and_each_gets_its_room():
    daily = FakeDaily()
    assert [room["name"] for room in create_all(daily)] == NAMES
    assert daily.counts == {"batch.rooms.create": 1}


def test_an_enveloped_answer_is_understood_too():
    daily = FakeDaily()
    daily.answers["batch.rooms.create"] = {"data": [{"name": name} for name in reversed(NAMES)]}
    assert create_all(daily) == [{"name": name} for name in NAMES]


def test_a_refused_batch_goes_one_by_one_and_only_the_bad_one_fails():
    daily = FakeDaily({"name": "c"})
    results = create_all(daily)
    assert [isinstance(result, DailyError) for result in results] == [False, False, True, False]
    assert "a room named c already exists" in str(results[2])
    assert daily.counts == {"batch.rooms.create": 1, "rooms.create": 4}


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationError(401, "authentication-error"),
        RateLimitError(429, "rate-limit-error", "slow down"),
        dropped(),
    ],
)
def test_other_errors_of_a_batch_are_those_of_each_call(error: DailyError):
    daily = FakeDaily()
    daily.fail("batch.rooms.create", error)
    assert {str(result) for result in create_all(daily)} == {str(error)}
    assert daily.counts == {"batch.rooms.create": 1}


@pytest.mark.parametrize("answer", [None, {}, [], "ok", [{"name": "a"}, 5]])
def test_what_an_answer_leaves_out_has_an_unknown_outcome(answer: Any):
    daily = FakeDaily()
    original = daily.call

    def call(route: str, **given: Any) -> Any:
        return answer if original(route, **given) else None

    daily.call = call  # type: ignore[method-assign]
    results = create_all(daily)
    unknown = [result for result in results if isinstance(result, DailyError)]
    assert len(unknown) >= 3
    assert all(error.outcome_unknown for error in unknown)


def test_deletes_at_once_are_one_request():
    daily = FakeDaily(*({"name": name} for name in NAMES))
    assert delete_all(daily) == [True] * 4
    assert daily.rooms == {}
    assert daily.counts == {"batch.rooms.delete": 1}


def test_a_missing_room_does_not_keep_the_others():
    daily = FakeDaily(*({"name": name} for name in "abd"))
    assert delete_all(daily) == [name in "abd" for name in NAMES]
    assert daily.rooms == {}
    assert daily.counts == {"batch.rooms.delete": 1, "rooms.delete": 4}


def test_a_batch_delete_that_was_lost_and_then_refused_is_done():
    """The client sent it again: the first attempt had arrived."""
    daily = FakeDaily(*({"name": name} for name in NAMES))
    error = not_found("a")
    error.outcome_unknown = True
    daily.fail("batch.rooms.delete", error, when="after")
    assert delete_all(daily) == [False] * 4
    assert daily.rooms == {}


@pytest.mark.parametrize("answer", [None, {"deleted_count": 3}])
def test_a_delete_that_counts_otherwise_is_checked_one_by_one(answer: Any):
    daily = FakeDaily(*({"name": name} for name in NAMES))
    daily.answers["batch.rooms.delete"] = answer
    original = daily.call

    def call(route: str, **given: Any) -> Any:
        result = original(route, **given)
        return answer if route == "batch.rooms.delete" else result

    daily.call = call  # type: ignore[method-assign]
    assert delete_all(daily) == [False] * 4
    assert daily.counts["rooms.delete"] == 4
    assert daily.rooms == {}


def test_what_a_batch_delete_without_an_answer_left_goes_one_by_one():
    daily = FakeDaily(*({"name": name} for name in NAMES))
    daily.fail("batch.rooms.delete", dropped())
    assert delete_all(daily) == [True] * len(NAMES)
    assert daily.rooms == {}


def test_an_unanswered_delete_is_an_error_of_its_call_alone():
    daily = FakeDaily(*({"name": name} for name in NAMES))
    daily.fail("batch.rooms.delete", dropped())
    daily.fail("rooms.delete", dropped())
    results = delete_all(daily)
    assert sum(isinstance(result, DailyError) for result in results) == 1
    assert len(daily.rooms) == 1


def test_a_lost_batch_create_is_settled_room_by_room():
    daily = FakeDaily()
    account = Account(daily)
    account._writes[ROOM.kind] = writes(daily)
    applier = Edge(named(ROOM), account, now=lambda: NOW, warn=lambda line: None)
    daily.fail("batch.rooms.create", dropped(), when="after")
    results = at_once(4, lambda i: applier.create({"name": NAMES[i], "privacy": "public"}))
    assert [result[0] for result in results] == NAMES
    assert daily.counts == {"domain.get": 1, "batch.rooms.create": 1, "rooms.get": 4}


def test_two_resources_with_one_name_are_told_apart():
    daily = FakeDaily()
    account = Account(daily)
    account._writes[ROOM.kind] = writes(daily)
    applier = Edge(named(ROOM), account, now=lambda: NOW, warn=lambda line: None)
    names = ["a", "b", "same", "same"]
    results = at_once(4, lambda i: applier.create({"name": names[i], "privacy": "public"}))
    assert sorted(daily.rooms) == ["a", "b", "same"]
    assert sum(isinstance(result, AlreadyExists) for result in results) == 1


def test_a_kind_without_batches_goes_one_by_one():
    import dataclasses

    spec = dataclasses.replace(ROOM, routes=dataclasses.replace(ROOM.routes, batch=None))
    daily = FakeDaily()
    alone = Writes(daily, spec)
    alone.create({"name": "a"})
    alone.delete("a")
    daily.fail("rooms.delete", ServerError(500, "server-error", "x"))
    with pytest.raises(ServerError):
        alone.delete("a")
    assert daily.counts == {"rooms.create": 1, "rooms.delete": 2}


def test_a_lone_call_goes_as_a_batch_when_its_own_tier_is_used_up():
    daily = FakeDaily()
    waits = {"rooms.create": 0.0, "rooms.delete": 0.0, "batch.rooms.create": 0.0, "batch.rooms.delete": 0.0}
    lone = Writes(daily, ROOM, window=0.0, expected_wait=waits.__getitem__)
    lone.create({"name": "a"})
    lone.delete("a")
    assert daily.counts == {"rooms.create": 1, "rooms.delete": 1}
    waits |= {"rooms.create": 2.0, "rooms.delete": 20.0}
    assert lone.create({"name": "a"})["name"] == "a"
    lone.delete("a")
    assert daily.counts == {"rooms.create": 1, "rooms.delete": 1, "batch.rooms.create": 1, "batch.rooms.delete": 1}
    assert daily.rooms == {}
    lone.delete("a")  # refused as a batch: one by one it is removed already
    assert daily.counts["rooms.delete"] == 2
    daily.add("a")
    with pytest.raises(DailyError, match="a room named a already exists"):
        lone.create({"name": "a"})
    waits |= {"batch.rooms.create": 2.0, "batch.rooms.delete": 20.0}
    lone.delete("a")
    assert daily.counts["rooms.delete"] == 3


def test_only_what_is_left_of_a_batch_goes_one_by_one():
    """Of 100 names, 95 are gone: nobody waits for the deletes of what is known not to be there."""
    names = [f"r-{i}" for i in range(100)]
    daily = FakeDaily(*({"name": name} for name in names[:5]))
    daily.fail("batch.rooms.delete", refusal(), refusal())
    assert Writes(daily, ROOM).delete_many(names) == names[5:]
    assert daily.rooms == {}
    assert daily.counts["rooms.delete"] == 5
    assert daily.counts["batch.rooms.delete"] == 2


def test_an_exhausted_rate_limit_ends_a_batch_delete_at_once():
    """Whoever waited for minutes in vain does not begin anew."""
    limited = RateLimitError(429, "rate-limit-error", "slow down", "DELETE", "/batch/rooms")
    for error in (limited, RetryBudgetExceeded(limited, 19, 120.0)):
        daily = FakeDaily(*({"name": name} for name in NAMES))
        daily.fail("batch.rooms.delete", error)
        with pytest.raises(type(error)):
            Writes(daily, ROOM).delete_many(NAMES)
        assert daily.counts == {"batch.rooms.delete": 1}


def test_many_are_removed_in_batches():
    names = [f"r-{i}" for i in range(BATCH_LIMIT + 1)]
    daily = FakeDaily(*({"name": name} for name in names))
    Writes(daily, ROOM).delete_many(names)
    assert daily.rooms == {}
    assert daily.counts == {"batch.rooms.delete": 1, "rooms.delete": 1}
    Writes(daily, ROOM).delete_many([])
    assert daily.counts.total() == 2


def test_a_large_batch_without_an_answer_is_done_when_nothing_is_left():
    names = [f"r-{i}" for i in range(30)]
    daily = FakeDaily(*({"name": name} for name in names))
    daily.fail("batch.rooms.delete", dropped(), when="after")
    Writes(daily, ROOM).delete_many(names)
    assert daily.rooms == {}
    assert daily.counts["batch.rooms.delete"] == 1
    assert daily.counts["rooms.delete"] == 0


def test_a_large_batch_that_is_refused_again_and_again_is_an_error():
    names = [f"r-{i}" for i in range(30)]
    daily = FakeDaily(*({"name": name} for name in names))
    daily.fail("batch.rooms.delete", *[refusal() for _ in range(ATTEMPTS)])
    with pytest.raises(InvalidRequestError):
        Writes(daily, ROOM).delete_many(names)
    assert daily.counts["batch.rooms.delete"] == ATTEMPTS


def refusal() -> DailyError:
    return InvalidRequestError(400, "invalid-request-error", "no", "DELETE", "/batch/rooms")


def test_a_large_batch_of_which_somebody_removes_others_all_the_time_ends_one_by_one():
    names = [f"r-{i}" for i in range(12)]
    daily = FakeDaily(*({"name": name} for name in names))
    gone = [NotFoundError(404, "not-found", "room r-0 not found", "DELETE", "/batch/rooms") for _ in range(ATTEMPTS)]
    daily.fail("batch.rooms.delete", *gone)
    Writes(daily, ROOM).delete_many(names)
    assert daily.rooms == {}
    assert daily.counts["rooms.delete"] == len(names)
