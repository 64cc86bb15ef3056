"""Lists in all the ways in which Daily pages them: read no further than they are used, and never cut short silently."""

from __future__ import annotations

from typing import Any

import pytest
from lookups_world import NOT_FOUND, Daily

from pulumi_daily import lookups
from pulumi_daily.api import BadResponse, NotFoundError, SentRequest


def cursor_list(path: str, daily: Daily, total: int, key: str = "id", named: bool = False) -> None:
    """A list as Daily pages it, newest (highest number) first."""
    every = [{key: f"k{n}", **({"name": f"room-{n}"} if named else {})} for n in range(total, 0, -1)]

    def answer(request: SentRequest) -> dict[str, Any]:
        after = request.params.get("starting_after")
        start = 0 if after is None else [str(one[key]) for one in every].index(str(after)) + 1
        return {"total_count": total, "data": every[start : start + request.params["limit"]]}

    daily.answer(path, answer)


def test_no_more_pages_than_are_looked_at(daily: Daily) -> None:
    cursor_list("/rooms", daily, 250, named=True)
    found = lookups.get_rooms()
    assert daily.asked == []
    several = iter(found)
    assert [next(several).name for _ in range(100)][-1] == "room-151"
    assert len(daily.asked) == 1
    assert next(several).name == "room-150"
    assert len(daily.asked) == 2
    assert len(found.all()) == 250
    assert [query for _, query in daily.asked] == [
        {"limit": 100},
        {"limit": 100, "starting_after": "k151"},
        {"limit": 100, "starting_after": "k51"},
    ]
    assert found.first() is not None
    assert len(daily.asked) == 3


@pytest.mark.parametrize(
    ("limit", "sizes"), [(1, [1]), (100, [100]), (101, [100, 100]), (250, [100] * 3), (999, [100] * 3)]
)
def test_limit_bounds_the_total_and_the_pages(limit: int, sizes: list[int], daily: Daily) -> None:
    cursor_list("/recordings", daily, 250)
    assert len(lookups.get_recordings(limit=limit).all()) == min(limit, 250)
    assert [query["limit"] for _, query in daily.asked] == sizes


def test_phone_numbers_are_paged_by_number_and_50(daily: Daily) -> None:
    every = [{"pagination_id": n, "number": f"+{n}"} for n in range(70, 0, -1)]

    def answer(request: SentRequest) -> dict[str, Any]:
        after = request.params.get("starting_after", 71)
        return {"total_count": 70, "data": [one for one in every if one["pagination_id"] < after][:50]}

    daily.answer("/purchased-phone-numbers", answer)
    assert len(lookups.get_phone_numbers().all()) == 70
    assert [query for _, query in daily.asked] == [{"limit": 50}, {"limit": 50, "starting_after": 21}]


def test_transcripts_are_paged_by_their_own_id(daily: Daily) -> None:
    cursor_list("/transcript", daily, 101, key="transcriptId")
    assert len(lookups.get_transcripts().all()) == 101


def test_sip_clients_are_paged_by_offset(daily: Daily) -> None:
    every = [{"username": f"c{n}"} for n in range(205)]

    def answer(request: SentRequest) -> dict[str, Any]:
        offset, limit = request.params["offset"], min(request.params["limit"], 90)  # Daily may give fewer
        return {"sip_clients": every[offset : offset + limit], "total": 205, "limit": limit, "offset": offset}

    daily.answer("/sip-clients", answer)
    assert [one.username for one in lookups.get_sip_clients()] == [one["username"] for one in every]
    assert [query["offset"] for _, query in daily.asked] == [0, 90, 180]
    assert len(lookups.get_sip_clients(limit=3).all()) == 3
    assert daily.asked[-1][1] == {"limit": 3, "offset": 0}


def test_a_client_that_is_added_while_they_are_read_is_not_given_twice(daily: Daily) -> None:
    first = {"sip_clients": [{"username": f"c{n}"} for n in range(100)], "total": 101}
    second = {"sip_clients": [{"username": "c99"}, {"username": "c100"}], "total": 102}
    daily.answer("/sip-clients", first, second)
    assert len({one.username for one in lookups.get_sip_clients()}) == 101


@pytest.mark.parametrize(("total", "requests"), [(0, 1), (19, 1), (20, 2), (100, 2), (250, 4)])
def test_logs_are_paged_by_offset_without_a_total(total: int, requests: int, daily: Daily) -> None:
    """A page that is shorter than was asked for is the last only when it is shorter than Daily's default page."""
    lines = [{"message": f"{n}", "time": "same"} for n in range(total)]
    daily.answer("/logs", lambda r: {"logs": lines[r.params["offset"] : r.params["offset"] + r.params["limit"]]})
    found = lookups.get_logs(mtg_session_id="m").all()
    assert [one.message for one in found] == [one["message"] for one in lines]
    assert len(daily.asked) == requests


def test_logs_of_a_server_that_gives_less_than_asked(daily: Daily) -> None:
    daily.answer("/logs", lambda r: {"logs": [{"message": "x"}] * min(30, 70 - r.params["offset"])})
    assert len(lookups.get_logs(user_session_id="u").all()) == 70


@pytest.mark.parametrize(("total", "requests"), [(0, 1), (19, 1), (20, 2), (150, 3)])
def test_api_logs_are_a_bare_array_with_a_cursor(total: int, requests: int, daily: Daily) -> None:
    every = [{"id": f"l{n}"} for n in range(total)]

    def answer(request: SentRequest) -> list[dict[str, Any]]:
        after = request.params.get("starting_after")
        start = 0 if after is None else int(after[1:]) + 1
        return every[start : start + request.params["limit"]]

    daily.answer("/logs/api", answer)
    assert [one.id for one in lookups.get_api_logs()] == [one["id"] for one in every]
    assert len(daily.asked) == requests
    assert len(lookups.get_api_logs(limit=5).all()) == min(total, 5)


@pytest.mark.parametrize("end", ["404", "empty"])
def test_participants_end_with_a_404(end: str, daily: Daily) -> None:
    every = [{"participant_id": f"p{n}"} for n in range(150)]

    def answer(request: SentRequest) -> Any:
        after = request.params.get("joined_after")
        start = 0 if after is None else int(after[1:]) + 1
        found = every[start : start + request.params["limit"]]
        return {"data": found} if found or end == "empty" else NOT_FOUND

    daily.answer("/meetings/m/participants", answer)
    assert [one.participant_id for one in lookups.get_meeting_participants("m")] == [f"p{n}" for n in range(150)]
    assert [query.get("joined_after") for _, query in daily.asked] == [None, "p99", "p149"]
    assert len(lookups.get_meeting_participants("m", limit=150).all()) == 150
    assert len(daily.asked) == 5  # no request beyond the last one that is wanted


def test_participants_of_an_unknown_meeting(daily: Daily) -> None:
    daily.answer("/meetings/m/participants", NOT_FOUND)
    with pytest.raises(NotFoundError):
        lookups.get_meeting_participants("m").all()


def test_a_list_that_does_not_advance_is_an_error_and_not_the_end(daily: Daily) -> None:
    daily.answer("/logs/api", [{"id": f"l{n}"} for n in range(100)])
    with pytest.raises(BadResponse, match=r"without anything new, 7 times \(GET /logs/api\)"):
        lookups.get_api_logs().all()
    short = {"data": [{"participant_id": "p"}]}
    daily.answer("/meetings/m/participants", short)
    assert len(lookups.get_meeting_participants("m").all()) == 1
